package mastodon_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
)

// pictured is a post with a photograph in several sizes, and more pictures in its body.
func pictured(change func(*post, *carillon.Edition)) channel.Content {
	body := "It is deep.\n\n![The rope](rope.png)\n\n![On the web](https://example.org/x.jpg) ![](line.gif) ![The report](report.pdf)\n\n![Again](photo.jpg)"
	return edition(carillon.KindNews, "en", "A new well", body, func(p *post, e *carillon.Edition) {
		p.Media = []carillon.Media{
			{Name: "line.gif", Hash: "44", Type: "image/gif", Size: 10, Width: 100, Height: 1, Decorative: true},
			{Name: "photo.jpg", Hash: "11", Type: "image/jpeg", Size: 20 << 20, Width: 6000, Height: 4000, Variants: []carillon.Variant{
				{Hash: "11s", Type: "image/jpeg", Size: 1 << 20, Width: 1600, Height: 1067}, {Hash: "11m", Type: "image/jpeg", Size: 3 << 20, Width: 3000, Height: 2000},
			}},
			{Name: "report.pdf", Hash: "99", Type: "application/pdf", Size: 10},
			{Name: "rope.png", Hash: "22", Type: "image/png", Size: 10, Width: 10, Height: 10},
		}
		p.Image = &carillon.Image{File: "photo.jpg", FocusX: 0.5, FocusY: -0.25}
		e.ImageAlt = "A well in a village"
		if change != nil {
			change(p, e)
		}
	})
}

func TestPicturesAreChosenForTheInstance(t *testing.T) {
	photo := channel.Medium{Name: "photo.jpg", Hash: "11m", Type: "image/jpeg", Size: 3 << 20, Alt: "A well in a village", FocusX: 0.5, FocusY: -0.25}
	rope := channel.Medium{Name: "rope.png", Hash: "22", Type: "image/png", Size: 10, Alt: "The rope"}
	line := channel.Medium{Name: "line.gif", Hash: "44", Type: "image/gif", Size: 10}
	small, brief := photo, photo
	small.Hash, small.Size = "11s", 1<<20
	brief.Alt = "A well in…"
	for name, test := range map[string]struct {
		limits channel.Limits
		change func(*post, *carillon.Edition)
		want   []channel.Medium
		notes  []string
	}{
		"the image, then the body's":  {channel.Limits{}, nil, []channel.Medium{photo, rope, line}, nil},
		"a smaller one by its pixels": {channel.Limits{MediaPixels: 5_000_000}, nil, []channel.Medium{small, rope, line}, nil},
		"a smaller one by its bytes":  {channel.Limits{MediaBytes: 2 << 20}, nil, []channel.Medium{small, rope, line}, nil},
		"no more than it shows": {channel.Limits{Media: 1}, nil, []channel.Medium{photo}, []string{
			"the picture rope.png was left out: a status shows no more than 1", "the picture line.gif was left out: a status shows no more than 1",
		}},
		"none that fits": {channel.Limits{MediaBytes: 100}, nil, []channel.Medium{rope, line}, []string{
			"the picture photo.jpg was left out: the server takes no picture of its type and size",
		}},
		"a description that is cut": {channel.Limits{Description: 10}, nil, []channel.Medium{brief, rope, line}, []string{
			"the picture photo.jpg has a description of more than 10 characters: it was cut",
		}},
		"decorative": {channel.Limits{}, func(p *post, _ *carillon.Edition) { p.Media[1].Decorative = true }, []channel.Medium{
			{Name: "photo.jpg", Hash: "11m", Type: "image/jpeg", Size: 3 << 20, FocusX: 0.5, FocusY: -0.25}, rope, line,
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := mustCompose(t, test.limits, pictured(test.change))
			if diff := cmp.Diff(test.want, a.Parts[0].Media); diff != "" {
				t.Errorf("media (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.notes, a.Notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPicturesAreToldToPeopleAndNotInTheStatus(t *testing.T) {
	a := mustCompose(t, channel.Limits{}, pictured(nil))
	want := "A new well\n\nIt is deep.\n\nOn the web\n\nhttps://news.example.org/en/posts/a-post\n\n[photo.jpg: A well in a village]\n\n[rope.png: The rope]\n\n[line.gif, decorative]"
	if diff := cmp.Diff(want, a.Text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s := statuses(t, a)[0]; strings.Contains(s, "rope") || a.Count != 60 {
		t.Errorf("%d characters are sent: %q", a.Count, s)
	}
	thread := mustCompose(t, channel.Limits{}, threaded(pictured(func(_ *post, e *carillon.Edition) { e.Body += "\n\n" + strings.Repeat("It is deep. ", 100) }), ""))
	for i, part := range thread.Parts {
		if (len(part.Media) > 0) != (i == 0) {
			t.Errorf("part %d shows %d pictures", i+1, len(part.Media))
		}
	}
}
