package fake

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"carillon.example/pkg/channel/mastodon"
)

// What Mastodon's HASHTAG_NAME_PAT (app/models/tag.rb) is made of.
const (
	tagWord  = `\pL\pM\p{Nd}\p{Pc}`
	tagAlpha = `\pL\pM`
	tagInner = `_\x{00B7}\x{30FB}\x{200C}` // not at an end
)

// tagPattern is what Mastodon takes for a hashtag.
var (
	tagPattern = regexp.MustCompile(
		`#([` + tagWord + `][` + tagWord + tagInner + `]*[` + tagAlpha + tagInner + `][` + tagWord + tagInner + `]*[` + tagWord + `]` +
			`|[` + tagWord + `]*[` + tagAlpha + `][` + tagWord + `]*)`,
	)
	mentionPattern = regexp.MustCompile(`@([A-Za-z0-9_]+)`)
	manyBreaks     = regexp.MustCompile(`\n{2,}`)
)

// tagsOf are the hashtags of a text, each once, as written.
func tagsOf(text string) []string {
	var tags []string
	seen := map[string]bool{}
	for _, m := range tagsOutside(text) {
		name := text[m[2]:m[3]]
		if key := strings.ToLower(name); !seen[key] {
			seen[key] = true
			tags = append(tags, name)
		}
	}
	return tags
}

// tagsOutside finds the hashtags that are not part of a word or a link.
func tagsOutside(text string) [][]int {
	links := mastodon.Links(text)
	var found [][]int
	for _, m := range tagPattern.FindAllStringSubmatchIndex(text, -1) {
		if stands(text, m[0], links) {
			found = append(found, m)
		}
	}
	return found
}

// stands reports whether what begins at a place stands by itself: not in a link, nor after a letter, digit or slash.
func stands(text string, at int, links []mastodon.Link) bool {
	for _, l := range links {
		if l.Start <= at && at < l.End {
			return false
		}
	}
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	return at == 0 || !partOfWord.MatchString(string(before))
}

var partOfWord = regexp.MustCompile(`[\pL\pM\p{Nd}\p{Pc}/)]`)

// piece is a stretch of a text that becomes a link.
type piece struct {
	start, end int
	html       string
}

// render makes the HTML of a text: paragraphs, and links for addresses, hashtags and mentions of accounts that exist.
// base stands before the instance's own addresses. Unlike Mastodon it links addresses of the machine at hand as well,
// so that those who try things out can follow them.
func render(text, base string, find func(string) (account, bool)) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var out strings.Builder
	for _, paragraph := range manyBreaks.Split(strings.Trim(text, "\n"), -1) {
		out.WriteString("<p>")
		last := 0
		for _, p := range pieces(paragraph, base, find) {
			writeText(&out, paragraph[last:p.start])
			out.WriteString(p.html)
			last = p.end
		}
		writeText(&out, paragraph[last:])
		out.WriteString("</p>")
	}
	return out.String()
}

func writeText(out *strings.Builder, s string) {
	out.WriteString(strings.ReplaceAll(html.EscapeString(s), "\n", "<br />"))
}

func pieces(text, base string, find func(string) (account, bool)) []piece {
	links := mastodon.Links(text)
	var list []piece
	for _, l := range links {
		list = append(list, piece{l.Start, l.End, linkHTML(text[l.Start:l.End])})
	}
	for _, m := range tagsOutside(text) {
		name := text[m[2]:m[3]]
		href := base + "/tags/" + url.PathEscape(strings.ToLower(name))
		list = append(list, piece{m[0], m[1], `<a href="` + html.EscapeString(href) +
			`" class="mention hashtag" rel="tag">#<span>` + html.EscapeString(name) + `</span></a>`})
	}
	for _, m := range mentionPattern.FindAllStringSubmatchIndex(text, -1) {
		a, ok := find(text[m[2]:m[3]])
		if !ok || !stands(text, m[0], links) || strings.HasPrefix(text[m[1]:], "@") {
			continue
		}
		list = append(list, piece{m[0], m[1], `<span class="h-card" translate="no"><a href="` +
			html.EscapeString(base+"/@"+a.Name) + `" class="u-url mention">@<span>` + html.EscapeString(a.Name) + `</span></a></span>`})
	}
	return inOrder(list)
}

// inOrder sorts pieces and drops what overlaps an earlier one.
func inOrder(list []piece) []piece {
	slices.SortStableFunc(list, func(a, b piece) int { return a.start - b.start })
	var kept []piece
	for _, p := range list {
		if len(kept) == 0 || p.start >= kept[len(kept)-1].end {
			kept = append(kept, p)
		}
	}
	return kept
}

// linkHTML shows an address as Mastodon does: the scheme and all beyond thirty characters are there, but not seen.
func linkHTML(address string) string {
	const seen = 30
	scheme, rest, _ := strings.Cut(address, "://")
	shown, hidden, class := []rune(rest), "", ""
	if len(shown) > seen {
		shown, hidden, class = shown[:seen], string(shown[seen:]), "ellipsis"
	}
	return `<a href="` + html.EscapeString(address) + `" target="_blank" rel="nofollow noopener noreferrer" translate="no">` +
		`<span class="invisible">` + html.EscapeString(scheme) + `://</span><span class="` + class + `">` +
		html.EscapeString(string(shown)) + `</span><span class="invisible">` + html.EscapeString(hidden) + `</span></a>`
}
