package mastodon_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	_ "time/tzdata" // the zones must not depend on the machine

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/mastodon"
)

var update = flag.Bool("update", false, "write the golden files")

const permalink = "https://news.example.org/"

// edition is a post in one language, ready to be composed.
func edition(kind carillon.Kind, language, title, body string, change func(*carillon.Post, *carillon.Edition)) channel.Content {
	p := &carillon.Post{
		Slug: "a-post", Revision: 1, Kind: kind,
		Editions: []carillon.Edition{{Language: language, Title: title, Body: body}},
	}
	if change != nil {
		change(p, &p.Editions[0])
	}
	return channel.Content{Post: p, Edition: &p.Editions[0], Language: language, Permalink: permalink + language + "/posts/a-post"}
}

func local(s string) carillon.LocalTime {
	t, err := carillon.ParseLocalTime(s)
	if err != nil {
		panic(err)
	}
	return t
}

type post = carillon.Post

func TestStatusesAreComposed(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("The wells of the town are open to everybody on that day, and the water is free. ", 12))
	evening := &carillon.Event{Start: local("2019-03-30T20:30"), End: local("2019-03-30T21:30"), Zone: "Asia/Almaty", Place: "Town hall,\n12 River Street"}
	tests := []struct {
		name    string
		content channel.Content
		limits  channel.Limits
	}{
		{"news", edition(carillon.KindNews, "en", "A new well", "The town has **a new well**.\n\nSee [the plan](https://town.example.org/plan).\n\n- It is deep.\n- It is cold.", func(p *post, _ *carillon.Edition) {
			p.Tags = []string{"clean-water", "town", "Clean Water", "2030"}
		}), channel.Limits{}},
		{"message with a summary", edition(carillon.KindMessage, "en", "Message on Water Day", long, func(p *post, e *carillon.Edition) {
			e.Summary, p.Tags = "Water is for everybody.", []string{"water"}
		}), channel.Limits{}},
		{"event", edition(carillon.KindEvent, "en", "Lights out", "Switch off the lights with us.", func(p *post, _ *carillon.Edition) {
			p.Event, p.Tags = evening, []string{"climate"}
		}), channel.Limits{}},
		{"event in russian", edition(carillon.KindEvent, "ru", "Час темноты", "Выключите свет вместе с нами.", func(p *post, _ *carillon.Edition) {
			p.Event, p.Tags = evening, []string{"изменение-климата"}
		}), channel.Limits{}},
		{"event in kazakh", edition(carillon.KindEvent, "kk", "Қараңғылық сағаты", "Бізбен бірге жарықты сөндіріңіз.", func(p *post, _ *carillon.Edition) {
			p.Event, p.Tags = evening, []string{"климат"}
		}), channel.Limits{}},
		{"event in arabic", edition(carillon.KindEvent, "ar", "ساعة بلا ضوء", "أطفئوا الأنوار معنا.", func(p *post, _ *carillon.Edition) {
			p.Event, p.Tags = evening, []string{"تغير-المناخ"}
		}), channel.Limits{}},
		{"call in french", edition(carillon.KindCall, "fr", "Concours de photos", "Envoyez vos photos de fontaines.", func(p *post, _ *carillon.Edition) {
			p.Deadline, p.Tags = carillon.Date{Year: 2019, Month: 4, Day: 26}, []string{"eau"}
		}), channel.Limits{}},
		{"call in chinese", edition(carillon.KindCall, "zh-Hans", "摄影比赛", "请寄来喷泉的照片。", func(p *post, _ *carillon.Edition) {
			p.Deadline, p.Tags = carillon.Date{Year: 2019, Month: 4, Day: 26}, []string{"水"}
		}), channel.Limits{}},
		{"publication", edition(carillon.KindPublication, "en", "Report on water", "What we found.", func(p *post, _ *carillon.Edition) {
			p.Attachments = []carillon.Attachment{{File: "report.pdf", Title: "Report"}}
		}), channel.Limits{}},
		{"announcement without tags", edition(carillon.KindAnnouncement, "en", "The office is closed on Friday", "We are back on Monday.", nil), channel.Limits{}},
		{"long text is cut at a word", edition(carillon.KindNews, "en", "A new well", long, func(p *post, _ *carillon.Edition) {
			p.Tags = []string{"clean-water", "town"}
		}), channel.Limits{}},
		{"long chinese text is cut between characters", edition(carillon.KindNews, "zh", "新井", strings.Repeat("镇上的水井对所有人开放，", 20), nil), channel.Limits{Characters: 120}},
		{"a cut does not fall into a link", edition(carillon.KindNews, "en", "A new well", "Please read all about it and about us at https://town.example.org/a/very/long/path/to/the/plan right now.", nil), channel.Limits{Characters: 95}},
		{"a cut after a sentence", edition(carillon.KindNews, "en", "A new well", "The well is deep and very cold. Unbelievablylongword follows it here and now.", nil), channel.Limits{Characters: 82}},
		{"a line hardly begun is left out", edition(carillon.KindNews, "en", "A new well", "The well is deep and very cold.\n\nIt was dug by the people of the town.", nil), channel.Limits{Characters: 86}},
		{"no room for the text", edition(carillon.KindNews, "en", "A new well", long, nil), channel.Limits{Characters: 50}},
		{"no room for the hashtags", edition(carillon.KindNews, "en", "A new well", long, func(p *post, _ *carillon.Edition) {
			p.Tags = []string{"clean-water", "town", "environment"}
		}), channel.Limits{Characters: 55}},
		{"no room for the facts", edition(carillon.KindEvent, "en", "Lights out", long, func(p *post, _ *carillon.Edition) {
			p.Event, p.Tags = evening, []string{"climate"}
		}), channel.Limits{Characters: 100}},
		{"no room for the title", edition(carillon.KindNews, "en", "A title that is far too long for such a small status", long, nil), channel.Limits{Characters: 60}},
		{"a title of one word", edition(carillon.KindNews, "en", strings.Repeat("ö", 100), "x", nil), channel.Limits{Characters: 40}},
		{"mentions become words", edition(carillon.KindNews, "en", "Follow @town", "Ask @office or @press@social.example.org, or write to press@example.org. See https://social.example.org/@office.", nil), channel.Limits{}},
		{"content warning", edition(carillon.KindNews, "en", "A flood", "Many wells are lost.", func(_ *post, e *carillon.Edition) {
			e.Texts = map[string]carillon.Text{"mastodon": {Warning: "natural disaster"}}
		}), channel.Limits{}},
		{"own text", edition(carillon.KindNews, "en", "A new well", long, func(p *post, e *carillon.Edition) {
			p.Tags = []string{"town"}
			e.Texts = map[string]carillon.Text{"mastodon": {Text: "Come and see our new well, @town@social.example.org! #Water\n", Warning: "water"}}
		}), channel.Limits{}},
		{"own text with the link", edition(carillon.KindNews, "en", "A new well", long, func(_ *post, e *carillon.Edition) {
			e.Texts = map[string]carillon.Text{"mastodon": {Text: "Look at " + permalink + "en/posts/a-post, our new well."}}
		}), channel.Limits{}},
		{"own text with a longer link", edition(carillon.KindNews, "en", "A new well", long, func(_ *post, e *carillon.Edition) {
			e.Texts = map[string]carillon.Text{"mastodon": {Text: "Look at " + permalink + "en/posts/a-post-2"}}
		}), channel.Limits{}},
		{"link of a machine at hand", func() channel.Content {
			c := edition(carillon.KindNews, "en", "A new well", "It is deep.", nil)
			c.Permalink = "http://localhost:8080/en/posts/a-post"
			return c
		}(), channel.Limits{}},
		{"reminder", channel.Content{Language: "ru", Permalink: permalink + "ru/observances/water-day", Reminder: &carillon.Reminder{
			Title: "Через 7 дней: День воды", Body: "*22 марта* — День воды.", Hashtags: []string{"день-воды", "#Вода"},
		}}, channel.Limits{}},
		{"reminder with its own link", channel.Content{Language: "en", Reminder: &carillon.Reminder{
			Title: "In 7 days: Water Day", Body: "It is on 22 March.", Link: "https://water.example.org/day",
		}}, channel.Limits{}},
		{"reminder without a link", channel.Content{Language: "en", Reminder: &carillon.Reminder{Title: "In 7 days: Water Day"}}, channel.Limits{}},
	}
	var b strings.Builder
	for _, tt := range tests {
		a := mustCompose(t, tt.limits, tt.content)
		fmt.Fprintf(&b, "# %s\n%s\n", tt.name, describe(t, a))
	}
	golden(t, "compose.txt", b.String())
}

