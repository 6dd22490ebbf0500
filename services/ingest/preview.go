package ingest

import (
	"context"
	"strings"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// PreviewPost implements the staff API. It composes what the channels would show, with the limits deliver learnt.
func (s *Service) PreviewPost(ctx context.Context, req *carillonv1.PreviewPostRequest) (*carillonv1.PreviewPostResponse, error) {
	given, err := s.given(ctx, req.GetPost())
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	if !carillon.ValidSlug(given.Slug) {
		return nil, s.answer(ctx, s.validate(given))
	}
	say, err := s.intention(req.GetRelease(), req.GetNow())
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	current, err := s.standing(ctx, given.Slug)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	public, err := s.publicPost(ctx, current)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	post := merge(current.decision, given)
	if err := s.validate(post).Err(); err != nil {
		return nil, s.answer(ctx, err)
	}
	d := current.next(event.Saved, post)
	d.Release = say.release
	changed := current.decision == nil || !post.SameContent(&current.decision.Post)
	if !req.GetDraft() {
		if d, err = s.timed(current.decision, isPublic(public), post, say, s.Now()); err != nil {
			return nil, s.answer(ctx, err)
		}
		if err := untilAfter(d, s.Now(), isPublic(public)); err != nil {
			return nil, s.answer(ctx, err)
		}
		same, err := s.unchanged(current, public, post, say, s.Now())
		if err != nil {
			return nil, s.answer(ctx, err)
		}
		changed = !same
	}
	conditions, err := s.conditions(ctx)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	answer := &carillonv1.PreviewPostResponse{
		Post: event.PostToProto(post), Changed: changed, State: stateOf(d, public), Schedule: s.schedule(d),
	}
	for i := range s.Office.Channels {
		c := &s.Office.Channels[i]
		condition := conditions[c.LedgerName()]
		for j := range given.Editions {
			edition, ok := post.Edition(given.Editions[j].Language)
			if !ok || !c.Carries(post, edition.Language) {
				continue
			}
			preview := &carillonv1.Preview{Channel: c.Name, Language: edition.Language, LimitsKnown: condition != nil && condition.Characters > 0}
			appearance, err := c.Driver.Compose(c.Settings, limitsOf(condition), channel.Content{
				Post: post, Edition: edition, Language: edition.Language, Permalink: s.Office.Site.Permalink(edition.Language, post.Slug),
				MediaURL: s.Office.Site.MediaURL,
			})
			if err != nil {
				preview.Problem = err.Error()
			}
			preview.Text, preview.Notes = appearance.Text, appearance.Notes
			preview.Count, preview.Limit = uint32(appearance.Count), uint32(appearance.Limit)
			answer.Previews = append(answer.Previews, preview)
		}
	}
	return answer, nil
}

// conditions is what deliver last learnt of every channel, by ledger name.
func (s *Service) conditions(ctx context.Context) (map[string]*event.Condition, error) {
	messages, err := s.Bus.LastOfEach(ctx, event.DeliveriesStream, event.ConditionFilter)
	if err != nil {
		return nil, err
	}
	conditions := map[string]*event.Condition{}
	for _, m := range messages {
		c, err := event.UnmarshalCondition(m.Data)
		if err != nil {
			return nil, err
		}
		conditions[strings.Split(m.Subject, ".")[1]] = c
	}
	return conditions, nil
}

// ListChannels implements the staff API.
func (s *Service) ListChannels(ctx context.Context, _ *carillonv1.ListChannelsRequest) (*carillonv1.ListChannelsResponse, error) {
	conditions, err := s.conditions(ctx)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	answer := &carillonv1.ListChannelsResponse{}
	for i := range s.Office.Channels {
		c := &s.Office.Channels[i]
		status := &carillonv1.ChannelStatus{
			Name: c.Name, Type: c.Type, Destination: c.Settings.Destination(), Posts: c.Posts,
			Languages: c.Languages, Tags: c.Tags, NotTags: c.NotTags, Notices: c.Notices,
		}
		for _, kind := range c.Kinds {
			status.Kinds = append(status.Kinds, string(kind))
		}
		if c.Reminders != nil {
			for _, lead := range c.Reminders.Leads {
				status.Reminders = append(status.Reminders, lead.String())
			}
		}
		pause, err := s.bucket.Pause(ctx, c.LedgerName())
		if err != nil {
			return nil, s.answer(ctx, err)
		}
		status.Pause = pauseToProto(pause)
		if condition := conditions[c.LedgerName()]; condition != nil {
			status.Checked, status.Condition = true, event.ConditionToProto(condition)
		}
		answer.Channels = append(answer.Channels, status)
	}
	return answer, nil
}
