package mastodon_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/channel/mastodon"
	"carillon.example/pkg/channel/mastodon/fake"
	"carillon.example/pkg/strictyaml"
)

func attempt(t *testing.T, i *instance, key, title string) channel.Attempt {
	t.Helper()
	c := small(title)
	a, err := mastodon.Type().Compose(i.settings, channel.Limits{}, c)
	if err != nil {
		t.Fatal(err)
	}
	return channel.Attempt{Key: key, Part: a.Parts[0], Post: c.Post.Slug, Language: "en", Revision: 1, Permalink: c.Permalink}
}

func small(title string) channel.Content {
	p := &carillon.Post{
		Slug: carillon.Slugify(title), Kind: carillon.KindNews,
		Editions: []carillon.Edition{{Language: "en", Title: title, Body: "Wells are open to everybody."}},
	}
	return channel.Content{Post: p, Edition: &p.Editions[0], Language: "en", Permalink: "https://news.example.org/en/posts/" + p.Slug}
}

func TestStatusCodesMeanWhatTheTableSays(t *testing.T) {
	const said = `{"error":"Validation failed: Text is bad."}`
	tests := []struct {
		status       int
		header       map[string]string
		create, edit channel.Meaning
		withdraw     channel.Meaning
		look         channel.Meaning
		after        time.Duration
	}{
		{status: 301, create: channel.ChannelDown, edit: channel.ChannelDown, withdraw: channel.ChannelDown, look: channel.ChannelDown},
		{status: 400, create: channel.Rejected, edit: channel.Rejected, withdraw: channel.Rejected, look: channel.ChannelDown},
		{status: 401, create: channel.ChannelDown, edit: channel.ChannelDown, withdraw: channel.ChannelDown, look: channel.ChannelDown},
		{status: 403, create: channel.ChannelDown, edit: channel.ChannelDown, withdraw: channel.ChannelDown, look: channel.ChannelDown},
		{status: 404, create: channel.ChannelDown, edit: channel.NotThere, withdraw: channel.NotThere, look: channel.ChannelDown},
		{status: 408, create: channel.Retry, edit: channel.Retry, withdraw: channel.Retry, look: channel.Retry},
		{status: 410, create: channel.ChannelDown, edit: channel.ChannelDown, withdraw: channel.ChannelDown, look: channel.ChannelDown},
		{status: 413, create: channel.Rejected, edit: channel.Rejected, withdraw: channel.Rejected, look: channel.ChannelDown},
		{status: 422, create: channel.Rejected, edit: channel.Rejected, withdraw: channel.Rejected, look: channel.ChannelDown},
		{status: 429, header: map[string]string{"Retry-After": "5"}, create: channel.Retry, edit: channel.Retry, withdraw: channel.Retry, look: channel.Retry, after: 5 * time.Second},
		{status: 429, create: channel.Retry, edit: channel.Retry, withdraw: channel.Retry, look: channel.Retry},
		{status: 500, create: channel.Uncertain, edit: channel.Retry, withdraw: channel.Retry, look: channel.Retry},
		{status: 502, create: channel.Uncertain, edit: channel.Retry, withdraw: channel.Retry, look: channel.Retry},
		{status: 503, create: channel.Uncertain, edit: channel.Retry, withdraw: channel.Retry, look: channel.Retry},
		{status: 503, header: map[string]string{"Retry-After": "60"}, create: channel.Retry, edit: channel.Retry, withdraw: channel.Retry, look: channel.Retry, after: time.Minute},
		{status: 504, create: channel.Uncertain, edit: channel.Retry, withdraw: channel.Retry, look: channel.Retry},
		{status: 201, create: channel.Uncertain, edit: channel.Retry, withdraw: channel.Retry, look: channel.Retry},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d %v", tt.status, tt.header), func(t *testing.T) {
			t.Parallel()
			i := newInstance(t, fake.Options{})
			i.fault(t, fault.Fault{Effect: fault.Status, Status: tt.status, Headers: tt.header, Body: said})
			d := i.driver(t)
			r := channel.Receipt{IDs: []string{"1"}}
			_, probed := d.Probe(t.Context())
			for _, c := range []struct {
				name string
				got  channel.Verdict
				want channel.Meaning
			}{
				{"create", d.Create(t.Context(), attempt(t, i, "k", "A title")), tt.create},
				{"edit", d.Edit(t.Context(), r, attempt(t, i, "k", "A title")), tt.edit},
				{"withdraw", d.Withdraw(t.Context(), r), tt.withdraw},
				{"find", d.Find(t.Context(), attempt(t, i, "k", "A title"), time.Now()), tt.look},
				{"probe", probed, tt.look},
			} {
				if c.got.Meaning != c.want || c.got.After != tt.after {
					t.Errorf("%s: got %q after %s (%s), want %q after %s", c.name, c.got.Meaning, c.got.After, c.got.Reason, c.want, tt.after)
				}
				if tt.status == 422 && !strings.Contains(c.got.Reason, "Validation failed: Text is bad)") {
					t.Errorf("%s: the reason %q does not quote the server", c.name, c.got.Reason)
				}
			}
		})
	}
}

