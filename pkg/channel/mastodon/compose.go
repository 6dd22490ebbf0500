package mastodon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mattn/go-mastodon"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/markdown"
	"carillon.example/pkg/wording"
)

// payload is what is sent: all that readers can see, and nothing else.
type payload struct {
	Status     string `json:"status"`
	Warning    string `json:"spoiler_text"`
	Language   string `json:"language"`
	Visibility string `json:"visibility"`
}

func tootOf(a channel.Appearance) (*mastodon.Toot, error) {
	var p payload
	if err := json.Unmarshal(a.Payload, &p); err != nil {
		return nil, fmt.Errorf("what is to be shown cannot be read: %w", err)
	}
	return &mastodon.Toot{
		Status: p.Status, SpoilerText: p.Warning, Sensitive: p.Warning != "", Language: p.Language, Visibility: p.Visibility,
	}, nil
}

// compose is channel.Type.Compose.
func compose(s channel.Settings, l channel.Limits, c channel.Content) (channel.Appearance, error) {
	settings, ok := s.(*Settings)
	if !ok {
		return channel.Appearance{}, fmt.Errorf("%T are not the settings of a Mastodon channel", s)
	}
	room := room{limit: l.Characters, perURL: l.CharactersPerURL}
	if room.limit <= 0 {
		room.limit = DefaultCharacters
	}
	if room.perURL <= 0 {
		room.perURL = DefaultCharactersPerURL
	}
	text, notes, err := statusText(c, &room)
	if err != nil {
		return channel.Appearance{}, err
	}
	p := payload{Status: text, Warning: room.warning, Language: languageCode(c.Language), Visibility: settings.Visibility}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return channel.Appearance{}, err
	}
	a := channel.Appearance{
		Payload: bytes.TrimSpace(b.Bytes()), Text: text, Count: room.count(text), Limit: room.limit, Notes: notes,
	}
	if room.warning != "" {
		a.Text = "CW: " + room.warning + "\n\n" + text
	}
	return a, nil
}

// statusText chooses between the staff's own text and a composed one.
func statusText(c channel.Content, r *room) (string, []string, error) {
	if c.Reminder != nil {
		return fit(reminderParts(c), r)
	}
	if c.Post == nil || c.Edition == nil {
		return "", nil, errors.New("there is neither a post nor a reminder to show")
	}
	own := c.Edition.Texts[Name]
	r.warning = strings.TrimSpace(own.Warning)
	if strings.TrimSpace(own.Text) != "" {
		return ownText(own.Text, c.Permalink, r)
	}
	return fit(postParts(c), r)
}

// ownText is what staff wrote, to the letter, mentions included. The link is added if it is not in it.
func ownText(text, link string, r *room) (string, []string, error) {
	text = strings.TrimSpace(text)
	if link != "" && !mentionsLink(text, link) {
		text += "\n\n" + link
	}
	if n := r.count(text); n > r.limit {
		return "", nil, fmt.Errorf("the text for Mastodon has %d characters with its link and content warning, the limit is %d: shorten channels.mastodon.text by %d", n, r.limit, n-r.limit)
	}
	return text, nil, nil
}

func postParts(c channel.Content) parts {
	p := parts{
		title: withoutMentions(strings.TrimSpace(c.Edition.Title)), tags: hashtags(c.Language, c.Post.Tags), link: c.Permalink,
		body: c.Edition.Summary,
	}
	if strings.TrimSpace(p.body) == "" {
		p.body = markdown.Text(c.Edition.Body)
	}
	p.body = withoutMentions(strings.TrimSpace(p.body))
	p.facts = facts(c.Language, c.Post)
	return p
}

func reminderParts(c channel.Content) parts {
	p := parts{
		title: withoutMentions(strings.TrimSpace(c.Reminder.Title)), tags: hashtags(c.Language, c.Reminder.Hashtags), link: c.Permalink,
		body: withoutMentions(strings.TrimSpace(markdown.Text(c.Reminder.Body))),
	}
	if p.link == "" {
		p.link = c.Reminder.Link
	}
	return p
}

// facts are when and where an event is and when a call ends, a line each.
func facts(language string, p *carillon.Post) []string {
	var lines []string
	add := func(label wording.LabelKey, value string) {
		if value = strings.TrimSpace(value); value != "" {
			lines = append(lines, wording.Line(language, label, withoutMentions(value)))
		}
	}
	if e := p.Event; e != nil {
		add(wording.When, wording.Event(language, e))
		add(wording.Where, wording.Within(language, strings.Join(strings.Fields(e.Place), " ")))
	}
	add(wording.Deadline, wording.Date(language, p.Deadline))
	return lines
}
