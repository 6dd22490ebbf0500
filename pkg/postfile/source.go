package postfile

import (
	"cmp"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"carillon.example/pkg/carillon"
)

// Source is a post as it was read, and where in its files everything stands.
type Source struct {
	Stem  string   // what its files' names have in common
	Files []string // as they were named, in that order
	Post  carillon.Post
	Media []Media // the files of Post.Media, in the same order; their hashes come with sending them

	// SlugNote says what the slug is if it was made from a name in another script. It is the end of a sentence that
	// begins "slug:", and empty if there is nothing to say. A slug cannot be changed after the release.
	SlugNote string

	// Release is when the post is to be released, as the file says it; zero: it does not say. Its Zone is empty if it is a
	// time on the site's clocks.
	Release carillon.Moment

	places map[string]place // by field, as the server names it
	bodies map[string]place // where each language's body begins
}

type place struct {
	file string
	line int
}

// Read reads posts from the machine's disk. It returns them in the order in which their first files are named; a file that
// is named twice is read once. Whatever is wrong with any file, the error is carillon.Mistakes with all of it, each with
// its file and line, and there are no sources then.
//
// A post has its slug, its shared fields and its editions, in the order of their languages' codes. It has no ids, and its
// kind may be empty: a correction of one edition need not repeat it.
func Read(paths []string) ([]Source, error) { return read(machine{}, paths) }

// ReadFS is Read for the files of an fs.FS, in which paths have slashes and do not begin with one.
func ReadFS(fsys fs.FS, paths []string) ([]Source, error) { return read(folder{fsys}, paths) }

// Parse reads one file that is already in memory: a post with one edition. Only the last part of name is looked at, for the
// stem and the language. Attachments and pictures are taken at their word: they are not looked for, and their size is 0. The
// error is carillon.Mistakes.
func Parse(name string, data []byte) (*Source, error) {
	f := parse(name, data)
	s, mistakes := join([]*file{f}, nil)
	if err := inOrder(append(f.mistakes, mistakes...), s.Files).Err(); err != nil {
		return nil, err
	}
	return s, nil
}

func read(d disk, paths []string) ([]Source, error) {
	var mistakes carillon.Mistakes
	var stems []string
	posts := map[string][]*file{}
	seen := map[string]bool{}
	for _, name := range paths {
		if seen[d.clean(name)] {
			continue
		}
		seen[d.clean(name)] = true
		data, err := load(d, name)
		if err != nil {
			mistakes = append(mistakes, carillon.Mistake{File: name, Message: err.Error()})
			continue
		}
		f := parse(name, data)
		f.find(d)
		mistakes = append(mistakes, f.mistakes...)
		if _, ok := posts[f.stem]; !ok {
			stems = append(stems, f.stem)
		}
		posts[f.stem] = append(posts[f.stem], f)
	}

	sources := make([]Source, 0, len(stems))
	slugs := map[string]*Source{}
	for _, stem := range stems {
		s, wrong := join(posts[stem], d)
		mistakes = append(mistakes, wrong...)
		if other, ok := slugs[s.Post.Slug]; ok && s.Post.Slug != "" {
			at := s.find("slug")
			mistakes = append(mistakes, carillon.Mistake{
				Field: "slug", File: at.file, Line: at.line,
				Message: fmt.Sprintf("%q is the slug of %s, too: give one of them another slug", s.Post.Slug, other.Files[0]),
			})
		}
		slugs[s.Post.Slug] = s
		sources = append(sources, *s)
	}
	if err := inOrder(mistakes, paths).Err(); err != nil {
		return nil, err
	}
	return sources, nil
}

// inOrder sorts mistakes as a reader of the files comes upon them.
func inOrder(mistakes carillon.Mistakes, files []string) carillon.Mistakes {
	slices.SortStableFunc(mistakes, func(a, b carillon.Mistake) int {
		return cmp.Or(cmp.Compare(slices.Index(files, a.File), slices.Index(files, b.File)), cmp.Compare(a.Line, b.Line))
	})
	return mistakes
}

// Locate says where the mistakes stand that somebody else found in the post: it fills in File and Line and names the field
// as it stands in the file. A field that stands in no file is looked for in what it belongs to, and in the end at the first
// line of the first file. A line that comes with "editions[ru].body" is one of the body, and becomes the file's.
func (s *Source) Locate(mistakes carillon.Mistakes) carillon.Mistakes {
	located := slices.Clone(mistakes)
	for i := range located {
		m := &located[i]
		if m.File != "" {
			continue
		}
		at := s.find(m.Field)
		if body, ok := s.bodies[m.Field]; ok && m.Line > 0 {
			at.line = body.line + m.Line - 1
		}
		m.File, m.Line = at.file, at.line
		if rest, ok := strings.CutPrefix(m.Field, "editions["); ok {
			if _, field, ok := strings.Cut(rest, "]."); ok {
				m.Field = field
			}
		}
	}
	return located
}

// find is where a field stands, or what it belongs to.
func (s *Source) find(field string) place {
	for field != "" {
		if at, ok := s.places[field]; ok {
			return at
		}
		field = field[:max(0, strings.LastIndexAny(field, ".["))]
	}
	return place{s.Files[0], 1}
}

// sharedField is what the editions of a post have in common, by its key in the front matter.
type sharedField struct {
	key   string
	value func(*carillon.Post) any // a pointer to it
}

