package slack_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/slack"
	"carillon.example/pkg/channel/slack/fake"
	"carillon.example/pkg/postfile"
	"carillon.example/pkg/seeds"
)

func threaded(c channel.Content, text string) channel.Content {
	e := *c.Edition
	e.Texts = map[string]carillon.Text{"slack": {Thread: true, Text: text}}
	c.Edition = &e
	return c
}

func compose(t *testing.T, c channel.Content) channel.Appearance {
	t.Helper()
	a, err := slack.Compose(channel.Limits{}, c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestThreadsLookAsTheyShould(t *testing.T) {
	well := "The wells of the town are open to *everybody* on that day & the water is free. See [the way](https://town.example.org/wells?day=1&all=yes)."
	long := strings.Repeat(well+"\n\n", 40)
	summary := edition(carillon.KindNews, "en", "A new well", long)
	summary.Edition.Summary = "In short."
	list := edition(carillon.KindNews, "en", "A new well", "First of all:\n\n"+strings.Repeat("- a rope\n- a bucket\n", 120)+"\n```\ncode\n```\n")
	for name, c := range map[string]channel.Content{
		"short":             threaded(edition(carillon.KindNews, "en", "A new well", "It is deep."), ""),
		"long":              threaded(edition(carillon.KindNews, "en", "A new well", long), ""),
		"with-a-summary":    threaded(summary, ""),
		"one-long-text":     threaded(edition(carillon.KindNews, "en", "A new well", strings.ReplaceAll(long, "\n\n", " ")), ""),
		"list-and-code":     threaded(list, ""),
		"in-their-own-mind": threaded(edition(carillon.KindNews, "en", "A new well", "Not this."), "*First* <!here>\n---\nSecond\n---\n\n---\nThird"),
	} {
		t.Run(name, func(t *testing.T) {
			a := compose(t, c)
			var b strings.Builder
			fmt.Fprintf(&b, "%d parts, the longest %d of %d characters\n", len(a.Parts), a.Count, a.Limit)
			for _, n := range a.Notes {
				fmt.Fprintf(&b, "note: %s\n", n)
			}
			fmt.Fprintf(&b, "\n%s\n", a.Text)
			golden(t, filepath.Join("testdata", "thread", name+".txt"), []byte(b.String()))
			if name != "in-their-own-mind" {
				check(t, c)
			}
		})
	}
}

func TestLongestBodyIsAThreadThatEndsOnThePage(t *testing.T) {
	a := compose(t, threaded(edition(carillon.KindNews, "en", "A new well", strings.Repeat("It is deep. ", 30_000)), ""))
	if len(a.Parts) < 20 || !strings.Contains(strings.Join(a.Notes, "\n"), "the rest is on the page") {
		t.Errorf("%d parts, notes %q", len(a.Parts), a.Notes)
	}
}

func TestPartsThatAreTooLongAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"First\n---\n" + strings.Repeat("w", 3010): "part 2 of the text for slack has 3010 characters, the limit is 3000: shorten it by 10 in channels.slack.text, or split it with a line of ---",
		strings.Repeat("w\n---\n", 101):            "the text for slack has 101 parts, the limit is 100: join some",
	} {
		_, err := slack.Compose(channel.Limits{}, threaded(edition(carillon.KindNews, "en", "A new well", "It is deep."), text))
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
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
			c := threaded(channel.Content{Post: p, Edition: e, Language: e.Language, Permalink: "https://news.example.org/" + e.Language + "/posts/" + p.Slug}, "")
			check(t, c)
			a := compose(t, c)
			said := strings.Join(strings.Fields(strings.ReplaceAll(a.Text, "---", "")), "")
			for _, word := range strings.Fields(e.Body) {
				if bare := strings.Trim(word, "*_`[]()!#-+.|<>\\\"'"); len(bare) > 3 && !strings.ContainsAny(bare, "*_`[]()<>\\&^") && !strings.Contains(said, bare) && !strings.Contains(bare, "/") {
					t.Errorf("%s.%s: a word of %d letters is lost", s(sources[i].Stem), e.Language, len(bare))
				}
			}
		}
	}
}

func s(stem string) string { return filepath.Base(stem) }

// pictured is a post with a photograph in several sizes.
func pictured(alt string) channel.Content {
	c := edition(carillon.KindNews, "en", "A new well", "It is deep. ![The rope](rope.png)")
	c.Post.Media = []carillon.Media{
		{Name: "a photo.jpg", Hash: "11", Type: "image/jpeg", Size: 20 << 20, Width: 6000, Height: 4000, Decorative: alt == "", Variants: []carillon.Variant{
			{Hash: "11w", Type: "image/webp", Size: 1 << 20, Width: 1500, Height: 1000},
			{Hash: "11s", Type: "image/jpeg", Size: 1 << 20, Width: 1280, Height: 853},
			{Hash: "11m", Type: "image/jpeg", Size: 3 << 20, Width: 2560, Height: 1707},
		}},
		{Name: "rope.png", Hash: "22", Type: "image/png", Size: 10, Width: 10, Height: 10},
	}
	c.Post.Image, c.Edition.ImageAlt = &carillon.Image{File: "a photo.jpg"}, alt
	c.MediaURL = func(hash, name string) string {
		return "https://news.example.org/media/" + hash + "/" + strings.ReplaceAll(name, " ", "%20")
	}
	return c
}

func TestPictureIsShownByItsPublicAddress(t *testing.T) {
	for name, test := range map[string]struct {
		content channel.Content
		address string
		alt     string
		text    string
	}{
		"described":  {pictured("A well\nin a village"), "https://news.example.org/media/11s/a%20photo.jpg", "A well in a village", "[a photo.jpg: A well in a village]"},
		"decorative": {pictured(""), "https://news.example.org/media/11s/a%20photo.jpg", "A new well", "[a photo.jpg, decorative]"},
		"from the body": {func() channel.Content {
			c := pictured("x")
			c.Post.Image = nil
			return c
		}(), "https://news.example.org/media/22/rope.png", "The rope", "[rope.png: The rope]"},
	} {
		t.Run(name, func(t *testing.T) {
			a := compose(t, test.content)
			var p struct {
				Blocks []struct {
					Type     string
					ImageURL string `json:"image_url"`
					AltText  string `json:"alt_text"`
				}
			}
			if err := json.Unmarshal(a.Parts[0].Payload, &p); err != nil {
				t.Fatal(err)
			}
			if b := p.Blocks[2]; b.Type != "image" || b.ImageURL != test.address || b.AltText != test.alt {
				t.Errorf("got %+v", p.Blocks)
			}
			if diff := cmp.Diff([]string{test.address}, a.Addresses); diff != "" || len(a.Parts[0].Media) > 0 {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
			if !strings.Contains(a.Text, test.text) || strings.Contains(strings.ReplaceAll(a.Text, test.text, ""), "rope") {
				t.Errorf("text:\n%s", a.Text)
			}
		})
	}
}

// Slack itself takes what is composed.
func TestPictureIsPosted(t *testing.T) {
	w := startWorkspace(t, fake.Options{})
	a := compose(t, pictured("A well"))
	if v := w.driver(t).Create(t.Context(), channel.Attempt{Key: "k", Part: a.Parts[0]}); v.Meaning != channel.Delivered {
		t.Fatalf("%s: %s", v.Meaning, v.Reason)
	}
	m := w.Messages()[0]
	if html, err := w.MessageHTML(&m); err != nil || !strings.Contains(string(html), `alt="A well"`) {
		t.Errorf("%v: %s", err, html)
	}
}
