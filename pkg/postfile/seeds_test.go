package postfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/examples"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/postfile"
	"carillon.example/pkg/seeds"
)

func TestSeedsAreRead(t *testing.T) {
	files, ok := seeds.Files(t)
	if !ok {
		return
	}
	sources, err := postfile.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	posts := map[string]carillon.Post{}
	for _, s := range sources {
		posts[s.Post.Slug] = s.Post
		if s.Post.Kind == "" || s.Post.Date.IsZero() {
			t.Errorf("%s has no kind or no date", s.Stem)
		}
	}
	if len(files) != 12 || len(posts) != 10 {
		t.Errorf("read %d posts from %d files, want 10 from 12", len(posts), len(files))
	}
	health := posts["2019-04-07-world-health-day"]
	if diff := cmp.Diff([]string{"en", "kk", "ru"}, health.Languages()); diff != "" {
		t.Errorf("languages of the health day (-want +got):\n%s", diff)
	}
	hour := posts["2019-03-28-earth-hour"].Event
	if hour == nil || hour.Start.String() != "2019-03-30T20:30" || hour.Zone != "Asia/Almaty" {
		t.Errorf("event of the earth hour = %+v", hour)
	}
	survey := posts["2019-04-04-escap-survey"].Attachments
	if len(survey) != 4 || survey[0].Size == 0 || strings.Contains(survey[0].File, "/") {
		t.Errorf("attachments of the survey = %+v, want 4 with sizes and without folders", survey)
	}
	if d := posts["2019-04-01-sdg-film-festival"].Deadline; d.String() != "2019-04-26" {
		t.Errorf("deadline of the festival = %q", d)
	}
	if c := posts["2019-03-25-round-table-turkestan"].Contact; c == nil || c.Phone != "696 538" {
		t.Errorf("contact of the round table = %+v", c)
	}
}

func TestExamplesAreRead(t *testing.T) {
	paths, err := examples.Posts()
	if err != nil {
		t.Fatal(err)
	}
	sources, err := postfile.ReadFS(examples.FS, paths)
	if err != nil {
		t.Fatal(err)
	}
	kinds, languages, features := map[carillon.Kind]bool{}, map[string]bool{}, map[string]bool{}
	for _, s := range sources {
		if wrong := s.Locate(carillon.Validate(withZone(s.Post), rules())); len(wrong) > 0 {
			t.Error(wrong)
		}
		kinds[s.Post.Kind] = true
		features["event"] = features["event"] || s.Post.Event != nil
		features["deadline"] = features["deadline"] || !s.Post.Deadline.IsZero()
		features["attachments"] = features["attachments"] || len(s.Post.Attachments) > 0
		for _, e := range s.Post.Editions {
			languages[e.Language] = true
			features["texts"] = features["texts"] || len(e.Texts) > 0
		}
	}
	if len(sources) != 8 || len(kinds) != len(carillon.Kinds()) || len(languages) != 3 || len(features) != 4 {
		t.Errorf("%d posts, kinds %v, languages %v, features %v; want 8 posts, every kind, 3 languages", len(sources), kinds, languages, features)
	}
	for feature, shown := range features {
		if !shown {
			t.Errorf("no example has %s", feature)
		}
	}
}

func rules() carillon.Rules {
	return carillon.Rules{Languages: []string{"ar", "en", "ru"}, ChannelTypes: []string{"mastodon", "slack"}, WarningTypes: []string{"mastodon"}, ThreadTypes: []string{"mastodon", "slack"}}
}

// withZone fills in a zone as the server does.
func withZone(p carillon.Post) *carillon.Post {
	if p.Event != nil && p.Event.Zone == "" {
		e := *p.Event
		e.Zone = "Asia/Almaty"
		p.Event = &e
	}
	return &p
}
