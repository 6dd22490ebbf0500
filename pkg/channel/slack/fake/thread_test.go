package fake_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"carillon.example/pkg/channel/slack/fake"
)

func TestRepliesStandInTheirThreadAndNotInTheHistory(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, fake.Options{})
	parent := post(t, s, "The beginning")
	other := post(t, s, "Something else")
	for n := range 3 {
		args := url.Values{"channel": {"C0PRESS01"}, "text": {fmt.Sprintf("Part %d", n+2)}, "thread_ts": {parent}, "metadata": {fmt.Sprintf(`{"event_type":"part","event_payload":{"n":%d}}`, n+2)}}
		if answer := call(t, s, "chat.postMessage", args); answer["ok"] != true {
			t.Fatal(answer)
		}
	}
	refused := call(t, s, "chat.postMessage", url.Values{"channel": {"C0PRESS01"}, "text": {"Lost"}, "thread_ts": {"1.000001"}})
	if refused["error"] != "thread_not_found" {
		t.Errorf("a reply to nothing: %v", refused)
	}
	check := func(s *fake.Server) {
		t.Helper()
		history := call(t, s, "conversations.history", url.Values{"channel": {"C0PRESS01"}})["messages"].([]any)
		if len(history) != 2 || history[0].(map[string]any)["ts"] != other || history[1].(map[string]any)["reply_count"] != 3.0 {
			t.Errorf("history: %v", history)
		}
		var texts []string
		cursor := ""
		for range 3 {
			page := call(t, s, "conversations.replies", url.Values{
				"channel": {"C0PRESS01"}, "ts": {parent}, "limit": {"2"}, "cursor": {cursor}, "include_all_metadata": {"true"},
			})
			for _, m := range page["messages"].([]any) {
				m := m.(map[string]any)
				texts = append(texts, m["text"].(string))
				if m["ts"] != parent && m["metadata"] == nil {
					t.Errorf("no metadata: %v", m)
				}
			}
			if page["has_more"] != true {
				break
			}
			cursor = page["response_metadata"].(map[string]any)["next_cursor"].(string)
		}
		if got := strings.Join(texts, ", "); got != "The beginning, Part 2, Part 3, The beginning, Part 4" {
			t.Errorf("thread: %s", got)
		}
	}
	check(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check(open(t, dir, fake.Options{}))
}

func TestImageIsShownWithItsDescription(t *testing.T) {
	s := open(t, t.TempDir(), fake.Options{})
	for name, test := range map[string]struct{ block, want string }{
		"whole":          {`{"type":"image","image_url":"https://news.example.org/media/x/well.jpg","alt_text":"A \"deep\" well"}`, ""},
		"no description": {`{"type":"image","image_url":"https://news.example.org/x.jpg"}`, "alt_text"},
		"no address":     {`{"type":"image","image_url":"x.jpg","alt_text":"A well"}`, "image_url"},
	} {
		answer := call(t, s, "chat.postMessage", url.Values{"channel": {"C0PRESS01"}, "blocks": {"[" + test.block + "]"}})
		if test.want == "" && answer["ok"] != true || test.want != "" && !strings.Contains(fmt.Sprint(answer["errors"]), test.want) {
			t.Errorf("%s: %v", name, answer)
		}
	}
	m := s.Messages()[0]
	html, err := s.MessageHTML(&m)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(html), `src="https://news.example.org/media/x/well.jpg" alt="A &#34;deep&#34; well"`) {
		t.Errorf("page: %s", html)
	}
}
