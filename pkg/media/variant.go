package media

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
)

// variantQuality is the JPEG quality of variants, in percent.
const variantQuality = 82

// widths are those of the variants, in pixels, for pages on small and large screens.
func widths() []int { return []int{480, 960, 1600} }

// What Mastodon takes of a picture by default: its bytes (MediaAttachment::IMAGE_LIMIT) and its pixels
// (Attachmentable::MAX_MATRIX_LIMIT). Larger ones get a variant that fits, with this many pixels on its longer side.
const (
	postableBytes  = 16 << 20
	postablePixels = 33_177_600
	postableSide   = 4096
)

// Variant is a smaller version of a picture.
type Variant struct {
	Type          string
	Data          []byte
	Width, Height int
}

// Variants makes the smaller versions of a picture, by ascending width. Animations have none, and neither has what would
// not be smaller.
func (p *Picture) Variants() ([]Variant, error) {
	if p.Animated {
		return nil, nil
	}
	var variants []Variant
	source := p.shown
	// From the largest to the smallest, each made of the one before: every pixel of the original is read once.
	sizes := p.sizes()
	for i := len(sizes) - 1; i >= 0; i-- {
		small := shrink(source, sizes[i].X, sizes[i].Y)
		source = small
		r, err := p.encode(small)
		if err != nil {
			return nil, err
		}
		if len(r.Data) < len(p.Data) {
			variants = append([]Variant{r}, variants...)
		}
	}
	return variants, nil
}

func (p *Picture) sizes() []image.Point {
	var sizes []image.Point
	for _, w := range widths() {
		if w < p.Width {
			sizes = append(sizes, image.Pt(w, max(1, int(math.Round(float64(p.Height)*float64(w)/float64(p.Width))))))
		}
	}
	longer := max(p.Width, p.Height)
	if len(p.Data) <= postableBytes && p.Width*p.Height <= postablePixels || longer <= postableSide {
		return sizes
	}
	ratio := postableSide / float64(longer)
	fit := image.Pt(max(1, int(float64(p.Width)*ratio)), max(1, int(float64(p.Height)*ratio)))
	at := 0
	for at < len(sizes) && sizes[at].X < fit.X {
		at++
	}
	// Of what is larger than that, pages of a very high picture would get more than they can show.
	return append(sizes[:at], fit)
}

// encode writes photographs as JPEG, and what can be seen through or has few colours as PNG.
func (p *Picture) encode(small *image.RGBA) (Variant, error) {
	r := Variant{Type: JPEG, Width: small.Rect.Dx(), Height: small.Rect.Dy()}
	profile := p.profile
	if m := p.shown.ColorModel(); m == color.GrayModel || m == color.Gray16Model {
		profile = nil // it is of greys, and the variant has colours
	}
	var err error
	if p.Type.MIME == GIF || p.drawn() {
		r.Type = PNG
		r.Data, err = encodePNG(small, profile)
		return r, err
	}
	r.Data, err = encodeJPEG(small, variantQuality, profile)
	return r, err
}

// drawn reports whether a picture is no photograph.
func (p *Picture) drawn() bool {
	if _, few := p.shown.(*image.Paletted); few {
		return true
	}
	o, ok := p.shown.(interface{ Opaque() bool })
	return ok && !o.Opaque()
}

// smoothBytes is how much memory smooth scaling may take; what needs more is scaled more simply.
const smoothBytes = 128 << 20

// shrink scales a picture down: first by a whole number, each pixel the mean of a square, then the rest of the way.
func shrink(src image.Image, w, h int) *image.RGBA {
	b := src.Bounds()
	if k := min(b.Dx()/w, b.Dy()/h); k > 1 {
		src = means(src, k)
		b = src.Bounds()
	}
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	var scaler draw.Scaler = draw.CatmullRom
	const perPixel = 32 // of what it keeps in between: as wide as the result, as high as the source
	if w*b.Dy()*perPixel > smoothBytes {
		scaler = draw.ApproxBiLinear
	}
	scaler.Scale(dst, dst.Rect, src, b, draw.Src, nil)
	return dst
}

// means makes one pixel of each square of k × k.
func means(src image.Image, k int) *image.RGBA {
	b := src.Bounds()
	w, h := b.Dx()/k, b.Dy()/k
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	strip := image.NewRGBA(image.Rect(0, 0, b.Dx(), k))
	sums := make([]uint32, 4*w)
	area := uint32(k * k)
	for y := range h {
		draw.Draw(strip, strip.Rect, src, image.Pt(b.Min.X, b.Min.Y+y*k), draw.Src)
		clear(sums)
		for sy := range k {
			row := strip.Pix[sy*strip.Stride:]
			for x := range w {
				for sx := range k {
					pixel := row[4*(x*k+sx) : 4*(x*k+sx)+4]
					sums[4*x] += uint32(pixel[0])
					sums[4*x+1] += uint32(pixel[1])
					sums[4*x+2] += uint32(pixel[2])
					sums[4*x+3] += uint32(pixel[3])
				}
			}
		}
		out := dst.Pix[y*dst.Stride:]
		for i, sum := range sums {
			out[i] = byte((sum + area/2) / area)
		}
	}
	return dst
}
