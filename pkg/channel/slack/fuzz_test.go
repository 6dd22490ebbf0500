package slack_test

import (
	"encoding/json"
	"regexp"
	"testing"
	"unicode/utf8"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/slack"
)

// FuzzComposedMessageIsOneThatSlackTakes composes whatever anybody may write, valid or not, and holds the result against
// Slack's limits and against everything that could mention people, link elsewhere or break out of the text.
func FuzzComposedMessageIsOneThatSlackTakes(f *testing.F) {
	f.Add("Title", "", formatting, "Place", "https://example.org/?a=1&b=2")
	f.Add("<!channel> *all*", "<!here> & *more*", hostile, "<@U1>", "https://example.org/|<!here>")
	f.Add("\xff", "\x00\x07", "[a](https://e.org 't')\n\n* x\n\n      code\n", "&&&", "javascript:alert(1)")
	f.Add("", "", "> - 1. ```\n> <!channel>\n> ```\n", "", "//example.org")
	f.Add("👩‍👩‍👧‍👦", "", "**a*b***c** ~~d~~ `e` `` f`g ``", "", "mailto:<x>")
	f.Add("t", "", "&lt;!channel&gt; &#x3c;!here> \\<!everyone>", "", "http://[::1]:80/%zz")
	f.Fuzz(func(t *testing.T, title, summary, body, place, link string) {
		c := edition(carillon.KindEvent, "en", title, body)
		c.Edition.Summary = summary
		c.Post.Event = &carillon.Event{Start: localTime("2031-03-29T20:30"), Zone: "Asia/Almaty", Place: place, URL: link}
		check(t, c)
		c.Edition.Texts = map[string]carillon.Text{"slack": {Thread: true}}
		check(t, c)
		check(t, channel.Content{Language: "ru", Reminder: &carillon.Reminder{Title: title, Body: body, Link: link}})
	})
}

func TestCompositionsAreOnesThatSlackTakes(t *testing.T) {
	for name, content := range compositions() {
		if name == "own-text-en" {
			continue // staff may mention whom they want
		}
		t.Run(name, func(t *testing.T) { check(t, content) })
	}
}

var (
	// link is the only thing that may stand between < and >.
	link = regexp.MustCompile(`<(https?://|mailto:|tel:)[^<>|\s]*(\|[^<>|\n]+)?>`)
	// entity is the only thing that may begin with &.
	entity = regexp.MustCompile(`&(amp|lt|gt);`)
	// quote begins a line of a quotation.
	quote = regexp.MustCompile(`(?m)^>`)
)

func check(t *testing.T, c channel.Content) {
	t.Helper()
	a, err := slack.Compose(channel.Limits{}, c)
	if err != nil {
		if c.Post == nil {
			return // a reminder without any words
		}
		t.Fatal(err)
	}
	for _, p := range a.Parts {
		checkMessage(t, p)
	}
	if a.Count > a.Limit {
		t.Errorf("%d of %d characters", a.Count, a.Limit)
	}
}

func checkMessage(t *testing.T, p channel.Part) {
	t.Helper()
	var message struct {
		Text   string
		Blocks []struct {
			Type   string
			Text   json.RawMessage
			Fields []struct{ Text string }
		}
	}
	if err := json.Unmarshal(p.Payload, &message); err != nil {
		t.Fatal(err)
	}
	within := func(what, s string, limit int) {
		t.Helper()
		n := 0
		for _, r := range s {
			n += len(string(r)) / 4 // what lies beyond the basic plane counts twice
			n++
		}
		if n == 0 || n > limit {
			t.Errorf("%s has %d characters, the limit is %d: %q", what, n, limit, s)
		}
		if !utf8.ValidString(s) {
			t.Errorf("%s is not valid UTF-8: %q", what, s)
		}
	}
	escaped := func(what, s string) {
		t.Helper()
		rest := entity.ReplaceAllString(link.ReplaceAllString(s, ""), "")
		rest = quote.ReplaceAllString(rest, "")
		for _, r := range rest {
			if r == '<' || r == '>' || r == '&' {
				t.Errorf("%s has a bare %q: %q", what, r, s)
				return
			}
		}
	}
	if message.Text != "" {
		within("the text", message.Text, 4000)
	}
	escaped("the text", message.Text)
	if len(message.Blocks) == 0 || len(message.Blocks) > 50 {
		t.Fatalf("there are %d blocks", len(message.Blocks))
	}
	for _, b := range message.Blocks {
		var text struct{ Text string }
		if b.Text != nil {
			if err := json.Unmarshal(b.Text, &text); err != nil {
				t.Fatal(err)
			}
		}
		switch b.Type {
		case "header":
			within("the header", text.Text, 150)
		case "section":
			if b.Text != nil {
				within("the section", text.Text, 3000)
				escaped("the section", text.Text)
			}
			if len(b.Fields) > 10 {
				t.Errorf("there are %d fields", len(b.Fields))
			}
			for _, f := range b.Fields {
				within("a field", f.Text, 2000)
				escaped("a field", f.Text)
			}
		}
	}
}
