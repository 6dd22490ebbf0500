package channeltest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/outbound"
)

// Run checks a driver.
func Run(t *testing.T, h Harness) {
	tests := []named{
		{"ProbeNamesTheAccountAndTheLimits", probeNamesAccount},
		{"CreatedOnceIsSeenOnce", createdOnce},
		{"SameKeyAgainIsSeenOnce", sameKeyAgain},
		{"EditChangesInPlace", editInPlace},
		{"WithdrawnIsGone", withdrawnIsGone},
		{"WhatIsNotThereIsNotThere", missing},
		{"LostAnswerIsUncertainAndFound", lostAnswer},
		{"LostRequestIsUncertainAndNotFound", lostRequest},
		{"UnreadableAnswerIsUncertainAndFound", unreadableAnswer},
		{"ProxysErrorAfterTheEffectIsUncertainAndFound", proxyError},
		{"LostAnswersOfRepeatableCallsAreRetried", lostRepeatable},
		{"LookingIgnoresOtherStatuses", ignoresOthers},
		{"WhatWasNeverSentIsRetried", neverSent},
		{"RefusedTokenIsChannelDown", refusedToken},
		{"RateLimitIsRetriedAfterItsTime", rateLimit},
		{"EndedContextEndsTheCall", endedContext},
		{"OwnTextTooLongIsAnError", ownTextTooLong},
		{"FingerprintIsOfWhatIsSeen", fingerprint},
		{"RequestOnAReusedConnectionArrivesOnce", reusedConnection},
	}
	if h.Idempotent {
		tests = append(tests, named{"FailedReplayIsUncertainAndFound", failedReplay}, named{"WhatShowsLateIsShownOnceUnderItsKey", lagThenKey})
	}
	if h.Type.Threads {
		tests = append(tests, threadTests()...)
	}
	if h.Media {
		tests = append(tests, mediaTests()...)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.test(newRig(t, h))
		})
	}
	t.Run("Faults", func(t *testing.T) {
		t.Parallel()
		sufferAll(t, h)
	})
}

type named struct {
	name string
	test func(*rig)
}

// rig is a driver at its fake. Its driver is a watched one: every verdict is searched for the secret.
type rig struct {
	*testing.T
	kind       channel.Type
	fake       Fake
	driver     *watched
	idempotent bool
}

func newRig(t *testing.T, h Harness) *rig {
	t.Helper()
	fake := h.Start(t)
	return &rig{T: t, kind: h.Type, fake: fake, idempotent: h.Idempotent, driver: open(t, h.Type, fake, outbound.New(outbound.Options{
		AllowPrivate: outbound.Configured(fake.URL),
	}))}
}

func open(t *testing.T, kind channel.Type, fake Fake, client *http.Client) *watched {
	t.Helper()
	if m := fake.Settings.Validate(); len(m) > 0 {
		t.Fatalf("the fake's settings are not valid: %s", m.Error())
	}
	d, err := kind.Open(fake.Settings, client)
	if err != nil {
		t.Fatal(err)
	}
	return &watched{t, d, fake.Secret}
}

// attempt composes a small post. Another n is another post.
func (r *rig) attempt(n int) channel.Attempt {
	r.Helper()
	return r.compose(content(n))
}

func (r *rig) compose(c channel.Content) channel.Attempt {
	r.Helper()
	a := r.appearance(c)
	if len(a.Parts) != 1 {
		r.Fatalf("composed %d parts, want 1", len(a.Parts))
	}
	return channel.Attempt{
		Key: "key-" + c.Post.Slug, Part: a.Parts[0], Post: c.Post.Slug, Language: c.Language, Revision: c.Post.Revision,
		Permalink: c.Permalink,
	}
}

func (r *rig) appearance(c channel.Content) channel.Appearance {
	r.Helper()
	a, err := r.kind.Compose(r.fake.Settings, channel.Limits{}, c)
	if err != nil {
		r.Fatalf("composing: %v", err)
	}
	return a
}

func content(n int) channel.Content {
	slug := fmt.Sprintf("water-day-%d", n)
	p := &carillon.Post{
		Slug: slug, Revision: 1, Kind: carillon.KindNews, Tags: []string{"clean-water"},
		Editions: []carillon.Edition{{
			ID: fmt.Sprintf("01900000-0000-7000-8000-%012d", n), Language: "en", Title: title(n),
			Summary: "Wells are open to everybody.", Body: "Wells are open to everybody, all day.", Revision: 1,
		}},
	}
	return channel.Content{
		Post: p, Edition: &p.Editions[0], Language: "en", Permalink: "https://news.example.org/en/posts/" + slug,
	}
}

func title(n int) string { return fmt.Sprintf("Water Day number %d", n) }

