package ingest_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/media"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// sent is what the API answers to an upload: a file, or why not.
type sent struct {
	status        int
	Hash          string
	Type          string
	Size          string
	Width, Height int
	Variants      []struct {
		Hash  string
		Width int
	}
	Code, Message string
}

func (d *desk) call(method, path, token string, body io.Reader) sent {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.url+path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r) //nolint:forbidigo // a test on loopback
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	got := sent{status: answer.StatusCode}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil {
		d.t.Fatalf("%s %s: %d, not JSON: %v", method, path, answer.StatusCode, err)
	}
	return got
}

func (d *desk) send(name string, data []byte) sent {
	d.t.Helper()
	return d.call(http.MethodPost, "/v1/media?name="+url.QueryEscape(name), d.token, bytes.NewReader(data))
}

func photo(t *testing.T, w, h int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), uint8(x ^ y), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFilesAreKeptOnceAndKnownByTheirHash(t *testing.T) {
	d := startDesk(t)
	withComment := append([]byte{0xff, 0xd8, 0xff, 0xfe, 0, 8, 's', 'e', 'c', 'r', 'e', 't'}, photo(t, 1000, 500)[2:]...)
	first := d.send("cover.jpg", withComment)
	if first.status != http.StatusOK || first.Type != media.JPEG || first.Width != 1000 || len(first.Variants) == 0 || first.Variants[0].Width != 480 {
		t.Fatalf("the answer is %+v", first)
	}
	if again := d.send("other-name.jpeg", withComment); again.Hash != first.Hash || again.Width != 1000 {
		t.Errorf("sent again it is %+v, first it was %+v", again, first)
	}
	store, err := d.bus.Media(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, size, err := store.Open(t.Context(), first.Hash)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	kept, err := io.ReadAll(r)
	if err != nil || int64(len(kept)) != size || bytes.Contains(kept, []byte("secret")) {
		t.Errorf("%d of %d bytes are kept, secret: %v, %v", len(kept), size, bytes.Contains(kept, []byte("secret")), err)
	}
	for name, hash := range map[string]string{"what is kept": first.Hash, "what was sent": hashOf(withComment)} {
		if known := d.call(http.MethodGet, "/v1/media/"+hash+"?name=cover.jpg", d.token, nil); known.status != http.StatusOK || known.Hash != first.Hash {
			t.Errorf("by the hash of %s it is %+v", name, known)
		}
	}
	if left, err := os.ReadDir(filepath.Join(d.dir, "uploads")); err != nil || len(left) > 0 {
		t.Errorf("%d files are left on disk, %v", len(left), err)
	}
}

func TestFilesThatAreRefusedAreToldWhy(t *testing.T) {
	d := startDesk(t)
	small := photo(t, 16, 16)
	for name, test := range map[string]struct {
		file   string
		data   []byte
		status int
		want   string
	}{
		"a lie":        {"a.png", small, http.StatusBadRequest, "is a JPEG picture, not a PNG picture as its name says: let its name end in .jpg, or use the right file"},
		"cut off":      {"a.jpg", small[:len(small)-40], http.StatusBadRequest, "is a broken or cut off JPEG picture: save or copy it again"},
		"empty":        {"a.pdf", nil, http.StatusBadRequest, "is empty: save it again, or remove it"},
		"a folder":     {"a/b.jpg", small, http.StatusBadRequest, "the name has a folder: give the file's name alone"},
		"no type":      {"a.exe", []byte("MZ"), http.StatusBadRequest, "a file that ends in .exe is not accepted: use JPEG, PNG, WebP and GIF pictures, PDF, plain text and office files"},
		"too large":    {"a.jpg", make([]byte, media.MaxPictureBytes+1), http.StatusBadRequest, "has 32.0 MiB, the limit for a picture is 32 MiB: make it smaller"},
		"without name": {"", small, http.StatusBadRequest, "the file has no name: give it one, such as report.pdf"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.send(test.file, test.data); got.status != test.status || got.Message != test.want || got.Code != "invalid_argument" {
				t.Errorf("got  %d %s %s\nwant %d %s", got.status, got.Code, got.Message, test.status, test.want)
			}
		})
	}
	t.Run("of no said length and too large", func(t *testing.T) {
		endless := io.MultiReader(bytes.NewReader(make([]byte, media.MaxPictureBytes)), strings.NewReader("more"))
		if got := d.call(http.MethodPost, "/v1/media?name=a.jpg", d.token, endless); got.status != http.StatusBadRequest {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("without a token", func(t *testing.T) {
		if got := d.call(http.MethodPost, "/v1/media?name=a.jpg", "wrong", bytes.NewReader(small)); got.status != http.StatusUnauthorized || got.Code != "unauthenticated" {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("an unknown hash", func(t *testing.T) {
		if got := d.call(http.MethodGet, "/v1/media/"+strings.Repeat("0", 64), d.token, nil); got.status != http.StatusNotFound || got.Code != "not_found" {
			t.Errorf("got %+v", got)
		}
	})
	store, err := d.bus.Media(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Facts(t.Context(), hashOf(small[:len(small)-40])); !errors.Is(err, bus.ErrNotFound) {
		t.Errorf("something of what was refused is kept: %v", err)
	}
}

func TestAClientThatLeavesLeavesNothing(t *testing.T) {
	d := startDesk(t)
	ctx, leave := context.WithCancel(t.Context())
	read, write := io.Pipe()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url+"/v1/media?name=a.pdf", read)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.token)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if answer, err := http.DefaultClient.Do(r); err == nil { //nolint:forbidigo // a test on loopback
			_ = answer.Body.Close()
		}
	}()
	if _, err := write.Write(bytes.Repeat([]byte("%PDF-1.7\n"), 100_000)); err != nil {
		t.Fatal(err)
	}
	await(t, "the upload has begun", func() bool { return len(uploading(t, d)) == 1 })
	leave()
	_ = write.CloseWithError(context.Canceled) // the client waits for what it was to send
	<-done
	await(t, "nothing is left", func() bool { return len(uploading(t, d)) == 0 })
}

func uploading(t *testing.T, d *desk) []os.DirEntry {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(d.dir, "uploads"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// illustrated is a post with a cover and a picture in its body.
func illustrated(hash, line string) *carillonv1.Post {
	p := post("bridge", &carillonv1.Edition{
		Language: "en", Title: "The bridge", Body: "It is open.\n\n![People on a bridge](cover.jpg)\n\n![](line.png)\n", ImageAlt: "A bridge in fog",
	})
	p.Image = &carillonv1.Image{File: "cover.jpg", FocusX: -0.5}
	p.Media = []*carillonv1.Media{{Name: "cover.jpg", Hash: hash}, {Name: "line.png", Hash: line, Decorative: true}}
	return p
}

func line(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 200, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAPostKnowsItsFiles(t *testing.T) {
	d := startDesk(t)
	cover, rule, report := d.send("cover.jpg", photo(t, 1000, 500)), d.send("line.png", line(t)), d.send("report.pdf", []byte("%PDF-1.7\n"))
	p := illustrated(cover.Hash, rule.Hash)
	p.Attachments = []*carillonv1.Attachment{{File: "report.pdf", Title: "The report", Size: 99}}
	p.Media = append(p.Media, &carillonv1.Media{Name: "report.pdf", Hash: report.Hash}, &carillonv1.Media{Name: "unused.jpg", Hash: cover.Hash})
	d.publish(p)
	got := d.public("bridge", 1).Post
	var names []string
	for _, f := range got.Media {
		names = append(names, f.Name)
	}
	if diff := cmp.Diff([]string{"cover.jpg", "line.png", "report.pdf"}, names); diff != "" {
		t.Fatalf("files (-want +got):\n%s", diff)
	}
	f := got.Media[0]
	if f.Type != media.JPEG || f.Width != 1000 || f.Height != 500 || len(f.Variants) == 0 || f.Size == 0 || !got.Media[1].Decorative {
		t.Errorf("what is known: %+v", got.Media)
	}
	if got.Image.FocusX != -0.5 || got.Editions[0].ImageAlt != "A bridge in fog" || got.Attachments[0].Size != 9 {
		t.Errorf("image %+v, alt %q, attachment %+v", got.Image, got.Editions[0].ImageAlt, got.Attachments[0])
	}
	if d.publish(p).GetChanged() {
		t.Error("the same again is a change")
	}
	// A correction that no longer shows a picture takes it from the public.
	p.Editions[0].Body = "It is open.\n\n![](line.png)\n"
	p.Image, p.Editions[0].ImageAlt = nil, ""
	p.Media = p.Media[1:3]
	d.publish(p)
	if got := d.public("bridge", 2).Post; len(got.Media) != 2 || got.Image != nil {
		t.Errorf("after the correction it has %+v", got.Media)
	}
}

func TestMistakesAboutPicturesComeAtOnceAndSayWhere(t *testing.T) {
	d := startDesk(t)
	cover, report := d.send("cover.jpg", photo(t, 20, 20)), d.send("report.pdf", []byte("%PDF-1.7\n"))
	p := post("bridge",
		&carillonv1.Edition{Language: "en", Title: "T", Body: "One.\n\n![](cover.jpg)\n\n![A](gone.jpg)\n\n![B](report.pdf)", ImageAlt: strings.Repeat("a", 1501)},
		&carillonv1.Edition{Language: "ru", Title: "T", Body: "Раз."},
	)
	p.Image = &carillonv1.Image{File: "cover.jpg", FocusY: 2}
	p.Attachments = []*carillonv1.Attachment{{File: "other.pdf"}}
	p.Media = []*carillonv1.Media{
		{Name: "cover.jpg", Hash: cover.Hash},
		{Name: "report.pdf", Hash: report.Hash},
		{Name: "a/b.jpg", Hash: cover.Hash},
		{Name: "lie.png", Hash: cover.Hash},
		{Name: "never.jpg", Hash: strings.Repeat("ab", 32)},
		{Name: "short.jpg", Hash: "12"},
	}
	_, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: p})
	var got []string
	for _, detail := range code(t, err, connect.CodeInvalidArgument).Details() {
		value, err := detail.Value()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range value.(*carillonv1.Mistakes).GetMistakes() {
			text := m.GetField() + ": " + m.GetMessage()
			if m.GetLine() > 0 {
				text = m.GetField() + ":" + string(rune('0'+m.GetLine())) + ": " + m.GetMessage()
			}
			got = append(got, text)
		}
	}
	want := []string{
		"media[a/b.jpg]: the name has a folder: give the file's name alone",
		"media[lie.png]: is a JPEG picture, not a PNG picture as its name says: rename it",
		"media[never.jpg].hash: there is no file with this hash: send it first, with POST /v1/media?name=FILE",
		"media[short.jpg].hash: is not a hash: send the file with POST /v1/media?name=short.jpg, and take the hash from the answer",
		"image.focus: has a number that is not between -1 and 1: [0, 0] is the middle, [-1, 1] the left upper corner",
		"attachments[0].file: other.pdf is not sent along: send it with POST /v1/media first, and name its hash in media",
		"editions[en].image.alt: has 1501 characters, the limit is 1500: shorten it",
		"editions[en].body:3: the picture cover.jpg has no words for those who do not see it: write ![what it shows](cover.jpg), or list it under decorative if it shows nothing",
		"editions[en].body:5: the picture gone.jpg is not sent along: send it with POST /v1/media first, and name its hash in media",
		"editions[en].body:7: report.pdf is not a picture: write a link, or list it under attachments",
		"editions[ru].image.alt: is missing: say what cover.jpg shows, for those who do not see it, or set decorative: true if it shows nothing",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mistakes (-want +got):\n%s", diff)
	}
}

func TestAnEditionThatStaysKeepsItsPictures(t *testing.T) {
	d := startDesk(t)
	cover, rule := d.send("cover.jpg", photo(t, 20, 20)), d.send("line.png", line(t))
	d.publish(illustrated(cover.Hash, rule.Hash))
	p := post("bridge", &carillonv1.Edition{Language: "ru", Title: "Мост", Body: "Открыт.", ImageAlt: "Мост в тумане"})
	d.publish(p)
	got := d.public("bridge", 2).Post
	if len(got.Media) != 2 || got.Image == nil || got.Image.File != "cover.jpg" || len(got.Editions) != 2 {
		t.Errorf("image %+v, files %+v", got.Image, got.Media)
	}
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
