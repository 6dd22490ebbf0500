package fake_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/channel/mastodon/fake"
)

// instance is a running fake whose clock stands still unless it is told.
type instance struct {
	*fake.Server
	t     *testing.T
	url   string
	clock time.Time
}

func start(t *testing.T, dir string) *instance {
	t.Helper()
	i := &instance{t: t, clock: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	s, err := fake.Open(dir, fake.Options{
		Accounts: []fake.Account{{Name: "office", Display: "The Office", Token: "office-token"}, {Name: "other", Token: "other-token"}},
		Now:      func() time.Time { return i.clock },
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() {
		srv.Close()
		_ = s.Close() // a test may have closed it
	})
	i.Server, i.url = s, srv.URL
	return i
}

// call makes a request and returns its status, its JSON and its header. A body is sent as a form.
func (i *instance) call(token, method, path string, form url.Values, header ...string) (int, any, http.Header) {
	i.t.Helper()
	target := path
	if strings.HasPrefix(path, "/") {
		target = i.url + path
	}
	req, err := http.NewRequestWithContext(i.t.Context(), method, target, strings.NewReader(form.Encode()))
	if err != nil {
		i.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for n := 0; n+1 < len(header); n += 2 {
		req.Header.Set(header[n], header[n+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		i.t.Fatal(err)
	}
	b, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		i.t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		v = string(b)
	}
	return resp.StatusCode, v, resp.Header
}

func (i *instance) post(token, text string, more ...string) map[string]any {
	i.t.Helper()
	form := url.Values{"status": {text}}
	for n := 0; n+1 < len(more); n += 2 {
		form.Set(more[n], more[n+1])
	}
	code, v, _ := i.call(token, "POST", "/api/v1/statuses", form)
	if code != http.StatusOK {
		i.t.Fatalf("posting: %d %v", code, v)
	}
	return v.(map[string]any)
}

func field(v any, name string) []string {
	var out []string
	list, _ := v.([]any)
	for _, item := range list {
		out = append(out, fmt.Sprint(item.(map[string]any)[name]))
	}
	return out
}

func TestStatusIsRenderedAsMastodonDoes(t *testing.T) {
	i := start(t, t.TempDir())
	tests := []struct{ name, text, want string }{
		{"paragraphs and lines", "one\ntwo\n\nthree", "<p>one<br />two</p><p>three</p>"},
		{"markup is text", "<b>&\"</b>", "<p>&lt;b&gt;&amp;&#34;&lt;/b&gt;</p>"},
		{"link", "see https://example.org/a.", `<p>see <a href="https://example.org/a" target="_blank" rel="nofollow noopener noreferrer" translate="no"><span class="invisible">https://</span><span class="">example.org/a</span><span class="invisible"></span></a>.</p>`},
		{"long link", "https://example.org/en/posts/a-long-name", `<p><a href="https://example.org/en/posts/a-long-name" target="_blank" rel="nofollow noopener noreferrer" translate="no"><span class="invisible">https://</span><span class="ellipsis">example.org/en/posts/a-long-na</span><span class="invisible">me</span></a></p>`},
		{"hashtag", "#Вода and a#b", `<p><a href="BASE/tags/%D0%B2%D0%BE%D0%B4%D0%B0" class="mention hashtag" rel="tag">#<span>Вода</span></a> and a#b</p>`},
		{"hashtag with marks inside", "#col·lecció #می\u200cخواهم", `<p><a href="BASE/tags/col%C2%B7lecci%C3%B3" class="mention hashtag" rel="tag">#<span>col·lecció</span></a> <a href="BASE/tags/%D9%85%DB%8C%E2%80%8C%D8%AE%D9%88%D8%A7%D9%87%D9%85" class="mention hashtag" rel="tag">#<span>می` + "\u200c" + `خواهم</span></a></p>`},
		{"isolated hashtag", "\u2068#ماء\u2069", "<p>\u2068" + `<a href="BASE/tags/%D9%85%D8%A7%D8%A1" class="mention hashtag" rel="tag">#<span>ماء</span></a>` + "\u2069</p>"},
		{"number is no hashtag", "#1", "<p>#1</p>"},
		{"mention of one who is there", "@OTHER @nobody", `<p><span class="h-card" translate="no"><a href="BASE/@other" class="u-url mention">@<span>other</span></a></span> @nobody</p>`},
		{"mention kept from being one", "@\u2060other", "<p>@\u2060other</p>"},
		{"no script in a link", `https://example.org/"onmouseover="x`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := i.post("office-token", tt.text)["content"].(string)
			if strings.Contains(got, `"onmouseover=`) {
				t.Fatalf("an attribute got in: %s", got)
			}
			if diff := cmp.Diff(strings.ReplaceAll(tt.want, "BASE", i.url), got); tt.want != "" && diff != "" {
				t.Errorf("content differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBadStatusIsRefusedInMastodonsWords(t *testing.T) {
	i := start(t, t.TempDir())
	tests := []struct {
		name, token string
		form        url.Values
		wantCode    int
		want        string
	}{
		{"empty", "office-token", url.Values{"status": {" \n"}}, 422, "Validation failed: Text can't be blank"},
		{"too long", "office-token", url.Values{"status": {strings.Repeat("x", 501)}}, 422, "Validation failed: Text character limit of 500 exceeded"},
		{"too long with the warning", "office-token", url.Values{"status": {strings.Repeat("x", 498)}, "spoiler_text": {"abc"}}, 422, "Validation failed: Text character limit of 500 exceeded"},
		{"media", "office-token", url.Values{"status": {"x"}, "media_ids[]": {"1"}}, 422, "Validation failed: Media 1 not found or already attached to another post"},
		{"visibility", "office-token", url.Values{"status": {"x"}, "visibility": {"loud"}}, 422, "'loud' is not a valid visibility"},
		{"no token", "", url.Values{"status": {"x"}}, 401, "The access token is invalid"},
		{"wrong token", "nonsense", url.Values{"status": {"x"}}, 401, "The access token is invalid"},
		{"field too large", "office-token", url.Values{"status": {strings.Repeat("x", 300_000)}}, 400, "status has 300000 bytes, the limit is 200000"},
		{"request too large", "office-token", url.Values{"status": {strings.Repeat("x", 2_000_000)}}, 413, "the request is too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, v, _ := i.call(tt.token, "POST", "/api/v1/statuses", tt.form)
			if diff := cmp.Diff(map[string]any{"error": tt.want}, v); code != tt.wantCode || diff != "" {
				t.Errorf("got %d, want %d (-want +got):\n%s", code, tt.wantCode, diff)
			}
		})
	}
	if n := len(i.Statuses()); n != 0 {
		t.Errorf("%d statuses came to be", n)
	}
	if len(i.post("office-token", strings.Repeat("x", 476)+" https://example.org/"+strings.Repeat("y", 100))) == 0 {
		t.Error("a status of just the limit was refused")
	}
}

func TestIdempotencyKeyIsRememberedForAnHour(t *testing.T) {
	dir := t.TempDir()
	i := start(t, dir)
	create := func(i *instance, token, key string) string {
		_, v, _ := i.call(token, "POST", "/api/v1/statuses", url.Values{"status": {"hello"}}, "Idempotency-Key", key)
		return v.(map[string]any)["id"].(string)
	}
	first := create(i, "office-token", "k")
	if again := create(i, "office-token", "k"); again != first {
		t.Error("the same key made another status")
	}
	if create(i, "office-token", "k2") == first || create(i, "other-token", "k") == first {
		t.Error("another key or account got the same status")
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	i = start(t, dir)
	i.clock = i.clock.Add(59 * time.Minute)
	if again := create(i, "office-token", "k"); again != first {
		t.Error("after a restart the same key made another status")
	}
	i.call("office-token", "DELETE", "/api/v1/statuses/"+first, nil)
	code, v, _ := i.call("office-token", "POST", "/api/v1/statuses", url.Values{"status": {"hello"}}, "Idempotency-Key", "k")
	if code != http.StatusNotFound {
		t.Errorf("the key of a deleted status: got %d %v, want 404", code, v)
	}
	i.clock = i.clock.Add(2 * time.Minute)
	if create(i, "office-token", "k") == first {
		t.Error("after an hour the key is still remembered")
	}
}

func TestEditKeepsTheHistory(t *testing.T) {
	i := start(t, t.TempDir())
	s := i.post("office-token", "first", "spoiler_text", "careful")
	id := s["id"].(string)
	if s["edited_at"] != nil || s["sensitive"] != true {
		t.Errorf("a new status is edited %v, sensitive %v", s["edited_at"], s["sensitive"])
	}
	i.clock = i.clock.Add(time.Minute)
	_, same, _ := i.call("office-token", "PUT", "/api/v1/statuses/"+id, url.Values{"status": {"first"}, "spoiler_text": {"careful"}})
	if same.(map[string]any)["edited_at"] != nil {
		t.Error("an edit without a change is an edit")
	}
	_, edited, _ := i.call("office-token", "PUT", "/api/v1/statuses/"+id, url.Values{"status": {"second"}})
	if got := edited.(map[string]any)["edited_at"]; got != "2026-03-01T12:01:00.000Z" {
		t.Errorf("edited at %v", got)
	}
	_, history, _ := i.call("", "GET", "/api/v1/statuses/"+id+"/history", nil)
	if diff := cmp.Diff([]string{"<p>first</p>", "<p>second</p>"}, field(history, "content")); diff != "" {
		t.Errorf("history differs (-want +got):\n%s", diff)
	}
	_, source, _ := i.call("office-token", "GET", "/api/v1/statuses/"+id+"/source", nil)
	if diff := cmp.Diff(map[string]any{"id": id, "text": "second", "spoiler_text": ""}, source); diff != "" {
		t.Errorf("source differs (-want +got):\n%s", diff)
	}
}

func TestOnlyTheOwnerChangesAStatus(t *testing.T) {
	i := start(t, t.TempDir())
	path := "/api/v1/statuses/" + i.post("office-token", "mine")["id"].(string)
	for _, method := range []string{"PUT", "DELETE"} {
		if code, _, _ := i.call("other-token", method, path, url.Values{"status": {"yours"}}); code != http.StatusNotFound {
			t.Errorf("%s by another account: got %d, want 404", method, code)
		}
	}
	code, v, _ := i.call("office-token", "DELETE", path, nil)
	if code != http.StatusOK || v.(map[string]any)["text"] != "mine" {
		t.Errorf("deleting: got %d %v", code, v)
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		if code, _, _ := i.call("office-token", method, path, url.Values{"status": {"x"}}); code != http.StatusNotFound {
			t.Errorf("%s after deleting: got %d, want 404", method, code)
		}
	}
}

func TestTimelinesShowWhatTheyMay(t *testing.T) {
	i := start(t, t.TempDir())
	for _, visibility := range []string{"public", "unlisted", "private", "direct"} {
		i.post("office-token", visibility+" #tag", "visibility", visibility)
	}
	private := i.Statuses()[1]
	_, me, _ := i.call("office-token", "GET", "/api/v1/accounts/verify_credentials", nil)
	account := "/api/v1/accounts/" + me.(map[string]any)["id"].(string) + "/statuses"
	tests := []struct {
		name, token, path string
		want              []string
	}{
		{"public", "", "/api/v1/timelines/public?local=true", []string{"public"}},
		{"other instances", "", "/api/v1/timelines/public?remote=true", nil},
		{"tag", "", "/api/v1/timelines/tag/TAG", []string{"public"}},
		{"other tag", "", "/api/v1/timelines/tag/ta", nil},
		{"home", "office-token", "/api/v1/timelines/home", []string{"direct", "private", "unlisted", "public"}},
		{"account by a stranger", "other-token", account, []string{"unlisted", "public"}},
		{"account by itself", "office-token", account, []string{"direct", "private", "unlisted", "public"}},
		{"pinned", "office-token", account + "?pinned=true", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, v, _ := i.call(tt.token, "GET", tt.path, nil)
			if diff := cmp.Diff(tt.want, field(v, "visibility")); diff != "" {
				t.Errorf("statuses differ (-want +got):\n%s", diff)
			}
		})
	}
	if code, _, _ := i.call("other-token", "GET", "/api/v1/statuses/"+private.ID, nil); code != http.StatusNotFound {
		t.Errorf("a stranger gets %d for a private status, want 404", code)
	}
}

func TestPagesAreWalkedByTheirLinks(t *testing.T) {
	i := start(t, t.TempDir())
	var want []string
	for range 45 {
		want = append(want, i.post("office-token", "x")["id"].(string))
	}
	if !slices.IsSortedFunc(want, func(a, b string) int { return len(a) - len(b) + strings.Compare(a, b) }) {
		t.Error("ids do not grow")
	}
	slices.Reverse(want)
	next := regexp.MustCompile(`<([^>]+)>; rel="next"`)
	var got []string
	pages := 0
	for path := "/api/v1/timelines/public?limit=20"; path != ""; pages++ {
		_, v, h := i.call("", "GET", path, nil)
		got = append(got, field(v, "id")...)
		path = ""
		if m := next.FindStringSubmatch(h.Get("Link")); m != nil {
			path = m[1]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || pages != 3 {
		t.Errorf("%d pages differ (-want +got):\n%s", pages, diff)
	}
	for query, wanted := range map[string][]string{
		"limit=100": want[:40], "": want[:20], "limit=2&max_id=" + want[5]: want[6:8],
		"limit=2&since_id=" + want[5]: want[:2], "limit=2&min_id=" + want[5]: want[3:5], "max_id=" + want[44]: nil,
	} {
		_, v, _ := i.call("", "GET", "/api/v1/timelines/public?"+query, nil)
		if diff := cmp.Diff(wanted, field(v, "id")); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", query, diff)
		}
	}
}

func TestJournalKeepsWhatWasAnswered(t *testing.T) {
	dir := t.TempDir()
	i := start(t, dir)
	kept := i.post("office-token", "kept")["id"].(string)
	gone := i.post("office-token", "gone")["id"].(string)
	i.call("office-token", "PUT", "/api/v1/statuses/"+kept, url.Values{"status": {"edited"}})
	i.call("office-token", "DELETE", "/api/v1/statuses/"+gone, nil)
	before := i.Statuses()
	// Killed now, without Close, in the middle of writing a line.
	file := filepath.Join(dir, "mastodon.jsonl")
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"status":{"id":"1","te`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	j := start(t, dir)
	if diff := cmp.Diff(before, j.Statuses()); diff != "" {
		t.Errorf("after a restart the statuses differ (-want +got):\n%s", diff)
	}
	id := j.post("office-token", "more")["id"].(string)
	if id <= gone {
		t.Errorf("the id %s was given before", id)
	}
	if diff := cmp.Diff(j.Statuses(), start(t, dir).Statuses()); diff != "" {
		t.Errorf("after another restart the statuses differ (-want +got):\n%s", diff)
	}
}

func TestBrokenJournalIsNotReadPastItsBreak(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mastodon.jsonl"), []byte("{}\nnonsense\n{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := fake.Open(dir, fake.Options{})
	if err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("got %v, want an error that names line 2", err)
	}
}

func TestSomebodyLogsInWithABrowser(t *testing.T) {
	dir := t.TempDir()
	i := start(t, dir)
	_, app, _ := i.call("", "POST", "/api/v1/apps", url.Values{"client_name": {"a <client>"}, "redirect_uris": {"https://client.example/back"}})
	client := app.(map[string]any)["client_id"].(string)
	secret := app.(map[string]any)["client_secret"].(string)
	q := url.Values{"response_type": {"code"}, "client_id": {client}, "redirect_uri": {"https://client.example/back"}, "state": {"s"}}
	if code, page, _ := i.call("", "GET", "/oauth/authorize?"+q.Encode(), nil); code != 200 || !strings.Contains(page.(string), "a &lt;client&gt;") {
		t.Errorf("the page is %d %v", code, page)
	}
	code, _, h := i.call("", "POST", "/oauth/authorize?"+q.Encode(), url.Values{"username": {"newcomer"}})
	back, err := url.Parse(h.Get("Location"))
	if code != http.StatusFound || err != nil || back.Host != "client.example" || back.Query().Get("state") != "s" {
		t.Fatalf("got %d to %q", code, h.Get("Location"))
	}
	grant := url.Values{"grant_type": {"authorization_code"}, "client_id": {client}, "client_secret": {secret}, "code": {back.Query().Get("code")}}
	_, v, _ := i.call("", "POST", "/oauth/token", grant)
	token, _ := v.(map[string]any)["access_token"].(string)
	if token == "" {
		t.Fatalf("got %v", v)
	}
	if code, v, _ := i.call("", "POST", "/oauth/token", grant); code != 400 {
		t.Errorf("a code used twice: got %d %v", code, v)
	}
	i.post(token, "hello")

	q.Set("redirect_uri", "https://elsewhere.example/")
	if code, _, _ := i.call("", "GET", "/oauth/authorize?"+q.Encode(), nil); code != http.StatusBadRequest {
		t.Errorf("a redirect to elsewhere: got %d, want 400", code)
	}
	grant.Set("client_secret", "wrong")
	if code, _, _ := i.call("", "POST", "/oauth/token", grant); code != http.StatusUnauthorized {
		t.Errorf("a wrong secret: got %d, want 401", code)
	}

	j := start(t, dir)
	_, me, _ := j.call(token, "GET", "/api/v1/accounts/verify_credentials", nil)
	if got := me.(map[string]any)["acct"]; got != "newcomer" {
		t.Errorf("after a restart the token is of %v, want newcomer", got)
	}
	j.call("", "POST", "/oauth/revoke", url.Values{"token": {token}})
	if code, _, _ := j.call(token, "GET", "/api/v1/accounts/verify_credentials", nil); code != http.StatusUnauthorized {
		t.Errorf("a revoked token: got %d, want 401", code)
	}
}

func TestApplicationsTokenIsNoUsers(t *testing.T) {
	i := start(t, t.TempDir())
	_, app, _ := i.call("", "POST", "/api/v1/apps", url.Values{"client_name": {"c"}, "redirect_uris": {"urn:ietf:wg:oauth:2.0:oob"}})
	_, v, _ := i.call("", "POST", "/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {app.(map[string]any)["client_id"].(string)},
		"client_secret": {app.(map[string]any)["client_secret"].(string)},
	})
	token := v.(map[string]any)["access_token"].(string)
	if code, v, _ := i.call(token, "GET", "/api/v1/apps/verify_credentials", nil); code != 200 || v.(map[string]any)["name"] != "c" {
		t.Errorf("got %d %v", code, v)
	}
	if code, _, _ := i.call(token, "POST", "/api/v1/statuses", url.Values{"status": {"x"}}); code != 422 {
		t.Errorf("posting with it: got %d, want 422", code)
	}
}

func TestWhatIsNotThereIsSaidAsMastodonDoes(t *testing.T) {
	i := start(t, t.TempDir())
	for _, path := range []string{"/api/v1/nothing", "/api/v1/accounts/1", "/api/v1/accounts/1/statuses", "/api/v1/accounts/lookup?acct=nobody", "/api/v1/statuses/1"} {
		code, v, _ := i.call("office-token", "GET", path, nil)
		if diff := cmp.Diff(map[string]any{"error": "Record not found"}, v); code != 404 || diff != "" {
			t.Errorf("%s: got %d (-want +got):\n%s", path, code, diff)
		}
	}
	if code, v, _ := i.call("", "GET", "/api/v1/accounts/lookup?acct=@office@anything", nil); code != 200 || v.(map[string]any)["display_name"] != "The Office" {
		t.Errorf("lookup: got %d %v", code, v)
	}
}
