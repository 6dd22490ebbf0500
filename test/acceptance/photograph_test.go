package acceptance_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"carillon.example/examples"
)

// The example with the photograph: how it is stored, and how it is to be seen.
const (
	photographPost = "reading-room-reopens"
	photographFile = "files/street-door.jpg"
	storedWidth    = 1600
	seenWidth      = 1200
	seenHeight     = 1600
)

// traces are what a camera left in the photograph: the names of its notes, and the degrees, minutes and seconds of where it
// was.
func traces() map[string][]byte {
	return map[string][]byte{
		"Exif": []byte("Exif\x00\x00"), "the camera's maker": []byte("Non\x00"), "the time": []byte("2026:04:13"),
		"the latitude":  {0, 0, 0, 43, 0, 0, 0, 1, 0, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0, 20, 0, 0, 0, 1},
		"the longitude": {0, 0, 0, 76, 0, 0, 0, 1, 0, 0, 0, 53, 0, 0, 0, 1, 0, 0, 0, 22, 0, 0, 0, 1},
	}
}

func TestThePhotographIsSeenUprightAndDoesNotSayWhereItWasTaken(t *testing.T) {
	t.Parallel()
	original, err := examples.FS.ReadFile(photographFile)
	if err != nil {
		t.Fatal(err)
	}
	for what, trace := range traces() {
		if !bytes.Contains(original, trace) {
			t.Fatalf("the example does not have %s any more", what)
		}
	}
	if config, err := jpeg.DecodeConfig(bytes.NewReader(original)); err != nil || config.Width != storedWidth {
		t.Fatalf("the example is not stored on its side: %+v, %v", config, err)
	}

	d := newDemonstration(t)
	d.greeted(t)
	page := d.publicURL() + "/en/posts/" + photographPost
	pictures := picturesOf(t, page)
	if len(pictures) < 3 {
		t.Fatalf("the page offers %d sizes: %q", len(pictures), pictures)
	}
	for _, address := range pictures {
		served := get(t, address)
		if got := served.header.Get("Content-Type"); got != "image/jpeg" {
			t.Errorf("%s is served as %q", address, got)
		}
		for what, trace := range traces() {
			if bytes.Contains(served.body, trace) {
				t.Errorf("%s still has %s", address, what)
			}
		}
		m, err := jpeg.Decode(bytes.NewReader(served.body))
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if b := m.Bounds(); b.Dx()*seenHeight != b.Dy()*seenWidth {
			t.Errorf("%s is %v, want it upright, %d × %d", address, b, seenWidth, seenHeight)
		}
		if !greenDoor(m) {
			t.Errorf("%s: the door is not where it should be", address)
		}
	}
	d.partly(t, pictures[0])
	for _, list := range formats() {
		if feed := string(get(t, d.publicURL()+"/en/"+list).body); !strings.Contains(feed, "/street-door.jpg") || !strings.Contains(feed, "A green street door") {
			t.Errorf("%s does not have the photograph with its words", list)
		}
	}

	d.unseen(t)

	d.staff().do(t, "withdraw", photographPost)
	checkGone(t, page)
	for _, address := range pictures {
		if a := ask(t, http.MethodGet, address, nil, nil); a.status != http.StatusNotFound {
			t.Errorf("after the withdrawal %s is still served: %d", address, a.status)
		}
	}
	d.stop(t)
}