func TestRateLimitWithoutRetryAfterIsReadFromItsReset(t *testing.T) {
	i := newInstance(t, fake.Options{})
	reset := time.Now().Add(3 * time.Minute).UTC().Format("2006-01-02T15:04:05.000000Z")
	i.fault(t, fault.Fault{Effect: fault.Status, Status: 429, Headers: map[string]string{"X-RateLimit-Reset": reset}})
	v := i.driver(t).Create(t.Context(), attempt(t, i, "k", "A title"))
	if v.Meaning != channel.Retry || v.After < 170*time.Second || v.After > 181*time.Second {
		t.Errorf("got %q after %s, want a retry after 3 minutes", v.Meaning, v.After)
	}
}

// go-mastodon would wait and repeat a 429 by itself.
func TestEveryCallIsSentOnce(t *testing.T) {
	var asked atomic.Int32
	var key, agent atomic.Value
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		key.Store(r.Header.Get("Idempotency-Key"))
		agent.Store(r.Header.Get("Authorization"))
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer s.Close()
	i := &instance{nil, s.URL, &mastodon.Settings{Credential: channel.Credential{Token: token}, Server: s.URL + "/", Visibility: "public"}}
	d := i.driver(t)
	start := time.Now()
	d.Create(t.Context(), attempt(t, i, "the key", "A title"))
	if key.Load() != "the key" || agent.Load() != "Bearer "+token {
		t.Errorf("the server saw the key %q and the authorization %q", key.Load(), agent.Load())
	}
	d.Edit(t.Context(), channel.Receipt{IDs: []string{"1"}}, attempt(t, i, "k", "A title"))
	d.Withdraw(t.Context(), channel.Receipt{IDs: []string{"1"}})
	d.Find(t.Context(), attempt(t, i, "k", "A title"), time.Now())
	d.Probe(t.Context())
	if n := asked.Load(); n != 5 {
		t.Errorf("5 calls made %d requests", n)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("the calls waited for %s", took)
	}
}

