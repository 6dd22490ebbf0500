package media

import (
	"bytes"
	"compress/lzw"
	"encoding/binary"
	"io"
)

// gifParts is a GIF taken apart.
type gifParts struct {
	clean    []byte
	animated bool
}

// What introduces the blocks of a GIF (GIF89a, appendix A).
const (
	gifExtension   = 0x21
	gifImage       = 0x2c
	gifTrailer     = 0x3b
	gifControl     = 0xf9
	gifApplication = 0xff
)

// splitGIF walks over the blocks of a GIF and reads the pixels of every frame, to see that they are there.
func splitGIF(data []byte) (*gifParts, error) {
	if len(data) < 13 || (string(data[:6]) != "GIF87a" && string(data[:6]) != "GIF89a") {
		return nil, broken("GIF picture")
	}
	w := gifWalker{rest: data, out: bytes.NewBuffer(make([]byte, 0, len(data)))}
	width, height := int(binary.LittleEndian.Uint16(data[6:])), int(binary.LittleEndian.Uint16(data[8:]))
	w.take(13)
	w.take(colours(data[10]))
	frames := 0
	for !w.failed {
		switch introducer := w.peek(0); introducer {
		case gifTrailer:
			if frames == 0 {
				return nil, broken("GIF picture")
			}
			w.take(1)
			if w.failed {
				return nil, broken("GIF picture")
			}
			return &gifParts{clean: w.out.Bytes(), animated: frames > 1}, nil
		case gifExtension:
			w.extension()
		case gifImage:
			frames++
			if err := checkFrames(frames, width, height); err != nil {
				return nil, err
			}
			if !w.frame(width, height) {
				return nil, broken("GIF picture")
			}
		default:
			return nil, broken("GIF picture")
		}
	}
	return nil, broken("GIF picture")
}

// colours is the size of a table of colours, in bytes, by its flags.
func colours(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

type gifWalker struct {
	rest   []byte
	out    *bytes.Buffer
	failed bool
}

func (w *gifWalker) peek(i int) byte {
	if i >= len(w.rest) {
		w.failed = true
		return 0
	}
	return w.rest[i]
}

// take keeps the next n bytes.
func (w *gifWalker) take(n int) []byte {
	taken := w.skip(n)
	w.out.Write(taken)
	return taken
}

func (w *gifWalker) skip(n int) []byte {
	if n > len(w.rest) {
		w.failed = true
		n = len(w.rest)
	}
	skipped := w.rest[:n]
	w.rest = w.rest[n:]
	return skipped
}

// extension keeps what makes a GIF move and see-through, and how often it moves; not comments, and not what programs left.
func (w *gifWalker) extension() {
	label := w.peek(1)
	move := w.skip
	switch {
	case label == gifControl:
		move = w.take
	case label == gifApplication && len(w.rest) >= 14:
		if id := string(w.rest[3:14]); id == "NETSCAPE2.0" || id == "ANIMEXTS1.0" {
			move = w.take
		}
	}
	move(2)
	for !w.failed {
		n := int(w.peek(0))
		move(1 + n)
		if n == 0 {
			return
		}
	}
}

// frame keeps one frame, and reports whether all its pixels are there.
func (w *gifWalker) frame(width, height int) bool {
	descriptor := w.take(10)
	if w.failed {
		return false
	}
	left, top := int(binary.LittleEndian.Uint16(descriptor[1:])), int(binary.LittleEndian.Uint16(descriptor[3:]))
	across, down := int(binary.LittleEndian.Uint16(descriptor[5:])), int(binary.LittleEndian.Uint16(descriptor[7:]))
	if left+across > width || top+down > height {
		return false
	}
	w.take(colours(descriptor[9]))
	codeBits := int(w.peek(0))
	w.take(1)
	if w.failed || codeBits < 2 || codeBits > 8 {
		return false
	}
	blocks := &gifBlocks{w: w}
	pixels := int64(across) * int64(down)
	r := lzw.NewReader(blocks, lzw.LSB, codeBits)
	n, err := io.CopyN(io.Discard, r, pixels)
	_ = r.Close() // it was only read
	if err != nil || n != pixels {
		return false
	}
	_, err = io.Copy(io.Discard, blocks) // what is left of the blocks
	return err == nil
}

// gifBlocks reads the data of a frame out of the small blocks that it comes in, and keeps them.
type gifBlocks struct {
	w       *gifWalker
	current []byte
	ended   bool
}

func (b *gifBlocks) ReadByte() (byte, error) {
	for len(b.current) == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	c := b.current[0]
	b.current = b.current[1:]
	return c, nil
}

func (b *gifBlocks) Read(p []byte) (int, error) {
	for len(b.current) == 0 {
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.current)
	b.current = b.current[n:]
	return n, nil
}

func (b *gifBlocks) next() error {
	if b.ended {
		return io.EOF
	}
	n := int(b.w.peek(0))
	block := b.w.take(1 + n)
	if b.w.failed {
		return io.ErrUnexpectedEOF
	}
	b.current, b.ended = block[1:], n == 0
	return nil
}
