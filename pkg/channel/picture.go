package channel

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/markdown"
)

// Picture is a picture that an edition shows, with what the edition says about it.
type Picture struct {
	Media          *carillon.Media
	Alt            string // empty: it is decorative
	FocusX, FocusY float64
}

// Pictures lists the pictures of an edition: the one that stands for the post, then those in the body, each once.
func Pictures(c Content) []Picture {
	if c.Post == nil || c.Edition == nil || len(c.Post.Media) == 0 {
		return nil
	}
	var list []Picture
	add := func(file, alt string) *Picture {
		m, ok := c.Post.Medium(file)
		if !ok || !strings.HasPrefix(m.Type, "image/") || slices.ContainsFunc(list, func(p Picture) bool { return p.Media.Hash == m.Hash }) {
			return nil
		}
		if m.Decorative {
			alt = ""
		}
		list = append(list, Picture{Media: m, Alt: strings.TrimSpace(alt)})
		return &list[len(list)-1]
	}
	if image := c.Post.Image; image != nil {
		if p := add(image.File, c.Edition.ImageAlt); p != nil {
			p.FocusX, p.FocusY = image.FocusX, image.FocusY
		}
	}
	for _, p := range markdown.Pictures(c.Edition.Body) {
		add(p.Name(), p.Alt)
	}
	return list
}

// Rendition is one file that shows a picture.
type Rendition struct {
	Hash, Type    string
	Size          int64
	Width, Height int
}

// Best chooses the largest rendition of a picture that fits; false: none does.
func (p *Picture) Best(fits func(Rendition) bool) (Rendition, bool) {
	m := p.Media
	all := []Rendition{{m.Hash, m.Type, m.Size, m.Width, m.Height}}
	for _, v := range m.Variants {
		all = append(all, Rendition{v.Hash, v.Type, v.Size, v.Width, v.Height})
	}
	slices.SortStableFunc(all, func(a, b Rendition) int { return cmp.Compare(b.Width*b.Height, a.Width*a.Height) })
	for _, r := range all {
		if fits(r) {
			return r, true
		}
	}
	return Rendition{}, false
}

// Note says of a picture what was done with it.
func (p *Picture) Note(format string, args ...any) string {
	return fmt.Sprintf("the picture %s ", p.Media.Name) + fmt.Sprintf(format, args...)
}