func TestProbeReadsTheLimits(t *testing.T) {
	tests := []struct {
		name   string
		v2, v1 string
		want   channel.Limits
	}{
		{"version 2", `{"configuration":{"statuses":{"max_characters":5000,"characters_reserved_per_url":30}}}`, "", channel.Limits{Characters: 5000, CharactersPerURL: 30}},
		{"version 1", "", `{"configuration":{"statuses":{"max_characters":1000,"characters_reserved_per_url":23}}}`, channel.Limits{Characters: 1000, CharactersPerURL: 23}},
		{"pleroma", "", `{"max_toot_chars":4000}`, channel.Limits{Characters: 4000, CharactersPerURL: 23}},
		{"says nothing", "", `{"title":"old"}`, channel.Limits{Characters: 500, CharactersPerURL: 23}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mux := http.NewServeMux()
			serve := func(path, body string) {
				if body != "" {
					mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
				}
			}
			serve("GET /api/v1/accounts/verify_credentials", `{"id":"7","username":"office","url":"https://social.example.org/@office"}`)
			serve("GET /api/v2/instance", tt.v2)
			serve("GET /api/v1/instance", tt.v1)
			s := httptest.NewServer(mux)
			defer s.Close()
			i := &instance{nil, s.URL, &mastodon.Settings{Credential: channel.Credential{Token: token}, Server: s.URL, Visibility: "public"}}
			got, v := i.driver(t).Probe(t.Context())
			if v.Meaning != channel.Delivered {
				t.Fatalf("got %q (%s)", v.Meaning, v.Reason)
			}
			want := channel.Condition{Account: "@office@social.example.org", Limits: tt.want}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the condition differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindPagesBackToTheAttempt(t *testing.T) {
	i := newInstance(t, fake.Options{})
	d := i.driver(t)
	began := time.Now()
	first := d.Create(t.Context(), attempt(t, i, "first", "The first"))
	for n := range 85 {
		if v := d.Create(t.Context(), attempt(t, i, fmt.Sprint(n), fmt.Sprint("Another ", n))); v.Meaning != channel.Delivered {
			t.Fatal(v.Reason)
		}
	}
	found := d.Find(t.Context(), attempt(t, i, "first", "The first"), began)
	if diff := cmp.Diff(first, found); diff != "" {
		t.Errorf("what was found differs from what was created (-want +got):\n%s", diff)
	}
}

func TestFindStopsBeforeTheAttempt(t *testing.T) {
	clock := time.Now().Add(-time.Hour)
	i := newInstance(t, fake.Options{Now: func() time.Time { return clock }})
	d := i.driver(t)
	d.Create(t.Context(), attempt(t, i, "old", "The same page")) // an hour ago, by hand perhaps
	clock = time.Now()
	if v := d.Find(t.Context(), attempt(t, i, "new", "The same page"), time.Now()); v.Meaning != channel.NotThere {
		t.Errorf("got %q, want not there: the status is older than the attempt", v.Meaning)
	}
}

// A status bears the server's time. The skew is read from the Date of its answers.
func TestFindAllowsForTheServersClock(t *testing.T) {
	for name, skew := range map[string]time.Duration{"two hours behind": -2 * time.Hour, "two hours ahead": 2 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			now := func() time.Time { return time.Now().Add(skew) }
			i := newInstance(t, fake.Options{Now: now})
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", now().UTC().Format(http.TimeFormat))
				i.ServeHTTP(w, r)
			}))
			defer srv.Close()
			i.url, i.settings.Server = srv.URL, srv.URL
			d := i.driver(t)
			began := time.Now()
			d.Create(t.Context(), attempt(t, i, "k", "A title"))
			if v := d.Find(t.Context(), attempt(t, i, "k", "A title"), began); v.Meaning != channel.Delivered {
				t.Errorf("got %q (%s), want delivered", v.Meaning, v.Reason)
			}
			if v := d.Find(t.Context(), attempt(t, i, "k", "A title"), began.Add(time.Hour)); v.Meaning != channel.NotThere {
				t.Errorf("got %q for an attempt an hour later, want not there", v.Meaning)
			}
		})
	}
}

func TestFindPrefersTheSameWords(t *testing.T) {
	i := newInstance(t, fake.Options{})
	d := i.driver(t)
	ours := d.Create(t.Context(), attempt(t, i, "a", "Our title"))
	byHand := attempt(t, i, "b", "Our title")
	byHand.Part.Payload = json.RawMessage(`{"status":"Look: ` + byHand.Permalink + `","visibility":"public"}`)
	d.Create(t.Context(), byHand)
	if v := d.Find(t.Context(), attempt(t, i, "a", "Our title"), time.Now()); v.Receipt.IDs[0] != ours.Receipt.IDs[0] {
		t.Error("the newer status with the same link was taken for ours")
	}
}

