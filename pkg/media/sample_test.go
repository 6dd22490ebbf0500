package media_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"
)

// position is what a camera writes about where it was; it must be nowhere in what we keep.
const position = "43.2389N 76.8897E"

// quarters is a picture whose left upper corner is red; the others are green, blue and white.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 0, 0, 255}
			switch {
			case x >= w/2 && y >= h/2:
				c = color.RGBA{255, 255, 255, 255}
			case x >= w/2:
				c = color.RGBA{0, 255, 0, 255}
			case y >= h/2:
				c = color.RGBA{0, 0, 255, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

// exif is what a camera writes: how it was held, and where.
func exif(o int) []byte {
	b := []byte("MM\x00*\x00\x00\x00\x08\x00\x02\x01\x12\x00\x03\x00\x00\x00\x01")
	b = append(b, 0, byte(o), 0, 0)
	b = append(b, 0x88, 0x25, 0, 2, 0, 0, 0, byte(len(position)), 0, 0, 0, 38, 0, 0, 0, 0)
	return append(b, position...)
}

func segment(marker byte, content string) []byte {
	n := len(content) + 2
	return append([]byte{0xff, marker, byte(n >> 8), byte(n)}, content...)
}

const profile = "a profile of colours"

// jpegSample is a JPEG as cameras write it.
func jpegSample(t testing.TB, w, h, o int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, quarters(w, h), nil); err != nil {
		t.Fatal(err)
	}
	out := []byte{0xff, 0xd8}
	out = append(out, segment(0xe1, "Exif\x00\x00"+string(exif(o)))...)
	out = append(out, segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00<x>"+position+"</x>")...)
	out = append(out, segment(0xed, "Photoshop 3.0\x00"+position)...)
	out = append(out, segment(0xe2, "ICC_PROFILE\x00\x01\x01"+profile)...)
	out = append(out, segment(0xfe, position)...)
	out = append(out, b.Bytes()[2:]...)
	return append(out, "a film of the moment at "+position...)
}

func pngChunk(name, content string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(b, name+content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func pngSample(t testing.TB, m image.Image, o int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	const header = 33
	out := bytes.Clone(b.Bytes()[:header])
	out = append(out, pngChunk("tEXt", "Comment\x00"+position)...)
	out = append(out, pngChunk("eXIf", string(exif(o)))...)
	return append(append(out, b.Bytes()[header:]...), position...)
}

// pngBomb is a PNG of a few hundred bytes that says it is enormous.
func pngBomb(w, h uint32) []byte {
	ihdr := binary.BigEndian.AppendUint32(nil, w)
	ihdr = binary.BigEndian.AppendUint32(ihdr, h)
	out := append([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", string(ihdr)+"\x08\x06\x00\x00\x00")...)
	out = append(out, pngChunk("IDAT", "x\x9c\x01\x00\x00\xff\xff\x00\x00\x00\x01")...)
	return append(out, pngChunk("IEND", "")...)
}

func gifSample(t testing.TB, frames int) []byte {
	t.Helper()
	palette := color.Palette{color.RGBA{255, 0, 0, 255}, color.RGBA{0, 255, 0, 255}, color.RGBA{0, 0, 255, 255}, color.White}
	var g gif.GIF
	for range frames {
		m := image.NewPaletted(image.Rect(0, 0, 40, 20), palette)
		draw.Draw(m, m.Rect, quarters(40, 20), image.Point{}, draw.Src)
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 10)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	comment := append([]byte{0x21, 0xfe, byte(len(position))}, position...)
	comment = append(comment, 0)
	xmp := append([]byte("\x21\xff\x0bXMP DataXMP"), byte(len(position)))
	xmp = append(append(xmp, position...), 0)
	data := b.Bytes()
	end := len(data) - 1
	out := append(bytes.Clone(data[:end]), comment...)
	return append(append(append(out, xmp...), ';'), position...)
}

// bits writes numbers of a few bits each, the lowest bit first.
type bits struct {
	b []byte
	n uint
}

func (w *bits) put(v uint32, n uint) {
	for i := range n {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[len(w.b)-1] |= byte(v>>i&1) << (w.n % 8)
		w.n++
	}
}

// lossless is the content of a chunk VP8L: red, with the left upper quarter in yellow, so that one can see how it lies.
func lossless(w, h int) []byte {
	var b bits
	b.put(0x2f, 8)
	b.put(uint32(w-1), 14)
	b.put(uint32(h-1), 14)
	b.put(0, 1+3) // no alpha, version 0
	b.put(0, 1)   // no transform
	b.put(0, 1)   // no colour cache
	b.put(0, 1)   // one set of codes
	b.put(1, 1)   // green: a simple code
	b.put(1, 1)   // of two symbols
	b.put(1, 1)   // of eight bits
	b.put(0, 8)
	b.put(255, 8)
	for _, symbol := range []uint32{255, 0, 255, 0} { // red, blue, alpha, distance: one symbol each
		b.put(1, 1)
		b.put(0, 1)
		b.put(1, 1)
		b.put(symbol, 8)
	}
	for y := range h {
		for x := range w {
			green := uint32(0)
			if x < w/2 && y < h/2 {
				green = 1
			}
			b.put(green, 1)
		}
	}
	return b.b
}

func riffChunk(name string, content []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(content)))
	out = append(out, content...)
	if len(content)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

func riff(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), bytes.Join(chunks, nil)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func extended(flags byte, w, h int) []byte {
	return riffChunk("VP8X", []byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), 0, byte(h - 1), byte((h - 1) >> 8), 0})
}

func webpSample(w, h, o int) []byte {
	return riff(extended(0x0c, w, h), riffChunk("VP8L", lossless(w, h)), riffChunk("EXIF", exif(o)), riffChunk("XMP ", []byte(position)))
}

func webpAnimation(w, h int) []byte {
	frame := []byte{0, 0, 0, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), 0, byte(h - 1), byte((h - 1) >> 8), 0, 100, 0, 0, 0}
	frame = append(frame, riffChunk("VP8L", lossless(w, h))...)
	frame = append(frame, riffChunk("NOTE", []byte(position))...)
	return riff(
		extended(0x02|0x04, w, h), riffChunk("ANIM", make([]byte, 6)),
		riffChunk("ANMF", frame), riffChunk("ANMF", frame), riffChunk("XMP ", []byte(position)),
	)
}

// office is a zip with files, of which the first are what says what it is.
func office(t testing.TB, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f[0])
		if err == nil {
			_, err = w.Write([]byte(f[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func docx(t testing.TB, main string) []byte {
	t.Helper()
	types := `<?xml version="1.0"?><Types><Override PartName="/word/document.xml" ContentType="application/` + main + `"/></Types>`
	return office(t, [2]string{"[Content_Types].xml", types}, [2]string{"_rels/.rels", ""}, [2]string{"word/document.xml", "<w/>"})
}

// scans is a JPEG whose pixels come many times.
func scans(t testing.TB, times int) []byte {
	t.Helper()
	data := jpegSample(t, 16, 8, 1)
	at := bytes.Index(data, []byte{0xff, 0xda})
	end := bytes.Index(data[at:], []byte{0xff, 0xd9}) + at
	return append(append(bytes.Clone(data[:at]), bytes.Repeat(data[at:end], times)...), 0xff, 0xd9)
}

// manyFrames is a GIF of one pixel that is shown more often than anybody would look.
func manyFrames() []byte {
	data := []byte("GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff")
	frame := []byte(",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00")
	return append(append(data, bytes.Repeat(frame, 10_001)...), ';')
}