// corrected is the attempt with another title.
func (r *rig) corrected(n int) channel.Attempt {
	r.Helper()
	c := content(n)
	c.Post.Revision, c.Edition.Title = 2, "Corrected: day of rivers"
	return r.compose(c)
}

const correctedTitle = "Corrected: day of rivers"

// began is just before the attempts of a test.
func began() time.Time { return time.Now().Add(-time.Second) }

func (r *rig) fault(match string, f fault.Fault) {
	r.Helper()
	f.Match = match
	if err := r.fake.Faults.Add(f); err != nil {
		r.Fatal(err)
	}
}

// want checks a verdict's meaning, and that one that is not good news says why.
func (r *rig) want(what string, v channel.Verdict, meanings ...channel.Meaning) {
	r.Helper()
	for _, m := range meanings {
		if v.Meaning == m {
			if m == channel.Delivered && len(v.Receipt.IDs) == 0 {
				r.Fatalf("%s: delivered without an id in the receipt", what)
			}
			if m != channel.Delivered && v.Reason == "" {
				r.Errorf("%s: %s without a reason", what, v.Meaning)
			}
			if strings.HasSuffix(v.Reason, ".") && !strings.HasSuffix(v.Reason, "…") {
				r.Errorf("%s: the reason ends with a full stop: %q", what, v.Reason)
			}
			return
		}
	}
	r.Fatalf("%s: got %q (%s), want %q", what, v.Meaning, v.Reason, meanings)
}

// sees checks that people see as many statuses as there are titles, each with its title.
func (r *rig) sees(titles ...string) {
	r.Helper()
	texts := r.fake.Texts()
	if len(texts) != len(titles) {
		r.Fatalf("people see %d statuses, want %d: %q", len(texts), len(titles), texts)
	}
	for _, want := range titles {
		n := 0
		for _, text := range texts {
			if strings.Contains(text, want) {
				n++
			}
		}
		if n != 1 {
			r.Fatalf("people see %q in %d statuses, want 1: %q", want, n, texts)
		}
	}
}

func probeNamesAccount(r *rig) {
	c, v := r.driver.Probe(r.Context())
	if v.Meaning != channel.Delivered {
		r.Fatalf("got %q (%s), want delivered", v.Meaning, v.Reason)
	}
	if c.Account == "" {
		r.Error("the account has no name")
	}
	r.sees()
}

func createdOnce(r *rig) {
	v := r.driver.Create(r.Context(), r.attempt(1))
	r.want("create", v, channel.Delivered)
	if v.Receipt.Link == "" {
		r.Error("the receipt has no link")
	}
	r.sees(title(1))
}

func sameKeyAgain(r *rig) {
	start, a := began(), r.attempt(1)
	first := r.driver.Create(r.Context(), a)
	r.want("create", first, channel.Delivered)
	if r.idempotent {
		again := r.driver.Create(r.Context(), a)
		r.want("create again", again, channel.Delivered)
		r.sameReceipt(first, again)
	}
	found := r.driver.Find(r.Context(), a, start)
	r.want("find", found, channel.Delivered)
	r.sameReceipt(first, found)
	r.sees(title(1))
}

func (r *rig) sameReceipt(want, got channel.Verdict) {
	r.Helper()
	if diff := cmp.Diff(want.Receipt, got.Receipt); diff != "" {
		r.Errorf("the receipts differ (-want +got):\n%s", diff)
	}
}

func editInPlace(r *rig) {
	other := r.driver.Create(r.Context(), r.attempt(2))
	r.want("create the other", other, channel.Delivered)
	v := r.driver.Create(r.Context(), r.attempt(1))
	r.want("create", v, channel.Delivered)
	edited := r.driver.Edit(r.Context(), v.Receipt, r.corrected(1))
	r.want("edit", edited, channel.Delivered)
	r.sameReceipt(v, edited)
	r.sees(title(2), correctedTitle)
}

func withdrawnIsGone(r *rig) {
	v := r.driver.Create(r.Context(), r.attempt(1))
	r.want("create", v, channel.Delivered)
	r.want("create the other", r.driver.Create(r.Context(), r.attempt(2)), channel.Delivered)
	gone := r.driver.Withdraw(r.Context(), v.Receipt)
	if gone.Meaning != channel.Delivered {
		r.Fatalf("withdraw: got %q (%s), want delivered", gone.Meaning, gone.Reason)
	}
	r.sees(title(2))
}