func TestReminderWithoutALinkIsFoundByItsWords(t *testing.T) {
	i := newInstance(t, fake.Options{})
	d := i.driver(t)
	c := channel.Content{Language: "en", Reminder: &carillon.Reminder{Title: "World Water Day", Body: "In *seven* days.\n\nAsk @somebody.", Hashtags: []string{"water"}}}
	a, err := mastodon.Type().Compose(i.settings, channel.Limits{}, c)
	if err != nil {
		t.Fatal(err)
	}
	att := channel.Attempt{Key: "r", Part: a.Parts[0]}
	if v := d.Find(t.Context(), att, time.Now()); v.Meaning != channel.NotThere {
		t.Fatalf("before: got %q (%s), want not there", v.Meaning, v.Reason)
	}
	created := d.Create(t.Context(), att)
	if v := d.Find(t.Context(), att, time.Now()); v.Meaning != channel.Delivered || v.Receipt.IDs[0] != created.Receipt.IDs[0] {
		t.Errorf("got %q (%s), want the status", v.Meaning, v.Reason)
	}
}

func TestWarningLanguageAndVisibilityArrive(t *testing.T) {
	i := newInstance(t, fake.Options{})
	i.settings.Visibility = "unlisted"
	d := i.driver(t)
	c := small("A title")
	c.Language, c.Edition.Language = "zh-Hans", "zh-Hans"
	c.Edition.Texts = map[string]carillon.Text{"mastodon": {Warning: "hard to read"}}
	a, err := mastodon.Type().Compose(i.settings, channel.Limits{}, c)
	if err != nil {
		t.Fatal(err)
	}
	v := d.Create(t.Context(), channel.Attempt{Key: "k", Part: a.Parts[0], Permalink: c.Permalink})
	s := i.Statuses()[0]
	if s.Warning != "hard to read" || s.Language != "zh-CN" || s.Visibility != "unlisted" {
		t.Errorf("people see the warning %q, language %q, visibility %q", s.Warning, s.Language, s.Visibility)
	}
	// A correction takes the warning away again.
	if v := d.Edit(t.Context(), v.Receipt, attempt(t, i, "k", "A title")); v.Meaning != channel.Delivered {
		t.Fatal(v.Reason)
	}
	if s := i.Statuses()[0]; s.Warning != "" || s.Edited.IsZero() {
		t.Errorf("after the edit people see the warning %q, edited %s", s.Warning, s.Edited)
	}
}

// Mastodon answers 404 then, which must not take the whole channel for gone.
func TestStatusDeletedByHandIsNotShownAgainUnderItsKey(t *testing.T) {
	i := newInstance(t, fake.Options{})
	d := i.driver(t)
	a := attempt(t, i, "k", "A title")
	d.Withdraw(t.Context(), d.Create(t.Context(), a).Receipt)
	if v := d.Create(t.Context(), a); v.Meaning != channel.Rejected || !strings.Contains(v.Reason, "deleted") {
		t.Errorf("got %q (%s), want rejected", v.Meaning, v.Reason)
	}
	a.Key = "k2"
	if v := d.Create(t.Context(), a); v.Meaning != channel.Delivered {
		t.Errorf("under another key: got %q (%s), want delivered", v.Meaning, v.Reason)
	}
}

