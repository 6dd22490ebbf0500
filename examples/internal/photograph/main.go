// Command photograph draws the photograph of the examples: a street door with a ramp, as a telephone would have taken it,
// held upright. So it is stored lying on its side, with a note how to turn it and one where it was taken; what Carillon
// makes of both is the point of the example. The door is nowhere: it is drawn, and the position is that of a city's middle.
//
//	go run ./examples/internal/photograph > examples/files/street-door.jpg
package main

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"log"
	"math"
	"os"
)

// The picture as it is seen, in pixels.
const (
	width  = 1200
	height = 1600
)

func main() {
	log.SetFlags(0)
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, lying(), &jpeg.Options{Quality: 76}); err != nil {
		log.Fatal(err)
	}
	notes := exif()
	out := []byte{0xff, 0xd8, 0xff, 0xe1}
	out = binary.BigEndian.AppendUint16(out, uint16(len(notes)+2))
	out = append(append(out, notes...), picture.Bytes()[2:]...)
	if _, err := os.Stdout.Write(out); err != nil {
		log.Fatal(err)
	}
}

// lying is the picture as the sensor has it: a quarter turned to the left.
func lying() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, height, width))
	for y := range width {
		for x := range height {
			m.SetRGBA(x, y, scene(width-1-y, x))
		}
	}
	return m
}

// scene is the colour of a point as it is seen.
func scene(x, y int) color.RGBA {
	fx, fy := float64(x)/width, float64(y)/height
	grain := soft(x, y, 90)*0.5 + soft(x, y, 23)*0.3
	var r, g, b float64
	switch {
	case fy > 0.86: // the pavement
		joint := line(fx*6+fy*2, 0.015)
		r, g, b = 150+14*grain-34*joint, 147+14*grain-34*joint, 142+14*grain-34*joint
	case fy > rampAt(fx) && fx > 0.3: // the ramp
		r, g, b = 186+10*grain, 182+10*grain, 174+10*grain
		if fy < rampAt(fx)+0.008 {
			r, g, b = 205, 201, 192
		}
	case fx > 0.13 && fx < 0.45 && fy > 0.36: // the door and its frame
		r, g, b = door(fx, fy, grain)
	case window(fx, fy):
		shine := math.Max(0, 1-math.Abs(fx-fy*0.7-0.32)*7)
		r, g, b = 62+70*shine, 84+74*shine, 98+78*shine
		if line((fx-0.58)*6.67, 0.04) > 0 || line((fy-0.2)*4, 0.03) > 0 {
			r, g, b = 226, 222, 212
		}
	default: // the wall
		row := math.Floor(fy * 44)
		joint := math.Max(line(fy*44, 0.07), line(fx*15+0.5*math.Mod(row, 2), 0.03))
		r, g, b = 196+26*grain, 152+22*grain, 118+18*grain
		r, g, b = r-24*joint, g-18*joint, b-10*joint
	}
	if rail(fx, fy) {
		r, g, b = 66, 72, 78
	}
	light := 1.04 - 0.24*(fx-0.3)*(fx-0.3) - 0.2*(fy-0.5)*(fy-0.5) // the corners are darker
	return color.RGBA{level(r * light), level(g * light), level(b * light), 255}
}

// rampAt is how high the ramp is.
func rampAt(fx float64) float64 { return 0.8 + 0.1*math.Max(0, fx-0.45) }

func door(fx, fy, grain float64) (r, g, b float64) {
	if fx < 0.15 || fx > 0.43 || fy < 0.38 {
		return 224, 219, 208
	}
	panel := math.Mod((fx-0.15)*7.14, 1)
	r, g, b = 34+10*grain, 86+14*grain, 92+14*grain
	if panel > 0.12 && panel < 0.88 && (fy > 0.42 && fy < 0.56 || fy > 0.6 && fy < 0.77) {
		r, g, b = r+16, g+20, b+20
	}
	if math.Hypot((fx-0.275)*width, (fy-0.6)*height) < 13 {
		r, g, b = 208, 176, 96
	}
	return r, g, b
}

func window(fx, fy float64) bool { return fx > 0.58 && fx < 0.88 && fy > 0.2 && fy < 0.45 }

// rail reports whether a point is of the railing along the ramp.
func rail(fx, fy float64) bool {
	if fx < 0.47 || fx > 0.97 {
		return false
	}
	top := rampAt(fx) - 0.16
	post := math.Mod((fx-0.47)*10, 1) < 0.08
	return fy > top && fy < top+0.012 || post && fy > top && fy < rampAt(fx)
}

// line is 1 on lines that are 1 apart and as wide as said, else 0.
func line(at, wide float64) float64 {
	if f := at - math.Floor(at); f < wide {
		return 1
	}
	return 0
}

func level(v float64) uint8 { return uint8(math.Min(255, math.Max(0, v))) }

// soft is noise from -1 to 1 that changes slowly, over as many pixels as said.
func soft(x, y, over int) float64 {
	at := func(x, y int) float64 {
		h := uint32(x)*374761393 + uint32(y)*668265263
		h = (h ^ h>>13) * 1274126177
		return float64(h>>16)/32768 - 1
	}
	gx, gy := x/over, y/over
	tx, ty := float64(x%over)/float64(over), float64(y%over)/float64(over)
	tx, ty = tx*tx*(3-2*tx), ty*ty*(3-2*ty)
	above := at(gx, gy)*(1-tx) + at(gx+1, gy)*tx
	below := at(gx, gy+1)*(1-tx) + at(gx+1, gy+1)*tx
	return above*(1-ty) + below*ty
}

// exif is what a camera notes (Exif 2.32): how it was held, when, and where.
func exif() []byte {
	const (
		ascii, short, long, rational = 2, 3, 4, 5
		gpsAt                        = 8 + 2 + 4*12 + 4 // behind the list at 8
		timeAt                       = gpsAt + 2 + 4*12 + 4
		latitudeAt                   = timeAt + 20
		longitudeAt                  = latitudeAt + 24
	)
	b := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08")
	field := func(tag, kind uint16, count, value uint32) {
		b = binary.BigEndian.AppendUint16(b, tag)
		b = binary.BigEndian.AppendUint16(b, kind)
		b = binary.BigEndian.AppendUint32(b, count)
		b = binary.BigEndian.AppendUint32(b, value)
	}
	list := func(fields int) { b = binary.BigEndian.AppendUint16(b, uint16(fields)) }
	end := func() { b = binary.BigEndian.AppendUint32(b, 0) }
	list(4)
	field(0x010f, ascii, 4, 'N'<<24|'o'<<16|'n'<<8) // the maker: "Non"
	field(0x0112, short, 1, 6<<16)                  // to be turned a quarter to the right
	field(0x0132, ascii, 20, timeAt)
	field(0x8825, long, 1, gpsAt)
	end()
	list(4)
	field(1, ascii, 2, 'N'<<24)
	field(2, rational, 3, latitudeAt)
	field(3, ascii, 2, 'E'<<24)
	field(4, rational, 3, longitudeAt)
	end()
	b = append(b, "2026:04:13 10:20:00\x00"...)
	for _, n := range []uint32{43, 1, 14, 1, 20, 1, 76, 1, 53, 1, 22, 1} { // 43° 14′ 20″ N, 76° 53′ 22″ E
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return b
}
