package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	gomastodon "github.com/mattn/go-mastodon"
	goslack "github.com/slack-go/slack"

	"carillon.example/services/sandbox"
)

// running is a sandbox that serves.
type running struct {
	t    *testing.T
	url  string
	stop func()
}

func start(t *testing.T, dir string) *running {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{Addr: "127.0.0.1:0", DataDir: dir}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the sandbox ended with %v", err)
		}
	}
	t.Cleanup(stop)
	return &running{t, s.URL(), stop}
}

func (r *running) get(path string) (int, http.Header, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := new(http.Client).Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

func (r *running) page(path string, want ...string) string {
	r.t.Helper()
	code, header, body := r.get(path)
	if code != http.StatusOK {
		r.t.Fatalf("%s: got %d: %s", path, code, body)
	}
	if csp := header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		r.t.Errorf("%s: the policy is %q", path, csp)
	}
	for _, w := range want {
		if !strings.Contains(body, w) {
			r.t.Errorf("%s has no %q:\n%s", path, w, body)
		}
	}
	return body
}

func (r *running) toot(toot gomastodon.Toot) *gomastodon.Status {
	r.t.Helper()
	api := gomastodon.NewClient(&gomastodon.Config{Server: r.url, AccessToken: sandbox.MastodonToken})
	st, err := api.PostStatus(r.t.Context(), &toot)
	if err != nil {
		r.t.Fatal(err)
	}
	return st
}

func (r *running) slack() *goslack.Client {
	return goslack.New(sandbox.SlackToken, goslack.OptionAPIURL(r.url+sandbox.SlackAPI))
}

func TestBothTimelinesAreOnOnePage(t *testing.T) {
	r := start(t, t.TempDir())
	r.page("/", "Nothing has been posted yet.", "#press", "#staff")

	st := r.toot(gomastodon.Toot{Status: "Bells ring\n\nhttps://example.org/a #DayOfBells", Language: "en"})
	r.toot(gomastodon.Toot{Status: "تُقرع الأجراس", Language: "ar", SpoilerText: "صوت عال"})
	_, ts, err := r.slack().PostMessageContext(t.Context(), sandbox.PressChannel, goslack.MsgOptionText("A *bold* bell", false))
	if err != nil {
		t.Fatal(err)
	}
	link, err := r.slack().GetPermalinkContext(t.Context(), &goslack.PermalinkParameters{Channel: sandbox.PressChannel, Ts: ts})
	if err != nil {
		t.Fatal(err)
	}
	body := r.page("/", "Bells ring", `dir="rtl" lang="ar"`, "<summary", "صوت عال", "A <strong>bold</strong> bell", "The office")
	if strings.Contains(body, "Nothing has been posted yet.</p>\n</div>") {
		t.Error("the page says that nothing has been posted")
	}
	r.page(strings.TrimPrefix(link, r.url), "A <strong>bold</strong> bell")
	if one := r.page("/@office/"+string(st.ID), "Bells ring"); strings.Contains(one, "تُقرع الأجراس") {
		t.Error("the status's page shows another status")
	}
	r.page("/@office", "Bells ring", "تُقرع الأجراس")
	r.page("/tags/dayofbells", "Bells ring")
	if code, _, _ := r.get("/@office/1"); code != http.StatusNotFound {
		t.Errorf("a status that is not there: got %d, want 404", code)
	}
	if code, header, _ := r.get("/style.css"); code != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/css") {
		t.Errorf("the stylesheet: got %d, %s", code, header.Get("Content-Type"))
	}
}

