package fake_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"carillon.example/pkg/channel/slack/fake"
)

const token = "xoxb-fake"

func open(t *testing.T, dir string, opts fake.Options) *fake.Server {
	t.Helper()
	opts.Token = token
	if opts.Channels == nil {
		opts.Channels = []fake.Channel{{ID: "C0PRESS01", Name: "press"}, {ID: "G0STAFF01", Name: "staff"}}
	}
	s, err := fake.Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// call makes a call with a form body and returns the answer.
func call(t *testing.T, s http.Handler, method string, args url.Values) map[string]any {
	t.Helper()
	if args.Get("token") == "" {
		args.Set("token", token)
	}
	r := httptest.NewRequest(http.MethodPost, "/api/"+method, strings.NewReader(args.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return do(t, s, r)
}

func do(t *testing.T, s http.Handler, r *http.Request) map[string]any {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return answer
}

func post(t *testing.T, s http.Handler, text string) string {
	t.Helper()
	a := call(t, s, "chat.postMessage", url.Values{"channel": {"C0PRESS01"}, "text": {text}})
	ts, ok := a["ts"].(string)
	if !ok {
		t.Fatalf("not posted: %v", a)
	}
	return ts
}

func TestSlackGoWorksUnchanged(t *testing.T) {
	srv := httptest.NewServer(open(t, t.TempDir(), fake.Options{Team: "Newsroom", Bot: "bell"}))
	defer srv.Close()
	api := slack.New(token, slack.OptionAPIURL(srv.URL+"/api/"))
	ctx := t.Context()

	who, err := api.AuthTestContext(ctx)
	if err != nil || who.User != "bell" || who.Team != "Newsroom" || who.BotID == "" {
		t.Fatalf("auth.test: %+v, %v", who, err)
	}
	channels, _, err := api.GetConversationsContext(ctx, &slack.GetConversationsParameters{})
	if err != nil || len(channels) != 2 || channels[0].Name != "press" || !channels[1].IsPrivate {
		t.Fatalf("conversations.list: %+v, %v", channels, err)
	}
	info, err := api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: "C0PRESS01"})
	if err != nil || info.Name != "press" || !info.IsMember {
		t.Fatalf("conversations.info: %+v, %v", info, err)
	}
	blocks := slack.MsgOptionBlocks(slack.NewHeaderBlock(slack.NewTextBlockObject("plain_text", "Bells", false, false)))
	where, ts, err := api.PostMessageContext(ctx, "#press", slack.MsgOptionText("hello", false), blocks,
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "ring", EventPayload: map[string]any{"n": 1}}))
	if err != nil || where != "C0PRESS01" {
		t.Fatalf("chat.postMessage: %s, %v", where, err)
	}
	if _, _, _, err := api.UpdateMessageContext(ctx, where, ts, slack.MsgOptionText("hello again", false)); err != nil {
		t.Fatalf("chat.update: %v", err)
	}
	history, err := api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: where, IncludeAllMetadata: true})
	if err != nil || len(history.Messages) != 1 {
		t.Fatalf("conversations.history: %+v, %v", history, err)
	}
	m := history.Messages[0]
	if m.Text != "hello again" || m.Timestamp != ts || m.Edited == nil || m.Metadata.EventType != "ring" || len(m.Blocks.BlockSet) != 1 {
		t.Errorf("the message is %+v", m)
	}
	link, err := api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: where, Ts: ts})
	if err != nil || link != srv.URL+"/archives/C0PRESS01/p"+strings.ReplaceAll(ts, ".", "") {
		t.Errorf("chat.getPermalink: %s, %v", link, err)
	}
	if _, _, err := api.DeleteMessageContext(ctx, where, ts); err != nil {
		t.Fatalf("chat.delete: %v", err)
	}
	if _, _, err := api.DeleteMessageContext(ctx, where, ts); err == nil || err.Error() != "message_not_found" {
		t.Errorf("chat.delete again: %v", err)
	}
}

