package acceptance_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/wording"
	"carillon.example/services/sandbox"
)

var update = flag.Bool("update", false, "write the goldens anew")

// polyglot is an office that speaks every language of the wording.
const polyglot = `
site:
  title: {en: The office, fr: Le bureau, es: La oficina, ru: Офис, ar: المكتب, zh: 办事处, kk: Кеңсе}
  url: http://%[1]s
  languages: [en, fr, es, ru, ar, zh, kk]
  timezone: Asia/Almaty
channels:
  - {name: mastodon-all, type: mastodon, server: "%[2]s", token: "${MASTODON_EN}"}
  - {name: slack-press, type: slack, api_url: "%[2]s%[3]s", token: "${SLACK}", channel: %[4]s}
  - {name: slack-russian, type: slack, api_url: "%[2]s%[3]s", token: "${SLACK}", channel: %[5]s, languages: [ru]}
`

// The file's name is in no Latin letters, and the slug is what stays of it.
const (
	polyglotStem = "день-открытых-дверей"
	polyglotSlug = "den-otkrytykh-dverey"
)

func TestOnePostInSevenLanguages(t *testing.T) {
	t.Parallel()
	p := &place{
		dir: t.TempDir(), public: freeAddress(t), staffAPI: freeAddress(t), ops: freeAddress(t), sandbox: freeAddress(t),
		secrets: map[string]string{"MASTODON_EN": sandbox.MastodonToken, "SLACK": sandbox.SlackToken},
	}
	p.config = fmt.Sprintf(polyglot, p.public, p.sandboxURL(), sandbox.SlackAPI, sandbox.PressChannel, sandbox.StaffChannel)
	write(t, p.dir, map[string]string{"carillon.yaml": p.config})
	a := &together{place: p, args: []string{"--sandbox"}}
	a.start(t)
	names, err := filepath.Glob("testdata/languages/*.md")
	if err != nil || len(names) != 7 {
		t.Fatalf("%d editions, %v", len(names), err)
	}
	var later, languages []string
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		language := strings.TrimSuffix(filepath.Base(name), ".md")
		file := polyglotStem + "." + filepath.Base(name)
		write(t, p.dir, map[string]string{file: string(data)})
		languages = append(languages, language)
		if language != "en" {
			later = append(later, file)
		}
	}

	first := read[published](t, a.staff(), "publish", "--wait", polyglotStem+".en.md")
	if first.Post != polyglotSlug || len(first.Deliveries) != 2 {
		t.Fatalf("the first edition: %+v", first)
	}
	for _, language := range []string{"fr", "ar (العربية)", "zh (中文)"} {
		if said := a.staff().do(t, "show", polyglotSlug); !strings.Contains(said, "  lacks ") || !strings.Contains(said, language) {
			t.Errorf("what the post lacks has no %s:\n%s", language, said)
		}
	}
	before := timeline(t, p.sandboxURL(), "")
	all := read[published](t, a.staff(), append([]string{"publish", "--wait"}, later...)...)
	if all.Post != polyglotSlug || all.Revision != 2 {
		t.Fatalf("the other editions: %+v", all)
	}
	for _, d := range all.Deliveries {
		if d.State != "delivered" || d.Language == "en" && d.Revision != 1 {
			t.Errorf("%+v", d)
		}
	}
	if said := a.staff().do(t, "show", polyglotSlug); strings.Contains(said, "  lacks ") {
		t.Errorf("a post in all languages lacks some:\n%s", said)
	}
	followed := timeline(t, p.sandboxURL(), "")
	if len(followed) != len(languages) {
		t.Errorf("%d statuses for %d editions", len(followed), len(languages))
	}
	if diff := gocmp.Diff(before, followed[:1]); diff != "" {
		t.Errorf("the other editions touched the first (-before +after):\n%s", diff)
	}
	for _, m := range history(t, p.sandboxURL(), sandbox.StaffChannel) {
		if m.Language != "ru" {
			t.Errorf("the Russian channel shows %q", m.Text)
		}
	}
	p.reads(t, languages)
	p.correctsEach(t, a.staff(), languages)
	a.stop(t)
}

