package slack

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	gtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxHref is the longest address that is made a link; readers find longer ones on the page.
const maxHref = 1000

// indent is one level of a list; Slack keeps spaces at the start of a line.
const indent = "    "

// paragraphs reads Markdown (CommonMark with tables and footnotes, and bare addresses) as what Slack can show of it: HTML,
// rules and footnotes are left out, an image is its description, a table's row is a line. Relative links lead from base.
func paragraphs(markdown, base string) []paragraph { return read(beginning(markdown), base) }

// read is paragraphs of a text of any length.
func read(markdown, base string) []paragraph {
	source := []byte(clean(markdown))
	parser := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Footnote, extension.Linkify)).Parser()
	r := reader{source: source}
	if u, err := url.Parse(base); err == nil && u.IsAbs() {
		r.base = u
	}
	doc := parser.Parse(gtext.NewReader(source))
	var out []paragraph
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if p := r.block(n, ""); len(p.lines) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// maxSource is how much of a body is read, in bytes: far more than is quoted, and little enough that no body, however it
// was made, takes the parser long.
const maxSource = 16 << 10

// definition is a line that says where the links of a text lead to.
var definition = regexp.MustCompile(`(?m)^ {0,3}\[[^\]\n]+\]:.*$`)

// beginning is the beginning of a body, to the end of a paragraph, and what the links in it may refer to.
func beginning(markdown string) string {
	if len(markdown) <= maxSource {
		return markdown
	}
	end := strings.LastIndex(markdown[:maxSource], "\n\n")
	if end < maxSource/2 {
		end = maxSource
	}
	head, rest := markdown[:end], markdown[end:]
	size := 0
	for _, line := range definition.FindAllString(rest, -1) {
		if size += len(line) + 2; size > maxSource {
			break
		}
		head += "\n\n" + line
	}
	return head
}

type reader struct {
	source []byte
	base   *url.URL
}

// block reads one block and what it holds. Every line gets the prefix.
func (r *reader) block(n ast.Node, prefix string) paragraph {
	switch n := n.(type) {
	case *ast.Heading:
		return r.inline(n, prefix, span{bold: true})
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		return r.code(n)
	case *ast.List:
		return r.list(n, prefix)
	case *ast.Blockquote:
		if prefix == "" {
			return r.children(n, "> ")
		}
		return r.children(n, prefix) // Slack has one level of quotation
	case *extast.Table:
		return r.table(n, prefix)
	case *ast.HTMLBlock, *ast.ThematicBreak, *extast.FootnoteList:
		return paragraph{}
	}
	if n.Type() == ast.TypeBlock && n.FirstChild() != nil && n.FirstChild().Type() == ast.TypeBlock {
		return r.children(n, prefix)
	}
	return r.inline(n, prefix, span{})
}

// children joins the blocks within a block, with an empty line between paragraphs.
func (r *reader) children(n ast.Node, prefix string) paragraph {
	var out paragraph
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		p := r.block(c, prefix)
		if len(p.lines) == 0 {
			continue
		}
		if len(out.lines) > 0 {
			out.lines = append(out.lines, line{prefix: strings.TrimRight(prefix, " ")})
		}
		out.lines = append(out.lines, flat(p, prefix)...)
	}
	return out
}

// flat is a paragraph's lines for use within another: code within a list or a quotation is written as code line by line.
func flat(p paragraph, prefix string) []line {
	if !p.code {
		return p.lines
	}
	for i := range p.lines {
		p.lines[i].prefix = prefix
		for j := range p.lines[i].spans {
			p.lines[i].spans[j].code = true
		}
	}
	return p.lines
}

func (r *reader) code(n ast.Node) paragraph {
	p := paragraph{code: true}
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		p.lines = append(p.lines, line{spans: []span{{text: strings.TrimRight(string(segment.Value(r.source)), "\n")}}})
	}
	return p
}

func (r *reader) list(list *ast.List, prefix string) paragraph {
	var out paragraph
	number := list.Start
	for item := list.FirstChild(); item != nil; item = item.NextSibling() {
		mark := "• "
		if list.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		first := true
		for c := item.FirstChild(); c != nil; c = c.NextSibling() {
			for _, l := range flat(r.block(c, prefix+indent), prefix+indent) {
				if first {
					l.prefix = prefix + mark + strings.TrimPrefix(l.prefix, prefix+indent)
					first = false
				}
				out.lines = append(out.lines, l)
			}
		}
	}
	return out
}

