package mastodon

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/mattn/go-mastodon"
	"golang.org/x/net/html"

	"carillon.example/pkg/channel"
)

const (
	// linkTolerance is how far before an attempt began a status may bear that has the same link in other words, after
	// correcting for the server's clock. It may be somebody's own, so not far.
	linkTolerance = 5 * time.Minute
	// clockTolerance is the same for one that has the very words. It bears the time of a machine whose clock we do not see
	// (the Date of an answer is often a proxy's), the clock may have been put right since, and the attempt may have begun on
	// another machine of ours.
	clockTolerance = 30 * time.Minute
	pageSize       = 40 // Mastodon's maximum
	maxPages       = 50
)

// Find looks through the account's own statuses, the newest first, back to the time when the attempt began.
func (d *driver) Find(ctx context.Context, a channel.Attempt, began time.Time) channel.Verdict {
	reqCtx, c, err := d.begin(ctx, "")
	if err != nil {
		return noToken(err)
	}
	me, v, ok := d.me(reqCtx, c, look)
	if !ok {
		return v
	}
	began = began.Add(d.skew(c.exchange.header))
	since := began.Add(-clockTolerance)
	wanted := lookFor(a)
	var alike *mastodon.Status
	page := mastodon.Pagination{Limit: pageSize}
	for range maxPages {
		reqCtx, c, err := d.begin(ctx, "")
		if err != nil {
			return noToken(err)
		}
		asked := page.MaxID
		statuses, err := c.api.GetAccountStatuses(reqCtx, me.ID, &page)
		if err != nil {
			return d.verdict(look, c, err)
		}
		past := false
		for _, s := range statuses {
			if s == nil || s.Reblog != nil {
				continue
			}
			if s.CreatedAt.Before(since) {
				past = true
				continue
			}
			switch wanted.match(s) {
			case same:
				return channel.Verdict{Meaning: channel.Delivered, Receipt: receiptOf(s)}
			case sameLink:
				if !s.CreatedAt.Before(began.Add(-linkTolerance)) {
					alike = s
				}
			case other:
			}
		}
		if past || len(statuses) == 0 || page.MaxID == "" || page.MaxID == asked {
			if alike != nil {
				return channel.Verdict{Meaning: channel.Delivered, Receipt: receiptOf(alike)}
			}
			return channel.Verdict{
				Meaning: channel.NotThere,
				Reason:  "the account has no such status since " + since.UTC().Format(time.RFC3339),
			}
		}
		page.Limit = pageSize
	}
	return channel.Verdict{
		Meaning: channel.Rejected,
		Reason:  "the account has posted too much since then to look through: look for the status yourself",
	}
}

// skew is how far the server's clock is ahead of ours: statuses bear its time.
func (d *driver) skew(h http.Header) time.Duration {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return date.Sub(d.now())
}

// likeness is how much a status looks like the one we look for.
type likeness int

const (
	other    likeness = iota
	sameLink          // it links to the same page, in other words
	same
)

// wanted is what we look for.
type wanted struct {
	link          string // of the first part
	text, warning string
	replyTo       string // the part before it; empty for the first
}

func lookFor(a channel.Attempt) wanted {
	// What cannot be read has no text that could be the same; the link remains.
	p, _ := payloadOf(a.Part)
	w := wanted{link: a.Permalink, text: words(p.Status), warning: words(p.Warning)}
	if n := len(a.Before); n > 0 && len(a.Before[n-1].IDs) > 0 {
		w.link, w.replyTo = "", a.Before[n-1].IDs[0] // the link is the first part's
	}
	return w
}

func (w wanted) match(s *mastodon.Status) likeness {
	text, links := readHTML(s.Content)
	above, _ := s.InReplyToID.(string) // nil: it is no reply
	switch {
	case above != w.replyTo:
		return other
	case w.text != "" && words(text) == w.text && words(s.SpoilerText) == w.warning:
		return same
	case w.link != "" && (links[w.link] || mentionsLink(text, w.link)):
		return sameLink
	}
	return other
}

// mentionsLink finds a link that the server left as text, as it does with addresses that are not public.
func mentionsLink(text, link string) bool {
	for _, l := range Links(text) {
		if text[l.Start:l.End] == link {
			return true
		}
	}
	return false
}

// words is a text without regard to its white space.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }

// readHTML is the text of a status' content, and the addresses it links to.
func readHTML(content string) (text string, links map[string]bool) {
	links = map[string]bool{}
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(content))
	for {
		kind := z.Next()
		if kind == html.ErrorToken { // the end: a string cannot fail otherwise
			return b.String(), links
		}
		t := z.Token()
		switch {
		case kind == html.TextToken:
			b.WriteString(t.Data)
		case t.Data == "br", t.Data == "p":
			b.WriteByte('\n')
		case t.Data == "a" && kind == html.StartTagToken:
			for _, attr := range t.Attr {
				if attr.Key == "href" {
					links[attr.Val] = true
				}
			}
		}
	}
}
