package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/markdown"
	"carillon.example/pkg/wording"
)

// Compose says what a channel shows of an edition or a reminder. It is pure. The error is for what can never be shown: a
// text of the staff's own that Slack would not take.
//
// A text that staff wrote for Slack is their own mrkdwn and goes out as they wrote it, mentions included; everything else
// is escaped.
func Compose(limits channel.Limits, content channel.Content) (channel.Appearance, error) {
	c := composer{limit: maxSection}
	if limits.Characters > 0 && limits.Characters < c.limit {
		c.limit = limits.Characters
	}
	switch {
	case content.Post != nil && content.Edition != nil:
		if err := c.edition(content); err != nil {
			return channel.Appearance{}, err
		}
	case content.Reminder != nil:
		c.reminder(content)
	case content.Notice != nil:
		c.alert(content.Notice)
	default:
		return channel.Appearance{}, errors.New("slack: there is no edition, reminder or notice to show")
	}
	return c.appearance()
}

type composer struct {
	limit  int // of a section
	blocks []block
	text   []string // the same as plain text, a block an element
	notice string   // what a notification says
	body   int      // the length of the body
	notes  []string

	replies   []reply  // the messages in its thread
	addresses []string // of pictures that Slack fetches
}

func (c *composer) note(format string, args ...any) {
	c.notes = append(c.notes, fmt.Sprintf(format, args...))
}

func (c *composer) add(b block, plain string) {
	c.blocks = append(c.blocks, b)
	c.text = append(c.text, plain)
}

func (c *composer) edition(content channel.Content) error {
	p, e := content.Post, content.Edition
	c.title(e.Title)
	own := e.Texts[Name]
	switch text := strings.TrimSpace(own.Text); {
	case text != "" && own.Thread:
		if err := c.ownThread(text); err != nil {
			return err
		}
	case text != "":
		if err := c.staffText(text); err != nil {
			return err
		}
	case own.Thread:
		c.thread(content)
	default:
		c.lead(e.Summary, bodyOf(content), content.Permalink)
	}
	c.picture(content)
	c.facts(p, content.Language)
	c.link(content.Permalink, content.Language)
	c.context(p.Kind, content.Language)
	return nil
}

// bodyOf is an edition's body. Pictures that are files of the post's are not described in the text as well.
func bodyOf(content channel.Content) string {
	if len(content.Post.Media) > 0 {
		return markdown.WithoutPictures(content.Edition.Body)
	}
	return content.Edition.Body
}

func (c *composer) reminder(content channel.Content) {
	r := content.Reminder
	c.title(r.Title)
	c.lead("", r.Body, r.Link)
	link := content.Permalink
	if link == "" {
		link = r.Link
	}
	c.link(link, content.Language)
}

// alert is a notice: what happened, why, and the commands that help.
func (c *composer) alert(n *carillon.Notice) {
	c.title(n.Title)
	if text := cutText(clean(n.Text), c.limit/6); text != "" { // a character becomes five at the worst
		c.add(section(literal(text, 0, 0)), text)
		c.notify(literal(text, 0, 0))
	}
	if len(n.Commands) > 0 {
		commands := clean(strings.Join(n.Commands, "\n"))
		c.add(section("```"+escaper.Replace(strings.ReplaceAll(commands, "`", "'"))+"```"), commands)
	}
}

func (c *composer) title(title string) {
	title = oneLine(title)
	short := cutText(title, maxHeader)
	if short != title {
		c.note("the title was cut: Slack shows %d characters", maxHeader)
	}
	if short == "" {
		return
	}
	c.add(header(short), short)
	c.notice = literal(title, 0, 0)
}

func (c *composer) staffText(own string) error {
	own = clean(own)
	if n := length(own); n > c.limit {
		return fmt.Errorf("the text for slack has %d characters, the limit is %d: shorten it", n, c.limit)
	}
	c.body = length(own)
	c.add(staffSection(own), own)
	c.notify(own)
	return nil
}

// lead is what a message says of a text: its summary, or else how it begins.
func (c *composer) lead(summary, body, base string) {
	var parts []paragraph
	if summary = strings.TrimSpace(clean(summary)); summary != "" {
		parts = []paragraph{{lines: []line{{spans: []span{{text: oneLine(summary)}}}}}}
	} else {
		parts = c.excerpt(paragraphs(body, base), len(body) <= maxSource)
	}
	c.leadOf(parts)
}

func (c *composer) leadOf(parts []paragraph) {
	if len(parts) == 0 {
		return
	}
	mrkdwn := join(parts, paragraph.mrkdwn)
	// Escaping and addresses make a text longer than it looks, so it is cut again until it fits.
	for room := length(join(parts, paragraph.plain)); length(mrkdwn) > c.limit; {
		room = room * 3 / 4
		parts = take(parts, max(room, 1))
		mrkdwn = join(parts, paragraph.mrkdwn)
		if room <= 1 {
			parts = nil
			mrkdwn = ellipsis
		}
	}
	plain := join(parts, paragraph.plain)
	c.body = length(mrkdwn)
	c.add(section(mrkdwn), plain)
	c.notify(literal(plain, 0, 0))
}

