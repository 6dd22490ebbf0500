package media

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markerSOF0 = 0xc0
	markerSOF2 = 0xc2 // progressive
	markerSOFF = 0xcf
	markerDHT  = 0xc4
	markerJPG  = 0xc8
	markerDAC  = 0xcc
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerAPP0 = 0xe0
	markerAPP1 = 0xe1
	markerAPP2 = 0xe2
	markerAPPE = 0xee
	markerAPPF = 0xef
	markerCOM  = 0xfe
)

const (
	jfifLength = 16 // of the segment, without a thumbnail
	profileTag = "ICC_PROFILE\x00"
	exifTag    = "Exif\x00\x00"
)

// jpegParts is a JPEG taken apart.
type jpegParts struct {
	clean       []byte // the file without what is not needed to show it
	orientation int
	profile     []byte
	progressive bool
	samples     float64 // for each pixel, of all its colours
}

// splitJPEG walks over the segments of a JPEG. What comes after the picture, such as a film of the moment, is left out.
func splitJPEG(data []byte) (*jpegParts, error) {
	p := &jpegParts{orientation: upright}
	if len(data) < 4 || data[0] != 0xff || data[1] != markerSOI {
		return nil, broken("JPEG picture")
	}
	out := bytes.NewBuffer(make([]byte, 0, len(data)))
	out.Write(data[:2])
	var profiles [][]byte
	scans := 0
	for at := 2; ; {
		marker, start, ok := nextMarker(data, at)
		if !ok {
			return nil, broken("JPEG picture")
		}
		if marker == markerEOI {
			out.Write([]byte{0xff, markerEOI})
			p.clean, p.profile = out.Bytes(), joinProfile(profiles)
			return p, nil
		}
		if start+2 > len(data) {
			return nil, broken("JPEG picture")
		}
		length := int(binary.BigEndian.Uint16(data[start:]))
		end := start + length
		if length < 2 || end > len(data) {
			return nil, broken("JPEG picture")
		}
		segment := data[start+2 : end]
		switch {
		case marker == markerAPP1 && bytes.HasPrefix(segment, []byte(exifTag)) && p.orientation == upright:
			p.orientation = orientation(segment)
		case marker == markerAPP2 && bytes.HasPrefix(segment, []byte(profileTag)):
			profiles = append(profiles, segment[len(profileTag):])
		}
		if isFrame(marker) {
			p.progressive, p.samples = marker == markerSOF2, samples(segment)
		}
		if keep := jpegNeeds(marker, segment); keep != nil {
			writeSegment(out, marker, keep)
		}
		at = end
		if marker == markerSOS {
			if scans++; scans > maxScans {
				return nil, unusualJPEG
			}
			at = endOfScan(data, end)
			out.Write(data[end:at])
		}
	}
}

// isFrame reports whether a marker begins the description of the picture.
func isFrame(marker byte) bool {
	return marker >= markerSOF0 && marker <= markerSOFF && marker != markerDHT && marker != markerJPG && marker != markerDAC
}

// samples is how many samples a pixel has on average: some colours have fewer than one (ITU-T T.81, section B.2.2).
func samples(frame []byte) float64 {
	if len(frame) < 6 {
		return 4
	}
	var sum, most float64
	for c := frame[6:]; len(c) >= 3; c = c[3:] {
		n := float64(c[1]>>4) * float64(c[1]&0x0f)
		sum += n
		most = max(most, n)
	}
	if most == 0 {
		return 4
	}
	return sum / most
}

// nextMarker finds the next marker, which may be preceded by fill bytes, and where what follows it begins.
func nextMarker(data []byte, at int) (marker byte, start int, ok bool) {
	if at >= len(data) || data[at] != 0xff {
		return 0, 0, false
	}
	for at < len(data) && data[at] == 0xff {
		at++
	}
	if at == len(data) || data[at] == 0 {
		return 0, 0, false
	}
	return data[at], at + 1, true
}

// endOfScan is where the compressed data that begins at a place ends: at the first marker that is no restart.
func endOfScan(data []byte, at int) int {
	for {
		i := bytes.IndexByte(data[at:], 0xff)
		if i < 0 || at+i+1 == len(data) {
			return len(data)
		}
		at += i
		if next := data[at+1]; next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7) {
			return at
		}
		at++
		if data[at] != 0xff {
			at++
		}
	}
}

// jpegNeeds is what is kept of a segment; nil: nothing. An empty segment that is kept is not nil.
func jpegNeeds(marker byte, segment []byte) []byte {
	switch {
	case marker == markerAPP0 && bytes.HasPrefix(segment, []byte("JFIF\x00")) && len(segment) >= jfifLength-2:
		keep := slices.Clone(segment[:jfifLength-2])
		keep[12], keep[13] = 0, 0 // the size of its thumbnail
		return keep
	case marker == markerAPP2 && bytes.HasPrefix(segment, []byte(profileTag)):
		return segment
	case marker == markerAPPE && bytes.HasPrefix(segment, []byte("Adobe")): // which colours are meant
		return segment
	case marker >= markerAPP0 && marker <= markerAPPF, marker == markerCOM:
		return nil
	case marker >= 0xf0 && marker <= 0xfd: // reserved: nothing that shows a picture
		return nil
	}
	return segment
}

func writeSegment(out *bytes.Buffer, marker byte, segment []byte) {
	n := len(segment) + 2
	out.Write([]byte{0xff, marker, byte(n >> 8), byte(n)})
	out.Write(segment)
}

// joinProfile puts a colour profile together, whose pieces are numbered (ICC.1:2022, annex B.4).
func joinProfile(pieces [][]byte) []byte {
	pieces = slices.DeleteFunc(slices.Clone(pieces), func(p []byte) bool { return len(p) < 2 })
	slices.SortStableFunc(pieces, func(a, b []byte) int { return int(a[0]) - int(b[0]) })
	var profile []byte
	for _, p := range pieces {
		profile = append(profile, p[2:]...)
	}
	if len(profile) > maxProfileBytes {
		return nil
	}
	return profile
}

// withProfile puts a colour profile into a JPEG that has none.
func withProfile(data, profile []byte) []byte {
	if len(profile) == 0 || len(data) < 2 {
		return data
	}
	const most = 65535 - 2 - len(profileTag) - 2
	out := bytes.NewBuffer(make([]byte, 0, len(data)+len(profile)+1024))
	out.Write(data[:2])
	pieces := slices.Collect(slices.Chunk(profile, most))
	for i, piece := range pieces {
		segment := append([]byte(profileTag), byte(i+1), byte(len(pieces)))
		writeSegment(out, markerAPP2, append(segment, piece...))
	}
	out.Write(data[2:])
	return out.Bytes()
}
