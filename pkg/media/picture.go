package media

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"
)

// turnedQuality is the JPEG quality of a picture that had to be turned, in percent.
const turnedQuality = 90

// Picture is a picture that has been opened, cleaned and turned upright.
type Picture struct {
	Type          Type
	Data          []byte // the file
	Width, Height int    // pixels, as it is seen
	Animated      bool

	shown   image.Image // upright; nil of an animation
	profile []byte      // of its colours; nil: the usual ones
}

// Clean opens a picture whose type Detect has found, as whole as it is, and takes out what shows nothing. Only what had to
// be turned is compressed again. It is wrong with a Refusal if the picture is broken or too large to open; nothing else
// goes wrong. It takes as much as MaxOpenBytes of memory: callers see to it that only one is opened at a time.
func Clean(t Type, data []byte) (*Picture, error) {
	if err := t.CheckSize(int64(len(data))); err != nil {
		return nil, err
	}
	switch t.MIME {
	case JPEG:
		return cleanJPEG(t, data)
	case PNG:
		return cleanPNG(t, data)
	case GIF:
		return cleanGIF(t, data)
	case WebP:
		return cleanWebP(t, data)
	}
	return nil, refuse("is %s, not a picture: use one of %s", t.OneOf(), accepted)
}

func cleanJPEG(t Type, data []byte) (*Picture, error) {
	parts, err := splitJPEG(data)
	if err != nil {
		return nil, err
	}
	config, err := jpeg.DecodeConfig(bytes.NewReader(parts.clean))
	if err != nil {
		return nil, unreadableJPEG(err)
	}
	// A progressive one keeps four bytes for each sample besides the sample.
	perPixel := parts.samples
	if parts.progressive {
		perPixel *= 5
	}
	if parts.orientation != upright {
		perPixel += 4
	}
	if err := checkPixels(config.Width, config.Height, perPixel); err != nil {
		return nil, err
	}
	shown, err := jpeg.Decode(bytes.NewReader(parts.clean))
	if err != nil {
		return nil, unreadableJPEG(err)
	}
	p := &Picture{Type: t, Data: parts.clean, Width: config.Width, Height: config.Height, shown: shown, profile: parts.profile}
	if shown.ColorModel() == color.CMYKModel {
		p.profile = nil // it is of inks, and what we compress has none
	}
	if parts.orientation == upright {
		return p, nil
	}
	p.shown = turn(shown, parts.orientation)
	p.Width, p.Height = turned(p.Width, p.Height, parts.orientation)
	p.Data, err = encodeJPEG(p.shown, turnedQuality, p.profile)
	return p, err
}

const unusualJPEG = Refusal("is a JPEG picture of a rare kind that cannot be opened here: save it as an ordinary JPEG")

func unreadableJPEG(err error) error {
	if _, ok := errors.AsType[jpeg.UnsupportedError](err); ok {
		return unusualJPEG
	}
	return broken("JPEG picture")
}

func encodeJPEG(shown image.Image, quality int, profile []byte) ([]byte, error) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, shown, &jpeg.Options{Quality: quality}); err != nil {
		return nil, refuse("cannot be saved as a JPEG picture: make it smaller")
	}
	return withProfile(out.Bytes(), profile), nil
}

func encodePNG(shown image.Image, profile []byte) ([]byte, error) {
	var out bytes.Buffer
	if err := png.Encode(&out, shown); err != nil {
		return nil, refuse("cannot be saved as a PNG picture: make it smaller")
	}
	return withPNGProfile(out.Bytes(), profile), nil
}

func cleanPNG(t Type, data []byte) (*Picture, error) {
	// The size is looked at before anything else: it stands at the beginning.
	width, height := pngSize(data)
	if err := checkPixels(width, height, 0); err != nil {
		return nil, err
	}
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, broken("PNG picture")
	}
	parts, err := splitPNG(data)
	if err != nil {
		return nil, err
	}
	perPixel := 4.0
	if parts.bitDepth == 16 {
		perPixel = 8
	}
	if parts.interlaced || parts.orientation != upright {
		perPixel *= 2
	}
	if err := checkPixels(config.Width, config.Height, perPixel); err != nil {
		return nil, err
	}
	if err := checkFrames(parts.frames, config.Width, config.Height); err != nil {
		return nil, err
	}
	shown, err := png.Decode(bytes.NewReader(parts.clean))
	if err != nil {
		return nil, broken("PNG picture")
	}
	p := &Picture{Type: t, Data: parts.clean, Width: config.Width, Height: config.Height, profile: parts.profile}
	if parts.animated {
		p.Animated = true
		return p, nil
	}
	p.shown = shown
	if parts.orientation == upright {
		return p, nil
	}
	p.shown = turn(shown, parts.orientation)
	p.Width, p.Height = turned(p.Width, p.Height, parts.orientation)
	p.Data, err = encodePNG(p.shown, p.profile)
	return p, err
}

func cleanGIF(t Type, data []byte) (*Picture, error) {
	config, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, broken("GIF picture")
	}
	if err := checkPixels(config.Width, config.Height, 5); err != nil { // the frame, and the picture it is laid on
		return nil, err
	}
	parts, err := splitGIF(data)
	if err != nil {
		return nil, err
	}
	p := &Picture{Type: t, Data: parts.clean, Width: config.Width, Height: config.Height, Animated: parts.animated}
	frame, err := gif.Decode(bytes.NewReader(parts.clean))
	if err != nil {
		return nil, broken("GIF picture")
	}
	if p.Animated {
		return p, nil
	}
	whole := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	draw.Draw(whole, frame.Bounds(), frame, frame.Bounds().Min, draw.Src)
	p.shown = whole
	return p, nil
}

func cleanWebP(t Type, data []byte) (*Picture, error) {
	parts, err := splitWebP(data)
	if err != nil {
		return nil, err
	}
	p := &Picture{Type: t, Data: parts.clean, Animated: parts.animated, profile: parts.profile}
	if p.Animated {
		p.Width, p.Height = turned(parts.width, parts.height, parts.orientation)
		if err := checkPixels(p.Width, p.Height, 4); err != nil {
			return nil, err
		}
		return p, parts.checkFrames()
	}
	config, err := webp.DecodeConfig(bytes.NewReader(parts.clean))
	if err != nil {
		return nil, broken("WebP picture")
	}
	perPixel := 4.0
	if parts.orientation != upright {
		perPixel = 8
	}
	if err := checkPixels(config.Width, config.Height, perPixel); err != nil {
		return nil, err
	}
	if p.shown, err = webp.Decode(bytes.NewReader(parts.clean)); err != nil {
		return nil, broken("WebP picture")
	}
	if parts.orientation != upright {
		p.shown = turn(p.shown, parts.orientation)
	}
	p.Width, p.Height = turned(config.Width, config.Height, parts.orientation)
	return p, nil
}
