package ingest

import (
	"context"
	"errors"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

// partMistakes are the parts that staff wrote for a channel and that it would not take, by the limits deliver learnt. Only a
// text that staff wrote as a thread can have any: without one, nothing is asked.
func (s *Service) partMistakes(ctx context.Context, post *carillon.Post) (carillon.Mistakes, error) {
	var mistakes carillon.Mistakes
	var conditions map[string]*event.Condition
	for i := range s.Office.Channels {
		c := &s.Office.Channels[i]
		for j := range post.Editions {
			e := &post.Editions[j]
			if e.Texts[c.Type].Text == "" || !c.Driver.Threads || !c.Carries(post, e.Language) {
				continue
			}
			if conditions == nil {
				var err error
				if conditions, err = s.conditions(ctx); err != nil {
					return nil, err
				}
			}
			_, err := c.Driver.Compose(c.Settings, limitsOf(conditions[c.LedgerName()]), channel.Content{
				Post: post, Edition: e, Language: e.Language, Permalink: s.Office.Site.Permalink(e.Language, post.Slug), MediaURL: s.Office.Site.MediaURL,
			})
			var part *channel.PartError
			if field := "editions[" + e.Language + "].channels." + c.Type + ".text"; errors.As(err, &part) && !named(mistakes, field) {
				mistakes.Add(field, "%s", part)
			}
		}
	}
	return mistakes, nil
}

func named(mistakes carillon.Mistakes, field string) bool {
	for _, m := range mistakes {
		if m.Field == field {
			return true
		}
	}
	return false
}

// limitsOf are what a channel accepts, as far as deliver has learnt it.
func limitsOf(c *event.Condition) channel.Limits {
	if c == nil {
		return channel.Limits{}
	}
	return channel.Limits{
		Characters: c.Characters, CharactersPerURL: c.CharactersPerURL,
		Media: c.Media, MediaBytes: c.MediaBytes, MediaPixels: c.MediaPixels, Description: c.Description,
	}
}
