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

func payloadOf(p channel.Part) (payload, error) {
	var out payload
	if err := json.Unmarshal(p.Payload, &out); err != nil {
		return payload{}, fmt.Errorf("what is to be shown cannot be read: %w", err)
	}
	return out, nil
}

func (p payload) toot() *mastodon.Toot {
	return &mastodon.Toot{
		Status: p.Status, SpoilerText: p.Warning, Sensitive: p.Warning != "", Language: p.Language, Visibility: p.Visibility,
	}
}

func (p payload) part() (channel.Part, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return channel.Part{}, err
	}
	return channel.Part{Payload: bytes.TrimSpace(b.Bytes())}, nil
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
	texts, notes, err := statusTexts(c, &room)
	if err != nil {
		return channel.Appearance{}, err
	}
	a := channel.Appearance{Limit: room.limit, Notes: notes}
	var seen []string
	for _, text := range texts {
		part, err := payload{Status: text, Warning: room.warning, Language: languageCode(c.Language), Visibility: settings.Visibility}.part()
		if err != nil {
			return channel.Appearance{}, err
		}
		a.Parts = append(a.Parts, part)
		a.Count = max(a.Count, room.count(text))
		if room.warning != "" {
			text = "CW: " + room.warning + "\n\n" + text
		}
		seen = append(seen, text)
	}
	media, notes := media(c, l)
	a.Parts[0].Media, a.Notes = media, append(a.Notes, notes...)
	for _, m := range media {
		seen[0] += "\n\n" + described(m)
	}
	a.Text = strings.Join(seen, channel.PartBreak)
	return a, nil
}

// statusTexts chooses between the staff's own text and a composed one: a text for each status.
func statusTexts(c channel.Content, r *room) ([]string, []string, error) {
	if c.Reminder != nil {
		return one(fit(reminderParts(c), r))
	}
	if c.Post == nil || c.Edition == nil {
		return nil, nil, errors.New("there is neither a post nor a reminder to show")
	}
	own := c.Edition.Texts[Name]
	r.warning = strings.TrimSpace(own.Warning)
	texts := ownTexts(own.Text)
	switch {
	case len(texts) > 1:
		return ownThread(texts, c.Permalink, r)
	case len(texts) == 1 && own.Thread:
		return thread(parts{body: texts[0], link: missingLink(texts, c.Permalink)}, r)
	case len(texts) == 1:
		return one(ownText(texts[0], c.Permalink, r))
	case own.Thread:
		return thread(wholeParts(c), r)
	}
	return one(fit(postParts(c), r))
}

func one(text string, notes []string, err error) ([]string, []string, error) {
	return []string{text}, notes, err
}

// ownText is what staff wrote, to the letter, mentions included. The link is added if it is not in it.
func ownText(text, link string, r *room) (string, []string, error) {
	text = withLink(text, missingLink([]string{text}, link))
	if n := r.count(text); n > r.limit {
		return "", nil, fmt.Errorf("the text for Mastodon has %d characters with its link and content warning, the limit is %d: shorten channels.mastodon.text by %d", n, r.limit, n-r.limit)
	}
	return text, nil, nil
}

// missingLink is the link, if none of the texts has it.
func missingLink(texts []string, link string) string {
	for _, text := range texts {
		if link == "" || mentionsLink(text, link) {
			return ""
		}
	}
	return link
}

func withLink(text, link string) string {
	if link == "" {
		return text
	}
	return text + "\n\n" + link
}

func postParts(c channel.Content) parts {
	p := parts{
		title: withoutMentions(strings.TrimSpace(c.Edition.Title)), tags: hashtags(c.Language, c.Post.Tags), link: c.Permalink,
		body: c.Edition.Summary,
	}
	if strings.TrimSpace(p.body) == "" {
		p.body = body(c)
	}
	p.body = withoutMentions(strings.TrimSpace(p.body))
	p.facts = facts(c.Language, c.Post)
	return p
}

// wholeParts are the parts with all of the body, for a thread.
func wholeParts(c channel.Content) parts {
	p := postParts(c)
	if whole := strings.TrimSpace(body(c)); whole != "" {
		p.body = withoutMentions(whole)
	}
	return p
}

// body is an edition's body as plain text. Pictures that are shown beside it are not described in it as well.
func body(c channel.Content) string {
	if len(c.Post.Media) > 0 {
		return markdown.Text(markdown.WithoutPictures(c.Edition.Body))
	}
	return markdown.Text(c.Edition.Body)
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