func (r *reader) table(table *extast.Table, prefix string) paragraph {
	var out paragraph
	for row := table.FirstChild(); row != nil; row = row.NextSibling() {
		_, head := row.(*extast.TableHeader)
		l := line{prefix: prefix}
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			if cell != row.FirstChild() {
				l.spans = add(l.spans, span{text: " | "})
			}
			for _, part := range r.inline(cell, "", span{bold: head}).lines {
				for _, s := range part.spans {
					l.spans = add(l.spans, s)
				}
			}
		}
		out.lines = append(out.lines, l)
	}
	return out
}

// inline reads the text of a block, all of it in one look and more where the text asks for it.
func (r *reader) inline(n ast.Node, prefix string, look span) paragraph {
	w := inlineWriter{reader: r, prefix: prefix, lines: []line{{prefix: prefix}}}
	w.children(n, look)
	p := paragraph{lines: w.lines}
	if strings.TrimSpace(strings.ReplaceAll(p.plain(), prefix, "")) == "" {
		return paragraph{}
	}
	return p
}

type inlineWriter struct {
	reader *reader
	prefix string
	lines  []line
}

func (w *inlineWriter) add(s span) {
	last := &w.lines[len(w.lines)-1]
	last.spans = add(last.spans, s)
}

func (w *inlineWriter) children(n ast.Node, look span) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.node(c, look)
	}
}

func (w *inlineWriter) node(n ast.Node, look span) {
	source := w.reader.source
	write := func(s string) {
		look.text = strings.ReplaceAll(s, "\n", " ")
		w.add(look)
	}
	switch n := n.(type) {
	case *ast.Text:
		write(unescape(n.Segment.Value(source)))
		switch {
		case n.HardLineBreak():
			w.lines = append(w.lines, line{prefix: w.prefix})
		case n.SoftLineBreak():
			write(" ")
		}
	case *ast.String:
		write(clean(string(n.Value)))
	case *ast.CodeSpan:
		look.code = true
		var b strings.Builder
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			if t, ok := c.(*ast.Text); ok {
				b.Write(t.Segment.Value(source))
			}
		}
		write(b.String())
	case *ast.Emphasis:
		if n.Level >= 2 {
			look.bold = true
		} else {
			look.italic = true
		}
		w.children(n, look)
	case *ast.Link:
		look.href = w.reader.href(unescape(n.Destination))
		w.children(n, look)
	case *ast.Image:
		w.children(n, look)
	case *ast.AutoLink:
		address := string(n.URL(source))
		if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(address), "mailto:") {
			address = "mailto:" + address
		}
		look.href = w.reader.href(address)
		write(string(n.Label(source)))
	case *ast.RawHTML, *extast.FootnoteLink, *extast.FootnoteBacklink:
	default:
		w.children(n, look)
	}
}

// unescape resolves backslashes and character references: https://spec.commonmark.org/0.31.2/#backslash-escapes.
func unescape(source []byte) string {
	if !strings.ContainsAny(string(source), `\&`) {
		return string(source)
	}
	var b strings.Builder
	for i := 0; i < len(source); i++ {
		switch c := source[i]; {
		case c == '\\' && i+1 < len(source) && util.IsPunct(source[i+1]):
			i++
			b.WriteByte(source[i])
		case c == '&':
			end := strings.IndexByte(string(source[i:]), ';')
			if end < 0 || end > 40 {
				b.WriteByte(c)
				continue
			}
			b.WriteString(html.UnescapeString(string(source[i : i+end+1])))
			i += end
		default:
			b.WriteByte(c)
		}
	}
	return clean(b.String())
}

// add appends a span, joining it to the last if they look the same.
func add(spans []span, s span) []span {
	if s.text == "" {
		return spans
	}
	if n := len(spans); n > 0 && spans[n-1].sameLook(s) {
		spans[n-1].text += s.text
		return spans
	}
	return append(spans, s)
}

// href is an address as it may stand in <address|text>: absolute, of a scheme that is safe to click on, without the
// characters that end it. Anything else is none.
func (r *reader) href(destination string) string {
	u, err := url.Parse(strings.TrimSpace(destination))
	if err != nil {
		return ""
	}
	if r.base != nil {
		u = r.base.ResolveReference(u)
	}
	return safeHref(u)
}

func safeHref(u *url.URL) string {
	switch u.Scheme {
	case "http", "https":
		if u.Host == "" {
			return ""
		}
	case "mailto", "tel":
	default:
		return ""
	}
	s := hrefEscaper.Replace(u.String())
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7F }) || length(s) > maxHref {
		return ""
	}
	return s
}

var hrefEscaper = strings.NewReplacer("|", "%7C", "<", "%3C", ">", "%3E", "&", "&amp;", "`", "%60", "*", "%2A", "~", "%7E")