func TestRenewedTokenFileNeedsNoRestart(t *testing.T) {
	i := newInstance(t, fake.Options{})
	file := filepath.Join(t.TempDir(), "token")
	write := func(s string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("expired\n")
	i.settings.Credential = channel.Credential{TokenFile: file}
	d := i.driver(t)
	if _, v := d.Probe(t.Context()); v.Meaning != channel.ChannelDown {
		t.Errorf("with the expired token: got %q, want channel down", v.Meaning)
	}
	write(token + "\n")
	if _, v := d.Probe(t.Context()); v.Meaning != channel.Delivered {
		t.Errorf("with the new token: got %q (%s)", v.Meaning, v.Reason)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if v := d.Withdraw(t.Context(), channel.Receipt{IDs: []string{"1"}}); v.Meaning != channel.ChannelDown {
		t.Errorf("without the file: got %q, want channel down", v.Meaning)
	}
}

func TestPrivateServerThatNobodyAllowedIsChannelDown(t *testing.T) {
	i := newInstance(t, fake.Options{})
	i.url = "http://other.example" // what the client may reach
	v := i.driver(t).Create(t.Context(), attempt(t, i, "k", "A title"))
	if v.Meaning != channel.ChannelDown || !strings.Contains(v.Reason, "not a public address") {
		t.Errorf("got %q (%s), want channel down", v.Meaning, v.Reason)
	}
}

func TestReceiptIDCannotLeaveItsPath(t *testing.T) {
	i := newInstance(t, fake.Options{})
	d := i.driver(t)
	created := d.Create(t.Context(), attempt(t, i, "k", "A title"))
	bad := channel.Receipt{IDs: []string{"x/../" + created.Receipt.IDs[0]}}
	if v := d.Withdraw(t.Context(), bad); v.Meaning == channel.Delivered {
		t.Errorf("an id with a path in it was taken for a status")
	}
	if v := d.Withdraw(t.Context(), channel.Receipt{}); v.Meaning != channel.Rejected {
		t.Errorf("without an id: got %q, want rejected", v.Meaning)
	}
	if n := len(i.Statuses()); n != 1 {
		t.Errorf("%d statuses are left, want 1", n)
	}
}

func TestSettingsAreReadFromTheConfiguration(t *testing.T) {
	node, err := strictyaml.Parse("carillon.yaml", []byte("server: https://social.example.org\ntoken: "+token+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := mastodon.Type().NewSettings()
	if m := strictyaml.Decode("carillon.yaml", "", node, got); len(m) > 0 {
		t.Fatal(m)
	}
	want := &mastodon.Settings{Credential: channel.Credential{Token: token}, Server: "https://social.example.org", Visibility: "public"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the settings differ (-want +got):\n%s", diff)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	good := mastodon.Settings{Credential: channel.Credential{Token: token}, Server: "https://social.example.org", Visibility: "public"}
	tests := []struct {
		name   string
		change func(*mastodon.Settings)
		want   string
	}{
		{"good", func(*mastodon.Settings) {}, ""},
		{"no server", func(s *mastodon.Settings) { s.Server = "" }, "server: is missing"},
		{"server without a scheme", func(s *mastodon.Settings) { s.Server = "social.example.org" }, "server: is not a web address"},
		{"server with a query", func(s *mastodon.Settings) { s.Server += "?x=1" }, "server: has more than an address"},
		{"server with a password", func(s *mastodon.Settings) { s.Server = "https://a:b@social.example.org" }, "server: has more than an address"},
		{"direct", func(s *mastodon.Settings) { s.Visibility = "direct" }, `visibility: "direct" is not a visibility`},
		{"no token", func(s *mastodon.Settings) { s.Token = "" }, "token: is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := good
			tt.change(&s)
			got := s.Validate().Error()
			if !strings.HasPrefix(got, tt.want) || (tt.want == "") != (got == "") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if strings.Contains(fmt.Sprintf("%v %+v %#v", s, s, s), token) {
				t.Error("printed settings show the token")
			}
		})
	}
	if got := good.Destination(); got != "social.example.org" {
		t.Errorf("destination is %q", got)
	}
}

// A look has to allow for clocks that nobody sees, and must not take somebody's own status for ours.
func TestFindTakesTheVeryWordsFromLongerAgo(t *testing.T) {
	clock := time.Now()
	i := newInstance(t, fake.Options{Now: func() time.Time { return clock }})
	d := i.driver(t)
	byHand := attempt(t, i, "hand", "Our title")
	byHand.Part.Payload = json.RawMessage(`{"status":"Look: ` + byHand.Permalink + `","visibility":"public"}`)
	for _, tt := range []struct {
		name    string
		attempt channel.Attempt
		earlier time.Duration
		want    channel.Meaning
	}{
		{"the same words by a clock 20 minutes behind", attempt(t, i, "a", "Our title"), 20 * time.Minute, channel.Delivered},
		{"the same words 40 minutes before", attempt(t, i, "b", "Our title"), 40 * time.Minute, channel.NotThere},
		{"the same link 4 minutes before", byHand, 4 * time.Minute, channel.Delivered},
		{"the same link 20 minutes before", byHand, 20 * time.Minute, channel.NotThere},
	} {
		began := time.Now()
		clock = began.Add(-tt.earlier)
		tt.attempt.Key = tt.name
		created := d.Create(t.Context(), tt.attempt)
		if v := d.Find(t.Context(), attempt(t, i, "a", "Our title"), began); v.Meaning != tt.want {
			t.Errorf("%s: got %q (%s), want %q", tt.name, v.Meaning, v.Reason, tt.want)
		}
		d.Withdraw(t.Context(), created.Receipt)
	}
}

// The account's server says whether it has moved, not whether it may still post.
func TestMovedAccountIsChannelDown(t *testing.T) {
	i := newInstance(t, fake.Options{})
	i.fault(t, fault.Fault{Effect: fault.AccountMoved})
	if _, v := i.driver(t).Probe(t.Context()); v.Meaning != channel.ChannelDown || !strings.Contains(v.Reason, "@office@new.example") {
		t.Errorf("got %q (%s), want channel down, saying where it went", v.Meaning, v.Reason)
	}
}

func TestTokenWithoutAScopeIsToldWhichOne(t *testing.T) {
	const said = `{"error":"This action is outside the authorized scopes"}`
	i := newInstance(t, fake.Options{})
	i.fault(t, fault.Fault{Effect: fault.Status, Status: 403, Body: said})
	d := i.driver(t)
	r := channel.Receipt{IDs: []string{"1"}}
	_, probed := d.Probe(t.Context())
	for scope, v := range map[string]channel.Verdict{
		"write:statuses": d.Create(t.Context(), attempt(t, i, "k", "A title")), "read:accounts": probed,
		"write:statuses:": d.Withdraw(t.Context(), r), "read:statuses": d.Find(t.Context(), attempt(t, i, "k", "A title"), time.Now()),
	} {
		want := channel.ChannelDown
		if scope == "read:statuses" {
			want = channel.Rejected // it may still post
		}
		if v.Meaning != want || !strings.Contains(v.Reason, strings.TrimSuffix(scope, ":")) {
			t.Errorf("got %q (%s), want %q and the scope %s", v.Meaning, v.Reason, want, scope)
		}
	}
}

// Whether a status that the server will not edit is there, is asked. If that cannot be found out, nothing is given up.
func TestStatusThatIsPerhapsThereIsNotGivenUp(t *testing.T) {
	for look, want := range map[int]channel.Meaning{503: channel.Retry, 422: channel.ChannelDown, 404: channel.NotThere} {
		i := newInstance(t, fake.Options{})
		d := i.driver(t)
		r := d.Create(t.Context(), attempt(t, i, "k", "A title")).Receipt
		i.fault(t, fault.Fault{Effect: fault.EditsRefused})
		i.fault(t, fault.Fault{Match: "GET /api/v1/statuses/*", Effect: fault.Status, Status: look, Body: `{"error":"Not Found"}`})
		if v := d.Edit(t.Context(), r, attempt(t, i, "k", "Another title")); v.Meaning != want {
			t.Errorf("the look is answered %d: got %q (%s), want %q", look, v.Meaning, v.Reason, want)
		}
	}
}
