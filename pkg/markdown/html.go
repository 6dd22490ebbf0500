package markdown

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// HTML is a body as sanitised, well-formed HTML, to stand inside an element of a page. The ids of footnotes are made from
// the body, so that several bodies can stand on one page. The pictures that are sent along are where show says; if it is
// nil their addresses stay as they are.
func HTML(body string, show Show) string { return write(shownTree(body, show)) }

func shownTree(body string, show Show) []*nethtml.Node {
	nodes := tree(body)
	if show != nil {
		for _, n := range nodes {
			walk(n, func(n *nethtml.Node) { place(n, show) })
		}
	}
	return nodes
}

// HTMLAt is HTML in which the addresses of links and images are absolute: relative ones lead from base, the address of the
// page. If base is not an absolute address they stay as they are.
func HTMLAt(body, base string, show Show) string {
	nodes := shownTree(body, show)
	if u, err := url.Parse(base); err == nil && u.IsAbs() {
		for _, n := range nodes {
			walk(n, func(n *nethtml.Node) { absolute(n, u) })
		}
	}
	return write(nodes)
}

// converter reads Markdown and writes HTML that is not safe yet. It is made once and never changes afterwards.
var converter = sync.OnceValue(func() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
			extension.NewFootnote(
				extension.WithFootnoteIDPrefixFunction(footnotePrefix),
				extension.WithFootnoteBacklinkHTML([]byte("↩\ufe0e")), // as text, not as an emoji
			),
			extension.Linkify,
		),
		goldmark.WithRendererOptions(html.WithUnsafe()), // what is unsafe is taken out by the sanitiser
	)
})

const metaPrefix = "footnote-prefix"

func footnotePrefix(n ast.Node) []byte {
	prefix, _ := n.OwnerDocument().Meta()[metaPrefix].(string)
	return []byte(prefix)
}

// parse reads Markdown. The document knows the prefix of its footnotes' ids.
func parse(source []byte) ast.Node {
	doc := converter().Parser().Parse(text.NewReader(source))
	sum := sha256.Sum256(source)
	doc.OwnerDocument().AddMeta(metaPrefix, "n"+hex.EncodeToString(sum[:4])+"-")
	return doc
}

// tree is a body as safe HTML: converted, sanitised, and parsed as a browser would, which closes what is open, so that a
// stray </div> cannot take a page apart.
func tree(body string) []*nethtml.Node {
	source := []byte(strings.ToValidUTF8(body, "\uFFFD"))
	if _, over := overLimit(source); over {
		return plain(body)
	}
	var out bytes.Buffer
	if err := converter().Renderer().Render(&out, source, parse(source)); err != nil {
		return plain(body) // a buffer takes everything, so this is for completeness
	}
	safe := sanitiser().SanitizeBytes(out.Bytes())
	div := &nethtml.Node{Type: nethtml.ElementNode, Data: "div", DataAtom: atom.Div}
	nodes, err := nethtml.ParseFragment(bytes.NewReader(safe), div)
	if err != nil {
		return plain(body) // nested deeper than the parser goes
	}
	for _, n := range nodes {
		walk(n, tidy)
	}
	return nodes
}

// plain is a body shown as it was typed: what is left for one that no reader could parse.
func plain(body string) []*nethtml.Node {
	pre := &nethtml.Node{Type: nethtml.ElementNode, Data: "pre", DataAtom: atom.Pre}
	pre.AppendChild(&nethtml.Node{Type: nethtml.TextNode, Data: strings.ToValidUTF8(body, "\uFFFD")})
	return []*nethtml.Node{pre}
}

// tidy does what the sanitiser cannot say: pages that are linked to do not get hold of ours, images come from the web, and
// a line that ends in Chinese or Japanese goes on without a space.
func tidy(n *nethtml.Node) {
	switch {
	case n.Type == nethtml.TextNode && !isCode(n):
		n.Data = joinLines(n.Data)
	case n.DataAtom == atom.A:
		if s := schemeOf(attribute(n, "href")); s == "http" || s == "https" {
			n.Attr = append(n.Attr, nethtml.Attribute{Key: "rel", Val: "noopener"})
		}
	case n.DataAtom == atom.Img:
		if s := schemeOf(attribute(n, "src")); s != "" && s != "http" && s != "https" {
			n.Attr = slices.DeleteFunc(n.Attr, func(a nethtml.Attribute) bool { return a.Key == "src" })
		}
	}
}

func isCode(n *nethtml.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Pre {
			return true
		}
	}
	return false
}

// joinLines takes out the line breaks between characters of scripts that are written without spaces.
func joinLines(s string) string {
	if !strings.Contains(s, "\n") {
		return s
	}
	lines := strings.Split(s, "\n")
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			before, _ := utf8.DecodeLastRuneInString(lines[i-1])
			after, _ := utf8.DecodeRuneInString(line)
			if !unspaced(before) || !unspaced(after) {
				b.WriteByte('\n')
			}
		}
		b.WriteString(line)
	}
	return b.String()
}

// unspaced reports whether a character is of Chinese or Japanese writing, their punctuation included.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || (r >= 0x3001 && r <= 0x303F) || (r >= 0xFF01 && r <= 0xFF5E)
}

func absolute(n *nethtml.Node, base *url.URL) {
	for i, a := range n.Attr {
		if a.Key != "href" && a.Key != "src" && a.Key != "cite" {
			continue
		}
		if u, err := base.Parse(a.Val); err == nil {
			n.Attr[i].Val = u.String()
		}
	}
}

func attribute(n *nethtml.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func walk(n *nethtml.Node, visit func(*nethtml.Node)) {
	visit(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}

func write(nodes []*nethtml.Node) string {
	var out strings.Builder
	for _, n := range nodes {
		if err := nethtml.Render(&out, n); err != nil {
			return nethtml.EscapeString(textOf(nodes)) // a tree from the parser can be written, so this is for completeness
		}
	}
	return strings.TrimSpace(out.String())
}
