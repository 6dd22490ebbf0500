package media_test

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"golang.org/x/image/webp"

	"carillon.example/pkg/media"
)

const (
	wordMain = "vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
	odtType  = "application/vnd.oasis.opendocument.text"
	ole      = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
)

func detect(name string, data []byte) (media.Type, error) {
	return media.Detect(name, bytes.NewReader(data), int64(len(data)))
}

func TestFilesAreWhatTheirContentSays(t *testing.T) {
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"a.jpg":  {jpegSample(t, 16, 8, 1), "image/jpeg"},
		"a.JPEG": {jpegSample(t, 16, 8, 1), "image/jpeg"},
		"a.png":  {pngSample(t, quarters(16, 8), 1), "image/png"},
		"a.gif":  {gifSample(t, 1), "image/gif"},
		"a.webp": {webpSample(16, 8, 1), "image/webp"},
		"a.pdf":  {[]byte("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), "application/pdf"},
		"a.txt":  {[]byte("Слово, 字, كلمة\n"), "text/plain"},
		"b.txt":  {[]byte("<html><p>text is text, whatever it says</html>"), "text/plain"},
		"c.txt":  {[]byte(strings.Repeat("ж", 100_001)), "text/plain"},
		"a.csv":  {[]byte("year,figure\n2024,12\n"), "text/plain"},
		"a.docx": {docx(t, wordMain), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		"a.odt":  {office(t, [2]string{"mimetype", odtType}, [2]string{"content.xml", "<x/>"}), odtType},
		"a.doc":  {append([]byte(ole), make([]byte, 2048)...), "application/msword"},
		"a.xls":  {append([]byte(ole), make([]byte, 2048)...), "application/vnd.ms-excel"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := detect(name, test.data)
			if err != nil || got.MIME != test.want {
				t.Errorf("got %q, %v; want %q", got.MIME, err, test.want)
			}
		})
	}
}

func TestFilesThatAreNotTakenAreToldWhy(t *testing.T) {
	photo := jpegSample(t, 16, 8, 1)
	for name, test := range map[string]struct {
		file string
		data []byte
		want string
	}{
		"a JPEG that says it is a PNG":    {"a.png", photo, "is a JPEG picture, not a PNG picture as its name says: let its name end in .jpg, or use the right file"},
		"text that says it is a picture":  {"a.png", []byte("hello"), "is a text file, not a PNG picture as its name says: let its name end in .txt, or use the right file"},
		"a picture that says it is a PDF": {"a.pdf", photo, "is a JPEG picture, not a PDF document as its name says: let its name end in .jpg, or use the right file"},
		"a drawing with scripts":          {"a.png", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), "is an SVG drawing, which could hold scripts, which is not accepted: use JPEG, PNG, WebP and GIF pictures, PDF, plain text and office files"},
		"a picture of another type":       {"a.jpg", []byte("II*\x00\x08\x00\x00\x00\x00\x00"), "is of the type TIFF, which is not accepted: use JPEG, PNG, WebP and GIF pictures, PDF, plain text and office files"},
		"a type that is not known":        {"a.exe", []byte("MZ"), "a file that ends in .exe is not accepted: use JPEG, PNG, WebP and GIF pictures, PDF, plain text and office files"},
		"bytes of no type":                {"a.pdf", []byte{0, 1, 2, 3}, "is of no type that we know, which is not accepted: use JPEG, PNG, WebP and GIF pictures, PDF, plain text and office files"},
		"no ending":                       {"report", []byte("hello"), "the name does not say what it is: let it end in .jpg, .png, .pdf or what it is"},
		"no name":                         {"", []byte("hello"), "the file has no name: give it one, such as report.pdf"},
		"a folder":                        {"../etc/a.txt", []byte("hello"), "the name has a folder: give the file's name alone"},
		"a folder of Windows":             {`c:\a.txt`, []byte("hello"), "the name has a folder: give the file's name alone"},
		"a line break in the name":        {"a\n.txt", []byte("hello"), "the name has characters that no name should have: rename it"},
		"nothing":                         {"a.pdf", nil, "is empty: save it again, or remove it"},
		"text in another encoding":        {"a.txt", []byte("\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0"), "is text that is not UTF-8: save it as UTF-8"},
		"text with control characters":    {"a.txt", []byte("a\x1b[2Jb"), "is called text but has control characters: use the right file"},
		"a zip":                           {"a.docx", office(t, [2]string{"hello.bin", "x"}), "is of the type ZIP, which is not accepted: use JPEG, PNG, WebP and GIF pictures, PDF, plain text and office files"},
		"half an office file":             {"a.docx", docx(t, wordMain)[:120], "is a broken or cut off office file or zip: save or copy it again"},
		"an office file with macros":      {"a.docx", docx(t, "vnd.ms-word.document.macroEnabled.main+xml"), "is an office file with macros, which is not accepted: save it without them, or as PDF"},
		"one office file as another":      {"a.xlsx", docx(t, wordMain), "is a Word document, not an Excel workbook as its name says: let its name end in .docx, or use the right file"},
		"too large":                       {"a.png", append(pngSample(t, quarters(16, 8), 1), make([]byte, media.MaxPictureBytes)...), "has 32.0 MiB, the limit for a picture is 32 MiB: make it smaller"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := detect(test.file, test.data)
			var refusal media.Refusal
			if !errors.As(err, &refusal) || err.Error() != test.want {
				t.Errorf("\ngot  %v\nwant %s", err, test.want)
			}
		})
	}
}

