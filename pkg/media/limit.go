package media

import "fmt"

// Limits of one file. Errors tell them.
const (
	// MaxPictureBytes is the largest picture, in bytes. One at a time is opened in memory.
	MaxPictureBytes = 32 << 20
	// MaxFileBytes is the largest file of any other type, in bytes.
	MaxFileBytes = 250 << 20
	// MaxPixels is the largest picture, in pixels.
	MaxPixels = 100_000_000
	// MaxOpenBytes is how much memory a picture may take while it is open.
	MaxOpenBytes = 512 << 20
	// MaxAnimationPixels is how many pixels the frames of an animation may have together.
	MaxAnimationPixels = 1_000_000_000
	// MaxFrames is how many frames an animation may have.
	MaxFrames = 10_000
	// MaxNameLength is the longest name of a file, in bytes.
	MaxNameLength = 200
)

// maxScans is how many times a JPEG may go over its pixels; programs write a dozen. Each takes time, and few bytes.
const maxScans = 100

// maxProfileBytes is the largest colour profile that is kept; real ones have a few KiB.
const maxProfileBytes = 1 << 20

// Refusal says why a file is not taken: a sentence without a full stop that can stand behind the file's name and a colon.
type Refusal string

// Error implements error.
func (r Refusal) Error() string { return string(r) }

func refuse(format string, args ...any) error { return Refusal(fmt.Sprintf(format, args...)) }

// MaxSize is the largest file of the type, in bytes.
func (t Type) MaxSize() int64 {
	if t.Picture {
		return MaxPictureBytes
	}
	return MaxFileBytes
}

// CheckSize refuses what is empty or larger than its type may be. Of a file that has not arrived yet the type is what its
// name says.
func (t Type) CheckSize(size int64) error {
	limit, what := t.MaxSize(), "a file"
	if t.Picture {
		what = "a picture"
	}
	switch {
	case size == 0:
		return refuse("is empty: save it again, or remove it")
	case size > limit:
		return refuse("has %.1f MiB, the limit for %s is %d MiB: make it smaller", float64(size)/(1<<20), what, limit>>20)
	}
	return nil
}

// checkPixels refuses a picture by what its beginning says, before anything is opened. perPixel is how much memory each
// pixel takes while it is open, in bytes.
func checkPixels(width, height int, perPixel float64) error {
	pixels := float64(width) * float64(height)
	switch {
	case width <= 0 || height <= 0:
		return refuse("is a picture without pixels: save it again")
	case pixels > MaxPixels:
		return refuse("has %d × %d pixels, the limit is %d million: make it smaller", width, height, MaxPixels/1_000_000)
	case pixels*perPixel > MaxOpenBytes:
		return refuse("has %d × %d pixels and would take more than %d MiB of memory to open: make it smaller", width, height, MaxOpenBytes>>20)
	}
	return nil
}

// checkFrames refuses an animation that would take too long to look through.
func checkFrames(frames, width, height int) error {
	switch {
	case frames > MaxFrames:
		return refuse("is an animation of more than %d frames: make it shorter", MaxFrames)
	case int64(frames)*int64(width)*int64(height) > MaxAnimationPixels:
		return refuse("is an animation of more than %d million pixels in all its frames: make it smaller or shorter", MaxAnimationPixels/1_000_000)
	}
	return nil
}

func broken(what string) error {
	return refuse("is a broken or cut off %s: save or copy it again", what)
}