func sharedFields() []sharedField {
	return []sharedField{
		{"slug", func(p *carillon.Post) any { return &p.Slug }},
		{"kind", func(p *carillon.Post) any { return &p.Kind }},
		{"date", func(p *carillon.Post) any { return &p.Date }},
		{"authors", func(p *carillon.Post) any { return &p.Authors }},
		{"tags", func(p *carillon.Post) any { return &p.Tags }},
		{"observance", func(p *carillon.Post) any { return &p.Observance }},
		{"event", func(p *carillon.Post) any { return &p.Event }},
		{"deadline", func(p *carillon.Post) any { return &p.Deadline }},
		{"contact", func(p *carillon.Post) any { return &p.Contact }},
		{"attachments", func(p *carillon.Post) any { return &p.Attachments }},
		{"links", func(p *carillon.Post) any { return &p.Links }},
		{imageKey, func(p *carillon.Post) any { return &p.Image }},
		{"until", func(p *carillon.Post) any { return &p.Until }},
		{"languages_wait", func(p *carillon.Post) any { return &p.LanguagesWait }},
	}
}

// join makes a post of the files of one stem, which were read from a disk or, if it is nil, from memory.
func join(files []*file, d disk) (*Source, carillon.Mistakes) {
	s := &Source{Stem: files[0].stem, places: map[string]place{}, bodies: map[string]place{}}
	var mistakes carillon.Mistakes
	editions := map[string]*file{}
	size := 0
	for _, f := range files {
		s.Files = append(s.Files, f.name)
		size += f.size()
		language := f.edition.Language
		if other, ok := editions[language]; ok && language != "" {
			mistakes = append(mistakes, carillon.Mistake{
				Field: "language", File: f.name, Line: f.line("language"),
				Message: fmt.Sprintf("%s is the %s edition of %s, too: keep one of them", other.name, language, clip(f.stem)),
			})
			continue
		}
		editions[language] = f
		s.Post.Editions = append(s.Post.Editions, f.edition)
		s.placeEdition(f)
	}
	slices.SortFunc(s.Post.Editions, func(a, b carillon.Edition) int { return strings.Compare(a.Language, b.Language) })
	for _, field := range sharedFields() {
		mistakes = append(mistakes, s.share(field.key, files, func(first, f *file) bool {
			return reflect.DeepEqual(field.value(&first.shared), field.value(&f.shared)) &&
				(field.key != "attachments" || slices.Equal(first.attached, f.attached)) &&
				(field.key != imageKey || first.imagePath() == f.imagePath())
		}, func(f *file) {
			reflect.ValueOf(field.value(&s.Post)).Elem().Set(reflect.ValueOf(field.value(&f.shared)).Elem())
		})...)
	}
	mistakes = append(mistakes, s.share(releaseKey, files,
		func(first, f *file) bool { return first.release == f.release }, func(f *file) { s.Release = f.release })...)
	mistakes = append(mistakes, s.gather(files, d)...)
	if len(files) > 1 && size > carillon.MaxPostBytes {
		mistakes = append(mistakes, carillon.Mistake{File: s.Files[0], Line: 1, Message: fmt.Sprintf(
			"the text of all editions of %s is %d KiB, the limit is %d KiB: shorten it, or attach the long part as a file",
			clip(s.Stem), (size+1023)>>10, carillon.MaxPostBytes>>10)})
	}
	if _, given := s.places["slug"]; !given {
		made, note, err := slugOf(s.Stem)
		if err != nil {
			mistakes = append(mistakes, carillon.Mistake{Field: "slug", File: s.Files[0], Line: 1, Message: err.Error()})
		}
		s.Post.Slug, s.SlugNote = made, note
	}
	return s, mistakes
}

func (s *Source) placeEdition(f *file) {
	edition := "editions[" + f.edition.Language + "]"
	s.places[edition] = place{f.name, 1}
	s.places[edition+".body"] = place{f.name, f.bodyLine}
	s.bodies[edition+".body"] = place{f.name, f.bodyLine}
	for field, line := range f.lines {
		if isShared(field) {
			continue
		}
		s.places[edition+"."+field] = place{f.name, line}
	}
}

// imageAlt is the one field of a shared fact that is the edition's own.
const (
	imageKey = "image"
	imageAlt = imageKey + ".alt"
)

func isShared(field string) bool {
	if field == imageAlt {
		return false
	}
	key := field
	if i := strings.IndexAny(field, ".["); i >= 0 {
		key = field[:i]
	}
	return key == releaseKey || slices.ContainsFunc(sharedFields(), func(f sharedField) bool { return f.key == key })
}

// releaseKey is the key of the time of release, which is no part of the post.
const releaseKey = "release"

// share takes a field from the first file that has it, and compares it with the others that do.
func (s *Source) share(key string, files []*file, same func(first, f *file) bool, take func(*file)) carillon.Mistakes {
	var first *file
	var mistakes carillon.Mistakes
	for _, f := range files {
		line, given := f.lines[key]
		if key == imageKey && f.shared.Image == nil {
			given = false // it says only what the image shows
		}
		switch {
		case !given:
		case first == nil:
			first = f
			take(f)
			for name, line := range f.lines {
				if name == key || strings.HasPrefix(name, key+".") || strings.HasPrefix(name, key+"[") {
					s.places[name] = place{f.name, line}
				}
			}
		case f.wrong(key) || first.wrong(key): // that is said already
		case !same(first, f):
			mistakes = append(mistakes, carillon.Mistake{
				Field: key, File: f.name, Line: line,
				Message: fmt.Sprintf("differs from %s, line %d: write the same, or write it in one of the two only",
					first.name, first.line(key)),
			})
		}
	}
	return mistakes
}
