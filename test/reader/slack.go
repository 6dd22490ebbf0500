package reader

import (
	"net/url"
	"regexp"
	"slices"
	"testing"

	slackfake "carillon.example/pkg/channel/slack/fake"
	"carillon.example/services/sandbox"
)

// Message is a message as a reader of Slack gets it, and what names it.
type Message struct {
	TS, Key string
	Channel string // of ours, as the key says
	Replies int
	Edited  bool
	Sight
}

// slackMessage is a message as the API shows it.
type slackMessage struct {
	TS, Text string
	Replies  int `json:"reply_count"`
	Blocks   any
	Metadata slackfake.Metadata
	Edited   *struct{ TS string }
}

// slackPage is a page of them.
type slackPage struct {
	OK       bool
	Error    string
	Messages []slackMessage
	Metadata struct {
		Next string `json:"next_cursor"`
	} `json:"response_metadata"`
}

// History pages through a channel of the workspace, the oldest message first. limit is the size of a page.
func History(t testing.TB, instance, where, limit string) []Message {
	t.Helper()
	all := pages(t, instance, "conversations.history", url.Values{"channel": {where}, "limit": {limit}, "include_all_metadata": {"true"}})
	slices.Reverse(all)
	return all
}

// Replies pages through the replies to a message, the oldest first.
func Replies(t testing.TB, instance, where, ts string) []Message {
	t.Helper()
	all := pages(t, instance, "conversations.replies", url.Values{"channel": {where}, "ts": {ts}, "include_all_metadata": {"true"}})
	return slices.DeleteFunc(all, func(m Message) bool { return m.TS == ts }) // every page begins with it
}

func pages(t testing.TB, instance, method string, form url.Values) []Message {
	t.Helper()
	var all []Message
	for {
		var page slackPage
		Call(t, instance+sandbox.SlackAPI+method, sandbox.SlackToken, form, &page)
		if !page.OK {
			t.Fatalf("%s: %s", method, page.Error)
		}
		for _, m := range page.Messages {
			all = append(all, m.read())
		}
		if page.Metadata.Next == "" {
			return all
		}
		form.Set("cursor", page.Metadata.Next)
	}
}

func (m *slackMessage) read() Message {
	said := m.Metadata.EventPayload
	one := Message{TS: m.TS, Key: text(said["key"]), Edited: m.Edited != nil, Replies: m.Replies, Sight: Sight{
		Post: text(said["post"]), Language: text(said["language"]), Text: m.Text, Blocks: m.Blocks,
	}}
	revision, _ := said["revision"].(float64)
	one.Revision = int(revision)
	if parts := keyPattern.FindStringSubmatch(one.Key); parts != nil {
		one.Channel = parts[1]
	}
	return one
}

// keyPattern finds the channel in a key: the tests' channels are named type-something.
var keyPattern = regexp.MustCompile(`^carillon-((?:slack|mastodon)-[a-z]+)-`)

func text(v any) string {
	s, _ := v.(string)
	return s
}
