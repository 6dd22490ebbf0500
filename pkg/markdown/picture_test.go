package markdown_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/markdown"
)

func TestPicturesAreWhatIsSentAlong(t *testing.T) {
	body := "![A *bridge*\nin fog](pictures/bridge%20one.jpg \"title\")\n\n![of the web](https://example.org/a.jpg) ![site](/logo.png)\n\n" +
		"> - ![](line.png)\n\n<figure>\n<img alt=\"A door\" src=\"door.webp?x=1\">\n</figure>\n\n`![code](no.jpg)`\n\n![by reference][r]\n\n[r]: roof.gif\n"
	want := []markdown.Picture{
		{Line: 1, Path: "pictures/bridge one.jpg", Alt: "A bridge in fog"},
		{Line: 6, Path: "line.png"},
		{Line: 9, Path: "door.webp", Alt: "A door"},
		{Line: 14, Path: "roof.gif", Alt: "by reference"},
	}
	if diff := cmp.Diff(want, markdown.Pictures(body)); diff != "" {
		t.Errorf("pictures (-want +got):\n%s", diff)
	}
	if name := want[0].Name(); name != "bridge one.jpg" {
		t.Errorf("its name is %q", name)
	}
}

func TestPicturesAreShownWhereTheyAre(t *testing.T) {
	show := func(name string) (markdown.Shown, bool) {
		switch name {
		case "bridge.jpg":
			return markdown.Shown{URL: "https://x.example/media/1/bridge.jpg", Width: 2000, Height: 1000, Smaller: []markdown.Size{{URL: "https://x.example/media/2/bridge.jpg", Width: 480}}}, true
		case "small.png":
			return markdown.Shown{URL: "/media/3/small.png", Width: 20, Height: 10}, true
		}
		return markdown.Shown{}, false
	}
	for name, test := range map[string]struct{ body, want string }{
		"in several sizes": {
			"![A bridge](p/bridge.jpg)",
			`<p><img src="https://x.example/media/1/bridge.jpg" alt="A bridge" width="2000" height="1000" srcset="https://x.example/media/2/bridge.jpg 480w, https://x.example/media/1/bridge.jpg 2000w" sizes="(min-width: 44rem) 42rem, 100vw" loading="lazy"/></p>`,
		},
		"in one size": {
			`<img src="small.png" alt="" width="9999" onerror="x">`,
			`<img src="https://x.example/media/3/small.png" alt="" width="20" height="10" loading="lazy"/>`,
		},
		"nowhere to be seen": {"a ![A bridge](gone.jpg) b", "<p>a A bridge b</p>"},
		"of the web":         {"![A](https://y.example/bridge.jpg)", `<p><img src="https://y.example/bridge.jpg" alt="A"/></p>`},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, markdown.HTMLAt(test.body, "https://x.example/en/posts/a", show)); diff != "" {
				t.Errorf("html (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheWordsOfWhatIsSentAlongAreNoText(t *testing.T) {
	body := "![A bridge](bridge.jpg)\n\nIt *was* opened. ![Logo](https://example.org/logo.png)\n"
	if got, want := markdown.Text(body), "It was opened. Logo"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestABodyIsReadWithoutWhatIsSentAlong(t *testing.T) {
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