func missing(r *rig) {
	v := r.driver.Create(r.Context(), r.attempt(1))
	r.want("create", v, channel.Delivered)
	if gone := r.driver.Withdraw(r.Context(), v.Receipt); gone.Meaning != channel.Delivered {
		r.Fatalf("withdraw: got %q (%s), want delivered", gone.Meaning, gone.Reason)
	}
	r.want("edit", r.driver.Edit(r.Context(), v.Receipt, r.corrected(1)), channel.NotThere)
	r.want("withdraw again", r.driver.Withdraw(r.Context(), v.Receipt), channel.NotThere)
	r.want("find", r.driver.Find(r.Context(), r.attempt(1), began()), channel.NotThere)
	r.sees()
}

// foundAfter lets a create go wrong after its effect and checks that looking finds it, with a receipt that works.
func (r *rig) foundAfter(f fault.Fault) {
	r.Helper()
	start, a := began(), r.attempt(1)
	f.Times = 1
	r.fault(r.fake.Create, f)
	r.want("create", r.driver.Create(r.Context(), a), channel.Uncertain)
	r.sees(title(1))
	found := r.driver.Find(r.Context(), a, start)
	r.want("find", found, channel.Delivered)
	r.want("edit what was found", r.driver.Edit(r.Context(), found.Receipt, r.corrected(1)), channel.Delivered)
	r.sees(correctedTitle)
}

func lostAnswer(r *rig) { r.foundAfter(fault.Fault{Effect: fault.DropAfter}) }
func unreadableAnswer(r *rig) {
	r.foundAfter(fault.Fault{Effect: fault.StatusAfter, Status: 200, Body: "<html>"})
}

func proxyError(r *rig) {
	r.foundAfter(fault.Fault{Effect: fault.StatusAfter, Status: 502, Body: "<html>Bad Gateway</html>"})
}

func lostRequest(r *rig) {
	start, a := began(), r.attempt(1)
	r.fault(r.fake.Create, fault.Fault{Effect: fault.DropBefore, Times: 1})
	r.want("create", r.driver.Create(r.Context(), a), channel.Uncertain)
	r.want("find", r.driver.Find(r.Context(), a, start), channel.NotThere)
	r.want("create again", r.driver.Create(r.Context(), a), channel.Delivered)
	r.sees(title(1))
}

// An edit and a withdrawal can simply be made again.
func lostRepeatable(r *rig) {
	v := r.driver.Create(r.Context(), r.attempt(1))
	r.want("create", v, channel.Delivered)
	for _, effect := range []fault.Effect{fault.DropBefore, fault.DropAfter} {
		r.fault(r.fake.Edit, fault.Fault{Effect: effect, Times: 1})
		r.want("edit with "+string(effect), r.driver.Edit(r.Context(), v.Receipt, r.corrected(1)), channel.Retry)
		r.want("edit again", r.driver.Edit(r.Context(), v.Receipt, r.corrected(1)), channel.Delivered)
	}
	r.sees(correctedTitle)
	for _, effect := range []fault.Effect{fault.DropBefore, fault.DropAfter} {
		r.fault(r.fake.Withdraw, fault.Fault{Effect: effect, Times: 1})
		r.want("withdraw with "+string(effect), r.driver.Withdraw(r.Context(), v.Receipt), channel.Retry)
	}
	r.want("withdraw again", r.driver.Withdraw(r.Context(), v.Receipt), channel.NotThere)
	r.sees()
}

func ignoresOthers(r *rig) {
	start := began()
	r.want("create", r.driver.Create(r.Context(), r.attempt(1)), channel.Delivered)
	// Not 1 at its end: one link must not be taken for the beginning of another.
	r.want("find another", r.driver.Find(r.Context(), r.attempt(12), start), channel.NotThere)
	r.want("create the longer one", r.driver.Create(r.Context(), r.attempt(12)), channel.Delivered)
	found := r.driver.Find(r.Context(), r.attempt(1), start)
	r.want("find", found, channel.Delivered)
	if v := r.driver.Withdraw(r.Context(), found.Receipt); v.Meaning != channel.Delivered {
		r.Fatalf("withdraw: got %q (%s), want delivered", v.Meaning, v.Reason)
	}
	r.sees(title(12))
}

// offline is a network that is not there.
type offline struct{}

func (offline) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("dial tcp: connection refused")
}

func neverSent(r *rig) {
	v := r.driver.Create(r.Context(), r.attempt(1))
	r.want("create", v, channel.Delivered)
	d := open(r.T, r.kind, r.fake, &http.Client{Transport: offline{}})
	r.want("create offline", d.Create(r.Context(), r.attempt(2)), channel.Retry)
	r.want("edit offline", d.Edit(r.Context(), v.Receipt, r.corrected(1)), channel.Retry)
	r.want("find offline", d.Find(r.Context(), r.attempt(1), began()), channel.Retry)
	r.want("withdraw offline", d.Withdraw(r.Context(), v.Receipt), channel.Retry)
	_, p := d.Probe(r.Context())
	r.want("probe offline", p, channel.Retry)
	r.sees(title(1))
}

