package media

import (
	"bytes"
	"encoding/binary"
	"image"
	"slices"

	"golang.org/x/image/webp"
)

// Flags of the chunk VP8X (RFC 9649, section 2.7).
const (
	webpAnimated = 0x02
	webpXMP      = 0x04
	webpExif     = 0x08
	webpAlpha    = 0x10
)

// webpNeeds are the chunks that it takes to show a picture.
var webpNeeds = []string{"VP8X", "VP8 ", "VP8L", "ALPH", "ICCP", "ANIM", "ANMF"}

// webpParts is a WebP taken apart.
type webpParts struct {
	clean         []byte
	orientation   int
	profile       []byte
	animated      bool
	width, height int // of an animation
}

// splitWebP walks over the chunks of a WebP. How it is to be turned stays in it, for lack of anything that could write a
// turned one; nothing else of its metadata does.
func splitWebP(data []byte) (*webpParts, error) {
	p := &webpParts{orientation: upright}
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WEBP" {
		return nil, broken("WebP picture")
	}
	size := uint64(binary.LittleEndian.Uint32(data[4:])) + 8
	if size > uint64(len(data)) || size < 12 {
		return nil, broken("WebP picture")
	}
	chunks, ok := webpChunks(data[12:size])
	if !ok {
		return nil, broken("WebP picture")
	}
	var kept []webpChunk
	extended := -1
	for _, c := range chunks {
		switch c.name {
		case "EXIF":
			if p.orientation == upright {
				p.orientation = orientation(c.content)
			}
		case "ICCP":
			if len(c.content) <= maxProfileBytes {
				p.profile = c.content
			}
		case "VP8X":
			if len(c.content) < 10 || extended >= 0 || len(kept) > 0 {
				return nil, broken("WebP picture")
			}
			extended = len(kept)
			c.content = slices.Clone(c.content)
			c.content[0] &^= webpXMP | webpExif
			p.animated = c.content[0]&webpAnimated != 0
			p.width, p.height = 1+int(uint24(c.content[4:])), 1+int(uint24(c.content[7:]))
		case "ANMF":
			c.content, ok = cleanFrame(c.content)
			if !ok {
				return nil, broken("WebP picture")
			}
		}
		if slices.Contains(webpNeeds, c.name) {
			kept = append(kept, c)
		}
	}
	if p.orientation != upright && extended >= 0 {
		kept[extended].content[0] |= webpExif
		kept = append(kept, webpChunk{"EXIF", orientationOnly(p.orientation)})
	} else {
		p.orientation = upright // without VP8X there is no place for it, and nobody looks
	}
	p.clean = joinWebP(kept)
	return p, nil
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

type webpChunk struct {
	name    string
	content []byte
}

func webpChunks(data []byte) ([]webpChunk, bool) {
	var chunks []webpChunk
	for len(data) > 0 {
		if len(data) < 8 {
			return nil, false
		}
		n := uint64(binary.LittleEndian.Uint32(data[4:]))
		if n+8 > uint64(len(data)) {
			return nil, false
		}
		chunks = append(chunks, webpChunk{string(data[:4]), data[8 : 8+n]})
		data = data[min(8+n+n&1, uint64(len(data))):]
	}
	return chunks, true
}

func joinWebP(chunks []webpChunk) []byte {
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	for _, c := range chunks {
		out = appendChunk(out, c)
	}
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

func appendChunk(out []byte, c webpChunk) []byte {
	out = append(out, c.name...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(c.content)))
	out = append(out, c.content...)
	if len(c.content)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

// frameHeader is how long the description of a frame is, before its chunks (RFC 9649, section 2.7.1.1).
const frameHeader = 16

// cleanFrame keeps of a frame what shows it.
func cleanFrame(content []byte) ([]byte, bool) {
	if len(content) < frameHeader {
		return nil, false
	}
	chunks, ok := webpChunks(content[frameHeader:])
	if !ok {
		return nil, false
	}
	out := slices.Clone(content[:frameHeader])
	for _, c := range chunks {
		if c.name == "ALPH" || c.name == "VP8 " || c.name == "VP8L" {
			out = appendChunk(out, c)
		}
	}
	return out, true
}

// checkFrames opens every frame of an animation, one at a time, to see that it is whole.
func (p *webpParts) checkFrames() error {
	chunks, ok := webpChunks(p.clean[12:])
	if !ok {
		return broken("WebP picture")
	}
	frames := 0
	for _, c := range chunks {
		if c.name != "ANMF" {
			continue
		}
		frames++
		x, y := 2*int(uint24(c.content)), 2*int(uint24(c.content[3:]))
		width, height := 1+int(uint24(c.content[6:])), 1+int(uint24(c.content[9:]))
		if x+width > p.width || y+height > p.height {
			return broken("WebP picture")
		}
		if err := checkFrames(frames, p.width, p.height); err != nil {
			return err
		}
		if err := checkFrame(c.content[frameHeader:], width, height); err != nil {
			return err
		}
	}
	if frames == 0 {
		return broken("WebP picture")
	}
	return nil
}

// checkFrame opens a frame as the still picture that it would be.
func checkFrame(content []byte, width, height int) error {
	chunks, ok := webpChunks(content)
	if !ok {
		return broken("WebP picture")
	}
	if len(chunks) > 0 && chunks[0].name == "ALPH" {
		extended := make([]byte, 10)
		extended[0] = webpAlpha
		putUint24(extended[4:], uint32(width-1))
		putUint24(extended[7:], uint32(height-1))
		chunks = slices.Insert(chunks, 0, webpChunk{"VP8X", extended})
	}
	still := joinWebP(chunks)
	config, err := webp.DecodeConfig(bytes.NewReader(still))
	if err != nil || config.Width != width || config.Height != height {
		return broken("WebP picture")
	}
	var shown image.Image
	if shown, err = webp.Decode(bytes.NewReader(still)); err != nil || shown.Bounds().Dx() != width {
		return broken("WebP picture")
	}
	return nil
}

func putUint24(b []byte, n uint32) { b[0], b[1], b[2] = byte(n), byte(n>>8), byte(n>>16) }
