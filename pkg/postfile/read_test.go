package postfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/postfile"
)

// write puts files into a new folder and makes it the working one, so that messages name files as a person would.
func write(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// local compares posts with their times of events, which have no exported fields.
var local = cmp.Comparer(func(a, b carillon.LocalTime) bool { return a == b })

func localTime(t *testing.T, s string) carillon.LocalTime {
	t.Helper()
	l, err := carillon.ParseLocalTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestFilesOfOneStemAreOnePost(t *testing.T) {
	write(t, map[string]string{
		"health-day.ru.md": "---\ntitle: День\nlanguage: ru\nimage: {alt: Зал}\n---\n\n\nТекст.\n\n",
		"health-day.en.md": "\xef\xbb\xbf" + strings.ReplaceAll(`---
title: Day
kind: event
summary: >
  Two lines
  of text.
date: 2019-04-07
authors: [Office, "Desk: press"]
tags:
  - health
  - 2019
observance: world-health-day
event: {start: 2019-04-07T09:00, end: 2019-04-07T10:00, timezone: Asia/Almaty, place: Hall, url: "https://example.org"}
deadline: 2019-04-26
contact: {name: Desk, phone: 0696538, email: desk@example.org}
attachments: [{file: files/report.txt, title: Report, language: ru}]
image: {file: files/cover.jpg, alt: A hall, focus: [0.5, -1]}
decorative: [files/line.png]
links: [{url: "https://example.org", title: More}]
channels: {mastodon: {text: "One\ntwo", cw: Care}, slack: {text: Hello}}
---
Text. ![](files/line.png) ![The hall](files/cover.jpg)
`, "\n", "\r\n"),
		"files/report.txt": "12345",
		"files/cover.jpg":  "123",
		"files/line.png":   "12",
	})
	sources, err := postfile.Read([]string{"health-day.ru.md", "health-day.en.md", "./health-day.ru.md"})
	if err != nil {
		t.Fatal(err)
	}
	want := []carillon.Post{{
		Slug:        "health-day",
		Kind:        carillon.KindEvent,
		Date:        carillon.Date{Year: 2019, Month: 4, Day: 7},
		Authors:     []string{"Office", "Desk: press"},
		Tags:        []string{"health", "2019"},
		Observance:  "world-health-day",
		Event:       &carillon.Event{Start: localTime(t, "2019-04-07T09:00"), End: localTime(t, "2019-04-07T10:00"), Zone: "Asia/Almaty", Place: "Hall", URL: "https://example.org"},
		Deadline:    carillon.Date{Year: 2019, Month: 4, Day: 26},
		Contact:     &carillon.Contact{Name: "Desk", Phone: "0696538", Email: "desk@example.org"},
		Attachments: []carillon.Attachment{{File: "report.txt", Title: "Report", Language: "ru", Size: 5}},
		Links:       []carillon.Link{{URL: "https://example.org", Title: "More"}},
		Image:       &carillon.Image{File: "cover.jpg", FocusX: 0.5, FocusY: -1},
		Media:       []carillon.Media{{Name: "cover.jpg"}, {Name: "line.png", Decorative: true}, {Name: "report.txt"}},
		Editions: []carillon.Edition{
			{
				Language: "en", Title: "Day", Summary: "Two lines of text.", Body: "Text. ![](files/line.png) ![The hall](files/cover.jpg)", ImageAlt: "A hall",
				Texts: map[string]carillon.Text{"mastodon": {Text: "One\ntwo", Warning: "Care"}, "slack": {Text: "Hello"}},
			},
			{Language: "ru", Title: "День", Body: "Текст.", ImageAlt: "Зал"},
		},
	}}
	got := []carillon.Post{sources[0].Post}
	if diff := cmp.Diff(want, got, local); diff != "" || len(sources) != 1 {
		t.Errorf("%d posts (-want +got):\n%s", len(sources), diff)
	}
	if m := sources[0].Media; len(m) != 3 || m[1].Name != "line.png" || m[1].Path != filepath.Join("files", "line.png") || m[1].Size != 2 {
		t.Errorf("media: %+v", m)
	}
	if diff := cmp.Diff([]string{"health-day.ru.md", "health-day.en.md"}, sources[0].Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestNameOfTheFileSaysStemAndLanguage(t *testing.T) {
	tests := []struct {
		name, file, front string
		stem, slug, lang  string
	}{
		{"stem and language", "health-day.en.md", "", "health-day", "health-day", "en"},
		{"leading date stays", "2019-04-07-health-day.en.md", "", "2019-04-07-health-day", "2019-04-07-health-day", "en"},
		{"script in the language", "day.zh-Hans.md", "", "day", "day", "zh-Hans"},
		{"folders do not count", "a/b.en/day.ru.md", "", "day", "day", "ru"},
		{"language in the front matter only", "day.md", "language: kk", "day", "day", "kk"},
		{"a dot in the stem", "day.v2.md", "language: en", "day.v2", "day-v2", "en"},
		{"spaces and capitals", "Health Day.en.md", "", "Health Day", "health-day", "en"},
		{"a name in Cyrillic", "2019-04-07-день-здоровья.ru.md", "", "2019-04-07-день-здоровья", "2019-04-07-den-zdorovya", "ru"},
		{"a name that the system took apart", "мои\u0306-день.ru.md", "", "мой-день", "moy-den", "ru"},
		{"a slug of its own", "день.ru.md", "slug: health-day", "день", "health-day", "ru"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := postfile.Parse(tt.file, []byte(post(tt.front)))
			if err != nil {
				t.Fatal(err)
			}
			got := []string{s.Stem, s.Post.Slug, s.Post.Editions[0].Language}
			if diff := cmp.Diff([]string{tt.stem, tt.slug, tt.lang}, got); diff != "" {
				t.Errorf("stem, slug, language (-want +got):\n%s", diff)
			}
		})
	}
}

// wrong reads files and returns the lines of the error.
func wrong(t *testing.T, paths ...string) []string {
	t.Helper()
	sources, err := postfile.Read(paths)
	if err == nil {
		t.Fatalf("accepted as %+v", sources)
	}
	if sources != nil {
		t.Errorf("got sources beside the error")
	}
	if mistakes := carillon.Mistakes(nil); !errors.As(err, &mistakes) {
		t.Fatalf("the error is a %T, want carillon.Mistakes", err)
	}
	return strings.Split(err.Error(), "\n")
}

func TestMistakesOfAllFilesAreTold(t *testing.T) {
	long := strings.Repeat("x", 300<<10)
	write(t, map[string]string{
		"a.en.md":       post("kind: poem", "date: 2019-02-30"),
		"a.ru.md":       post("colour: red"),
		"b.en.md":       "No post.\n",
		"agree.en.md":   post("kind: news", "tags: [a, b]", "event: {start: 2019-04-07T09:00}"),
		"agree.ru.md":   post("tags: [a]", "kind: news", "event:", "  start: 2019-04-07T10:00"),
		"same/x.en.md":  post(),
		"other/x.en.md": post(),
		"one.en.md":     post("slug: twin"),
		"two.en.md":     post("kind: news", "slug: twin"),
		"Two.ru.md":     post("slug: twin"),
		"big.en.md":     post() + long,
		"big.ru.md":     post() + long,
		"att/a.en.md":   post("attachments: [{file: f.txt}]"),
		"att/g.txt":     "x",
		"att/f.txt":     "x",
		"a.ar.md":       post("attachments:", "  - {file: f.txt}", "  - file: att", "    title: T", "  - {file: link.txt}", "  - {file: linked/g.txt}"),
		"c.en.md":       post("attachments:", "  - {file: att/f.txt}", "  - {file: ../"+"nowhere.txt}"),
		"d.en.md":       post("attachments: [{file: att/f.txt, title: One}]"),
		"d.ru.md":       post("attachments: [{file: att/f.txt, title: Two}]"),
		"e.en.md":       post("image: {file: att/f.txt, alt: A}", "attachments: [{file: att/none.txt}, {file: att/x.exe}]") + "\n![A](att/no.jpg)\n\n![B](att/f.txt)\n",
		"e.ru.md":       post("image: {file: att/g.txt, alt: A}"),
		"att/none.txt":  "",
		"att/x.exe":     "MZ",
		"g.en.md":       post("image: {file: att/p.jpg, alt: A}"),
		"g.ru.md":       post(),
		"g.kk.md":       post("image: {file: att/p.jpg, focus: [1, 1], alt: A}"),
		"att/p.jpg":     "x",
	})
	for link, target := range map[string]string{"link.txt": "att/f.txt", "linked": "att"} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name  string
		paths []string
		want  []string
	}{
		{"every file, in order", []string{"a.ru.md", "b.en.md", "a.en.md"}, []string{
			`a.ru.md:3: colour: is not a field we know: remove it`,
			`b.en.md:1: has no front matter: begin the file with a line ---, the title and other fields, and a second line ---`,
			`a.en.md:3: kind: "poem" is not a kind: write one of message, news, publication, call, event, announcement`,
			`a.en.md:4: date: 2019-02-30 is not in the calendar: check the month and the day`,
		}},
		{"no such file, and a folder", []string{"nowhere.en.md", "att"}, []string{
			`nowhere.en.md: there is no such file: check the name`,
			`att: is a folder: name the files in it, such as FOLDER/*.md`,
		}},
		{"device", []string{os.DevNull}, []string{
			os.DevNull + `: is not a regular file: name a file that holds a post`,
		}},
		{"editions that disagree", []string{"agree.en.md", "agree.ru.md"}, []string{
			`agree.ru.md:3: tags: differs from agree.en.md, line 4: write the same, or write it in one of the two only`,
			`agree.ru.md:5: event: differs from agree.en.md, line 5: write the same, or write it in one of the two only`,
		}},
		{"attachments that disagree", []string{"d.en.md", "d.ru.md"}, []string{
			`d.ru.md:3: attachments: differs from d.en.md, line 3: write the same, or write it in one of the two only`,
		}},
		{"one language twice", []string{"same/x.en.md", "other/x.en.md"}, []string{
			`other/x.en.md:1: language: same/x.en.md is the en edition of x, too: keep one of them`,
		}},
		{"two stems with one slug", []string{"one.en.md", "two.en.md"}, []string{
			`two.en.md:4: slug: "twin" is the slug of one.en.md, too: give one of them another slug`,
		}},
		{"stems that differ in capitals only", []string{"two.en.md", "Two.ru.md"}, []string{
			`Two.ru.md:3: slug: "twin" is the slug of two.en.md, too: give one of them another slug`,
		}},
		{"editions too long together", []string{"big.en.md", "big.ru.md"}, []string{
			`big.en.md:1: the text of all editions of big is 601 KiB, the limit is 512 KiB: shorten it, or attach the long part as a file`,
		}},
		{"attachments that are not there", []string{"a.ar.md", "c.en.md"}, []string{
			`a.ar.md:4: attachments[0].file: f.txt: there is no such file: write its path from the folder of this file`,
			`a.ar.md:5: attachments[1].file: att is a folder: name a file`,
			`a.ar.md:7: attachments[2].file: link.txt is a symbolic link, or lies behind one: name the file itself`,
			`a.ar.md:8: attachments[3].file: linked/g.txt is a symbolic link, or lies behind one: name the file itself`,
			`c.en.md:5: attachments[1].file: ../nowhere.txt: there is no such file: write its path from the folder of this file`,
		}},
		{"pictures that are none", []string{"e.en.md", "e.ru.md"}, []string{
			`e.en.md:3: image.file: att/f.txt is not a picture: use a JPEG, PNG, WebP or GIF, or list it under attachments`,
			`e.en.md:4: attachments[0].file: att/none.txt: is empty: save it again, or remove it`,
			`e.en.md:4: attachments[1].file: att/x.exe: a file that ends in .exe is not accepted: use JPEG, PNG, WebP and GIF pictures, PDF, plain text and office files`,
			`e.en.md:9: body: att/no.jpg: there is no such file: write its path from the folder of this file`,
			`e.en.md:11: body: att/f.txt is not a picture: write a link, or list it under attachments`,
			`e.ru.md:3: image.file: att/g.txt is not a picture: use a JPEG, PNG, WebP or GIF, or list it under attachments`,
		}},
		{"images that disagree, and one without words", []string{"g.en.md", "g.ru.md", "g.kk.md"}, []string{
			`g.ru.md:1: image.alt: is missing: write what p.jpg shows, for those who do not see it, as image: {alt: …}; or decorative: true if it shows nothing`,
			`g.kk.md:3: image: differs from g.en.md, line 3: write the same, or write it in one of the two only`,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, wrong(t, tt.paths...)); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAttachmentMayLieAnywhereOnTheDisk(t *testing.T) {
	write(t, map[string]string{"posts/en/a.en.md": post(), "files/f.txt": "123", "posts/g.txt": "1"})
	full, err := filepath.Abs("files/f.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../../files/f.txt", full, "../g.txt"} {
		front := post("attachments: [{file: " + name + "}]")
		if err := os.WriteFile("posts/en/a.en.md", []byte(front), 0o600); err != nil {
			t.Fatal(err)
		}
		sources, err := postfile.Read([]string{"posts/en/a.en.md"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a := sources[0].Post.Attachments[0]; a.File != filepath.Base(name) || a.Size == 0 {
			t.Errorf("%s became %+v, want its last name and its size", name, a)
		}
	}
}

func TestEditionsInTwoFoldersMayAttachOneFile(t *testing.T) {
	write(t, map[string]string{
		"en/a.en.md": post("attachments: [{file: ../f.txt}]"),
		"a.ru.md":    post("attachments: [{file: ./f.txt}]"),
		"f.txt":      "x",
	})
	if _, err := postfile.Read([]string{"en/a.en.md", "a.ru.md"}); err != nil {
		t.Error(err)
	}
}

func TestPostsAreReadFromAnyFileSystem(t *testing.T) {
	fsys := fstest.MapFS{
		"posts/a.en.md":     {Data: []byte(post("attachments: [{file: files/f.txt}]"))},
		"posts/files/f.txt": {Data: []byte("1234")},
		"posts/b.en.md":     {Data: []byte(post("attachments: [{file: ../../f.txt}]"))},
	}
	sources, err := postfile.ReadFS(fsys, []string{"posts/a.en.md"})
	if err != nil {
		t.Fatal(err)
	}
	if a := sources[0].Post.Attachments; len(a) != 1 || a[0].Size != 4 {
		t.Errorf("attachments = %+v, want one of 4 bytes", a)
	}
	_, err = postfile.ReadFS(fsys, []string{"posts/b.en.md", "/posts/a.en.md"})
	want := `posts/b.en.md:3: attachments[0].file: ../../f.txt: is not a path inside the folder: name it without .. and without a / at the start
/posts/a.en.md: is not a path inside the folder: name it without .. and without a / at the start`
	if err == nil {
		t.Fatal("accepted paths outside")
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

func TestTheServersMistakesAreLocated(t *testing.T) {
	write(t, map[string]string{
		"a.ru.md": "---\ntitle: Т\nchannels:\n  slack: {text: x}\n---\n\n\nОдин.\n\nДва.\n",
		"a.en.md": "---\nkind: event\ntitle: T\nevent:\n  start: 2019-04-07T09:00\n  place: x\nlinks:\n  - url: x\n    title: y\n  - {url: z}\n---\nBody.\n",
	})
	sources, err := postfile.Read([]string{"a.ru.md", "a.en.md"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		in   carillon.Mistake
		want string
	}{
		{"shared field", carillon.Mistake{Field: "kind"}, "a.en.md:2: kind: m"},
		{"edition's field", carillon.Mistake{Field: "editions[en].title"}, "a.en.md:3: title: m"},
		{"nested field", carillon.Mistake{Field: "event.start"}, "a.en.md:5: event.start: m"},
		{"field that is missing in what is there", carillon.Mistake{Field: "event.timezone"}, "a.en.md:4: event.timezone: m"},
		{"item of a list", carillon.Mistake{Field: "links[1].url"}, "a.en.md:10: links[1].url: m"},
		{"field missing in an item", carillon.Mistake{Field: "links[1].title"}, "a.en.md:10: links[1].title: m"},
		{"channel's text", carillon.Mistake{Field: "editions[ru].channels.slack.text"}, "a.ru.md:4: channels.slack.text: m"},
		{"field that an edition lacks", carillon.Mistake{Field: "editions[ru].summary"}, "a.ru.md:1: summary: m"},
		{"body", carillon.Mistake{Field: "editions[ru].body"}, "a.ru.md:8: body: m"},
		{"line of a body", carillon.Mistake{Field: "editions[ru].body", Line: 3}, "a.ru.md:10: body: m"},
		{"field that stands nowhere", carillon.Mistake{Field: "deadline"}, "a.ru.md:1: deadline: m"},
		{"edition that is not there", carillon.Mistake{Field: "editions[kk].title"}, "a.ru.md:1: title: m"},
		{"all editions", carillon.Mistake{Field: "editions"}, "a.ru.md:1: editions: m"},
		{"slug from the name", carillon.Mistake{Field: "slug"}, "a.ru.md:1: slug: m"},
		{"no field", carillon.Mistake{}, "a.ru.md:1: m"},
		{"located already", carillon.Mistake{Field: "title", File: "x.md", Line: 7}, "x.md:7: title: m"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.Message = "m"
			given := carillon.Mistakes{tt.in}
			if got := sources[0].Locate(given).Error(); got != tt.want {
				t.Errorf("Locate = %q, want %q", got, tt.want)
			}
			if given[0] != tt.in {
				t.Error("Locate changed what it was given")
			}
		})
	}
}
