package postfile

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/markdown"
	"carillon.example/pkg/media"
)

// Media is a file that a post shows or offers, and where it lies.
type Media struct {
	Name string // as in Post.Media
	Path string // on the disk the post was read from
	Size int64  // bytes

	place place
	field string
	disk  disk
}

// Open opens the file for reading.
func (m *Media) Open() (fs.File, error) {
	if m.disk == nil {
		return nil, fmt.Errorf("open %s: %w", m.Name, fs.ErrNotExist)
	}
	return m.disk.open(m.Path)
}

// Mistake says what is wrong with the file, at the place where the post names it.
func (m *Media) Mistake(err error) carillon.Mistake {
	return carillon.Mistake{Field: m.field, File: m.place.file, Line: m.place.line, Message: m.Name + " " + err.Error()}
}

// reference is where a file of the post is named.
type reference struct {
	field   string
	line    int
	written string // the path, as it is written
	path    string // the path on the disk, once it has been looked for
	size    int64
}

func (r *reference) name() string { return path.Base(r.written) }

// takeImage reads the picture that stands for the post. Its alt text is the edition's, the rest all editions share.
func (f *file) takeImage(at string, n ast.Node) {
	var image carillon.Image
	decorative := false
	f.mapping(at, n, []field{
		{"file", func(at string, n ast.Node) { f.image = f.textOf(at, n) }},
		{"alt", func(at string, n ast.Node) { f.edition.ImageAlt = f.textOf(at, n) }},
		{"focus", func(at string, n ast.Node) { image.FocusX, image.FocusY = f.focusOf(at, n) }},
		{"decorative", func(at string, n ast.Node) { decorative = f.boolOf(at, n) }},
	}, nil)
	_, focused := f.lines[at+".focus"]
	switch {
	case f.wrong(at):
		return
	case f.image == "" && (focused || decorative):
		f.add(at+".file", f.line(at), "is missing: write the path of the picture, as file: cover.jpg")
		return
	case f.image == "" && f.edition.ImageAlt == "":
		f.add(at, f.line(at), "says nothing: write it as image: {file: cover.jpg, alt: What it shows}")
		return
	case f.image == "":
		return
	case strings.HasSuffix(f.image, "/") || isFolder(path.Base(f.image)):
		f.add(at+".file", f.line(at+".file"), "%s is a folder: name a file", clip(f.image))
		f.image = ""
		return
	}
	image.File = path.Base(f.image)
	f.shared.Image = &image
	if decorative {
		f.decorative = append(f.decorative, reference{field: at + ".decorative", line: f.line(at + ".decorative"), written: f.image})
	}
}

func isFolder(name string) bool { return name == "" || name == "." || name == ".." || name == "/" }

// focusOf reads a point of a picture.
func (f *file) focusOf(at string, n ast.Node) (x, y float64) {
	var numbers []float64
	f.list(at, n, func(at string, n ast.Node) {
		text, _ := scalar(n)
		number, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(number) || math.Abs(number) > 1 {
			f.add(at, f.line(at), "is not a number from -1 to 1: [0, 0] is the middle, [-1, 1] the left upper corner")
		}
		numbers = append(numbers, number)
	})
	switch {
	case f.wrong(at):
		return 0, 0
	case len(numbers) != 2:
		f.add(at, f.line(at), "has %d numbers, where two are wanted: write it as focus: [0, 0.2], across and up from the middle", len(numbers))
		return 0, 0
	}
	return numbers[0], numbers[1]
}

// takeDecorative reads the names of pictures that show nothing.
func (f *file) takeDecorative(at string, n ast.Node) {
	if _, ok := n.(*ast.BoolNode); ok {
		f.add(at, f.line(at), "does not say which picture: list them as decorative: [line.png], or write it inside image")
		return
	}
	f.list(at, n, func(at string, n ast.Node) {
		if name := f.textOf(at, n); name != "" {
			f.decorative = append(f.decorative, reference{field: at, line: f.line(at), written: name})
		}
	})
}

// references are the files that this one names, in the order in which people read.
func (f *file) references() []reference {
	var all []reference
	if f.image != "" {
		all = append(all, reference{field: "image.file", line: f.line("image.file"), written: f.image})
	}
	for i, written := range f.written {
		if written != "" {
			field := fmt.Sprintf("attachments[%d].file", i)
			all = append(all, reference{field: field, line: f.line(field), written: written})
		}
	}
	for _, p := range f.pictures {
		all = append(all, reference{field: "body", line: f.bodyLine + p.Line - 1, written: p.Path})
	}
	return all
}

// find looks for the files that this one names on the disk, and notes their paths and sizes. What is wrong with one is
// said once for each place.
func (f *file) find(d disk) {
	f.named = f.references()
	for i := range f.named {
		r := &f.named[i]
		r.path = d.clean(d.attachment(f.name, r.written))
		info, err := d.lstat(f.name, r.written)
		switch {
		case errors.Is(err, errLink):
			f.add(r.field, r.line, "%s %s", clip(r.written), err)
		case err != nil:
			f.add(r.field, r.line, "%s: %s", clip(r.written), missing(err))
		case info.IsDir():
			f.add(r.field, r.line, "%s is a folder: name a file", clip(r.written))
		case !info.Mode().IsRegular():
			f.add(r.field, r.line, "%s is not a regular file: name another", clip(r.written))
		default:
			r.size = info.Size()
			f.fits(r)
		}
	}
	for i := range f.attached {
		f.attached[i] = ""
		for _, r := range f.named {
			if r.field == fmt.Sprintf("attachments[%d].file", i) {
				f.attached[i], f.shared.Attachments[i].Size = r.path, r.size
			}
		}
	}
}

