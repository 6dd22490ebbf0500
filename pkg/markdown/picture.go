package markdown

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Picture is a file that is sent along with a post, as a body shows it: ![alt](name.jpg).
type Picture struct {
	Line int    // of the body, from 1
	Path string // as it is written, without the escapes of an address; its last part is the file's name
	Alt  string
}

// Name is the file's, without folders.
func (p Picture) Name() string { return path.Base(p.Path) }

// Pictures lists what a body shows of what is sent along with it, in the order of its lines: every image whose address is
// relative, in HTML too. A body that Check refuses as too large has none.
func Pictures(body string) []Picture {
	source := []byte(strings.ToValidUTF8(body, "\uFFFD"))
	if _, over := overLimit(source); over {
		return nil
	}
	c := checker{source: source}
	// The visitor never fails, so neither does the walk.
	_ = ast.Walk(parse(source), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			c.node(n)
		}
		return ast.WalkContinue, nil
	})
	slices.SortStableFunc(c.pictures, func(a, b Picture) int { return a.Line - b.Line })
	return c.pictures
}

// image looks at an image: one of the web, or a file.
func (c *checker) image(line int, address, alt string) {
	c.address(line, address, true)
	if file, ok := fileOf(address); ok {
		c.pictures = append(c.pictures, Picture{Line: line, Path: file, Alt: squeeze(alt)})
	} else if strings.TrimSpace(alt) == "" {
		c.add(line, "the image %s has no words for those who do not see it: write what it shows, as ![A bridge in fog](address)", clip(address))
	}
}

// fileOf is the path that a relative address means.
func fileOf(address string) (string, bool) {
	address = strings.TrimSpace(address)
	if address == "" || strings.HasPrefix(address, "/") || schemeOf(address) != "" {
		return "", false
	}
	u, err := url.Parse(address)
	if err != nil || u.Path == "" || u.Host != "" {
		return "", false
	}
	return u.Path, true
}

// altOf is the text of an image's description.
func altOf(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				b.Write(util.UnescapePunctuations(n.Segment.Value(source)))
				if n.SoftLineBreak() || n.HardLineBreak() {
					b.WriteByte(' ')
				}
			}
		case *ast.String:
			if entering {
				b.Write(n.Value)
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// inlineImage is an image as it is written: ![its description](its-file.jpg "its title").
var inlineImage = regexp.MustCompile(`!\[(?:[^\]\\]|\\.)*\]\(\s*<?([^)\s>]+)>?[^)]*\)`)

// WithoutPictures is a body without the pictures that are files of the post's own, for readers who see those beside it.
func WithoutPictures(body string) string {
	return inlineImage.ReplaceAllStringFunc(body, func(s string) string {
		if _, ours := fileOf(inlineImage.FindStringSubmatch(s)[1]); !ours {
			return s
		}
		return ""
	})
}

// Shown is where a picture that is sent along can be seen.
type Shown struct {
	URL           string
	Width, Height int    // pixels; 0: not known
	Smaller       []Size // the same in smaller sizes, by ascending width
}

// Size is a picture in one of its sizes.
type Size struct {
	URL   string
	Width int // pixels
}

// Show finds the picture that is called name; false: it is not there, and its words are shown instead.
type Show func(name string) (Shown, bool)

// sizesOfBody says how wide a picture in a body is shown (the attribute sizes): across a small screen, or across the text.
const sizesOfBody = "(min-width: 44rem) 42rem, 100vw"

// place gives an image that is a file its address. One that is nowhere to be seen becomes its words.
func place(n *nethtml.Node, show Show) {
	if n.DataAtom != atom.Img {
		return
	}
	file, ok := fileOf(attribute(n, "src"))
	if !ok {
		return
	}
	shown, ok := show(path.Base(file))
	if !ok {
		*n = nethtml.Node{
			Type: nethtml.TextNode, Data: attribute(n, "alt"),
			Parent: n.Parent, PrevSibling: n.PrevSibling, NextSibling: n.NextSibling,
		}
		return
	}
	attributes := []nethtml.Attribute{{Key: "src", Val: shown.URL}, {Key: "alt", Val: attribute(n, "alt")}}
	add := func(key, value string) { attributes = append(attributes, nethtml.Attribute{Key: key, Val: value}) }
	if shown.Width > 0 && shown.Height > 0 {
		add("width", strconv.Itoa(shown.Width))
		add("height", strconv.Itoa(shown.Height))
	}
	if set := shown.SrcSet(); set != "" {
		add("srcset", set)
		add("sizes", sizesOfBody)
	}
	add("loading", "lazy")
	for _, a := range n.Attr {
		if a.Key == "lang" || a.Key == "dir" {
			attributes = append(attributes, a)
		}
	}
	n.Attr = attributes
}

// SrcSet lists the sizes of a picture as the attribute srcset wants them; empty if there is one size only.
func (s Shown) SrcSet() string {
	if len(s.Smaller) == 0 || s.Width == 0 {
		return ""
	}
	var list []string
	for _, size := range append(slices.Clone(s.Smaller), Size{s.URL, s.Width}) {
		list = append(list, size.URL+" "+strconv.Itoa(size.Width)+"w")
	}
	return strings.Join(list, ", ")
}
