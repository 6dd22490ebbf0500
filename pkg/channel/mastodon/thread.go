package mastodon

import (
	"fmt"
	"strings"

	"github.com/rivo/uniseg"

	"carillon.example/pkg/channel"
)

const (
	// maxParts is how long a composed thread gets. The rest is on the page.
	maxParts = 25
	// maxOwnParts is how many parts staff may write.
	maxOwnParts = 100
)

// ownTexts are the parts of a text that staff split with lines of ---. Empty ones are none.
func ownTexts(text string) []string {
	var texts []string
	var part []string
	end := func() {
		if s := strings.TrimSpace(strings.Join(part, "\n")); s != "" {
			texts = append(texts, s)
		}
		part = nil
	}
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		line = strings.TrimSuffix(line, "\n")
		if strings.TrimSpace(line) == "---" {
			end()
			continue
		}
		part = append(part, line)
	}
	end()
	return texts
}

// ownThread is what staff wrote, part by part. If the link is in none of the parts, the first gets it.
func ownThread(texts []string, link string, r *room) ([]string, []string, error) {
	if len(texts) > maxOwnParts {
		return nil, nil, partError("the text for Mastodon has %d parts, the limit is %d: join some", len(texts), maxOwnParts)
	}
	texts[0] = withLink(texts[0], missingLink(texts, link))
	for i, text := range texts {
		if n := r.count(text); n > r.limit {
			with := ""
			switch {
			case i == 0 && r.warning != "":
				with = " with its link and content warning"
			case i == 0:
				with = " with its link"
			case r.warning != "":
				with = " with its content warning"
			}
			return nil, nil, partError("part %d of the text for Mastodon has %d characters%s, the limit is %d: shorten it by %d in channels.mastodon.text, or split it with a line of ---", i+1, n, with, r.limit, n-r.limit)
		}
	}
	return texts, nil, nil
}

func partError(format string, args ...any) error {
	return &channel.PartError{Reason: fmt.Sprintf(format, args...)}
}

// thread divides what is composed into as many numbered parts as it takes. Facts, hashtags and the link stand in the first.
func thread(p parts, r *room) ([]string, []string, error) {
	if len(p.body) <= r.limit*widest && r.fits(p.text()) {
		return []string{p.text()}, nil, nil
	}
	// How many parts there are is not known before they are made. Totals with as many digits lead to the same division.
	chunks, ended := divide(p, r, 9)
	if !ended {
		chunks, ended = divide(p, r, maxParts)
	}
	notes := []string{fmt.Sprintf("a thread of %d parts", len(chunks))}
	if !ended {
		notes = append(notes, fmt.Sprintf("the text was cut after %d parts: the rest is on the page", len(chunks)))
	}
	texts := make([]string, len(chunks))
	for i, chunk := range chunks {
		q := p.part(i, len(chunks), chunk)
		texts[i] = q.text()
		if i > 0 || r.fits(texts[i]) {
			continue
		}
		text, left, err := fit(q, r)
		if err != nil {
			return nil, nil, err
		}
		texts[i], notes = text, append(notes, left...)
	}
	if len(texts) == 1 { // there is no text that could go on elsewhere, or no room for it anywhere
		return one(fit(p, r))
	}
	return texts, notes, nil
}

// part is one of a thread.
func (p parts) part(i, total int, body string) parts {
	q := parts{body: body}
	if i == 0 {
		q = p
		q.body = body
	}
	q.count = fmt.Sprintf("%d/%d", i+1, total)
	return q
}

// divide cuts the body for a thread of so many parts. If it is longer than that, the last part says so, and ended is false.
func divide(p parts, r *room, total int) (chunks []string, ended bool) {
	rest := p.body
	for i := 0; rest != "" || i == 0; i++ {
		fits := func(s string) bool { q := p.part(i, total, s); return r.fits(q.text()) }
		if i == total-1 && (len(rest) > r.limit*widest || !fits(rest)) {
			return append(chunks, cutHard(strings.ToValidUTF8(rest[:min(len(rest), r.limit*widest)], ""), r.limit, fits)), false
		}
		chunk, after := take(rest, r.limit, fits)
		if i == 0 && after != "" && kept(chunk) < minBody {
			chunk, after = "", rest // so little is better read together with what follows
		}
		if i > 0 && chunk == "" { // the content warning leaves no room
			return chunks, false
		}
		chunks, rest = append(chunks, chunk), after
	}
	return chunks, true
}

// widest is how many bytes of a text are looked at for every character that a part may have: a body may be half a megabyte.
const widest = 40

// take cuts off as much of the beginning of a text as fits: whole paragraphs, else whole sentences, else words.
func take(whole string, most int, fits func(string) bool) (head, rest string) {
	text := strings.ToValidUTF8(whole[:min(len(whole), most*widest)], "")
	if len(text) == len(whole) && fits(text) {
		return text, ""
	}
	end := 0
	next := paragraphEnd(text, 0)
	for ; end < len(text) && fits(text[:next]); next = paragraphEnd(text, next) {
		end = next
	}
	if paragraph := strings.TrimSpace(text[end:next]); end == 0 || !fits(paragraph) {
		for _, place := range sentenceEnds(text, end, next) {
			if !fits(strings.TrimSpace(text[:place])) {
				break
			}
			end = place
		}
	}
	if end > 0 {
		return split(whole, end)
	}
	for _, places := range [][]int{lineBreaks(text, most), clusterEnds(text, most)} {
		for i := len(places) - 1; i >= 0; i-- {
			if fits(strings.TrimSpace(text[:places[i]])) {
				return split(whole, places[i])
			}
		}
	}
	return "", whole
}

func split(text string, at int) (head, rest string) {
	return strings.TrimSpace(text[:at]), strings.TrimSpace(text[at:])
}

// paragraphEnd is where the paragraph ends that begins at or behind a place.
func paragraphEnd(text string, from int) int {
	begin := from + len(text[from:]) - len(strings.TrimLeft(text[from:], "\n"))
	if i := strings.Index(text[begin:], "\n\n"); i >= 0 {
		return begin + i
	}
	return len(text)
}

// sentenceEnds are the ends of the sentences between two places (Unicode Annex 29), but for those within links.
func sentenceEnds(text string, from, to int) []int {
	links := Links(text[from:to])
	var places []int
	rest, state, end := text[from:to], -1, 0
	for rest != "" {
		var sentence string
		sentence, rest, state = uniseg.FirstSentenceInString(rest, state)
		end += len(sentence)
		for len(links) > 0 && links[0].End <= end {
			links = links[1:]
		}
		if len(links) > 0 && links[0].Start < end {
			continue
		}
		places = append(places, from+end)
	}
	return places
}