func TestJSONBodiesWorkToo(t *testing.T) {
	s := open(t, t.TempDir(), fake.Options{})
	body := `{"channel":"C0PRESS01","text":"hello","blocks":[{"type":"divider"}],"metadata":{"event_type":"e","event_payload":{"k":"v"}}}`
	r := httptest.NewRequest(http.MethodPost, "/api/chat.postMessage", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("Authorization", "Bearer "+token)
	if a := do(t, s, r); a["ok"] != true {
		t.Fatalf("got %v", a)
	}
	m := s.Messages()[0]
	if m.Text != "hello" || len(m.Blocks) != 1 || m.Metadata == nil || m.Metadata.EventPayload["k"] != "v" {
		t.Errorf("the message is %+v", m)
	}
}

func TestRefusals(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	blocks := func(format string, args ...any) url.Values {
		return url.Values{"channel": {"C0PRESS01"}, "text": {"t"}, "blocks": {"[" + fmt.Sprintf(format, args...) + "]"}}
	}
	button := `{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"%s"},"url":"%s"}]}`
	tests := []struct {
		name   string
		method string
		args   url.Values
		want   string
	}{
		{"wrong token", "auth.test", url.Values{"token": {"xoxb-other"}}, "invalid_auth"},
		{"unknown method", "chat.shout", url.Values{}, "unknown_method"},
		{"unknown channel", "chat.postMessage", url.Values{"channel": {"C0ABSENT"}, "text": {"t"}}, "channel_not_found"},
		{"archived channel", "chat.postMessage", url.Values{"channel": {"C0OLD"}, "text": {"t"}}, "is_archived"},
		{"foreign channel", "chat.postMessage", url.Values{"channel": {"C0FOREIGN"}, "text": {"t"}}, "not_in_channel"},
		{"no text", "chat.postMessage", url.Values{"channel": {"C0PRESS01"}}, "no_text"},
		{"text too long", "chat.postMessage", url.Values{"channel": {"C0PRESS01"}, "text": {long(40001)}}, "msg_too_long"},
		{"no such message", "chat.update", url.Values{"channel": {"C0PRESS01"}, "ts": {"1.1"}, "text": {"t"}}, "message_not_found"},
		{"no such message's link", "chat.getPermalink", url.Values{"channel": {"C0PRESS01"}, "message_ts": {"1.1"}}, "message_not_found"},
		{"blocks that are no list", "chat.postMessage", url.Values{"channel": {"C0PRESS01"}, "blocks": {"{}"}}, "invalid_blocks_format"},
		{"header of 151", "chat.postMessage", blocks(`{"type":"header","text":{"type":"plain_text","text":"%s"}}`, long(151)), "invalid_blocks"},
		{"header in mrkdwn", "chat.postMessage", blocks(`{"type":"header","text":{"type":"mrkdwn","text":"x"}}`), "invalid_blocks"},
		{"empty header", "chat.postMessage", blocks(`{"type":"header","text":{"type":"plain_text","text":""}}`), "invalid_blocks"},
		{"section of 3001", "chat.postMessage", blocks(`{"type":"section","text":{"type":"mrkdwn","text":"%s"}}`, long(3001)), "invalid_blocks"},
		{"section of nothing", "chat.postMessage", blocks(`{"type":"section"}`), "invalid_blocks"},
		{"field of 2001", "chat.postMessage", blocks(`{"type":"section","fields":[{"type":"mrkdwn","text":"%s"}]}`, long(2001)), "invalid_blocks"},
		{"eleven fields", "chat.postMessage", blocks(`{"type":"section","fields":[%s]}`, strings.TrimSuffix(strings.Repeat(`{"type":"mrkdwn","text":"x"},`, 11), ",")), "invalid_blocks"},
		{"51 blocks", "chat.postMessage", blocks("%s", strings.TrimSuffix(strings.Repeat(`{"type":"divider"},`, 51), ",")), "invalid_blocks"},
		{"block of no type", "chat.postMessage", blocks(`{"type":"banner"}`), "invalid_blocks"},
		{"address of 3001", "chat.postMessage", blocks(button, "x", "https://e.org/"+long(2987)), "invalid_blocks"},
		{"address that is none", "chat.postMessage", blocks(button, "x", "nowhere"), "invalid_blocks"},
		{"button of 76", "chat.postMessage", blocks(button, long(76), "https://e.org"), "invalid_blocks"},
		{"all blocks together too long", "chat.postMessage", blocks("%s", strings.TrimSuffix(strings.Repeat(`{"type":"section","text":{"type":"mrkdwn","text":"`+long(2999)+`"}},`, 5), ",")), "msg_blocks_too_long"},
		{"metadata without a type", "chat.postMessage", url.Values{"channel": {"C0PRESS01"}, "text": {"t"}, "metadata": {`{"event_payload":{"a":1}}`}}, "invalid_metadata_schema"},
		{"metadata that is none", "chat.postMessage", url.Values{"channel": {"C0PRESS01"}, "text": {"t"}, "metadata": {`x`}}, "invalid_metadata_format"},
		{"cursor of one's own", "conversations.history", url.Values{"channel": {"C0PRESS01"}, "cursor": {"x"}}, "invalid_cursor"},
		{"limit of 1000", "conversations.history", url.Values{"channel": {"C0PRESS01"}, "limit": {"1000"}}, "invalid_limit"},
		{"scope that was not given", "conversations.history", url.Values{"channel": {"G0STAFF01"}}, "missing_scope"},
	}
	s := open(t, t.TempDir(), fake.Options{
		Scopes:   []string{"chat:write", "channels:history"},
		Channels: []fake.Channel{{ID: "C0PRESS01"}, {ID: "C0OLD", Archived: true}, {ID: "C0FOREIGN", NotMember: true}, {ID: "G0STAFF01"}},
	})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := call(t, s, tt.method, tt.args)
			if a["ok"] != false || a["error"] != tt.want {
				t.Errorf("got %v, want %s", a, tt.want)
			}
		})
	}
	if n := len(s.Messages()); n != 0 {
		t.Errorf("%d messages were posted", n)
	}
}

