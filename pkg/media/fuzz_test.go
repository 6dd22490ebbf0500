package media_test

import (
	"bytes"
	"errors"
	"testing"

	"carillon.example/pkg/media"
)

// names are those under which anything is tried.
var names = []string{"a.jpg", "a.png", "a.gif", "a.webp", "a.pdf", "a.txt", "a.docx", "a.odt", "a.doc"}

func FuzzDetect(f *testing.F) {
	f.Add([]byte("%PDF-1.7\n"))
	f.Add([]byte("a,b\n\xff"))
	f.Add(docx(f, wordMain))
	f.Add(office(f, [2]string{"mimetype", odtType}))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range names {
			kind, err := detect(name, data)
			var refusal media.Refusal
			switch {
			case err != nil && !errors.As(err, &refusal):
				t.Errorf("%s: an error that is no refusal: %v", name, err)
			case err == nil && kind.MIME == "":
				t.Errorf("%s: neither a type nor a refusal", name)
			}
		}
	})
}

// FuzzClean demands of whatever is taken that it is whole, that cleaning it again changes nothing, and that nothing of its
// metadata is left.
func FuzzClean(f *testing.F) {
	f.Add(jpegSample(f, 16, 8, 1))
	f.Add(jpegSample(f, 16, 8, 6))
	f.Add(pngSample(f, quarters(16, 8), 3))
	f.Add(gifSample(f, 2))
	f.Add(webpSample(16, 8, 6))
	f.Add(webpAnimation(16, 8))
	f.Add(pngBomb(40_000, 25_000))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 64<<10 {
			return
		}
		for _, name := range names[:4] {
			kind, err := detect(name, data)
			if err != nil {
				continue
			}
			p, err := media.Clean(kind, data)
			var refusal media.Refusal
			if err != nil {
				if !errors.As(err, &refusal) {
					t.Errorf("%s: an error that is no refusal: %v", name, err)
				}
				continue
			}
			if p.Width*p.Height > 1<<22 { // what is large only takes long
				continue
			}
			if _, err := p.Variants(); err != nil && !errors.As(err, &refusal) {
				t.Errorf("%s: variants: %v", name, err)
			}
			again, err := media.Clean(kind, p.Data)
			if err != nil {
				t.Fatalf("%s: what is clean is refused: %v", name, err)
			}
			if !bytes.Equal(again.Data, p.Data) {
				t.Errorf("%s: what is clean is changed by cleaning", name)
			}
		}
	})
}