// fits says before anything is sent what would be refused by its name or its size.
func (f *file) fits(r *reference) {
	t, err := media.Named(r.name())
	if err == nil {
		err = t.CheckSize(r.size)
	}
	switch {
	case err != nil:
		f.add(r.field, r.line, "%s: %s", clip(r.written), err)
	case !t.Picture && r.field == "body":
		f.add(r.field, r.line, "%s is not a picture: write a link, or list it under attachments", clip(r.written))
	case !t.Picture && r.field == "image.file":
		f.add(r.field, r.line, "%s is not a picture: use a JPEG, PNG, WebP or GIF, or list it under attachments", clip(r.written))
	}
}

// gather makes the post's media of what its files name, and checks that every picture has its words. Files of one name
// must be one file.
func (s *Source) gather(files []*file, d disk) carillon.Mistakes {
	var mistakes carillon.Mistakes
	first := map[string]reference{}
	for _, f := range files {
		named := f.named
		if d == nil {
			named = f.references()
		}
		for _, r := range named {
			name := r.name()
			switch other, known := first[name]; {
			case !known:
				first[name] = r
				s.Post.Media = append(s.Post.Media, carillon.Media{Name: name})
				s.Media = append(s.Media, Media{
					Name: name, Path: r.path, Size: r.size, place: place{f.name, r.line}, field: r.field, disk: d,
				})
			case (other.path != r.path || d == nil && path.Clean(other.written) != path.Clean(r.written)) && !f.wrong("attachments"):
				mistakes = append(mistakes, carillon.Mistake{Field: r.field, File: f.name, Line: r.line, Message: fmt.Sprintf(
					"%s has the same name as %s: readers could not tell them apart, rename one", clip(r.written), clip(other.written))})
			}
		}
	}
	slices.SortFunc(s.Post.Media, func(a, b carillon.Media) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Media, func(a, b Media) int { return strings.Compare(a.Name, b.Name) })
	for _, m := range s.Media {
		s.places["media["+m.Name+"]"] = m.place
	}
	mistakes = append(mistakes, s.markDecorative(files)...)
	for _, f := range files {
		mistakes = append(mistakes, s.wordless(f)...)
	}
	return mistakes
}

func (s *Source) markDecorative(files []*file) carillon.Mistakes {
	var mistakes carillon.Mistakes
	for _, f := range files {
		for _, r := range f.decorative {
			m, ok := s.Post.Medium(r.name())
			if !ok {
				mistakes = append(mistakes, carillon.Mistake{Field: r.field, File: f.name, Line: r.line, Message: fmt.Sprintf(
					"%s is shown nowhere: correct the name, or remove it", clip(r.written))})
				continue
			}
			m.Decorative = true
		}
	}
	return mistakes
}

// wordless finds the pictures of an edition that those who do not see them would miss.
func (s *Source) wordless(f *file) carillon.Mistakes {
	decorative := func(name string) bool {
		m, ok := s.Post.Medium(name)
		return ok && m.Decorative
	}
	var mistakes carillon.Mistakes
	if image := s.Post.Image; image != nil && strings.TrimSpace(f.edition.ImageAlt) == "" && !decorative(image.File) && !f.wrong("image") {
		mistakes = append(mistakes, carillon.Mistake{Field: "image.alt", File: f.name, Line: f.line("image"), Message: fmt.Sprintf(
			"is missing: write what %s shows, for those who do not see it, as image: {alt: …}; or decorative: true if it shows nothing", clip(image.File))})
	}
	for _, p := range f.pictures {
		if strings.TrimSpace(p.Alt) == "" && !decorative(p.Name()) {
			mistakes = append(mistakes, carillon.Mistake{Field: "body", File: f.name, Line: f.bodyLine + p.Line - 1, Message: fmt.Sprintf(
				"the picture %s has no words for those who do not see it: write ![what it shows](%s), or list it as decorative: [%s] if it shows nothing",
				clip(p.Name()), clip(p.Path), clip(p.Name()))})
		}
	}
	return mistakes
}

// imagePath is the image's path on the disk, or as written.
func (f *file) imagePath() string {
	for _, r := range f.named {
		if r.field == "image.file" {
			return r.path
		}
	}
	return f.image
}

// takePictures notes the pictures of the body.
func (f *file) takePictures() {
	for _, p := range markdown.Pictures(f.edition.Body) {
		if isFolder(p.Name()) || strings.HasSuffix(p.Path, "/") {
			f.add("body", f.bodyLine+p.Line-1, "the picture %s is a folder: name a file", clip(p.Path))
			continue
		}
		f.pictures = append(f.pictures, p)
	}
}
