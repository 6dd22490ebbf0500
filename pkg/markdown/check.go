package markdown

import (
	"bytes"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
	nethtml "golang.org/x/net/html"
)

// Finding is something in a body that readers would not get.
type Finding struct {
	Line    int    // of the body, from 1
	Message string // a sentence without a full stop: what it is, and what to do
}

// Check finds what HTML would take out of a body, in the order of its lines: elements that are not for editorial text,
// attributes that run scripts, addresses that are not of the web, images of the web without words for those who do not
// see them, and HTML that is left open and would swallow what follows. Images that are sent along are for Pictures. HTML comments are left out without a word, and so are attributes that only style. Code is text and is not
// looked into.
func Check(body string) []Finding {
	source := []byte(strings.ToValidUTF8(body, "\uFFFD"))
	if finding, over := overLimit(source); over {
		return []Finding{finding}
	}
	c := checker{source: source}
	// The visitor never fails, so neither does the walk.
	_ = ast.Walk(parse(source), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			c.node(n)
		}
		return ast.WalkContinue, nil
	})
	slices.SortStableFunc(c.findings, func(a, b Finding) int { return a.Line - b.Line })
	return slices.Compact(c.findings)
}

type checker struct {
	source   []byte
	findings []Finding
	pictures []Picture
}

func (c *checker) add(line int, format string, args ...any) {
	c.findings = append(c.findings, Finding{line, fmt.Sprintf(format, args...)})
}

func (c *checker) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.Link:
		c.address(c.line(n), string(util.URLEscape(n.Destination, true)), false)
	case *ast.Image:
		c.image(c.line(n), string(util.URLEscape(n.Destination, true)), altOf(n, c.source))
	case *ast.AutoLink:
		if n.AutoLinkType == ast.AutoLinkURL {
			c.address(c.line(n), string(util.URLEscape(n.URL(c.source), false)), false)
		}
	case *ast.RawHTML:
		if n.Segments.Len() > 0 {
			c.html(c.lineAt(n.Segments.At(0).Start), n.Segments.Value(c.source))
		}
	case *ast.HTMLBlock:
		c.block(n)
	}
}

func (c *checker) block(n *ast.HTMLBlock) {
	html := n.Lines().Value(c.source)
	start := len(c.source)
	if n.Lines().Len() > 0 {
		start = n.Lines().At(0).Start
	}
	if n.HasClosure() {
		html = append(html, n.ClosureLine.Value(c.source)...)
		start = min(start, n.ClosureLine.Start)
	}
	line := c.lineAt(start)
	if n.HTMLBlockType == ast.HTMLBlockType2 && !bytes.Contains(html, []byte("-->")) {
		c.add(line, "the comment that begins here is not closed and hides the rest: write --> at its end")
		return
	}
	c.html(line, html)
}

// html looks at the tags of a piece of raw HTML that begins on a line.
func (c *checker) html(line int, html []byte) {
	z := nethtml.NewTokenizer(bytes.NewReader(html))
	read := 0
	for {
		kind := z.Next()
		raw := len(z.Raw())
		switch kind {
		case nethtml.ErrorToken:
			if rest := html[min(read, len(html)):]; bytes.HasPrefix(bytes.TrimSpace(rest), []byte("<")) {
				c.add(line, "the tag that begins here is not closed: write > at its end")
			}
			return
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			c.tag(line, z.Token())
		default: // text, ends, comments
		}
		line += bytes.Count(html[read:read+raw], []byte("\n"))
		read += raw
	}
}

// instead says what to do about elements that people use on purpose.
var instead = map[string]string{
	"iframe": "remove it, and link to the page instead", "embed": "remove it, and link to the page instead",
	"object": "remove it, and link to the page instead", "frame": "remove it, and link to the page instead",
	"video": "remove it, and link to the page instead", "audio": "remove it, and link to the page instead",
	"form": "remove it, and link to the form instead", "input": "remove it, and link to the form instead",
	"button": "remove it, and write a link instead",
	"script": "remove it", "style": "remove it", "link": "remove it", "meta": "remove it", "base": "remove it",
	"noscript": "remove it", "template": "remove it", "svg": "remove it", "math": "remove it",
	"center": "remove it", "font": "remove it",
}

func (c *checker) tag(line int, t nethtml.Token) {
	if !slices.Contains(elements, t.Data) {
		what, known := instead[t.Data]
		if !known {
			what = fmt.Sprintf(`remove it or, if it is meant as text, write \<%s`, clip(t.Data))
		}
		c.add(line, "<%s> is not allowed in a post: %s", clip(t.Data), what)
		return
	}
	source, alt := "", ""
	for _, a := range t.Attr {
		switch {
		case t.Data == "img" && a.Key == "src":
			source = a.Val
		case t.Data == "img" && a.Key == "alt":
			alt = a.Val
		case strings.HasPrefix(a.Key, "on"):
			c.add(line, "<%s> has the attribute %s, which runs a script: remove it", t.Data, clip(a.Key))
		case a.Key == "href", a.Key == "src", a.Key == "cite":
			c.address(line, a.Val, false)
		}
	}
	if t.Data == "img" {
		c.image(line, source, alt)
	}
}

func (c *checker) address(line int, address string, image bool) {
	shown := address
	if plain, err := url.PathUnescape(address); err == nil {
		shown = plain
	}
	shown = clip(shown)
	scheme := schemeOf(address)
	_, err := url.Parse(strings.TrimSpace(address))
	switch {
	case image && scheme != "" && scheme != "http" && scheme != "https":
		c.add(line, "the address of an image, %s, is not one of the web: use one that begins with https://", shown)
	case image && strings.TrimSpace(address) == "":
		c.add(line, "there is an image without an address: write it as ![A bridge in fog](bridge.jpg), or remove it")
	case scheme != "" && !slices.Contains(schemes, scheme):
		c.add(line, "the address %s is not allowed in a post: use one that begins with https://, mailto: or tel:", shown)
	case err != nil:
		c.add(line, "the address %s cannot be read: write it as a browser shows it", shown)
	}
}

var schemePattern = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)

// schemeOf is the scheme a browser would find in an address: it passes over spaces and control characters.
func schemeOf(address string) string {
	address = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, address)
	return strings.TrimSuffix(schemePattern.FindString(address), ":")
}

// line is the line a node stands on: its own, or that of what is nearest in it or around it.
func (c *checker) line(n ast.Node) int {
	for m := n; m != nil; m = m.Parent() {
		if pos := m.Pos(); pos >= 0 && m.Kind() != ast.KindDocument {
			return c.lineAt(pos)
		}
	}
	return 1
}

func (c *checker) lineAt(offset int) int {
	return 1 + bytes.Count(c.source[:min(max(offset, 0), len(c.source))], []byte("\n"))
}

// clip shortens what somebody wrote, so that a message stays a sentence.
func clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if utf8.RuneCountInString(s) <= 60 {
		return s
	}
	return string([]rune(s)[:60]) + "…"
}
