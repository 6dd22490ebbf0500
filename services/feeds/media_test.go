package feeds_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
	"carillon.example/services/feeds"
)

// keep puts a file into the log, as ingest does, and returns its hash.
func keep(t *testing.T, b *bus.Bus, content string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(content))
	hash := hex.EncodeToString(sum[:])
	store, err := b.Media(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Put(t.Context(), hash, nil, strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	return hash
}

// illustrated is a post with an image, a picture in its body and a report.
func illustrated(t *testing.T, b *bus.Bus) (p *event.PublicPost, whole, small, report string) {
	t.Helper()
	whole, small, report = keep(t, b, "the whole picture"), keep(t, b, "small"), keep(t, b, "%PDF-1.7 the report")
	p = &event.PublicPost{Number: 1, Time: released, Post: carillon.Post{
		Slug: "bridge", Kind: carillon.KindNews, Revision: 1,
		Image:       &carillon.Image{File: "bridge.jpg"},
		Attachments: []carillon.Attachment{{File: "отчёт.pdf", Title: "Report", Language: "ru", Size: 19}},
		Media: []carillon.Media{
			{
				Name: "bridge.jpg", Hash: whole, Type: "image/jpeg", Size: 17, Width: 3000, Height: 1500,
				Variants: []carillon.Variant{{Hash: small, Type: "image/jpeg", Size: 5, Width: 480, Height: 240}},
			},
			{Name: "отчёт.pdf", Hash: report, Type: "application/pdf", Size: 19},
		},
		Editions: []carillon.Edition{{
			ID: id(1), Language: "en", Title: "The bridge", Body: "![People on it](bridge.jpg)\n\nIt is open.", ImageAlt: `A "bridge" in fog`,
			Revision: 1, Published: released, Updated: released,
		}},
	}}
	return p, whole, small, report
}

func TestFilesAreServedOnlyWhileAReleasedPostNamesThem(t *testing.T) {
	b := bustest.NewServer(t).Connect(t)
	bustest.Ensure(t, b)
	p, whole, small, report := illustrated(t, b)
	s := start(t, b, t.TempDir())
	picture, pdf := "/media/"+whole+"/bridge.jpg", "/media/"+report+"/%D0%BE%D1%82%D1%87%D1%91%D1%82.pdf"
	for _, path := range []string{picture, "/media/" + small + "/bridge.jpg", pdf} {
		if a := s.get(path); a.status != http.StatusNotFound || a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("before the release %s: %d, %q", path, a.status, a.header.Get("Cache-Control"))
		}
	}
	s.applied(publish(t, b, p))
	if a := s.get(picture); a.status != http.StatusOK || a.body != "the whole picture" || a.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("the picture: %d, %q, %q", a.status, a.body, a.header.Get("Content-Type"))
	}
	a := s.get(pdf)
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "X-Content-Type-Options": "nosniff", "ETag": `"` + report + `"`,
		"Content-Disposition":     "attachment; filename*=utf-8''%D0%BE%D1%82%D1%87%D1%91%D1%82.pdf",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
		"Cache-Control":           "public, max-age=31536000, s-maxage=600, immutable",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("the report: %s is %q, want %q", name, got, want)
		}
	}
	if a := s.get(picture, "Range", "bytes=4-8"); a.status != http.StatusPartialContent || a.body != "whole" {
		t.Errorf("a part: %d, %q", a.status, a.body)
	}
	if a := s.get(picture, "Range", "bytes=99-"); a.status != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("what is behind the end: %d", a.status)
	}
	if a := s.get(picture, "If-None-Match", `"`+whole+`"`); a.status != http.StatusNotModified {
		t.Errorf("asked again: %d", a.status)
	}
	for name, path := range map[string]string{
		"another name": "/media/" + whole + "/other.jpg", "no hash": "/media/abc/bridge.jpg", "a folder": "/media/" + whole + "/a/bridge.jpg",
		"an unknown hash": "/media/" + strings.Repeat("0", 64) + "/bridge.jpg", "no name": "/media/" + whole + "/",
	} {
		if a := s.get(path); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if a := s.ask(http.MethodPost, picture); a.status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", a.status)
	}

	// A correction that no longer shows the picture, and then the withdrawal.
	corrected := *p
	corrected.Number, corrected.Post.Media, corrected.Post.Image = 2, p.Post.Media[1:], nil
	s.applied(publish(t, b, &corrected))
	if a := s.get(picture); a.status != http.StatusNotFound {
		t.Errorf("after the correction the picture is there: %d", a.status)
	}
	if a := s.get(pdf); a.status != http.StatusOK {
		t.Errorf("after the correction the report is not there: %d", a.status)
	}
	withdrawn := corrected
	withdrawn.Number, withdrawn.Post.Editions = 3, nil
	withdrawn.Post.Withdrawn = []carillon.Withdrawal{{EditionID: id(1), Language: "en", Published: released, At: released, Revision: 2}}
	s.applied(publish(t, b, &withdrawn))
	if a := s.get(pdf); a.status != http.StatusNotFound {
		t.Errorf("after the withdrawal the report is there: %d", a.status)
	}
}