func TestWhatIsPostedIsShownAsText(t *testing.T) {
	r := start(t, t.TempDir())
	const bad = `<script>alert(1)</script><img src=x onerror=alert(2)>"'><b>`
	r.toot(gomastodon.Toot{Status: bad + " javascript:alert(3)", SpoilerText: bad})
	blocks := `[{"type":"header","text":{"type":"plain_text","text":` + quoted(bad) + `}},
		{"type":"section","text":{"type":"mrkdwn","text":` + quoted(bad+"<javascript:alert(4)|x>") + `},"fields":[{"type":"mrkdwn","text":` + quoted(bad) + `}]},
		{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":` + quoted(bad) + `},"url":"javascript:alert(5)"}]},
		{"type":"context","elements":[{"type":"mrkdwn","text":` + quoted(bad) + `},{"type":"plain_text","text":` + quoted(bad) + `}]}]`
	resp, err := new(http.Client).PostForm(r.url+sandbox.SlackAPI+"chat.postMessage", url.Values{
		"token": {sandbox.SlackToken}, "channel": {sandbox.PressChannel}, "text": {bad}, "blocks": {blocks},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if answer, _ := io.ReadAll(resp.Body); !strings.Contains(string(answer), `"ok":true`) {
		t.Fatalf("not posted: %s", answer)
	}
	body := r.page("/")
	for _, never := range []string{"<script", "<img", "onerror=alert(2)>\"", `href="javascript:`, "<b>\""} {
		if strings.Contains(body, never) {
			t.Errorf("the page has %s:\n%s", never, body)
		}
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func TestTimelinesAreKept(t *testing.T) {
	dir := t.TempDir()
	first := start(t, dir)
	first.toot(gomastodon.Toot{Status: "Kept there"})
	if _, _, err := first.slack().PostMessageContext(t.Context(), sandbox.StaffChannel, goslack.MsgOptionText("Kept here", false)); err != nil {
		t.Fatal(err)
	}
	first.stop()
	start(t, dir).page("/", "Kept there", "Kept here")
}

func (r *running) fault(fault string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+"/faults", strings.NewReader(fault))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := new(http.Client).Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(resp.Body)
		r.t.Fatalf("got %d: %s", resp.StatusCode, body)
	}
}

func TestFaultsActOnBothAndAreControlled(t *testing.T) {
	r := start(t, t.TempDir())
	r.fault(`{"match":"POST /slack/api/chat.postMessage","effect":"drop-after","times":1}`)
	r.fault(`{"match":"GET /api/v2/instance","effect":"status","status":503,"times":1}`)
	r.fault(`{"match":"PUT","random":{"seed":7,"rate":0.25,"effects":["drop-after","503"]}}`)
	r.page("/", "3 faults are waiting", "<b>drop-after</b> <code>POST /slack/api/chat.postMessage</code> once: it is done; the connection ends",
		"<b>random</b> <code>PUT</code> until it is cleared: 25 % of the requests, chosen by the seed 7, of 0 so far: drop-after, 503")
	if _, _, err := r.slack().PostMessageContext(t.Context(), sandbox.PressChannel, goslack.MsgOptionText("Unheard", false)); err == nil {
		t.Error("the connection was not dropped")
	}
	if code, _, _ := r.get("/api/v2/instance"); code != http.StatusServiceUnavailable {
		t.Errorf("got %d, want 503", code)
	}
	if body := r.page("/", "Unheard", "1 fault is waiting"); strings.Contains(body, "chat.postMessage</code> once") {
		t.Error("the faults that have happened are still there")
	}
}

// The clock, the scopes and the rest that only the service can do wrong.
func TestBothServicesMisbehaveFromInside(t *testing.T) {
	r := start(t, t.TempDir())
	for _, effect := range []string{"history-denied", "edits-refused"} {
		r.fault(`{"effect":"` + effect + `"}`)
	}
	r.fault(`{"effect":"clock-off","skew_ms":-7200000,"times":2}`)
	before := time.Now().Add(-time.Hour)
	st := r.toot(gomastodon.Toot{Status: "Late?"})
	_, ts, err := r.slack().PostMessageContext(t.Context(), sandbox.PressChannel, goslack.MsgOptionText("Late?", false))
	if err != nil {
		t.Fatal(err)
	}
	if !st.CreatedAt.Before(before) || ts > fmt.Sprint(before.Unix()) {
		t.Errorf("posted at %s and %s by clocks that are two hours behind", st.CreatedAt, ts)
	}
	api := gomastodon.NewClient(&gomastodon.Config{Server: r.url, AccessToken: sandbox.MastodonToken})
	if _, err := api.UpdateStatus(t.Context(), &gomastodon.Toot{Status: "x"}, st.ID); err == nil {
		t.Error("Mastodon let a status be edited")
	}
	if _, _, _, err := r.slack().UpdateMessageContext(t.Context(), sandbox.PressChannel, ts, goslack.MsgOptionText("x", false)); err == nil || err.Error() != "edit_window_closed" {
		t.Errorf("Slack's answer to an edit: %v", err)
	}
	if _, err := api.GetAccountStatuses(t.Context(), st.Account.ID, nil); err == nil {
		t.Error("Mastodon showed its statuses")
	}
	if _, err := r.slack().GetConversationHistoryContext(t.Context(), &goslack.GetConversationHistoryParameters{ChannelID: sandbox.PressChannel}); err == nil || err.Error() != "missing_scope" {
		t.Errorf("Slack's answer to a look: %v", err)
	}
}

func TestConfigurationSaysWhatIsWrong(t *testing.T) {
	for name, cfg := range map[string]sandbox.Config{
		"SANDBOX_ADDR is empty": {DataDir: "x"},
		"SANDBOX_ADDR":          {Addr: "8083", DataDir: "x"},
		"DATA_DIR":              {Addr: "127.0.0.1:0"},
	} {
		if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: got %v, want %s", cfg, err, name)
		}
	}
}

func TestAddressThatIsTakenIsAnError(t *testing.T) {
	r := start(t, t.TempDir())
	_, err := sandbox.New(sandbox.Config{Addr: strings.TrimPrefix(r.url, "http://"), DataDir: t.TempDir()}, slog.New(slog.DiscardHandler))
	if err == nil {
		t.Error("two sandboxes have one address")
	}
}
