package markdown_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/markdown"
)

func TestPicturesOfABodyAreItsOwnFiles(t *testing.T) {
	body := "First ![A *deep*\nwell](photos/well.jpg \"a title\").\n\n![](<line.png>)\n\n" +
		"![On the web](https://example.org/x.jpg) `![code](code.jpg)` ![By reference][r]\n\n[r]: ref%20one.gif\n"
	want := []markdown.Picture{{File: "well.jpg", Alt: "A deep well"}, {File: "line.png"}, {File: "ref one.gif", Alt: "By reference"}}
	if diff := cmp.Diff(want, markdown.Pictures(body)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for in, want := range map[string]string{
		"a ![x](b.jpg) c":                      "a  c",
		"![On the web](https://e.org/x.jpg) a": "![On the web](https://e.org/x.jpg) a",
		`![with \] inside](b.jpg "title")`:     "",
		"![no end](b.jpg":                      "![no end](b.jpg",
	} {
		if got := markdown.WithoutPictures(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
