package postfile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/postfile"
)

// post is a file with some lines of front matter besides what every post needs: they begin on line 3.
func post(front ...string) string {
	return "---\ntitle: T\n" + strings.Join(front, "\n") + "\n---\n\nBody.\n"
}

// bad is every way we know to get a file wrong, and what is said about it.
func bad() []badFile {
	return []badFile{
		{"empty file", "p.en.md", "", []string{
			`p.en.md:1: has no front matter: begin the file with a line ---, the title and other fields, and a second line ---`,
		}},
		{"no front matter", "p.en.md", "# A title\n", []string{
			`p.en.md:1: has no front matter: begin the file with a line ---, the title and other fields, and a second line ---`,
		}},
		{"front matter after an empty line", "p.en.md", "\n---\ntitle: T\n---\nB\n", []string{
			`p.en.md:1: has no front matter: begin the file with a line ---, the title and other fields, and a second line ---`,
		}},
		{"unclosed front matter", "p.en.md", "---\ntitle: T\n\nBody\n", []string{
			`p.en.md:1: the front matter that begins here is not closed: write a line --- after its last field`,
		}},
		{"not called .md", "p.txt", post("language: en"), []string{
			`p.txt:1: is not called like a post: name it STEM.LANGUAGE.md, such as world-health-day.en.md`,
		}},
		{"longer than the limit", "p.en.md", post() + strings.Repeat("x", 513<<10), []string{
			`p.en.md:1: is longer than 512 KiB, the limit: shorten it, or attach the long part as a file`,
		}},
		{"invalid UTF-8", "p.en.md", "---\ntitle: T\n---\nB\xff\n", []string{
			`p.en.md:4: is not valid UTF-8 from here on: save the file as UTF-8`,
		}},
		{"UTF-16", "p.en.md", "\xff\xfe-\x00-\x00", []string{
			`p.en.md:1: is not valid UTF-8 from here on: save the file as UTF-8`,
		}},
		{"NUL", "p.en.md", "---\ntitle: T\n---\nB\x00\n", []string{
			`p.en.md:4: contains the control character U+0000: remove it`,
		}},
		{"control character", "p.en.md", "---\ntitle: T\x07\n---\nB\n", []string{
			`p.en.md:2: contains the control character U+0007: remove it`,
		}},
		{"control character by its escape", "p.en.md", post(`summary: "a\x07b"`), []string{
			`p.en.md:3: summary: contains the control character U+0007: remove it`,
		}},
		{"empty front matter", "p.en.md", "---\n---\nB\n", []string{
			`p.en.md:1: title: is missing: write it in the front matter, as title: What the post is about`,
		}},
		{"missing title", "p.en.md", "---\nkind: news\n---\nB\n", []string{
			`p.en.md:1: title: is missing: write it in the front matter, as title: What the post is about`,
		}},
		{"empty title", "p.en.md", "---\ntitle:\n---\nB\n", []string{
			`p.en.md:1: title: is missing: write it in the front matter, as title: What the post is about`,
		}},
		{"empty quoted title", "p.en.md", "---\ntitle: \" \"\n---\nB\n", []string{
			`p.en.md:2: title: is empty: every edition needs a title`,
		}},
		{"title of two lines", "p.en.md", "---\ntitle: |\n  a\n  b\n---\nB\n", []string{
			`p.en.md:2: title: has a line break: write it on one line`,
		}},
		{"title that is a list", "p.en.md", "---\ntitle: [a]\n---\nB\n", []string{
			`p.en.md:2: title: is a list, where text is wanted: if it is meant as text, put it in quotes`,
		}},
		{"empty body", "p.en.md", "---\ntitle: T\n---\n\n\n", []string{
			`p.en.md:4: body: is empty: write what the post says below the front matter`,
		}},
		{"nothing after front", "p.en.md", "---\ntitle: T\n---", []string{
			`p.en.md:3: body: is empty: write what the post says below the front matter`,
		}},
		{"script in the body", "p.en.md", "---\ntitle: T\n---\n\nText.\n\nMore <script>x</script>\n", []string{
			`p.en.md:7: body: <script> is not allowed in a post: remove it`,
		}},
		{"colon in a value", "p.en.md", "---\nkind: news\ntitle: Foo: bar\n---\nB\n", []string{
			`p.en.md:3: this is not YAML: put a value that has a colon in quotes, and begin all fields in one column`,
		}},
		{"field that is indented", "p.en.md", "---\ntitle: Foo\n  kind: news\n---\nB\n", []string{
			`p.en.md:2: this is not YAML: put a value that has a colon in quotes, and begin all fields in one column`,
		}},
		{"double quotes not closed", "p.en.md", post("summary: \"abc", "kind: news"), []string{
			`p.en.md:3: this is not YAML: the text in double quotes is not closed, write " at its end`,
		}},
		{"apostrophe in single quotes", "p.en.md", post("summary: 'it's", "kind: news"), []string{
			`p.en.md:3: this is not YAML: put the whole value in quotes, with '' for an apostrophe between single ones`,
		}},
		{"list not closed", "p.en.md", post("tags: [a, b", "kind: news"), []string{
			`p.en.md:4: this is not YAML: the list is not closed, write ] at its end and commas between its items`,
		}},
		{"braces not closed", "p.en.md", post("event: {place: x", "kind: news"), []string{
			`p.en.md:4: this is not YAML: the braces are not closed, write } at their end and commas between the fields`,
		}},
		{"value that begins with @", "p.en.md", post("summary: @un on"), []string{
			`p.en.md:3: this is not YAML: '@' is a reserved character at the start of a value, put the value in quotes`,
		}},
		{"tab for indentation", "p.en.md", post("event:", "\tplace: x"), []string{
			`p.en.md:4: this is not YAML: indent with spaces, not with tabs`,
		}},
		{"backslash in double quotes", "p.en.md", post("summary: \"a\\qb\""), []string{
			`p.en.md:3: this is not YAML: a backslash in double quotes has a meaning, write \\ for the character itself`,
		}},
		{"no space behind the colon", "p.en.md", "---\ntitle:T\n---\nB\n", []string{
			`p.en.md:2: the front matter is not made of fields: write each as name: value, with a space behind the colon`,
		}},
		{"list instead of fields", "p.en.md", "---\n- a\n---\nB\n", []string{
			`p.en.md:2: the front matter is not made of fields: write each as name: value, with a space behind the colon`,
		}},
		{"stars in a value", "p.en.md", post("summary: *Breaking* news"), []string{
			`p.en.md:3: this is not YAML: put the whole value in quotes, with '' for an apostrophe between single ones`,
		}},
		{"anchor", "p.en.md", post("tags: &a [x]"), []string{
			`p.en.md:3: there is an anchor (&) of YAML here, which is not supported: write the value out or, if it is meant as text, put it in quotes`,
		}},
		{"tag", "p.en.md", post("summary: !!str x"), []string{
			`p.en.md:3: there is a tag (!) of YAML here, which is not supported: write the value out or, if it is meant as text, put it in quotes`,
		}},
		{"aliases that explode", "p.en.md", post("a: &a [x,x]", "b: &b [*a,*a]", "c: [*b,*b]"), []string{
			`p.en.md:3: there is an anchor (&) of YAML here, which is not supported: write the value out or, if it is meant as text, put it in quotes`,
		}},
		{"deep brackets", "p.en.md", post("tags: " + strings.Repeat("[", 100)), []string{
			`p.en.md:3: the front matter is nested more than 32 deep here: close what is open, or put text in quotes`,
		}},
		{"deep lists", "p.en.md", post("tags: ", strings.Repeat("- ", 100)), []string{
			`p.en.md:4: the front matter is nested more than 32 deep here: close what is open, or put text in quotes`,
		}},
		{"long front matter", "p.en.md", post("summary: " + strings.Repeat("x", 70<<10)), []string{
			`p.en.md:1: the front matter is longer than 64 KiB: write long text below it`,
		}},
		{"second document", "p.en.md", post("...", "kind: news"), []string{
			`p.en.md:4: the front matter has a second document here: write one`,
		}},
		{"field twice", "p.en.md", post("kind: news", "kind: call"), []string{
			`p.en.md:4: kind: stands here for the second time, first on line 3: keep one`,
		}},
		{"nested field twice", "p.en.md", post("event: {start: 2019-04-07T09:00, place: x, place: y}"), []string{
			`p.en.md:3: event.place: stands here for the second time, first on line 3: keep one`,
		}},
		{"misspelt field", "p.en.md", post("sumary: x"), []string{
			`p.en.md:3: sumary: is not a field we know; did you mean "summary"?`,
		}},
		{"unknown field", "p.en.md", post("colour: red"), []string{
			`p.en.md:3: colour: is not a field we know: remove it`,
		}},
		{"misspelt nested field", "p.en.md", post("event:", "  strat: 2019-04-07T09:00"), []string{
			`p.en.md:4: event.strat: is not a field we know; did you mean "start"?`,
		}},
		{"misspelt field of a channel", "p.en.md", post("channels:", "  mastodon:", "    txt: x"), []string{
			`p.en.md:5: channels.mastodon.txt: is not a field we know; did you mean "text"?`,
		}},
		{"merge key", "p.en.md", post("<<: {kind: news}"), []string{
			`p.en.md:3: <<: is not a field we know: remove it`,
		}},
		{"misspelt kind", "p.en.md", post("kind: mesage"), []string{
			`p.en.md:3: kind: "mesage" is not a kind; did you mean "message"?`,
		}},
		{"unknown kind", "p.en.md", post("kind: poem"), []string{
			`p.en.md:3: kind: "poem" is not a kind: write one of message, news, publication, call, event, announcement`,
		}},
		{"30 February", "p.en.md", post("date: 2019-02-30"), []string{
			`p.en.md:3: date: 2019-02-30 is not in the calendar: check the month and the day`,
		}},
		{"date in words", "p.en.md", post("date: 7 April 2019"), []string{
			`p.en.md:3: date: "7 April 2019" is not a date: write it as 2019-04-07`,
		}},
		{"deadline in words", "p.en.md", post("deadline: tomorrow"), []string{
			`p.en.md:3: deadline: "tomorrow" is not a date: write it as 2019-04-07`,
		}},
		{"event that ends before it starts", "p.en.md", post("event:", "  start: 2019-04-07T09:00", "  end: 2019-04-07T08:00", "  timezone: Asia/Almaty"), []string{
			`p.en.md:5: event.end: 2019-04-07T08:00 is before the start, 2019-04-07T09:00: check both`,
		}},
		{"event that ends before it starts in the site's zone", "p.en.md", post("event:", "  start: 2019-04-07T09:00", "  end: 2019-04-07T08:00"), []string{
			`p.en.md:5: event.end: 2019-04-07T08:00 is before the start, 2019-04-07T09:00: check both`,
		}},
		{"start that the clocks skip", "p.en.md", post("event:", "  start: 2019-03-31T02:30", "  timezone: Europe/Zurich"), []string{
			`p.en.md:4: event.start: 2019-03-31T02:30 does not exist in Europe/Zurich: the clocks go forward past it`,
		}},
		{"end that the clocks skip", "p.en.md", post("event:", "  start: 2019-03-31T01:30", "  end: 2019-03-31T02:30", "  timezone: Europe/Zurich"), []string{
			`p.en.md:5: event.end: 2019-03-31T02:30 does not exist in Europe/Zurich: the clocks go forward past it`,
		}},
		{"unknown time zone", "p.en.md", post("event:", "  start: 2019-03-31T02:30", "  timezone: Asia/Alma-Ata"), []string{
			`p.en.md:5: event.timezone: "Asia/Alma-Ata" is not a time zone we know: write an IANA name such as Asia/Almaty`,
		}},
		{"time zone of the machine", "p.en.md", post("event:", "  start: 2019-03-31T02:30", "  timezone: Local"), []string{
			`p.en.md:5: event.timezone: "Local" is not a time zone: write an IANA name such as Asia/Almaty`,
		}},
		{"event on 30 February", "p.en.md", post("event:", "  start: 2019-02-30T02:30"), []string{
			`p.en.md:4: event.start: 2019-02-30 is not in the calendar: check the month and the day`,
		}},
		{"25 o'clock", "p.en.md", post("event:", "  start: 2019-02-20 25:30"), []string{
			`p.en.md:4: event.start: "2019-02-20 25:30" is not a local time: write it as 2019-04-07T09:00, and the zone in event.timezone`,
		}},
		{"time with an offset", "p.en.md", post("event:", "  start: 2019-02-20T02:30+05:00"), []string{
			`p.en.md:4: event.start: "2019-02-20T02:30+05:00" is not a local time: write it as 2019-04-07T09:00, and the zone in event.timezone`,
		}},
		{"event without a start", "p.en.md", post("event: {place: x}"), []string{
			`p.en.md:3: event.start: is missing: write when it begins, as start: 2019-04-07T09:00`,
		}},
		{"event that is text", "p.en.md", post("event: tomorrow"), []string{
			`p.en.md:3: event: is a single value, where fields are wanted: write it as {start: …}`,
		}},
		{"tags that are text", "p.en.md", post("tags: health"), []string{
			`p.en.md:3: tags: is not a list: write it in brackets, as [health]`,
		}},
		{"tags that are fields", "p.en.md", post("tags: {a: b}"), []string{
			`p.en.md:3: tags: is a group of fields, where a list is wanted: write it in brackets, as [one, two]`,
		}},
		{"empty tag", "p.en.md", post("tags:", "  - a", "  -"), []string{
			`p.en.md:5: tags[1]: is empty: remove it, or write something`,
		}},
		{"list of lists", "p.en.md", post("tags: [[a]]"), []string{
			`p.en.md:3: tags[0]: is a list, where text is wanted: if it is meant as text, put it in quotes`,
		}},
		{"attachment without a file", "p.en.md", post("attachments:", "  - {title: x}"), []string{
			`p.en.md:4: attachments[0].file: is missing: write the path of the file, as file: report.pdf`,
		}},
		{"attachment that is text", "p.en.md", post("attachments:", "  - x.pdf"), []string{
			`p.en.md:4: attachments[0]: is a single value, where fields are wanted: write it as {file: …}`,
		}},
		{"attachment that is a folder", "p.en.md", post("attachments:", "  - {file: x/}"), []string{
			`p.en.md:4: attachments[0].file: x/ is a folder: name a file`,
		}},
		{"attachments of one name", "p.en.md", post("attachments:", "  - {file: a/x.pdf}", "  - {file: b/x.pdf}"), []string{
			`p.en.md:5: attachments[1].file: b/x.pdf has the same name as a/x.pdf: readers could not tell them apart, rename one`,
		}},
		{"attachment in no language", "p.en.md", post("attachments:", "  - {file: a/x.pdf, language: Russian}"), []string{
			`p.en.md:4: attachments[0].language: "Russian" is not a language: write a code such as en, ru or zh-Hans`,
		}},
		{"links that are text", "p.en.md", post("links: x"), []string{
			`p.en.md:3: links: is not a list: write it in brackets, as [x]`,
		}},
		{"missing language", "p.md", post("kind: news"), []string{
			`p.md:1: language: is missing: write it as language: en, or name the file p.en.md`,
		}},
		{"language that the name denies", "p.en.md", post("language: ru"), []string{
			`p.en.md:3: language: is ru, but the file's name says en: make them agree`,
		}},
		{"language in words", "p.md", post("language: English"), []string{
			`p.md:3: language: "English" is not a language: write a code such as en, ru or zh-Hans`,
		}},
		{"language in capitals", "p.md", post("language: EN"), []string{
			`p.md:3: language: "EN" is not a language: write it as en`,
		}},
		{"language in capitals in the name", "p.EN.md", post(), []string{
			`p.EN.md:1: language: "EN" in the file's name is not a language: write it as en`,
		}},
		{"language that is a list", "p.en.md", post("language: [en]"), []string{
			`p.en.md:3: language: is a list, where text is wanted: if it is meant as text, put it in quotes`,
		}},
		{"slug with spaces", "p.en.md", post("slug: World Health Day"), []string{
			`p.en.md:3: slug: "World Health Day" cannot name a post: write small letters a-z, digits and single hyphens, 120 at most, such as world-health-day`,
		}},
		{"slug of other letters", "p.en.md", post("slug: день"), []string{
			`p.en.md:3: slug: "день" cannot name a post: write small letters a-z, digits and single hyphens, 120 at most, such as den`,
		}},
		{"name without letters", "🎉.ru.md", post(), []string{
			`🎉.ru.md:1: slug: cannot be made from the file's name "🎉", which has no letter and no digit: write one, as slug: health-day`,
		}},
		{"name in letters nobody reads", "𐎠-2019.ru.md", post(), []string{
			`𐎠-2019.ru.md:1: slug: cannot be made from the file's name "𐎠-2019", which has letters that cannot be written in a-z, such as '𐎠': write one, as slug: health-day`,
		}},
		{"long name", strings.Repeat("x", 130) + ".en.md", post(), []string{
			strings.Repeat("x", 130) + `.en.md:1: slug: cannot be made from the file's name "` + strings.Repeat("x", 60) + `…", which has more than 120 characters: write one, as slug: health-day`,
		}},
		{"release", "p.en.md", post("release: 2019-04-31T09:00"), []string{
			`p.en.md:3: release: 2019-04-31 is not in the calendar: check the month and the day`,
		}},
		{"release in an hour that is left out", "p.en.md", post("release: 2027-03-28T02:30 Europe/Paris"), []string{
			`p.en.md:3: release: 2027-03-28T02:30 does not exist in Europe/Paris: the clocks go forward past it`,
		}},
		{"until", "p.en.md", post("until: tomorrow"), []string{
			`p.en.md:3: until: "tomorrow" is not a local time: write it as 2019-04-07T09:00`,
		}},
		{"image without words", "p.en.md", post("image: {file: x.jpg}"), []string{
			`p.en.md:3: image.alt: is missing: write what x.jpg shows, for those who do not see it, as image: {alt: …}; or decorative: true if it shows nothing`,
		}},
		{"image without a file", "p.en.md", post("image:", "  focus: [0, 0]"), []string{
			`p.en.md:3: image.file: is missing: write the path of the picture, as file: cover.jpg`,
		}},
		{"image that says nothing", "p.en.md", post("image: {}"), []string{
			`p.en.md:3: image: says nothing: write it as image: {file: cover.jpg, alt: What it shows}`,
		}},
		{"image that is text", "p.en.md", post("image: cover.jpg"), []string{
			`p.en.md:3: image: is a single value, where fields are wanted: write it as {file: …}`,
		}},
		{"image that is a folder", "p.en.md", post("image: {file: pictures/, alt: A}"), []string{
			`p.en.md:3: image.file: pictures/ is a folder: name a file`,
		}},
		{"focus", "p.en.md", post("image: {file: x.jpg, alt: A, focus: [0, left]}"), []string{
			`p.en.md:3: image.focus[1]: is not a number from -1 to 1: [0, 0] is the middle, [-1, 1] the left upper corner`,
		}},
		{"focus of one number", "p.en.md", post("image: {file: x.jpg, alt: A, focus: [0.5]}"), []string{
			`p.en.md:3: image.focus: has 1 numbers, where two are wanted: write it as focus: [0, 0.2], across and up from the middle`,
		}},
		{"decorative or not", "p.en.md", post("image: {file: x.jpg, decorative: maybe}"), []string{
			`p.en.md:3: image.decorative: is a single value, where true or false is wanted`,
		}},
		{"picture without words", "p.en.md", post() + "\n![](pictures/x.jpg)\n", []string{
			`p.en.md:8: body: the picture x.jpg has no words for those who do not see it: write ![what it shows](pictures/x.jpg), or list it as decorative: [x.jpg] if it shows nothing`,
		}},
		{"pictures of one name", "p.en.md", post("image: {file: a/x.jpg, alt: A}") + "\n![B](b/x.jpg)\n", []string{
			`p.en.md:8: body: b/x.jpg has the same name as a/x.jpg: readers could not tell them apart, rename one`,
		}},
		{"correction", "p.en.md", post("correction: x"), []string{
			`p.en.md:3: correction: is not supported by this version, which shows no note about a correction: remove it, and publish the file again to correct the post`,
		}},
		{"languages_wait", "p.en.md", post("languages_wait: perhaps"), []string{
			`p.en.md:3: languages_wait: is a single value, where true or false is wanted`,
		}},
		{"decorative", "p.en.md", post("decorative: true"), []string{
			`p.en.md:3: decorative: does not say which picture: list them as decorative: [line.png], or write it inside image`,
		}},
		{"decorative and nowhere", "p.en.md", post("decorative: [x.png]"), []string{
			`p.en.md:3: decorative[0]: x.png is shown nowhere: correct the name, or remove it`,
		}},
		{"thread that is neither true nor false", "p.en.md", post("channels:", "  mastodon:", "    thread: perhaps"), []string{
			`p.en.md:5: channels.mastodon.thread: is a single value, where true or false is wanted`,
		}},
		{"thread that is a list", "p.en.md", post("channels: {mastodon: {thread: [true]}}"), []string{
			`p.en.md:3: channels.mastodon.thread: is a list, where true or false is wanted`,
		}},
		{"channel that is text", "p.en.md", post("channels: {mastodon: hello}"), []string{
			`p.en.md:3: channels.mastodon: is a single value, where fields are wanted: write it as {text: …}`,
		}},
		{"channels that are text", "p.en.md", post("channels: mastodon"), []string{
			`p.en.md:3: channels: is a single value, where fields are wanted: write it as channels: {mastodon: {text: …}}`,
		}},
		{"all at once", "p.md", post("kind: poem", "colour: x", "date: 2019-02-30"), []string{
			`p.md:1: language: is missing: write it as language: en, or name the file p.en.md`,
			`p.md:3: kind: "poem" is not a kind: write one of message, news, publication, call, event, announcement`,
			`p.md:4: colour: is not a field we know: remove it`,
			`p.md:5: date: 2019-02-30 is not in the calendar: check the month and the day`,
		}},
		{"line count with CRLF", "p.en.md", strings.ReplaceAll(post("kind: poem"), "\n", "\r\n"), []string{
			`p.en.md:3: kind: "poem" is not a kind: write one of message, news, publication, call, event, announcement`,
		}},
		{"line count after folded text", "p.en.md", post("summary: >", "  one", "  two", "", "  three", "kind: poem"), []string{
			`p.en.md:8: kind: "poem" is not a kind: write one of message, news, publication, call, event, announcement`,
		}},
		{"line count after literal text", "p.en.md", post("channels:", "  mastodon:", "    text: |", "      one", "", "      two", "", "kind: poem"), []string{
			`p.en.md:10: kind: "poem" is not a kind: write one of message, news, publication, call, event, announcement`,
		}},
		{"line count after plain text of many lines", "p.en.md", post("summary: one", "  two", "  three", "kind: poem"), []string{
			`p.en.md:6: kind: "poem" is not a kind: write one of message, news, publication, call, event, announcement`,
		}},
		{"line count after quoted text of many lines", "p.en.md", post("summary: \"one", "  two", "", "  three\"", "kind: poem", "date: x"), []string{
			`p.en.md:7: kind: "poem" is not a kind: write one of message, news, publication, call, event, announcement`,
			`p.en.md:8: date: "x" is not a date: write it as 2019-04-07`,
		}},
		{"line count after comments", "p.en.md", post("# hi", "", "# ho", "kind: poem"), []string{
			`p.en.md:6: kind: "poem" is not a kind: write one of message, news, publication, call, event, announcement`,
		}},
		{"contact of the wrong kinds", "p.en.md", post("contact: {name: [x], phone: {a: b}}"), []string{
			`p.en.md:3: contact.name: is a list, where text is wanted: if it is meant as text, put it in quotes`,
			`p.en.md:3: contact.phone: is a group of fields, where text is wanted: if it is meant as text, put it in quotes`,
		}},
		{"key that is a list", "p.en.md", post("? [a]", ": b"), []string{
			`p.en.md:4: this is not YAML: found an invalid key for this map; if it is meant as text, put it in quotes`,
		}},
		{"key that is a number", "p.en.md", post("1: b"), []string{
			`p.en.md:3: 1: is not a field we know: remove it`,
		}},
		{"empty key", "p.en.md", post("\"\": b"), []string{
			`p.en.md:3: is not a field we know: remove it`,
		}},
	}
}

type badFile struct {
	name, file, input string
	want              []string
}

func TestBadFileIsToldByLine(t *testing.T) {
	for _, tt := range bad() {
		t.Run(tt.name, func(t *testing.T) {
			source, err := postfile.Parse(tt.file, []byte(tt.input))
			if err == nil {
				t.Fatalf("accepted as %+v", source.Post)
			}
			if _, ok := errors.AsType[carillon.Mistakes](err); !ok {
				t.Fatalf("the error is a %T, want carillon.Mistakes", err)
			}
			if diff := cmp.Diff(tt.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}
