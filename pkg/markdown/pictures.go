package markdown

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// Picture is a picture that a body shows.
type Picture struct {
	File string // the file's name, without folders
	Alt  string // its description, as plain text; may be empty
}

// Pictures lists the pictures that a body shows and that are files of the post's own, in their order: those on the web,
// whose address is whole, are not among them.
func Pictures(body string) []Picture {
	source := []byte(strings.ToValidUTF8(body, "\uFFFD"))
	if _, over := overLimit(source); over {
		return nil
	}
	var list []Picture
	_ = ast.Walk(parse(source), func(n ast.Node, entering bool) (ast.WalkStatus, error) { // it never fails
		image, ok := n.(*ast.Image)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		if file := ownFile(string(image.Destination)); file != "" {
			list = append(list, Picture{File: file, Alt: squeeze(alt(image, source))})
		}
		return ast.WalkSkipChildren, nil
	})
	return list
}

// alt is the text within an image's brackets.
func alt(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Segment.Value(source))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		default:
			b.WriteString(alt(c, source))
		}
	}
	return b.String()
}

// ownFile is the name of the post's own file that an address means; "" is none.
func ownFile(destination string) string {
	u, err := url.Parse(strings.ReplaceAll(destination, `\`, "/"))
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path == "" {
		return ""
	}
	if name := path.Base(u.Path); name != "." && name != "/" {
		return name
	}
	return ""
}

// inlineImage is an image as it is written: ![its description](its-file.jpg "its title").
var inlineImage = regexp.MustCompile(`!\[(?:[^\]\\]|\\.)*\]\(\s*<?([^)\s>]+)>?[^)]*\)`)

// WithoutPictures is a body without the pictures that are files of the post's own, for readers who see those beside it.
func WithoutPictures(body string) string {
	return inlineImage.ReplaceAllStringFunc(body, func(s string) string {
		if ownFile(inlineImage.FindStringSubmatch(s)[1]) == "" {
			return s
		}
		return ""
	})
}
