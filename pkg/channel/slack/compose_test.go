package slack_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/slack"
)

var update = flag.Bool("update", false, "write the goldens anew")

func edition(kind carillon.Kind, language, title, body string) channel.Content {
	p := &carillon.Post{Slug: "a-post", Revision: 1, Kind: kind, Editions: []carillon.Edition{
		{Language: language, Title: title, Body: body},
	}}
	return channel.Content{
		Post: p, Edition: &p.Editions[0], Language: language,
		Permalink: "https://news.example.org/" + language + "/posts/a-post",
	}
}

func localTime(s string) carillon.LocalTime {
	l, err := carillon.ParseLocalTime(s)
	if err != nil {
		panic(err)
	}
	return l
}

// compositions are posts of every kind and of every shape that is composed in its own way.
func compositions() map[string]channel.Content {
	event := edition(carillon.KindEvent, "en", "Lights out for an hour", "Switch off the lights on **Saturday evening** and see the stars.")
	event.Post.Event = &carillon.Event{
		Start: localTime("2031-03-29T20:30"), End: localTime("2031-03-29T21:30"), Zone: "Asia/Almaty",
		Place: "Old Square & gardens", URL: "https://stars.example.org/?a=1&b=2",
	}
	eventArabic := edition(carillon.KindEvent, "ar", "ساعة الأرض في الساحة القديمة", "أطفئوا الأنوار مساء السبت، وتعالوا لنراقب النجوم معًا.\n\nالدخول مجاني.")
	eventArabic.Post.Event = &carillon.Event{Start: localTime("2031-03-29T20:30"), Zone: "Asia/Almaty", Place: "الساحة القديمة"}
	// A place and an address that run the other way, in a post that is not in the letters of its place.
	eventAbroad := edition(carillon.KindEvent, "ar", "لقاء في الخارج", "أهلًا بكم.")
	eventAbroad.Post.Event = &carillon.Event{
		Start: localTime("2031-03-29T20:30"), End: localTime("2031-03-30T00:30"), Zone: "America/Argentina/Buenos_Aires",
		Place: "12 Calle Florida (2.º)", URL: "https://meet.example.org/stars/",
	}
	callChinese := edition(carillon.KindCall, "zh", "青年科学家竞赛", "报名截至四月底。")
	callChinese.Post.Deadline = carillon.Date{Year: 2031, Month: 4, Day: 26}
	callFrench := edition(carillon.KindCall, "fr", "Concours pour les jeunes scientifiques", "Inscrivez-vous avant la fin d’avril.")
	callFrench.Post.Deadline = carillon.Date{Year: 2031, Month: 5, Day: 1}
	eventOnline := edition(carillon.KindEvent, "en", "An evening online", "Come as you are.")
	eventOnline.Post.Event = &carillon.Event{Start: localTime("2031-03-29T20:30"), Zone: "Asia/Almaty", URL: "https://meet.example.org/stars"}
	call := edition(carillon.KindCall, "kk", "Жас ғалымдарға арналған байқау", "Өтінімдер *сәуірдің соңына дейін* қабылданады.")
	call.Post.Deadline = carillon.Date{Year: 2031, Month: 4, Day: 26}
	callRussian := edition(carillon.KindCall, "ru", "Конкурс для молодых учёных", "Заявки принимаются до конца апреля.\n\n- резюме\n- письмо на *одну* страницу")
	callRussian.Post.Deadline = carillon.Date{Year: 2031, Month: 4, Day: 26}
	summary := edition(carillon.KindPublication, "en", "The state of the lake, 2031", "A body that nobody quotes, because there is a summary.")
	summary.Edition.Summary = "Water levels rose for the third year; salt <2 g/l, and *nothing* else."
	own := edition(carillon.KindNews, "en", "In their own words", "Not this.")
	own.Edition.Texts = map[string]carillon.Text{"slack": {Text: "*Big news* for <https://example.org|everyone> <!here>"}}
	noPage := edition(carillon.KindAnnouncement, "en", "No page yet", "Something short.")
	noPage.Permalink = ""

	return map[string]channel.Content{
		"message-en":      edition(carillon.KindMessage, "en", "A message for the day of bells", "Bells carry further than words.\n\nListen to them, and answer."),
		"news-ru":         edition(carillon.KindNews, "ru", "Новый колокол на старой башне", "Его звон слышен за **пять** километров.\nОн звонит в полдень."),
		"publication-en":  summary,
		"call-kk":         call,
		"call-ru":         callRussian,
		"event-en":        event,
		"event-ar":        eventArabic,
		"event-abroad-ar": eventAbroad,
		"call-zh":         callChinese,
		"call-fr":         callFrench,
		"event-online-en": eventOnline,
		"announcement-kk": edition(carillon.KindAnnouncement, "kk", "Кеңсе жұмыс уақыты өзгерді", "Енді біз сағат тоғызда ашыламыз."),
		"own-text-en":     own,
		"no-page-en":      noPage,
		"formatting-en":   edition(carillon.KindNews, "en", "Formatting *of* <every> & :sort:", formatting),
		"hostile-en":      edition(carillon.KindNews, "en", "<!channel> *all*", hostile),
		"long-first-paragraph-en": edition(carillon.KindNews, "en", strings.Repeat("A very long title ", 12),
			strings.Repeat("One sentence follows *another one*, and it never ends. ", 30)),
		"many-paragraphs-en": edition(carillon.KindNews, "en", "Many paragraphs", strings.Repeat("This is a paragraph with a hundred characters, more or less, so that some of them fit and some do not.\n\n", 20)),
		"long-links-en":      edition(carillon.KindNews, "en", "Links longer than their text", strings.Repeat("[here](https://example.org/"+strings.Repeat("long/", 60)+") ", 30)),
		"reminder-en": {Language: "en", Reminder: &carillon.Reminder{
			Observance: "day-of-bells", Occurrence: "day-of-bells-2031", Date: carillon.Date{Year: 2031, Month: 5, Day: 2}, Lead: 7,
			Language: "en", Title: "In 7 days: Day of Bells", Body: "On Friday, 2 May 2031. Last year's post is [here](https://example.org/2030).",
			Link: "https://www.example.org/bells", Hashtags: []string{"DayOfBells"},
		}},
		"notice-en": {Language: "en", Notice: &carillon.Notice{
			Title: "Rejected: water-day (en) on mastodon-en", Text: "the text has 612 characters & <the limit> is *500*",
			Commands: []string{"carillon status water-day", "carillon retry water-day --channel mastodon-en"},
		}},
		"reminder-without-link-en": {Language: "en", Reminder: &carillon.Reminder{Title: "Tomorrow: Day of Bells", Body: "Nothing is planned."}},
	}
}

