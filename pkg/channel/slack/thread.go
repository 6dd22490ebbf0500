package slack

import (
	"fmt"
	"strings"

	"github.com/rivo/uniseg"

	"carillon.example/pkg/channel"
)

const (
	// maxReplies is how long a composed thread gets behind its first message. The rest is on the page.
	maxReplies = 24
	// maxOwnParts is how many parts staff may write.
	maxOwnParts = 100
	// maxThreadSource is how much of a body a thread is made of, in bytes: about what its replies hold.
	maxThreadSource = 64 << 10
)

// reply is a message within a thread: one section.
type reply struct {
	mrkdwn, plain string
	own           bool // the staff's own mrkdwn
}

func (r reply) block() block {
	if r.own {
		return staffSection(r.mrkdwn)
	}
	return section(r.mrkdwn)
}

// ownThread is what staff wrote, split with lines of ---: the first part stands in the first message.
func (c *composer) ownThread(own string) error {
	parts := splitOwn(own)
	if len(parts) > maxOwnParts {
		return partError("the text for slack has %d parts, the limit is %d: join some", len(parts), maxOwnParts)
	}
	for i, part := range parts {
		part = clean(part)
		if n := length(part); n > c.limit {
			return partError("part %d of the text for slack has %d characters, the limit is %d: shorten it by %d in channels.slack.text, or split it with a line of ---", i+1, n, c.limit, n-c.limit)
		}
		if i == 0 {
			if err := c.staffText(part); err != nil {
				return err
			}
			continue
		}
		c.replies = append(c.replies, reply{part, part, true})
	}
	return nil
}

func partError(format string, args ...any) error {
	return &channel.PartError{Reason: fmt.Sprintf(format, args...)}
}

func splitOwn(own string) []string {
	var parts []string
	var lines []string
	end := func() {
		if s := strings.TrimSpace(strings.Join(lines, "\n")); s != "" {
			parts = append(parts, s)
		}
		lines = nil
	}
	for _, l := range strings.Split(own, "\n") {
		if strings.TrimSpace(l) == "---" {
			end()
			continue
		}
		lines = append(lines, l)
	}
	end()
	return parts
}

// thread is a lead, and behind it all of the body that the lead does not show.
func (c *composer) thread(content channel.Content) {
	e, base := content.Edition, content.Permalink
	body := bodyOf(content)
	source := upTo(body, maxThreadSource)
	all := read(source, base)
	if strings.TrimSpace(e.Summary) != "" {
		c.lead(e.Summary, "", base)
	} else {
		shown := take(all, excerptLength)
		if len(shown) > 0 && shown[0].size() < all[0].size() { // it is better read whole
			shown = all[0].divide(excerptLength)[:1]
			all = append(all[0].divide(excerptLength), all[1:]...)
		}
		c.leadOf(shown)
		all = all[min(len(shown), len(all)):]
	}
	c.reply(all)
	if len(source) < len(body) || len(c.replies) > maxReplies {
		c.replies = c.replies[:min(len(c.replies), maxReplies)]
		c.note("the text was cut after %d parts: the rest is on the page", len(c.replies)+1)
	}
	if n := len(c.replies); n > 0 {
		c.note("a thread of %d parts", n+1)
	}
}

// reply puts paragraphs into as few messages as they take.
func (c *composer) reply(all []paragraph) {
	var held []paragraph
	end := func() {
		if len(held) > 0 {
			c.replies = append(c.replies, reply{mrkdwn: join(held, paragraph.mrkdwn), plain: join(held, paragraph.plain)})
		}
		held = nil
	}
	for _, p := range all {
		for _, piece := range c.fitting(p) {
			if length(join(append(held, piece), paragraph.mrkdwn)) > c.limit {
				end()
			}
			held = append(held, piece)
		}
	}
	end()
}

// fitting is a paragraph in pieces that each fit a section. Escaping and addresses make a text longer than it looks.
func (c *composer) fitting(p paragraph) []paragraph {
	for room := c.limit; room > 1; room = room * 3 / 4 {
		pieces := p.divide(room)
		fits := true
		for _, piece := range pieces {
			fits = fits && length(piece.mrkdwn()) <= c.limit
		}
		if fits {
			return pieces
		}
	}
	return nil
}

// divide cuts a paragraph into pieces of at most n characters of plain text, between lines, else between words; n > 0.
func (p paragraph) divide(n int) []paragraph {
	var pieces []paragraph
	piece := paragraph{code: p.code}
	end := func() {
		if len(piece.lines) > 0 {
			pieces = append(pieces, piece)
		}
		piece = paragraph{code: p.code}
	}
	for _, l := range p.lines {
		for {
			with := paragraph{lines: append(piece.lines[:len(piece.lines):len(piece.lines)], l), code: p.code}
			if with.size() <= n {
				piece = with
				break
			}
			if len(piece.lines) > 0 {
				end()
				continue
			}
			head, rest := l.split(max(n-length(l.prefix), 1))
			piece.lines = append(piece.lines, head)
			end()
			if len(rest.spans) == 0 {
				break
			}
			l = rest
		}
	}
	end()
	return pieces
}

// split cuts a line after at most n characters: after a sentence if there is one in its second half, else after a word.
func (l line) split(n int) (head, rest line) {
	keep := sentenceEnd(l.plain(), n)
	head, rest = line{prefix: l.prefix}, line{prefix: strings.Repeat(" ", len(l.prefix)-len(strings.TrimLeft(l.prefix, " ")))}
	if strings.HasPrefix(l.prefix, ">") {
		rest.prefix = "> "
	}
	for _, s := range l.spans {
		first := s
		first.text = s.text[:min(keep, len(s.text))]
		if s.text = s.text[len(first.text):]; s.text != "" {
			rest.spans = append(rest.spans, s)
		}
		keep -= len(first.text)
		if first.text != "" {
			head.spans = append(head.spans, first)
		}
	}
	if len(rest.spans) > 0 {
		rest.spans[0].text = strings.TrimLeft(rest.spans[0].text, " ")
	}
	if n := len(head.spans); n > 0 {
		head.spans[n-1].text = strings.TrimRight(head.spans[n-1].text, " ")
	}
	return head, rest
}

// sentenceEnd is where a text is cut, in bytes: at least one character is kept.
func sentenceEnd(s string, n int) int {
	end, word, sentence := 0, 0, 0
	rest, state := s, -1
	for rest != "" {
		cluster, after, boundaries, next := uniseg.StepString(rest, state)
		if n -= length(cluster); n < 0 && end > 0 {
			break
		}
		end += len(cluster)
		if boundaries&uniseg.MaskLine != uniseg.LineDontBreak {
			word = end
		}
		if boundaries&uniseg.MaskSentence != 0 {
			sentence = end
		}
		rest, state = after, next
	}
	switch {
	case rest == "":
		return len(s)
	case sentence > end/2:
		return sentence
	case word > end/2:
		return word
	}
	return end
}

// upTo is the beginning of a body, to the end of a paragraph.
func upTo(body string, n int) string {
	if len(body) <= n {
		return body
	}
	if end := strings.LastIndex(body[:n], "\n\n"); end > 0 {
		return body[:end]
	}
	return strings.ToValidUTF8(body[:n], "")
}