func TestLongestOfEverythingIsTaken(t *testing.T) {
	s := open(t, t.TempDir(), fake.Options{})
	b := fmt.Sprintf(`[{"type":"header","text":{"type":"plain_text","text":"%s"}},{"type":"section","text":{"type":"mrkdwn","text":"%s"}}]`,
		strings.Repeat("я", 150), strings.Repeat("я", 3000))
	if a := call(t, s, "chat.postMessage", url.Values{"channel": {"C0PRESS01"}, "blocks": {b}}); a["ok"] != true {
		t.Errorf("got %v", a)
	}
}

func TestTimestampsAreUniqueAndIncrease(t *testing.T) {
	now := time.Unix(1_900_000_000, 0)
	s := open(t, t.TempDir(), fake.Options{Now: func() time.Time { return now }})
	first, second := post(t, s, "a"), post(t, s, "b")
	now = now.Add(-time.Hour)
	third := post(t, s, "c")
	want := []string{"1900000000.000000", "1900000000.000001", "1900000000.000002"}
	if diff := cmp.Diff(want, []string{first, second, third}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHistoryIsPagedFromTheNewest(t *testing.T) {
	now := time.Unix(1_900_000_000, 0)
	s := open(t, t.TempDir(), fake.Options{Now: func() time.Time { return now }})
	for _, text := range []string{"a", "b", "c", "d", "e"} {
		post(t, s, text)
		now = now.Add(time.Second)
	}
	read := func(args url.Values) (texts []string) {
		args.Set("channel", "C0PRESS01")
		for {
			a := call(t, s, "conversations.history", args)
			if a["ok"] != true {
				t.Fatalf("got %v", a)
			}
			for _, m := range a["messages"].([]any) {
				texts = append(texts, m.(map[string]any)["text"].(string))
			}
			meta, ok := a["response_metadata"].(map[string]any)
			if !ok {
				return texts
			}
			texts = append(texts, "|")
			args.Set("cursor", meta["next_cursor"].(string))
		}
	}
	for name, tt := range map[string]struct {
		args url.Values
		want string
	}{
		"all":              {url.Values{}, "edcba"},
		"pages of two":     {url.Values{"limit": {"2"}}, "ed|cb|a"},
		"pages of five":    {url.Values{"limit": {"5"}}, "edcba"},
		"since":            {url.Values{"oldest": {"1900000002.000000"}}, "ed"},
		"since, inclusive": {url.Values{"oldest": {"1900000002"}, "inclusive": {"1"}}, "edc"},
		"until":            {url.Values{"latest": {"1900000002.000000"}}, "ba"},
		"between, paged":   {url.Values{"oldest": {"1900000000"}, "latest": {"1900000004"}, "limit": {"1"}}, "d|c|b"},
	} {
		if got := strings.Join(read(tt.args), ""); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}

func TestUpdateKeepsWhatItDoesNotName(t *testing.T) {
	s := open(t, t.TempDir(), fake.Options{})
	a := call(t, s, "chat.postMessage", url.Values{
		"channel": {"C0PRESS01"}, "text": {"t"}, "blocks": {`[{"type":"divider"}]`}, "metadata": {`{"event_type":"e","event_payload":{"k":1}}`},
	})
	ts := a["ts"].(string)
	call(t, s, "chat.update", url.Values{"channel": {"C0PRESS01"}, "ts": {ts}, "text": {"u"}})
	m := s.Messages()[0]
	if m.Text != "u" || len(m.Blocks) != 1 || m.Metadata == nil {
		t.Errorf("the message is %+v", m)
	}
	call(t, s, "chat.update", url.Values{"channel": {"C0PRESS01"}, "ts": {ts}, "blocks": {"[]"}, "metadata": {"{}"}})
	m = s.Messages()[0]
	if m.Text != "u" || len(m.Blocks) != 0 || m.Metadata != nil {
		t.Errorf("the message is %+v", m)
	}
}

func TestMessagesComeBackAfterACrash(t *testing.T) {
	dir := t.TempDir()
	now := time.Unix(1_900_000_000, 0)
	opts := fake.Options{Now: func() time.Time { return now }}
	s := open(t, dir, opts)
	post(t, s, "stays")
	edited, deleted := post(t, s, "is edited"), post(t, s, "is deleted")
	call(t, s, "chat.update", url.Values{"channel": {"C0PRESS01"}, "ts": {edited}, "text": {"was edited"}})
	call(t, s, "chat.delete", url.Values{"channel": {"C0PRESS01"}, "ts": {deleted}})
	before := s.Messages()

	journal := filepath.Join(dir, "journal.jsonl")
	f, err := os.OpenFile(journal, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"op":"post","message":{"channel":"C0PRESS01","te`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	s = open(t, dir, opts)
	if diff := cmp.Diff(before, s.Messages()); diff != "" {
		t.Errorf("after the crash (-before +after):\n%s", diff)
	}
	if ts := post(t, s, "new"); ts <= deleted {
		t.Errorf("the timestamp %s of a deleted message, or an older one, was given again: %s", deleted, ts)
	}
	s = open(t, dir, opts)
	if n := len(s.Messages()); n != 3 {
		t.Errorf("there are %d messages after another start, want 3", n)
	}
}

func TestDamagedJournalIsAnErrorThatNamesTheLine(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "journal.jsonl"), []byte("{\"op\":\"post\"}\nnonsense\n{\"op\":\"post\"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := fake.Open(dir, fake.Options{Token: token})
	if err == nil || !strings.Contains(err.Error(), "journal.jsonl:2:") {
		t.Errorf("got %v, want an error that names line 2", err)
	}
}

func TestPermalinkLeadsToTheMessage(t *testing.T) {
	s := open(t, t.TempDir(), fake.Options{})
	post(t, s, "a *bold* <https://example.org|word> & <script>alert(1)</script>")
	m := s.Messages()[0]
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, s.Permalink(&m), nil))
	body := w.Body.String()
	for _, want := range []string{"#press", "<strong>bold</strong>", `<a href="https://example.org"`, "&amp;"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page has no %s:\n%s", want, body)
		}
	}
	if strings.Contains(body, "<script") {
		t.Errorf("the page has a script:\n%s", body)
	}
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("the page's policy is %q", csp)
	}
	for _, path := range []string{"/archives/C0PRESS01/p1", "/archives/C0PRESS01/p1900000000000001", "/archives/C0PRESS01/x"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, w.Code)
		}
	}
}