func TestFilesAtHandStayWithinTheirLimitAndComeBack(t *testing.T) {
	b := bustest.NewServer(t).Connect(t)
	bustest.Ensure(t, b)
	p, whole, small, _ := illustrated(t, b)
	position := publish(t, b, p)
	dir := t.TempDir()
	s := start(t, b, dir, func(c *feeds.Config, _ *office.Office) { c.MediaCacheMB = 0 })
	s.applied(position)
	for range 2 {
		for hash, want := range map[string]string{whole: "the whole picture", small: "small"} {
			if a := s.get("/media/" + hash + "/bridge.jpg"); a.status != http.StatusOK || a.body != want {
				t.Errorf("%d, %q", a.status, a.body)
			}
		}
	}
	files, err := os.ReadDir(filepath.Join(dir, "media"))
	if err != nil || len(files) != 1 {
		t.Errorf("%d files are at hand where there is room for none but the last, %v", len(files), err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "media")); err != nil {
		t.Fatal(err)
	}
	if a := s.get("/media/" + whole + "/bridge.jpg"); a.body != "the whole picture" {
		t.Errorf("after its folder is gone: %d, %q", a.status, a.body)
	}
}

func TestPagesAndFeedsShowPicturesWithTheirWords(t *testing.T) {
	b := bustest.NewServer(t).Connect(t)
	bustest.Ensure(t, b)
	p, whole, small, report := illustrated(t, b)
	s := start(t, b, t.TempDir())
	s.applied(publish(t, b, p))
	address := func(hash, name string) string { return siteURL + "/media/" + hash + "/" + name }
	page := s.get("/en/posts/bridge").body
	for _, want := range []string{
		`<figure class="image"><a href="` + address(whole, "bridge.jpg") + `"><img src="` + address(small, "bridge.jpg") + `" alt="A &#34;bridge&#34; in fog" width="480" height="240">`,
		`<img src="` + address(small, "bridge.jpg") + `" alt="People on it" width="480" height="240" loading="lazy"/>`,
		`<a href="` + address(report, "%D0%BE%D1%82%D1%87%D1%91%D1%82.pdf") + `" type="application/pdf" hreflang="ru">`,
		`<meta property="og:image" content="` + address(small, "bridge.jpg") + `">`,
		`<meta name="twitter:card" content="summary_large_image">`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has not: %s", want)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
	var feed struct {
		Items []struct {
			Image       string
			Attachments []struct {
				URL  string
				Type string `json:"mime_type"`
				Size int64  `json:"size_in_bytes"`
			}
		}
	}
	if err := json.NewDecoder(bytes.NewReader([]byte(s.get("/en/feed.json").body))).Decode(&feed); err != nil {
		t.Fatal(err)
	}
	if i := feed.Items[0]; i.Image != address(whole, "bridge.jpg") || len(i.Attachments) != 2 || i.Attachments[0].Size != 19 || i.Attachments[1].Type != "image/jpeg" {
		t.Errorf("the feed says %+v", i)
	}
}
