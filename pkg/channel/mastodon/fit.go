package mastodon

import (
	"fmt"
	"strings"

	"github.com/rivo/uniseg"
)

// room is what a status may take.
type room struct {
	limit, perURL int
	warning       string // counts too
}

func (r *room) count(text string) int { return Count(r.warning, text, r.perURL) }
func (r *room) fits(text string) bool { return r.count(text) <= r.limit }

// parts are what a composed status is made of, in the order in which it shows them.
type parts struct {
	title string
	facts []string
	body  string
	tags  []string
	link  string
	count string // which part of a thread it is, as 2/3
}

// text puts the parts together.
func (p *parts) text() string {
	var paragraphs []string
	for _, s := range []string{p.title, strings.Join(p.facts, "\n"), p.body, strings.Join(p.tags, " "), p.link, p.count} {
		if s != "" {
			paragraphs = append(paragraphs, s)
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// minBody is how much of a body is worth showing, in characters; less of it is left out.
const minBody = 30

// fit shortens the parts until they have room: first the body, then the hashtags from the last, then the facts, and the
// title at the very end. The link is never touched. The notes say what was done.
func fit(p parts, r *room) (string, []string, error) {
	var notes []string
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if r.fits(p.text()) {
		return p.text(), notes, nil
	}
	if p.body != "" {
		p.body = withoutOrphan(cut(p.body, r.limit, func(s string) bool { q := p; q.body = s; return r.fits(q.text()) }))
		if n := kept(p.body); n >= minBody {
			note("the text was cut after %d characters", n)
			return p.text(), notes, nil
		}
		p.body = ""
		note("the text was left out")
	}
	for len(p.tags) > 0 && !r.fits(p.text()) {
		note("the hashtag %s was left out", p.tags[len(p.tags)-1])
		p.tags = p.tags[:len(p.tags)-1]
	}
	for len(p.facts) > 0 && !r.fits(p.text()) {
		note("this was left out: %s", p.facts[len(p.facts)-1])
		p.facts = p.facts[:len(p.facts)-1]
	}
	if r.fits(p.text()) {
		return p.text(), notes, nil
	}
	p.title = cutHard(p.title, r.limit, func(s string) bool { q := p; q.title = s; return r.fits(q.text()) })
	if p.title == "" {
		need := r.count(p.link)
		return "", nil, fmt.Errorf("the content warning and the link alone have %d characters, and the limit is %d: shorten the content warning", need, r.limit)
	}
	note("the title was cut after %d characters", kept(p.title))
	return p.text(), notes, nil
}

// withoutOrphan takes a last line that was hardly begun off a text that was cut.
func withoutOrphan(s string) string {
	const begun = 20
	i := strings.LastIndexByte(s, '\n')
	if i < 0 || kept(s[i+1:]) >= begun || kept(s[:i]) < minBody {
		return s
	}
	return ellipsis(s[:i])
}

// kept is how much of a text is left before its ellipsis, in characters.
func kept(s string) int { return uniseg.GraphemeClusterCount(strings.TrimRight(s, " …")) }