func clean(t testing.TB, name string, data []byte) (*media.Picture, error) {
	t.Helper()
	kind, err := detect(name, data)
	if err != nil {
		return nil, err
	}
	return media.Clean(kind, data)
}

func mustClean(t testing.TB, name string, data []byte) *media.Picture {
	t.Helper()
	p, err := clean(t, name, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func decode(t testing.TB, mime string, data []byte) image.Image {
	t.Helper()
	var m image.Image
	var err error
	switch mime {
	case media.JPEG:
		m, err = jpeg.Decode(bytes.NewReader(data))
	case media.PNG:
		m, err = png.Decode(bytes.NewReader(data))
	case media.GIF:
		m, err = gif.Decode(bytes.NewReader(data))
	case media.WebP:
		m, err = webp.Decode(bytes.NewReader(data))
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// corners names the colours of a picture's quarters, from the left upper one on, row by row.
func corners(m image.Image) string {
	b := m.Bounds()
	var s string
	for _, at := range [][2]int{{1, 1}, {3, 1}, {1, 3}, {3, 3}} {
		r, g, bl, _ := m.At(b.Min.X+b.Dx()*at[0]/4, b.Min.Y+b.Dy()*at[1]/4).RGBA()
		switch {
		case r > 0x8000 && g > 0x8000 && bl > 0x8000:
			s += "w"
		case r > 0x8000 && g < 0x8000:
			s += "r"
		case r > 0x8000:
			s += "y"
		case g > 0x8000:
			s += "g"
		default:
			s += "b"
		}
	}
	return s
}

func TestPicturesComeOutUprightAndWithoutThePosition(t *testing.T) {
	// Where the corners of a picture go that is stored with red, green, blue and white ones.
	for o, want := range map[int]string{1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb"} {
		w, h := 64, 32
		if o >= 5 {
			w, h = 32, 64
		}
		for name, data := range map[string][]byte{"a.jpg": jpegSample(t, 64, 32, o), "a.png": pngSample(t, quarters(64, 32), o)} {
			p := mustClean(t, name, data)
			m := decode(t, p.Type.MIME, p.Data)
			if got := corners(m); got != want {
				t.Errorf("%s, orientation %d: corners %s, want %s", name, o, got, want)
			}
			if p.Width != w || p.Height != h || m.Bounds().Dx() != w || m.Bounds().Dy() != h {
				t.Errorf("%s, orientation %d: %d × %d, the file %v; want %d × %d", name, o, p.Width, p.Height, m.Bounds(), w, h)
			}
			for _, trace := range []string{position, "MM\x00*", "Exif", "eXIf", "Photoshop", "film"} {
				if bytes.Contains(p.Data, []byte(trace)) {
					t.Errorf("%s, orientation %d: %q is still there", name, o, trace)
				}
			}
			if strings.HasSuffix(name, "jpg") && !bytes.Contains(p.Data, []byte(profile)) {
				t.Errorf("%s, orientation %d: the colour profile is gone", name, o)
			}
		}
	}
}

func TestAWebPKeepsHowItIsHeldAndNothingElse(t *testing.T) {
	p := mustClean(t, "a.webp", webpSample(64, 32, 6))
	if p.Width != 32 || p.Height != 64 {
		t.Errorf("it is %d × %d, want 32 × 64 as it is seen", p.Width, p.Height)
	}
	if bytes.Contains(p.Data, []byte(position)) {
		t.Error("the position is still there")
	}
	if !bytes.Contains(p.Data, []byte("EXIF")) {
		t.Error("it no longer says how it is to be turned")
	}
	if got := corners(decode(t, media.WebP, p.Data)); got != "yrrr" {
		t.Errorf("corners %s", got)
	}
	if p := mustClean(t, "a.webp", webpSample(64, 32, 1)); bytes.Contains(p.Data, []byte("EXIF")) {
		t.Error("an upright one has an Exif")
	}
}

func TestAnUprightJPEGIsNotCompressedAgain(t *testing.T) {
	var plain bytes.Buffer
	if err := jpeg.Encode(&plain, quarters(64, 32), nil); err != nil {
		t.Fatal(err)
	}
	p := mustClean(t, "a.jpg", jpegSample(t, 64, 32, 1))
	if !bytes.HasSuffix(p.Data, plain.Bytes()[2:]) {
		t.Error("what shows the picture is not what it was, byte for byte")
	}
}

func TestAnimationsStayAnimated(t *testing.T) {
	p := mustClean(t, "a.gif", gifSample(t, 3))
	all, err := gif.DecodeAll(bytes.NewReader(p.Data))
	if err != nil || len(all.Image) != 3 || !p.Animated || all.LoopCount != 0 || all.Delay[1] != 10 {
		t.Errorf("GIF: %d frames, animated %v, %v", len(all.Image), p.Animated, err)
	}
	if bytes.Contains(p.Data, []byte(position)) {
		t.Error("GIF: the position is still there")
	}
	p = mustClean(t, "a.webp", webpAnimation(64, 32))
	if !p.Animated || bytes.Count(p.Data, []byte("ANMF")) != 2 || p.Width != 64 || p.Height != 32 {
		t.Errorf("WebP: animated %v, %d × %d", p.Animated, p.Width, p.Height)
	}
	if bytes.Contains(p.Data, []byte(position)) {
		t.Error("WebP: the position is still there")
	}
	if r, err := p.Variants(); len(r) > 0 || err != nil {
		t.Errorf("an animation has %d variants, %v", len(r), err)
	}
}

func TestTheSameFileGivesTheSameBytes(t *testing.T) {
	for name, data := range map[string][]byte{
		"a.jpg": jpegSample(t, 640, 320, 6), "a.png": pngSample(t, quarters(640, 320), 6), "a.gif": gifSample(t, 2), "a.webp": webpSample(640, 320, 6),
	} {
		first, second := mustClean(t, name, data), mustClean(t, name, data)
		if !bytes.Equal(first.Data, second.Data) {
			t.Errorf("%s: twice the same file, and two results", name)
		}
		if again := mustClean(t, name, first.Data); !bytes.Equal(again.Data, first.Data) {
			t.Errorf("%s: what is clean is changed by cleaning", name)
		}
	}
}

func TestPicturesThatWouldDoHarmAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		file string
		data []byte
		want string
	}{
		"a PNG of a billion pixels": {"a.png", pngBomb(40_000, 25_000), "has 40000 × 25000 pixels, the limit is 100 million: make it smaller"},
		"a PNG as large as it gets": {"a.png", pngBomb(1<<31-1, 1<<31-1), "has 2147483647 × 2147483647 pixels, the limit is 100 million: make it smaller"},
		"an animation that is too long": {
			"a.png", append(bytes.Clone(pngBomb(9_000, 9_000)[:33]),
				bytes.Join([][]byte{pngChunk("acTL", "\x00\x00\x00\x10\x00\x00\x00\x00"), bytes.Repeat(pngChunk("fcTL", strings.Repeat("\x00", 26)), 16), pngBomb(1, 1)[33:]}, nil)...),
			"is an animation of more than 1000 million pixels in all its frames: make it smaller or shorter",
		},
		"a JPEG that goes over its pixels too often": {"a.jpg", scans(t, 101), "is a JPEG picture of a rare kind that cannot be opened here: save it as an ordinary JPEG"},
		"an animation of too many frames":            {"a.gif", manyFrames(), "is an animation of more than 10000 frames: make it shorter"},
		"a WebP of 200 million pixels":               {"a.webp", riff(riffChunk("VP8L", lossless(16_000, 12_500)[:64])), "has 16000 × 12500 pixels, the limit is 100 million: make it smaller"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := clean(t, test.file, test.data)
			var refusal media.Refusal
			if !errors.As(err, &refusal) || err.Error() != test.want {
				t.Errorf("\ngot  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestPicturesThatAreCutOffAreRefused(t *testing.T) {
	for name, data := range map[string][]byte{
		"a.jpg": jpegSample(t, 64, 32, 1), "a.png": pngSample(t, quarters(64, 32), 1), "a.gif": gifSample(t, 2), "a.webp": webpSample(64, 32, 1),
		"b.webp": webpAnimation(64, 32), "b.jpg": jpegSample(t, 64, 32, 6),
	} {
		whole := mustClean(t, name, data).Data // without what stands behind the picture
		for n := 40; n < len(whole); n += 7 {
			p, err := clean(t, name, whole[:n])
			var refusal media.Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("%s, cut off after %d of %d bytes: %v, %v", name, n, len(whole), p, err)
			}
		}
	}
}

func TestVariantsAreSmallerAndLookTheSame(t *testing.T) {
	for name, test := range map[string]struct {
		file string
		data []byte
		mime string
		want [][2]int
	}{
		"a photograph":              {"a.jpg", jpegSample(t, 2000, 1000, 1), media.JPEG, [][2]int{{480, 240}, {960, 480}, {1600, 800}}},
		"one that was held upright": {"a.jpg", jpegSample(t, 2000, 1000, 6), media.JPEG, [][2]int{{480, 960}, {960, 1920}}},
		"a small one":               {"a.jpg", jpegSample(t, 480, 240, 1), media.JPEG, nil},
		"a WebP":                    {"a.webp", webpSample(1000, 500, 6), media.JPEG, [][2]int{{480, 960}}},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustClean(t, test.file, test.data)
			variants, err := p.Variants()
			if err != nil {
				t.Fatal(err)
			}
			var got [][2]int
			for _, r := range variants {
				got = append(got, [2]int{r.Width, r.Height})
				m := decode(t, r.Type, r.Data)
				if r.Type != test.mime || m.Bounds().Dx() != r.Width || m.Bounds().Dy() != r.Height {
					t.Errorf("%s of %v, said %d × %d", r.Type, m.Bounds(), r.Width, r.Height)
				}
				if bytes.Contains(r.Data, []byte(position)) {
					t.Error("the position is in a variant")
				}
				if test.file == "a.jpg" && !bytes.Contains(r.Data, []byte(profile)) {
					t.Error("the colour profile is gone")
				}
				if want := corners(decode(t, p.Type.MIME, p.Data)); test.file == "a.jpg" && corners(m) != want {
					t.Errorf("corners %s, want %s", corners(m), want)
				}
			}
			for i := range max(len(got), len(test.want)) {
				if i >= len(got) || i >= len(test.want) || got[i] != test.want[i] {
					t.Fatalf("variants %v, want %v", got, test.want)
				}
			}
		})
	}
}

func TestWhatCanBeSeenThroughStaysSo(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 1000, 500))
	noise(m.Pix)
	p := mustClean(t, "a.png", pngSample(t, m, 1))
	variants, err := p.Variants()
	if err != nil || len(variants) == 0 {
		t.Fatalf("%d variants, %v", len(variants), err)
	}
	for _, r := range variants {
		if r.Type != media.PNG {
			t.Errorf("a variant is %s", r.Type)
		}
	}
}

func TestAPictureTooLargeToPostHasAVariantThatFits(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 6000, 6000))
	noise(m.Pix)
	p := mustClean(t, "a.png", pngSample(t, m, 1))
	variants, err := p.Variants()
	if err != nil || len(variants) != 4 {
		t.Fatalf("%d variants, %v", len(variants), err)
	}
	largest := variants[len(variants)-1]
	if largest.Width*largest.Height > 33_177_600 || len(largest.Data) > 16<<20 || largest.Width != 4096 {
		t.Errorf("%d × %d in %d bytes", largest.Width, largest.Height, len(largest.Data))
	}
}

// noise fills pixels with what does not compress, so that variants are smaller than it.
func noise(pixels []byte) {
	state := uint32(1)
	for i := range pixels {
		state = state*1664525 + 1013904223
		pixels[i] = uint8(state >> 26)
	}
}
