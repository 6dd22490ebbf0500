package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
)

// reader finds out what a channel should show.
type reader struct {
	bus  *bus.Bus
	site *office.Site
}

// wanted reads what should be shown of an item, and its content if there is any.
func (r *reader) wanted(ctx context.Context, item event.Item, c *office.Channel, firstSeen time.Time, d *event.Delivery) (want, channel.Content, error) {
	if item.IsNotice() {
		return notice(d)
	}
	if item.IsReminder() {
		m, err := r.bus.Last(ctx, event.ReminderSubject(item.Channel, item.Occurrence, item.Lead))
		if errors.Is(err, bus.ErrNotFound) {
			return want{}, channel.Content{}, nil
		}
		if err != nil {
			return want{}, channel.Content{}, err
		}
		return r.reminder(m)
	}
	m, err := r.bus.Last(ctx, event.PostsSubject(item.Post))
	if errors.Is(err, bus.ErrNotFound) {
		return want{}, channel.Content{}, nil
	}
	if err != nil {
		return want{}, channel.Content{}, err
	}
	public, err := readPublic(m)
	if err != nil {
		return want{}, channel.Content{}, err
	}
	if !owes(c, &public.Post, item.Language, firstSeen, d) {
		return want{}, channel.Content{}, nil
	}
	return r.edition(m, public, item.Language)
}

// content reads what an intent was about to show: the message it names, and no newer one.
func (r *reader) content(ctx context.Context, item event.Item, d *event.Delivery) (channel.Content, error) {
	if item.IsNotice() {
		_, content, err := notice(d)
		return content, err
	}
	position := d.Intent.Position
	stream := event.PostsStream
	if item.IsReminder() {
		stream = event.RemindersStream
	}
	m, err := r.bus.At(ctx, stream, position)
	if errors.Is(err, bus.ErrNotFound) {
		return channel.Content{}, fmt.Errorf("%w: %s has no position %d any more", errUnreadable, stream, position)
	}
	if err != nil {
		return channel.Content{}, err
	}
	if item.IsReminder() {
		_, content, err := r.reminder(m)
		return content, err
	}
	public, err := readPublic(m)
	if err != nil {
		return channel.Content{}, err
	}
	if public.Post.Slug != item.Post { // as when a log that lost its end was written on
		return channel.Content{}, fmt.Errorf("%w: position %d holds %q and not %q: POSTS is not the log the ledger was written for", errUnreadable, position, public.Post.Slug, item.Post)
	}
	_, content, err := r.edition(m, public, item.Language)
	return content, err
}

func (r *reader) edition(m *bus.Message, public *event.PublicPost, language string) (want, channel.Content, error) {
	edition, ok := public.Post.Edition(language)
	if !ok {
		return want{}, channel.Content{}, nil
	}
	return wantedOf(&public.Post, edition, m.Sequence), channel.Content{
		Post: &public.Post, Edition: edition, Language: language, Permalink: r.site.Permalink(language, public.Post.Slug),
		MediaURL: r.site.MediaURL,
	}, nil
}

// wantedOf is what is wanted of an edition that a channel owes.
func wantedOf(p *carillon.Post, e *carillon.Edition, position uint64) want {
	return want{shown: true, revision: e.Revision, position: position, until: until(p), since: e.Published, changed: e.Updated}
}

// notice is what is wanted of a notice, which stands in the ledger itself.
func notice(d *event.Delivery) (want, channel.Content, error) {
	if d == nil || d.Notice == nil {
		return want{}, channel.Content{}, nil
	}
	return want{shown: true, revision: 1, since: d.Notice.Time}, channel.Content{Notice: d.Notice, Language: noticeLanguage}, nil
}

// noticeLanguage is the language of notices.
const noticeLanguage = "en"

// until is when the sending of a post ends; zero: it does not.
func until(p *carillon.Post) time.Time {
	if p.Until.IsZero() {
		return time.Time{}
	}
	t, err := p.Until.Instant()
	if err != nil { // it was checked; a zone that has vanished since ends nothing
		return time.Time{}
	}
	return t
}

func (r *reader) reminder(m *bus.Message) (want, channel.Content, error) {
	reminder, err := event.UnmarshalReminder(m.Data)
	if err != nil {
		return want{}, channel.Content{}, fmt.Errorf("%w: the reminder at %d: %w", errUnreadable, m.Sequence, err)
	}
	return want{shown: true, revision: 1, position: m.Sequence, since: m.Time}, channel.Content{
		Reminder: reminder, Language: reminder.Language, Permalink: reminder.Link,
	}, nil
}

func readPublic(m *bus.Message) (*event.PublicPost, error) {
	public, err := event.UnmarshalPublicPost(m.Data)
	if err != nil {
		return nil, fmt.Errorf("%w: the post at %d: %w", errUnreadable, m.Sequence, err)
	}
	if public.Post.Slug != event.Slug(m.Subject) {
		return nil, fmt.Errorf("%w: the post at %d names another slug than its subject", errUnreadable, m.Sequence)
	}
	return public, nil
}

// owes reports whether a channel should show a post's edition: its routing says so and the edition is not older than the
// channel, or it has shown it before, or somebody asked for it, whatever the routing says now.
func owes(c *office.Channel, p *carillon.Post, language string, firstSeen time.Time, d *event.Delivery) bool {
	edition, ok := p.Edition(language)
	if !ok {
		return false
	}
	if d != nil && (d.Shown != nil || d.Intent != nil || !d.Asked.IsZero()) {
		return true
	}
	return c.Carries(p, language) && (d != nil || !edition.Published.Before(firstSeen))
}