const formatting = `## A heading with *stress*

Some **bold**, some *italic*, **both *at once***, ` + "`code with <tags>`" + `, a [link](https://example.org/a?b=1&c=2|3),
a [relative one](/files/report.pdf), a [bad one](javascript:alert(1)), <mailto:office@example.org>, https://example.org/bare.
In**side** words nothing is bold. A hard break\
comes here.

> A quotation
> of two lines
>
> and another paragraph

1. first
2. second, with *stress*
   - nested
   - again
3. third

` + "```" + `
code *stays* <as> it & is
` + "```" + `

| City | Bells |
|------|------:|
| Here | 3     |
| There | 12   |

![A tower at dusk](tower.jpg)

Footnotes[^1] are left out. <b>HTML</b> too.

---

[^1]: Like this one.
`

const hostile = `<!channel> @channel @here <@U123> <#C123> &lt;!everyone&gt; \<!here\>

*not bold* \*not bold\* \_nor this\_ ~nor this~ \` + "`nor this\\`" + ` first_name_last@example.org 3 * 4 * 5 snake_case_name

\> not a quotation

:smile: at 10:20:30, :100: of them [<!channel>](https://example.org/>x|y) [a|b](https://example.org)

&amp; &copy; &#60;!here&#62; \&amp; AT&T
`

func TestCompositionsLookAsTheyShould(t *testing.T) {
	for name, content := range compositions() {
		t.Run(name, func(t *testing.T) {
			a, err := slack.Compose(channel.Limits{}, content)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "compose", name+".txt"), show(t, a))
		})
	}
}

// show writes an appearance for people to read: an isolate stands in ⟨ and ⟩, and a no-break space is ~.
func show(t *testing.T, a channel.Appearance) []byte {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d of %d characters\n", a.Count, a.Limit)
	for _, n := range a.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	fmt.Fprintf(&b, "\n%s\n\n", a.Text)
	var payload any
	if err := json.Unmarshal(a.Parts[0].Payload, &payload); err != nil {
		t.Fatal(err)
	}
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(payload); err != nil {
		t.Fatal(err)
	}
	return []byte(strings.NewReplacer("\u2068", "⟨", "\u2069", "⟩", "\u00a0", "~").Replace(b.String()))
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got); if this is right, run the test with -update:\n%s", path, diff)
	}
}

// A body of the largest size takes no longer than one of a page, whatever it is made of.
func TestLongestBodiesAreComposedLikeOthers(t *testing.T) {
	for name, piece := range map[string]string{
		"words": "word ", "paragraphs": "word\n\n", "quotations": "> ", "lists": "- a\n", "links": "[a](b", "emphasis": "*a **b ",
		"code": "`", "entities": "&amp;", "definitions": "[a]: https://example.org/\n",
	} {
		t.Run(name, func(t *testing.T) {
			check(t, edition(carillon.KindNews, "en", "Title", strings.Repeat(piece, carillon.MaxPostBytes/len(piece))))
		})
	}
}

func TestLinksOfLongBodiesAreFound(t *testing.T) {
	body := "See [the report][r].\n\n" + strings.Repeat("word\n\n", 10_000) + "[r]: https://example.org/report\n"
	a, err := slack.Compose(channel.Limits{}, edition(carillon.KindNews, "en", "Title", body))
	if err != nil {
		t.Fatal(err)
	}
	if want := `\u003chttps://example.org/report|the report\u003e`; !strings.Contains(string(a.Parts[0].Payload), want) {
		t.Errorf("the message has no %s:\n%s", want, a.Parts[0].Payload)
	}
}
