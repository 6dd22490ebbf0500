package mastodon_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/mastodon"
)

// Whatever staff write, a composed status is within the limit, valid UTF-8, and has its permalink whole and as a link.
func FuzzComposedStatusKeepsItsPromises(f *testing.F) {
	f.Add("A title", "A text with https://example.org/a/b and @somebody.", "tag-one,tag two", "", "", 500)
	f.Add("Заголовок", strings.Repeat("Очень длинный текст. ", 50), "здоровье", "предупреждение", "", 140)
	f.Add("标题", strings.Repeat("镇上的水井对所有人开放，", 30), "水", "", "", 80)
	f.Add("👨‍👩‍👧‍👦🇰🇿e\u0301", strings.Repeat("👨‍👩‍👧‍👦", 60), "", "", "hall", 60)
	f.Add("t", "https://example.org/"+strings.Repeat("x", 500), "a,b,c,d,e,f,g", "", "p https://e.org", 100)
	f.Add("http://", "@a@b.cc @a@b.cc://https://e.org@", "#", "@x", "@y", 45)
	const link = "https://news.example.org/en/posts/a-post"
	f.Fuzz(func(t *testing.T, title, body, tags, warning, place string, limit int) {
		if limit < 40 || limit > 5000 {
			limit = 40 + (limit&0x7fffffff)%4960
		}
		c := edition(carillon.KindEvent, "en", title, body, func(p *post, e *carillon.Edition) {
			if tags != "" {
				p.Tags = strings.Split(tags, ",")
			}
			if place != "" {
				p.Event = &carillon.Event{Start: local("2019-03-30T20:30"), Zone: "Asia/Almaty", Place: place}
			}
			if warning != "" {
				e.Texts = map[string]carillon.Text{"mastodon": {Warning: warning}}
			}
		})
		if !utf8.ValidString(title+body+tags+warning+place) || strings.TrimSpace(title) == "" {
			return // no post is like that
		}
		a, err := mastodon.Type().Compose(&mastodon.Settings{Visibility: "public"}, channel.Limits{Characters: limit, CharactersPerURL: 23}, c)
		if err != nil {
			if warning == "" && limit > 60 {
				t.Fatal(err)
			}
			return
		}
		var p struct {
			Status  string `json:"status"`
			Warning string `json:"spoiler_text"`
		}
		if err := json.Unmarshal(a.Parts[0].Payload, &p); err != nil {
			t.Fatal(err)
		}
		if !utf8.ValidString(p.Status) {
			t.Errorf("no UTF-8: %q", p.Status)
		}
		if n := mastodon.Count(p.Warning, p.Status, 23); n > limit || n != a.Count {
			t.Errorf("%d characters of %d, said to be %d: %q", n, limit, a.Count, p.Status)
		}
		if !strings.HasSuffix(p.Status, "\n\n"+link) {
			t.Errorf("the permalink is not whole: %q", p.Status)
		}
		links := mastodon.Links(p.Status)
		if len(links) == 0 || p.Status[links[len(links)-1].Start:links[len(links)-1].End] != link {
			t.Errorf("the permalink is not a link: %q", p.Status)
		}
	})
}
