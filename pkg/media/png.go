package media

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngNeeds are the chunks that it takes to show a picture as it is meant, moving ones too (PNG, third edition, section 11).
// All others say something about it.
var pngNeeds = []string{
	"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "bKGD", "pHYs", "cICP", "mDCV", "cLLI",
	"acTL", "fcTL", "fdAT",
}

// pngParts is a PNG taken apart.
type pngParts struct {
	clean       []byte
	orientation int
	profile     []byte
	animated    bool
	frames      int // of an animation
	bitDepth    int
	interlaced  bool
}

// pngSize is what a PNG says of its size, which need not be possible. One that does not even say that has a pixel.
func pngSize(data []byte) (width, height int) {
	const at = len(pngSignature) + 8 // behind the length and the name of the first chunk
	if len(data) < at+8 || string(data[at-4:at]) != "IHDR" {
		return 1, 1
	}
	return int(binary.BigEndian.Uint32(data[at:])), int(binary.BigEndian.Uint32(data[at+4:]))
}

// splitPNG walks over the chunks of a PNG. What comes after the picture is left out.
func splitPNG(data []byte) (*pngParts, error) {
	p := &pngParts{orientation: upright}
	if !bytes.HasPrefix(data, []byte(pngSignature)) {
		return nil, broken("PNG picture")
	}
	out := bytes.NewBuffer(make([]byte, 0, len(data)))
	out.WriteString(pngSignature)
	for rest := data[len(pngSignature):]; ; {
		if len(rest) < 12 {
			return nil, broken("PNG picture")
		}
		length := uint64(binary.BigEndian.Uint32(rest))
		if length+12 > uint64(len(rest)) {
			return nil, broken("PNG picture")
		}
		chunk, name, content := rest[:length+12], string(rest[4:8]), rest[8:8+length]
		if crc32.ChecksumIEEE(chunk[4:8+length]) != binary.BigEndian.Uint32(chunk[8+length:]) {
			return nil, broken("PNG picture")
		}
		rest = rest[length+12:]
		switch {
		case name == "eXIf" && p.orientation == upright:
			p.orientation = orientation(content)
		case name == "iCCP":
			p.profile = inflateProfile(content)
		case name == "acTL":
			p.animated = true
		case name == "fcTL":
			p.frames++
		case name == "IHDR" && len(content) == 13:
			p.bitDepth, p.interlaced = int(content[8]), content[12] != 0
		}
		if slices.Contains(pngNeeds, name) {
			out.Write(chunk)
		}
		if name == "IEND" {
			p.clean = out.Bytes()
			return p, nil
		}
	}
}

// inflateProfile reads the chunk iCCP: a name, a zero, the method, and the profile, compressed.
func inflateProfile(content []byte) []byte {
	_, packed, ok := bytes.Cut(content, []byte{0})
	if !ok || len(packed) < 1 || packed[0] != 0 {
		return nil
	}
	r, err := zlib.NewReader(bytes.NewReader(packed[1:]))
	if err != nil {
		return nil
	}
	profile, err := io.ReadAll(io.LimitReader(r, maxProfileBytes+1))
	if err != nil || len(profile) > maxProfileBytes {
		return nil
	}
	return profile
}

// withPNGProfile puts a colour profile into a PNG that has none.
func withPNGProfile(data, profile []byte) []byte {
	const header = len(pngSignature) + 12 + 13 // up to the end of IHDR
	if len(profile) == 0 || len(data) < header {
		return data
	}
	var packed bytes.Buffer
	packed.WriteString("ICC\x00\x00")
	// A buffer takes everything.
	w := zlib.NewWriter(&packed)
	_, _ = w.Write(profile)
	_ = w.Close()
	chunk := binary.BigEndian.AppendUint32(nil, uint32(packed.Len()))
	chunk = append(chunk, "iCCP"...)
	chunk = append(chunk, packed.Bytes()...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
	return slices.Concat(data[:header], chunk, data[header:])
}
