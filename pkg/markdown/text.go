package markdown

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Text is a body as plain text: paragraphs with an empty line between them, the items of a list as "– item" or "1. item", a
// row of a table as a line, a link or an image of the web as its words. Footnotes, which have no place in it, are left out, and
// so are the pictures that are sent along: they are shown, with their words, beside the text.
func Text(body string) string { return textOf(tree(body)) }

func textOf(nodes []*html.Node) string {
	var paragraphs []string
	for _, b := range blocksOf(nodes) {
		paragraphs = append(paragraphs, b.text)
	}
	return strings.Join(paragraphs, "\n\n")
}

// block is a piece of text that stands by itself.
type block struct {
	text  string
	prose bool // whole sentences: not a heading, a list, a table, code
}

func blocksOf(nodes []*html.Node) []block {
	var w blockWriter
	for _, n := range nodes {
		w.node(n)
	}
	w.end(true)
	return w.blocks
}

// blockWriter gathers running text until a block begins or ends.
type blockWriter struct {
	blocks []block
	inline strings.Builder
}

// end closes the running text.
func (w *blockWriter) end(prose bool) {
	w.add(squeeze(w.inline.String()), prose)
	w.inline.Reset()
}

func (w *blockWriter) add(text string, prose bool) {
	if text != "" {
		w.blocks = append(w.blocks, block{text, prose})
	}
}

func (w *blockWriter) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c)
	}
}

func (w *blockWriter) node(n *html.Node) {
	if n.Type == html.TextNode {
		w.inline.WriteString(breaks.Replace(n.Data))
		return
	}
	if n.Type != html.ElementNode || isFootnote(n) {
		return
	}
	switch n.DataAtom {
	case atom.Br:
		w.inline.WriteString(lineBreak)
	case atom.Img:
		if _, sent := fileOf(attribute(n, "src")); !sent {
			w.inline.WriteString(breaks.Replace(attribute(n, "alt")))
		}
	case atom.Pre:
		w.end(true)
		w.add(strings.Trim(raw(n), "\n"), false)
	case atom.Ul, atom.Ol:
		w.end(true)
		w.add(strings.Join(list(n), "\n"), false)
	case atom.Table:
		w.end(true)
		w.add(strings.Join(rows(n), "\n"), false)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dt, atom.Summary, atom.Figcaption:
		w.end(true)
		w.children(n)
		w.end(false)
	case atom.P:
		w.end(true)
		w.children(n)
		w.end(!isLabel(n))
	case atom.Div, atom.Section, atom.Blockquote, atom.Hr, atom.Address, atom.Dl, atom.Dd, atom.Details, atom.Figure:
		w.end(true)
		w.children(n)
		w.end(true)
	case atom.Q:
		w.inline.WriteString("“")
		w.children(n)
		w.inline.WriteString("”")
	case atom.Rp, atom.Rt: // how a character is read stands above it
	default:
		w.children(n)
	}
}

// list writes the items of a list, a line or more each; what continues an item is indented.
func list(n *html.Node) []string {
	next := 1
	if start, err := strconv.Atoi(attribute(n, "start")); err == nil {
		next = start
	}
	var lines []string
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom != atom.Li {
			continue
		}
		mark := "– "
		if n.DataAtom == atom.Ol {
			mark = strconv.Itoa(next) + ". "
			next++
		}
		var item blockWriter
		item.children(c)
		item.end(true)
		for i, b := range item.blocks {
			for j, line := range strings.Split(b.text, "\n") {
				if i > 0 || j > 0 {
					mark = "   "
				}
				lines = append(lines, mark+line)
			}
		}
	}
	return lines
}

// rows writes the rows of a table, their cells divided by a bar.
func rows(n *html.Node) []string {
	var lines []string
	walk(n, func(n *html.Node) {
		if n.DataAtom != atom.Tr && n.DataAtom != atom.Caption {
			return
		}
		var cells []string
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if n.DataAtom == atom.Tr && c.DataAtom != atom.Td && c.DataAtom != atom.Th {
				continue
			}
			cell := strings.ReplaceAll(textOf([]*html.Node{c}), "\n", " ")
			cells = append(cells, strings.Join(strings.Fields(cell), " "))
		}
		if n.DataAtom == atom.Caption {
			cells = []string{strings.Join(strings.Fields(strings.Join(cells, " ")), " ")}
		}
		if line := strings.Trim(strings.Join(cells, " | "), " |"); line != "" {
			lines = append(lines, line)
		}
	})
	return lines
}

// raw is the text of code, as it stands.
func raw(n *html.Node) string {
	var b strings.Builder
	walk(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	})
	return b.String()
}

// isLabel reports whether a paragraph is no more than a name for what follows: all of it bold, or ending in a colon.
func isLabel(n *html.Node) bool {
	c := n.FirstChild
	if c != nil && c.NextSibling == nil && (c.DataAtom == atom.Strong || c.DataAtom == atom.B) {
		return true
	}
	text := strings.TrimSpace(raw(n))
	return strings.HasSuffix(text, ":") || strings.HasSuffix(text, "：")
}

// isFootnote tells the footnotes and their numbers in the text, which the converter marks, from the rest.
func isFootnote(n *html.Node) bool {
	if n.DataAtom == atom.Sup {
		return strings.Contains(attribute(n, "id"), "-fnref")
	}
	return attribute(n, "role") == "doc-endnotes"
}

// lineBreak stands for <br> until white space has been squeezed.
const lineBreak = "\x00"

var breaks = strings.NewReplacer(lineBreak, "")

// squeeze makes one space of any white space but no-break spaces, as HTML does, and a line break of each <br>.
func squeeze(s string) string {
	lines := strings.Split(s, lineBreak)
	for i, line := range lines {
		lines[i] = strings.Join(strings.FieldsFunc(line, func(r rune) bool {
			return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f'
		}), " ")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