func mustCompose(t *testing.T, l channel.Limits, c channel.Content) channel.Appearance {
	t.Helper()
	a, err := mastodon.Type().Compose(&mastodon.Settings{Visibility: "public"}, l, c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// describe shows an appearance for a golden, in which people see what is invisible: a no-break space is ~, a word joiner ¦, and an
// isolate stands in ⟨ and ⟩.
func describe(t *testing.T, a channel.Appearance) string {
	t.Helper()
	var p map[string]string
	if err := json.Unmarshal(a.Parts[0].Payload, &p); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d, %s, %s\n", a.Count, a.Limit, p["language"], p["visibility"])
	for _, n := range a.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	for _, line := range strings.Split(a.Text, "\n") {
		b.WriteString(strings.TrimRight("| "+line, " ") + "\n")
	}
	if want := strings.TrimPrefix(a.Text, "CW: "+p["spoiler_text"]+"\n\n"); p["status"] != want {
		t.Errorf("what is sent is not what is shown:\n%s\n%s", p["status"], want)
	}
	return strings.NewReplacer("\u00a0", "~", "\u2060", "¦", "\u2068", "⟨", "\u2069", "⟩").Replace(b.String())
}

func TestOwnTextThatIsTooLongIsRefusedWithItsLength(t *testing.T) {
	c := edition(carillon.KindNews, "en", "A new well", "It is deep.", func(_ *post, e *carillon.Edition) {
		e.Texts = map[string]carillon.Text{"mastodon": {Text: strings.Repeat("word ", 100), Warning: "well"}}
	})
	_, err := mastodon.Type().Compose(&mastodon.Settings{}, channel.Limits{}, c)
	// 499 letters and spaces, an empty line, the link, the warning.
	const want = "the text for Mastodon has 528 characters with its link and content warning, the limit is 500: shorten channels.mastodon.text by 28"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestContentWarningThatLeavesNoRoomIsRefused(t *testing.T) {
	c := edition(carillon.KindNews, "en", "A new well", "It is deep.", func(_ *post, e *carillon.Edition) {
		e.Texts = map[string]carillon.Text{"mastodon": {Warning: strings.Repeat("w", 490)}}
	})
	_, err := mastodon.Type().Compose(&mastodon.Settings{}, channel.Limits{}, c)
	const want = "the content warning and the link alone have 513 characters, and the limit is 500: shorten the content warning"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestChineseIsNamedByItsScript(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "en", "en-GB": "en", "kk-Latn": "kk", "zh": "zh", "zh-Hans": "zh-CN", "zh-CN": "zh-CN", "zh-Hant": "zh-TW",
		"zh-Hant-HK": "zh-HK", "zh-TW": "zh-TW", "zh-MO": "zh-HK", "kaa": "kaa",
	} {
		a := mustCompose(t, channel.Limits{}, edition(carillon.KindNews, tag, "A title", "A text.", nil))
		var p map[string]string
		if err := json.Unmarshal(a.Parts[0].Payload, &p); err != nil {
			t.Fatal(err)
		}
		if p["language"] != want {
			t.Errorf("%s is sent as %q, want %q", tag, p["language"], want)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}