func refusedToken(r *rig) {
	v := r.driver.Create(r.Context(), r.attempt(1))
	r.want("create", v, channel.Delivered)
	refuses := r.fake.Refuses
	refuses.Times = 0
	// Services have been seen to quote what they were sent.
	if refuses.Body == "" {
		refuses.Body = `{"error":"the token ` + r.fake.Secret + ` is not valid"}`
	}
	r.fault("", refuses)
	r.want("create", r.driver.Create(r.Context(), r.attempt(2)), channel.ChannelDown)
	r.want("edit", r.driver.Edit(r.Context(), v.Receipt, r.corrected(1)), channel.ChannelDown)
	r.want("find", r.driver.Find(r.Context(), r.attempt(1), began()), channel.ChannelDown)
	r.want("withdraw", r.driver.Withdraw(r.Context(), v.Receipt), channel.ChannelDown)
	_, p := r.driver.Probe(r.Context())
	r.want("probe", p, channel.ChannelDown)
	r.fake.Faults.Clear()
	r.sees(title(1))
}

func rateLimit(r *rig) {
	v := r.driver.Create(r.Context(), r.attempt(1))
	r.want("create", v, channel.Delivered)
	date := time.Now().Add(2 * time.Minute).UTC().Format(http.TimeFormat)
	for _, header := range []struct {
		value    string
		min, max time.Duration
	}{
		{"7", 7 * time.Second, 7 * time.Second},
		{date, 110 * time.Second, 121 * time.Second},
	} {
		r.fake.Faults.Clear()
		r.fault("", fault.Fault{Effect: fault.Status, Status: http.StatusTooManyRequests, Headers: map[string]string{"Retry-After": header.value}})
		_, probed := r.driver.Probe(r.Context())
		for what, got := range map[string]channel.Verdict{
			"create": r.driver.Create(r.Context(), r.attempt(2)), "edit": r.driver.Edit(r.Context(), v.Receipt, r.corrected(1)),
			"find": r.driver.Find(r.Context(), r.attempt(1), began()), "withdraw": r.driver.Withdraw(r.Context(), v.Receipt),
			"probe": probed,
		} {
			r.want(what, got, channel.Retry)
			if got.After < header.min || got.After > header.max {
				r.Errorf("%s: Retry-After %q became %s", what, header.value, got.After)
			}
		}
	}
	r.fake.Faults.Clear()
	r.sees(title(1))
}

func endedContext(r *rig) {
	ended, cancel := context.WithCancel(r.Context())
	cancel()
	r.want("create", r.driver.Create(ended, r.attempt(1)), channel.Retry)
	r.sees()

	const late, patience = 1500 * time.Millisecond, 100 * time.Millisecond
	r.fault(r.fake.Create, fault.Fault{Effect: fault.Delay, DelayMS: int(late.Milliseconds()), Times: 1})
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	start := time.Now()
	v := r.driver.Create(ctx, r.attempt(1))
	if took := time.Since(start); took > late-100*time.Millisecond {
		r.Errorf("the call ended %s after its context", took-patience)
	}
	r.want("create at a slow service", v, channel.Uncertain)
}

func ownTextTooLong(r *rig) {
	c := content(1)
	c.Edition.Texts = map[string]carillon.Text{r.kind.Name: {Text: strings.Repeat("long ", 40_000)}}
	_, err := r.kind.Compose(r.fake.Settings, channel.Limits{}, c)
	if err == nil {
		r.Fatal("a text of 200,000 characters is no error")
	}
	if s := err.Error(); len(s) > 1000 || strings.HasSuffix(s, ".") {
		r.Errorf("the error is no short sentence without a full stop: %.200s", s)
	}
}

func fingerprint(r *rig) {
	first := r.attempt(1)
	c := content(1)
	c.Post.Revision, c.Edition.Revision = 7, 7
	c.Edition.Updated = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	c.Edition.ID = "01900000-0000-7000-8000-999999999999"
	if again := r.compose(c); again.Part.Fingerprint() != first.Part.Fingerprint() {
		r.Errorf("another revision with the same words looks different:\n%s\n%s", first.Part.Payload, again.Part.Payload)
	}
	if other := r.corrected(1); other.Part.Fingerprint() == first.Part.Fingerprint() {
		r.Error("another title looks the same")
	}
	if a := r.appearance(content(1)); a.Text == "" || a.Count <= 0 || a.Limit < a.Count {
		r.Errorf("the appearance says text %q, count %d, limit %d", a.Text, a.Count, a.Limit)
	}
}