// excerpt is how a body begins: whole paragraphs, or the beginning of the first. counted says that all are all there are.
func (c *composer) excerpt(all []paragraph, counted bool) []paragraph {
	parts := take(all, excerptLength)
	if len(parts) == 0 {
		return nil
	}
	if size := parts[0].size(); size < all[0].size() {
		c.note("the first paragraph is cut after %d characters: the rest is on the page", size)
		return parts
	}
	if len(parts) < len(all) {
		of := ""
		if counted {
			of = fmt.Sprintf(" of %d", len(all))
		}
		c.note("shows %d%s paragraphs: the rest is on the page", len(parts), of)
		if last := &parts[len(parts)-1]; strings.HasSuffix(last.plain(), ":") || strings.HasSuffix(last.plain(), "：") { // what it announces is not shown
			*last = last.with(" " + ellipsis)
		}
	}
	return parts
}

// take returns whole paragraphs up to n characters of plain text. If the first is longer by itself, it is cut.
func take(all []paragraph, n int) []paragraph {
	used := 0
	for i, p := range all {
		if used += p.size(); i > 0 && used > n {
			return all[:i]
		}
		if used > n {
			return []paragraph{p.cut(n)}
		}
		used += 2 // the empty line
	}
	return all
}

func join(parts []paragraph, write func(paragraph) string) string {
	written := make([]string, len(parts))
	for i, p := range parts {
		written[i] = write(p)
	}
	return strings.Join(written, "\n\n")
}

// notify adds to what a notification says.
func (c *composer) notify(mrkdwn string) {
	if c.notice != "" {
		c.notice += "\n"
	}
	c.notice += mrkdwn
}

// facts are when and where an event is, or until when something is open.
func (c *composer) facts(p *carillon.Post, language string) {
	var fields []text
	var plain []string
	add := func(key wording.LabelKey, value, address string) {
		var shown, said []string
		if value != "" {
			shown, said = append(shown, literal(value, 0, 0)), append(said, value)
		}
		if u, err := url.Parse(address); err == nil {
			if href := safeHref(u); href != "" {
				shown, said = append(shown, "<"+href+">"), append(said, wording.Within(language, address))
			}
		}
		if len(shown) == 0 {
			return
		}
		label := wording.Label(language, key)
		mrkdwn := "*" + literal(label, '<', '<') + "*\n" + strings.Join(shown, "\n")
		fields = append(fields, text{Type: "mrkdwn", Text: mrkdwn, Verbatim: true})
		plain = append(plain, wording.Line(language, key, strings.Join(said, "\n")))
	}
	if e := p.Event; e != nil {
		add(wording.When, wording.Event(language, e), "")
		add(wording.Where, wording.Within(language, cutText(oneLine(e.Place), maxFact)), e.URL)
	}
	if !p.Deadline.IsZero() {
		add(wording.Deadline, wording.Date(language, p.Deadline), "")
	}
	if len(fields) > 0 {
		c.add(block{Type: "section", Fields: fields}, strings.Join(plain, "\n"))
	}
}

func (c *composer) link(permalink, language string) {
	if permalink == "" {
		return
	}
	if length(permalink) > maxButtonURL {
		c.note("the link is longer than Slack takes and was left out")
		return
	}
	label := cutText(wording.Label(language, wording.ReadMore), maxButtonText)
	c.add(button(label, permalink), wording.Line(language, wording.ReadMore, wording.Within(language, permalink)))
}

func (c *composer) context(kind carillon.Kind, language string) {
	words := []string{wording.Kind(language, kind), wording.Language(language)}
	plain := strings.Join(words, " · ")
	c.add(contextLine(literal(plain, 0, 0)), plain)
}

func (c *composer) appearance() (channel.Appearance, error) {
	if len(c.blocks) == 0 {
		return channel.Appearance{}, errors.New("there is nothing to show: the title and the body are empty")
	}
	a := channel.Appearance{
		Text: strings.Join(c.text, "\n\n"), Count: c.body, Limit: c.limit, Notes: c.notes, Addresses: c.addresses,
	}
	if err := show(&a, c.notice, c.blocks); err != nil {
		return channel.Appearance{}, err
	}
	for _, r := range c.replies {
		if err := show(&a, r.mrkdwn, []block{r.block()}); err != nil {
			return channel.Appearance{}, err
		}
		a.Text += channel.PartBreak + r.plain
		a.Count = max(a.Count, length(r.mrkdwn))
	}
	return a, nil
}

// show adds a message to an appearance.
func show(a *channel.Appearance, notice string, blocks []block) error {
	b, err := json.Marshal(payload{Text: cutEscaped(notice, maxText), Blocks: blocks})
	if err != nil {
		return fmt.Errorf("encode the message: %w", err)
	}
	a.Parts = append(a.Parts, channel.Part{Payload: b})
	return nil
}

// cutEscaped shortens an escaped text without leaving half of an &amp; behind.
func cutEscaped(s string, n int) string {
	if length(s) <= n {
		return s
	}
	s = strings.TrimSuffix(cutText(s, n), ellipsis)
	if i := strings.LastIndexByte(s, '&'); i >= 0 && !strings.Contains(s[i:], ";") {
		s = s[:i]
	}
	return s + ellipsis
}

// oneLine is a text without line breaks and doubled spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }
