package carillon_test

import (
	"testing"

	"carillon.example/pkg/carillon"
)

func TestThreadsAreOnlyForTypesThatHaveThem(t *testing.T) {
	p := &carillon.Post{Slug: "day", Kind: carillon.KindNews, Editions: []carillon.Edition{{
		Language: "en", Title: "Day", Body: "Text.", Texts: map[string]carillon.Text{"mastodon": {Thread: true}, "pager": {Thread: true}},
	}}}
	rules := carillon.Rules{Languages: []string{"en"}, ChannelTypes: []string{"mastodon", "pager"}, ThreadTypes: []string{"mastodon"}}
	mistakes := carillon.Validate(p, rules)
	want := "this type of channel shows a post in one part only: remove it"
	if len(mistakes) != 1 || mistakes[0].Message != want {
		t.Errorf("got %v, want %s", mistakes, want)
	}
}
