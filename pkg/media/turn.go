package media

import (
	"image"
	"image/draw"
)

// turn returns a picture as it is to be seen, for the eight ways a camera can be held.
func turn(src image.Image, o int) image.Image {
	b := src.Bounds()
	w, h := b.Dx(), b.Dy()
	across, down := turned(w, h, o)
	to := image.Rect(0, 0, across, down)
	m := mover{w: w, h: h, o: o, across: across}
	switch s := src.(type) {
	case *image.NRGBA:
		d := image.NewNRGBA(to)
		m.all(d.Pix, s.Pix, s.Stride, 4)
		return d
	case *image.RGBA:
		d := image.NewRGBA(to)
		m.all(d.Pix, s.Pix, s.Stride, 4)
		return d
	case *image.NRGBA64:
		d := image.NewNRGBA64(to)
		m.all(d.Pix, s.Pix, s.Stride, 8)
		return d
	case *image.RGBA64:
		d := image.NewRGBA64(to)
		m.all(d.Pix, s.Pix, s.Stride, 8)
		return d
	case *image.Gray:
		d := image.NewGray(to)
		m.all(d.Pix, s.Pix, s.Stride, 1)
		return d
	case *image.Gray16:
		d := image.NewGray16(to)
		m.all(d.Pix, s.Pix, s.Stride, 2)
		return d
	case *image.Paletted:
		d := image.NewPaletted(to, s.Palette)
		m.all(d.Pix, s.Pix, s.Stride, 1)
		return d
	}
	d := image.NewRGBA(to)
	row := image.NewRGBA(image.Rect(0, 0, w, 1))
	for y := range h {
		draw.Draw(row, row.Rect, src, image.Pt(b.Min.X, b.Min.Y+y), draw.Src)
		m.row(d.Pix, row.Pix, y, 4)
	}
	return d
}

// mover puts the pixels of a picture of w × h into one that is turned.
type mover struct{ w, h, o, across int }

func (m mover) all(dst, src []byte, stride, size int) {
	for y := range m.h {
		m.row(dst, src[y*stride:], y, size)
	}
}

// row moves the row y, whose pixels have size bytes each.
func (m mover) row(dst, row []byte, y, size int) {
	x0, y0 := m.place(0, y)
	at := (y0*m.across + x0) * size
	step := 0
	if m.w > 1 {
		x1, y1 := m.place(1, y)
		step = (y1*m.across+x1)*size - at
	}
	for x := range m.w {
		copy(dst[at:at+size], row[x*size:x*size+size])
		at += step
	}
}

// place is where a pixel goes (Exif 2.32, section 4.6.4, tag Orientation).
func (m mover) place(x, y int) (int, int) {
	switch m.o {
	case 2:
		return m.w - 1 - x, y
	case 3:
		return m.w - 1 - x, m.h - 1 - y
	case 4:
		return x, m.h - 1 - y
	case 5:
		return y, x
	case 6:
		return m.h - 1 - y, x
	case 7:
		return m.h - 1 - y, m.w - 1 - x
	case 8:
		return y, m.w - 1 - x
	}
	return x, y
}
