package mastodon_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/mastodon"
	"carillon.example/pkg/markdown"
	"carillon.example/pkg/postfile"
	"carillon.example/pkg/seeds"
)

// threaded makes a content one that is shown whole.
func threaded(c channel.Content, text string) channel.Content {
	e := *c.Edition
	e.Texts = map[string]carillon.Text{"mastodon": {Thread: true, Text: text, Warning: e.Texts["mastodon"].Warning}}
	c.Edition = &e
	return c
}

func statuses(t *testing.T, a channel.Appearance) []string {
	t.Helper()
	var texts []string
	for _, part := range a.Parts {
		var p struct {
			Status string `json:"status"`
		}
		if err := json.Unmarshal(part.Payload, &p); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, p.Status)
	}
	return texts
}

func TestThreadsAreComposed(t *testing.T) {
	well := "The wells of the town are open to everybody on that day, and the water is free. Come early! See https://town.example.org/wells?day=1&all=yes for the way."
	long := strings.TrimSpace(strings.Repeat(well+"\n\n", 5))
	tags := func(p *post, _ *carillon.Edition) { p.Tags = []string{"water"} }
	tests := []struct {
		name    string
		content channel.Content
		limit   int
	}{
		{"short enough for one", threaded(edition(carillon.KindNews, "en", "A new well", "It is deep.", tags), ""), 500},
		{"by paragraphs", threaded(edition(carillon.KindNews, "en", "A new well", long, tags), ""), 320},
		{"by sentences", threaded(edition(carillon.KindNews, "en", "A new well", strings.ReplaceAll(long, "\n\n", " "), tags), ""), 320},
		{"by words", threaded(edition(carillon.KindNews, "en", "A new well", strings.TrimSpace(strings.Repeat("one two three ", 40)), nil), ""), 160},
		{"chinese", threaded(edition(carillon.KindNews, "zh", "新井", strings.Repeat("镇上的水井对所有人开放，水是免费的。", 12), nil), ""), 140},
		{"the summary is left to the page", threaded(edition(carillon.KindNews, "en", "A new well", long, func(_ *post, e *carillon.Edition) {
			e.Summary = "In short."
		}), ""), 320},
		{"with a content warning", threaded(edition(carillon.KindNews, "en", "A new well", long, func(_ *post, e *carillon.Edition) {
			e.Texts = map[string]carillon.Text{"mastodon": {Warning: "water"}}
		}), ""), 320},
		{"a title that fills the first", threaded(edition(carillon.KindNews, "en", strings.Repeat("A long title ", 20), "It is deep. "+well, tags), ""), 240},
		{"own text, divided by us", threaded(edition(carillon.KindNews, "en", "A new well", "It is deep.", nil), long+"\n\nAsk @town@social.example.org."), 320},
		{"own text, divided by staff", edition(carillon.KindNews, "en", "A new well", "It is deep.", func(_ *post, e *carillon.Edition) {
			e.Texts = map[string]carillon.Text{"mastodon": {Text: "---\nFirst.\n---\n\n  ---\nSecond,\nwith --- in it.\n---\r\nThird.\n---\n", Warning: "water"}}
		}), 500},
		{"own text with the link in its second part", edition(carillon.KindNews, "en", "A new well", "It is deep.", func(_ *post, e *carillon.Edition) {
			e.Texts = map[string]carillon.Text{"mastodon": {Text: "First.\n---\nSee " + permalink + "en/posts/a-post"}}
		}), 500},
	}
	var b strings.Builder
	for _, tt := range tests {
		a := mustCompose(t, channel.Limits{Characters: tt.limit}, tt.content)
		fmt.Fprintf(&b, "# %s\n%d parts, the longest %d of %d\n", tt.name, len(a.Parts), a.Count, a.Limit)
		for _, n := range a.Notes {
			fmt.Fprintf(&b, "note: %s\n", n)
		}
		for _, line := range strings.Split(a.Text, "\n") {
			b.WriteString(strings.TrimRight("| "+line, " ") + "\n")
		}
		b.WriteString("\n")
	}
	golden(t, "threads.txt", b.String())
}

func TestLongestBodyIsAThreadThatEndsOnThePage(t *testing.T) {
	a := mustCompose(t, channel.Limits{}, threaded(edition(carillon.KindNews, "en", "A new well", strings.Repeat("It is deep. ", 30_000), nil), ""))
	want := []string{"a thread of 25 parts", "the text was cut after 25 parts: the rest is on the page"}
	if diff := cmp.Diff(want, a.Notes); diff != "" || len(a.Parts) != 25 {
		t.Errorf("%d parts, notes (-want +got):\n%s", len(a.Parts), diff)
	}
	if last := statuses(t, a)[24]; !strings.HasSuffix(last, "…\n\n25/25") {
		t.Errorf("the last part ends with %q", last[len(last)-40:])
	}
}

