package postfile_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"carillon.example/examples"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/postfile"
)

// FuzzParse gives Parse anything. It must answer with a post that Format can write and Parse reads again, or with mistakes
// that each fit one line and name the file.
func FuzzParse(f *testing.F) {
	paths, err := examples.Posts()
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := examples.FS.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(path, data)
	}
	for _, b := range bad() {
		if len(b.input) < 4<<10 {
			f.Add(b.file, []byte(b.input))
		}
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if len(data) > 64<<10 {
			return
		}
		s, err := postfile.Parse(name, data)
		if err != nil {
			checkMistakes(t, name, err)
			return
		}
		if len(s.Post.Editions) != 1 || s.Post.Slug == "" {
			t.Fatalf("accepted with %d editions and the slug %q", len(s.Post.Editions), s.Post.Slug)
		}
		for _, m := range s.Locate(carillon.Validate(&s.Post, carillon.Rules{})) {
			if m.File != name || m.Line < 1 {
				t.Errorf("not located: %#v", m)
			}
		}
		again, err := postfile.Format(&s.Post, s.Post.Editions[0].Language)
		if err != nil {
			t.Fatalf("Format: %v", err)
		}
		t2, err := postfile.Parse("again.md", again)
		if err != nil {
			if len(again) > carillon.MaxPostBytes || len(data) > 32<<10 {
				return // quoting made the front matter longer than it may be
			}
			t.Fatalf("Parse of what Format wrote: %v\n%s", err, again)
		}
		if diff := cmp.Diff(s.Post, t2.Post, local); diff != "" {
			t.Fatalf("Format lost something (-want +got):\n%s\n%s", diff, again)
		}
	})
}

func checkMistakes(t *testing.T, name string, err error) {
	t.Helper()
	var mistakes carillon.Mistakes
	if !errors.As(err, &mistakes) {
		t.Fatalf("the error is a %T, want carillon.Mistakes", err)
	}
	for _, m := range mistakes {
		said := m.Field + m.Message
		if m.File != name || m.Line < 1 || m.Message == "" || strings.ContainsAny(said, "\n\r\x1b\x00") || !utf8.ValidString(said) || len(said) > 2000 {
			t.Errorf("bad mistake: %#v", m)
		}
	}
}
