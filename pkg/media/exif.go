package media

import (
	"bytes"
	"encoding/binary"
)

// upright is the orientation of a picture that is stored as it is to be seen (Exif 2.32, section 4.6.4, tag Orientation:
// 1 to 8).
const upright = 1

const orientationTag = 0x0112

// orientation reads how a picture is to be turned from its Exif, which is a TIFF file of its own. What cannot be read
// counts as upright.
func orientation(exif []byte) int {
	exif = bytes.TrimPrefix(exif, []byte("Exif\x00\x00"))
	if len(exif) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(exif[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	at := uint64(order.Uint32(exif[4:]))
	if at+2 > uint64(len(exif)) {
		return upright
	}
	fields := exif[at+2:]
	for range order.Uint16(exif[at:]) {
		if len(fields) < 12 {
			break
		}
		const short = 3
		if order.Uint16(fields) == orientationTag && order.Uint16(fields[2:]) == short {
			if o := int(order.Uint16(fields[8:])); o >= 1 && o <= 8 {
				return o
			}
			break
		}
		fields = fields[12:]
	}
	return upright
}

// orientationOnly is an Exif that says how a picture is to be turned and nothing else.
func orientationOnly(o int) []byte {
	return []byte{
		'M', 'M', 0, '*', 0, 0, 0, 8, // the list of fields begins at byte 8
		0, 1, // one field
		orientationTag >> 8, orientationTag & 0xff, 0, 3, 0, 0, 0, 1, 0, byte(o), 0, 0,
		0, 0, 0, 0, // no further list
	}
}

// turned is a picture's size when it is seen.
func turned(width, height, o int) (int, int) {
	if o >= 5 {
		return height, width
	}
	return width, height
}