// reads compares what readers see with goldens that people have read.
func (p *place) reads(t *testing.T, languages []string) {
	t.Helper()
	for _, language := range languages {
		var b strings.Builder
		for _, s := range timeline(t, p.sandboxURL(), "") {
			if s.Language == language || language == "zh" && strings.HasPrefix(s.Language, "zh") {
				fmt.Fprintf(&b, "# Mastodon, %s\n%s\n\nhashtags: %s\n\n", s.Language, s.Text, strings.Join(p.hashtags(t, s.ID), " "))
			}
		}
		for _, m := range of(history(t, p.sandboxURL(), sandbox.PressChannel), "slack-press") {
			if m.Language == language {
				fmt.Fprintf(&b, "# Slack\n%s\n\n", strings.Join(textsOf(m.Blocks), "\n---\n"))
			}
		}
		page := get(t, p.publicURL()+"/"+language+"/posts/"+polyglotSlug)
		fmt.Fprintf(&b, "# Page\n%s", readable(t, page.body))
		got := strings.NewReplacer("\u2068", "⟨", "\u2069", "⟩", "\u00a0", "~", "\u2060", "¦", p.publicURL(), "http://SITE").Replace(b.String())
		path := filepath.Join("testdata", "languages", language+".txt")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s differs (-want +got):\n%s", path, diff)
		}
	}
}

var hashtag = regexp.MustCompile(`rel="tag">#<span>([^<]+)</span>`)

// hashtags are what the instance took for one.
func (p *place) hashtags(t *testing.T, id string) (names []string) {
	t.Helper()
	var s struct{ Content string }
	decode(t, get(t, p.sandboxURL()+"/api/v1/statuses/"+id).body, &s)
	for _, m := range hashtag.FindAllStringSubmatch(s.Content, -1) {
		names = append(names, "["+m[1]+"]")
	}
	return names
}

// textsOf are the texts of a message's blocks, in their order.
func textsOf(v any) (texts []string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			texts = append(texts, textsOf(e)...)
		}
	case map[string]any:
		if s, ok := v["text"].(string); ok {
			return []string{s}
		}
		for _, key := range []string{"text", "fields", "elements"} {
			texts = append(texts, textsOf(v[key])...)
		}
	}
	return texts
}

// readable writes a page's words an element a line, with its direction where it says one.
func readable(t *testing.T, page []byte) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || !slices.Contains([]string{"html", "article", "a", "h1", "h2", "p", "dt", "dd", "li"}, n.Data) {
			continue
		}
		attributes := ""
		for _, a := range n.Attr {
			if a.Key == "lang" || a.Key == "dir" {
				attributes += " " + a.Key + "=" + a.Val
			}
		}
		words := ""
		if n.Data != "html" && n.Data != "article" {
			words = strings.Join(strings.Fields(textIn(n)), " ")
		}
		if n.Data == "a" && attributes == "" || strings.Contains(words, "Atom") {
			continue
		}
		fmt.Fprintf(&b, "%s%s: %s\n", n.Data, attributes, words)
	}
	return b.String()
}

func textIn(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// correctsEach corrects every edition, and looks for the day of the correction on its page.
func (p *place) correctsEach(t *testing.T, c *commandLine, languages []string) {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Almaty")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, language := range languages {
		name := polyglotStem + "." + language + ".md"
		data, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, p.dir, map[string]string{name: string(data) + "\n2031.\n"})
		files = append(files, name)
	}
	day := carillon.DateOf(time.Now().In(zone))
	c.do(t, append([]string{"publish", "--wait"}, files...)...)
	for _, language := range languages {
		await(t, "the correction in "+language, func() string {
			page := string(get(t, p.publicURL()+"/"+language+"/posts/"+polyglotSlug).body)
			if want := wording.CorrectedOn(language, day); !strings.Contains(page, want) && !strings.Contains(page, wording.CorrectedOn(language, carillon.DateOf(time.Now().In(zone)))) {
				return fmt.Sprintf("the page does not say %q", want)
			}
			return ""
		})
	}
}