func TestPartsThatAreTooLongAreNamed(t *testing.T) {
	for name, test := range map[string]struct{ text, warning, want string }{
		"the first, with its link": {strings.Repeat("w", 480) + "\n---\nSecond.", "", "part 1 of the text for Mastodon has 505 characters with its link, the limit is 500: shorten it by 5 in channels.mastodon.text, or split it with a line of ---"},
		"a later one":              {"First.\n---\n" + strings.Repeat("w", 612), "", "part 2 of the text for Mastodon has 612 characters, the limit is 500: shorten it by 112 in channels.mastodon.text, or split it with a line of ---"},
		"with its content warning": {"First.\n---\n" + strings.Repeat("w", 499), "ab", "part 2 of the text for Mastodon has 501 characters with its content warning, the limit is 500: shorten it by 1 in channels.mastodon.text, or split it with a line of ---"},
		"too many":                 {strings.Repeat("w\n---\n", 101), "", "the text for Mastodon has 101 parts, the limit is 100: join some"},
	} {
		c := edition(carillon.KindNews, "en", "A new well", "It is deep.", func(_ *post, e *carillon.Edition) {
			e.Texts = map[string]carillon.Text{"mastodon": {Text: test.text, Warning: test.warning}}
		})
		_, err := mastodon.Type().Compose(&mastodon.Settings{}, channel.Limits{}, c)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s:\ngot  %v\nwant %s", name, err, test.want)
		}
	}
}

// checkThread checks what every thread promises: each part is within the limit and numbered, none is empty, no link is cut,
// and no word is lost.
func checkThread(t *testing.T, c channel.Content, limit int) {
	t.Helper()
	a, err := mastodon.Type().Compose(&mastodon.Settings{Visibility: "public"}, channel.Limits{Characters: limit}, threaded(c, ""))
	if err != nil {
		return // a content warning that leaves no room
	}
	warning := c.Edition.Texts["mastodon"].Warning
	texts := statuses(t, a)
	var later strings.Builder
	for i, text := range texts {
		if n := mastodon.Count(strings.TrimSpace(warning), text, 23); n > limit {
			t.Errorf("part %d has %d characters of %d: %q", i+1, n, limit, text)
		}
		if !utf8.ValidString(text) || strings.TrimSpace(text) == "" {
			t.Errorf("part %d is empty or no UTF-8: %q", i+1, text)
		}
		if len(texts) == 1 {
			return
		}
		count := fmt.Sprintf("%d/%d", i+1, len(texts))
		if !strings.HasSuffix(text, count) {
			t.Errorf("part %d is not numbered: %q", i+1, text)
		}
		if i > 0 {
			later.WriteString(strings.TrimSuffix(text, count))
		}
	}
	if len(texts) == 25 || !strings.Contains(texts[0], c.Permalink) {
		return // it may have been cut; or the link alone is too long
	}
	// What keeps an @ from being a mention is not part of the text.
	bare := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u2060", "")), "") }
	begin, ok := strings.CutSuffix(bare(markdown.Text(c.Edition.Body)), bare(later.String()))
	if !ok || !strings.Contains(bare(texts[0]), begin) {
		t.Errorf("words are lost or out of order:\n%q\n%q", markdown.Text(c.Edition.Body), texts)
	}
}

func TestSeedsAsThreadsLoseNothing(t *testing.T) {
	files, ok := seeds.Files(t)
	if !ok {
		return
	}
	sources, err := postfile.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	for i := range sources {
		p := &sources[i].Post
		for j := range p.Editions {
			e := &p.Editions[j]
			for _, limit := range []int{500, 300, 1000} {
				checkThread(t, channel.Content{Post: p, Edition: e, Language: e.Language, Permalink: permalink + e.Language + "/posts/" + p.Slug}, limit)
			}
		}
	}
}

func FuzzThreadKeepsItsPromises(f *testing.F) {
	f.Add("A title", strings.Repeat("A text with https://example.org/a/b?c=d and more. ", 20), "", 200)
	f.Add("Заголовок", strings.Repeat("Очень длинный текст.\n\n", 30), "предупреждение", 140)
	f.Add("标题", strings.Repeat("镇上的水井对所有人开放，", 30), "", 80)
	f.Add("t", "a "+strings.Repeat("x", 500)+" b", "", 100)
	f.Add("t", strings.Repeat("👨‍👩‍👧‍👦", 200), "w", 60)
	f.Fuzz(func(t *testing.T, title, body, warning string, limit int) {
		if limit < 60 || limit > 2000 {
			limit = 60 + (limit&0x7fffffff)%1940
		}
		if !utf8.ValidString(title+body+warning) || strings.TrimSpace(title) == "" || strings.TrimSpace(body) == "" {
			return // no post is like that
		}
		checkThread(t, edition(carillon.KindNews, "en", title, body, func(_ *post, e *carillon.Edition) {
			e.Texts = map[string]carillon.Text{"mastodon": {Warning: warning}}
		}), limit)
	})
}
