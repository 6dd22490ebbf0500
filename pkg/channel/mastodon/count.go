package mastodon

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// What Mastodon allows where the instance does not say otherwise:
// https://docs.joinmastodon.org/user/posting/#text
const (
	DefaultCharacters       = 500
	DefaultCharactersPerURL = 23
)

// Count is the length of a status as Mastodon counts it (its StatusLengthValidator): the grapheme clusters of the content
// warning and the text, where a link counts as perURL however long it is, and a mention as its part before the domain.
// Where Mastodon's own rules for what a link is are hard to follow, the count is rather too high.
func Count(warning, text string, perURL int) int {
	var b strings.Builder
	b.WriteString(warning)
	last := 0
	for _, e := range entities(text) {
		b.WriteString(text[last:e.start])
		if e.mention {
			b.WriteString(e.local)
		} else {
			b.WriteString(strings.Repeat("x", perURL))
		}
		last = e.end
	}
	b.WriteString(text[last:])
	return uniseg.GraphemeClusterCount(b.String())
}

// entity is a stretch of a text that Mastodon does not count letter by letter.
type entity struct {
	start, end int
	mention    bool
	local      string // of a mention: "@user"
}

// entities are the links and mentions that are counted as such, in their order.
func entities(text string) []entity {
	var found []entity
	links := Links(text)
	for _, l := range links {
		if l.Short {
			found = append(found, entity{start: l.Start, end: l.End})
		}
	}
	found = append(found, mentionsOutside(text, links)...)
	slices.SortFunc(found, func(a, b entity) int { return a.start - b.start })
	return found
}

// Link is a web address in a text.
type Link struct {
	Start, End int  // bytes
	Short      bool // Mastodon takes it for a link, and counts it as short
}

var (
	// The characters of a path and a query follow Mastodon's initializers/twitter_regex.rb, without brackets: one in a
	// path ends the link here, so that what follows it counts in full.
	linkStart = regexp.MustCompile(`(?i)https?://`)
	linkHost  = regexp.MustCompile(`^[\pL\pN\pM](?:[\pL\pN\pM._-]*[\pL\pN\pM])?(?::[0-9]+)?`)
	linkPath  = regexp.MustCompile(`^/[^\s\pZ<>()?"]*`)
	linkQuery = regexp.MustCompile(`^\?[A-Za-z0-9!*';:&=+$/%#\[\]\-_.,~|@\x{A1}-\x{1FFF}\x{2070}-\x{2FFF}\x{3001}-\x{D7FF}]*`)
)

// linkTail is what does not belong to a link at its end.
const linkTail = "?!*\"'「」<>;:=,.$%[]~&|@…”’»"

// Links finds the web addresses in a text.
func Links(text string) []Link {
	var links []Link
	for from := 0; from < len(text); {
		m := linkStart.FindStringIndex(text[from:])
		if m == nil {
			break
		}
		start, pos := from+m[0], from+m[1]
		from = pos
		if before, _ := utf8.DecodeLastRuneInString(text[:start]); start > 0 && !mayPrecedeLink(before) {
			continue
		}
		host := linkHost.FindString(text[pos:])
		if host == "" {
			continue
		}
		end := pos + len(host)
		if path := strings.TrimRight(linkPath.FindString(text[end:]), linkTail); path != "" {
			end += len(path)
		}
		// A query may end in = or &, a path may not.
		if query := strings.TrimRight(linkQuery.FindString(text[end:]), `?!*'();:+$%[].,~|@`); query != "" {
			end += len(query)
		}
		links = append(links, Link{Start: start, End: end, Short: publicHost(host)})
		from = end
	}
	return links
}

func mayPrecedeLink(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("@＠$#＃\uFEFF\uFFFE\uFFFF", r)
}

// publicHost reports whether Mastodon would take the host for one: it needs a top-level domain that exists. Addresses of
// a machine at hand (localhost, 127.0.0.1:8080) are plain text to it, and count in full.
func publicHost(host string) bool {
	name, _, _ := strings.Cut(strings.ToLower(host), ":")
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return false
	}
	top := name[dot+1:]
	if strings.HasPrefix(top, "xn--") {
		return true
	}
	ascii, err := idna.ToASCII(top)
	if err != nil {
		return false
	}
	_, known := publicsuffix.PublicSuffix("x." + ascii)
	return known
}

// mention is what Mastodon takes for one: https://docs.joinmastodon.org/user/posting/#mentions
var mention = regexp.MustCompile(`(?i)@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(@[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)?`)

// mentionsOutside finds the mentions in a text, but for what stands in its links.
func mentionsOutside(text string, links []Link) []entity {
	var found []entity
	for _, m := range mention.FindAllStringSubmatchIndex(text, -1) {
		for len(links) > 0 && links[0].End <= m[0] {
			links = links[1:]
		}
		if len(links) > 0 && links[0].Start < m[1] {
			continue
		}
		if before, _ := utf8.DecodeLastRuneInString(text[:m[0]]); m[0] > 0 && (wordRune(before) || before == '/' || before == '=') {
			continue
		}
		found = append(found, entity{start: m[0], end: m[1], mention: true, local: "@" + text[m[2]:m[3]]})
	}
	return found
}

// wordRune is [[:word:]] of Ruby's regular expressions, in which Mastodon's rules are written.
func wordRune(r rune) bool {
	return unicode.In(r, unicode.Letter, unicode.Mark, unicode.Nd, unicode.Pc)
}

// wordJoiner, U+2060, is invisible and keeps an @ from beginning a mention.
const wordJoiner = "\u2060"

// withoutMentions makes the mentions of a text plain words. An address such as @office in a text of the office's own
// means an account on some other service; on Mastodon it would call a stranger of that name on the server.
func withoutMentions(text string) string {
	var b strings.Builder
	last := 0
	for _, m := range mentionsOutside(text, Links(text)) {
		b.WriteString(text[last : m.start+1])
		b.WriteString(wordJoiner)
		last = m.start + 1
	}
	b.WriteString(text[last:])
	return b.String()
}
