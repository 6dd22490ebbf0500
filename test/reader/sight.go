package reader

import (
	"testing"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/office"
)

// Sight is what one channel shows of one edition.
type Sight struct {
	Post, Language string
	Text           string // of the status, or what a notification of Slack says
	Warning        string
	Visibility     string
	Blocks         any
	Revision       int // as the metadata says it
}

// Seen is the sight alone, of whatever holds one.
func (s Sight) Seen() Sight { return s }

// Composed is what the drivers' own composing makes of an edition: the first part.
func Composed(t testing.TB, c *office.Channel, content channel.Content, revision int) Sight {
	t.Helper()
	return ComposedParts(t, c, content, revision)[0]
}

// ComposedParts are all parts that the drivers' own composing makes of an edition.
func ComposedParts(t testing.TB, c *office.Channel, content channel.Content, revision int) []Sight {
	t.Helper()
	a, err := c.Driver.Compose(c.Settings, channel.Limits{}, content)
	if err != nil {
		t.Fatal(err)
	}
	var all []Sight
	for _, part := range a.Parts {
		s := Sight{Post: content.Post.Slug, Language: content.Language}
		var payload struct {
			Status, Text, Visibility string
			Warning                  string `json:"spoiler_text"`
			Blocks                   any
		}
		Decode(t, part.Payload, &payload)
		s.Text, s.Warning, s.Visibility, s.Blocks = payload.Status+payload.Text, payload.Warning, payload.Visibility, payload.Blocks
		if s.Blocks != nil {
			s.Revision = revision
		}
		all = append(all, s)
	}
	return all
}