// unseen drafts and schedules posts with pictures of their own, and looks whether anybody can see those before the release.
func (d *demonstration) unseen(t *testing.T) {
	t.Helper()
	for name, picture := range map[string][]byte{"drafted": []byte(tinyPNG), "scheduled": twoPixels(t)} {
		write(t, d.dir, map[string]string{name + ".png": string(picture), name + ".en.md": withFront("image: {file: " + name + ".png, alt: A}")})
		args := []string{"publish", name + ".en.md", "--draft"}
		if name == "scheduled" {
			args = []string{"publish", name + ".en.md", "--at", "2050-01-01T09:00"}
		}
		d.staff().do(t, args...)
		address := d.publicURL() + "/media/" + hashOf(picture) + "/" + name + ".png"
		if a := ask(t, http.MethodGet, address, nil, nil); a.status != http.StatusNotFound {
			t.Errorf("%s: the picture can be seen before the release: %s", name, a)
		}
		d.staff().do(t, "release", name, "--now")
		await(t, "the picture of the released post", func() string {
			if a := ask(t, http.MethodGet, address, nil, nil); a.status != http.StatusOK || !bytes.Equal(a.body, picture) {
				return a.String()
			}
			return ""
		})
	}
}

// twoPixels is a PNG as Go writes it.
func twoPixels(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 1))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// greenDoor looks where the door is: left of the middle, in the lower half.
func greenDoor(m image.Image) bool {
	b := m.Bounds()
	r, g, bl, _ := m.At(b.Min.X+b.Dx()*19/100, b.Min.Y+b.Dy()*70/100).RGBA()
	return g > r+0x1800 && bl > r+0x1800
}

var sizeOf = regexp.MustCompile(`(\S+) [0-9]+w`)

// picturesOf lists every address under which a page shows a picture.
func picturesOf(t *testing.T, page string) []string {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(get(t, page).body))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	add := func(address string) {
		u, err := url.Parse(address)
		if err == nil && strings.HasPrefix(u.Path, "/media/") {
			all = append(all, address)
		}
	}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "srcset":
				for _, m := range sizeOf.FindAllStringSubmatch(a.Val, -1) {
					add(m[1])
				}
			case n.Data == "img" && a.Key == "alt" && a.Val == "":
				t.Errorf("%s: a picture has no words", page)
			case n.Data == "img" && a.Key == "src", n.Data == "a" && a.Key == "href", a.Key == "content" && n.Data == "meta":
				add(a.Val)
			}
		}
	}
	return all
}

// partly asks for a file as programs do that have some of it, or all.
func (d *demonstration) partly(t *testing.T, address string) {
	t.Helper()
	whole := get(t, address)
	tag := whole.header.Get("ETag")
	if strings.HasPrefix(tag, "W/") || tag == "" {
		t.Errorf("the tag %q is not a strong one", tag)
	}
	if got := whole.header.Get("Cache-Control"); got != "public, max-age=31536000, s-maxage=600, immutable" {
		t.Errorf("it may be kept: %q", got)
	}
	if a := ask(t, http.MethodGet, address, map[string]string{"If-None-Match": tag}, nil); a.status != http.StatusNotModified {
		t.Errorf("asked whether it is another: %s", a)
	}
	if a := ask(t, http.MethodGet, address, map[string]string{"Range": "bytes=100-199"}, nil); a.status != http.StatusPartialContent || !bytes.Equal(a.body, whole.body[100:200]) {
		t.Errorf("asked for a hundred bytes: %d, %d bytes", a.status, len(a.body))
	}
	if a := ask(t, http.MethodGet, address, map[string]string{"Range": "bytes=999999999-"}, nil); a.status != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("asked for what is behind the end: %d", a.status)
	}
	if a := ask(t, http.MethodHead, address, nil, nil); a.status != http.StatusOK || len(a.body) > 0 {
		t.Errorf("asked for the head: %s", a)
	}
	if a := ask(t, http.MethodGet, strings.Replace(address, "street-door.jpg", "other.jpg", 1), nil, nil); a.status != http.StatusNotFound {
		t.Errorf("under another name it is there, too: %d", a.status)
	}
	// What is kept at hand may be deleted: it comes back.
	if err := os.RemoveAll(filepath.Join(d.dir, "data", "media")); err != nil {
		t.Fatal(err)
	}
	if a := get(t, address); !bytes.Equal(a.body, whole.body) {
		t.Error("after the folder was deleted it is another file")
	}
}
