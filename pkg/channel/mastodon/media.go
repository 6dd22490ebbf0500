package mastodon

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"carillon.example/pkg/channel"
)

// What an instance takes of pictures where it does not say otherwise: https://docs.joinmastodon.org/user/posting/#media
const (
	DefaultMedia       = 4
	DefaultMediaBytes  = 16 << 20
	DefaultMediaPixels = 33177600
	DefaultDescription = 1500
)

// mediaTypes are the pictures that every instance takes.
func mediaTypes() []string { return []string{"image/jpeg", "image/png", "image/gif", "image/webp"} }

// media are the pictures that the first status shows, each in the largest rendition that the instance takes.
func media(c channel.Content, l channel.Limits) (list []channel.Medium, notes []string) {
	most, bytes, pixels, description := l.Media, l.MediaBytes, l.MediaPixels, l.Description
	if most <= 0 {
		most = DefaultMedia
	}
	if bytes <= 0 {
		bytes = DefaultMediaBytes
	}
	if pixels <= 0 {
		pixels = DefaultMediaPixels
	}
	if description <= 0 {
		description = DefaultDescription
	}
	for _, p := range channel.Pictures(c) {
		if len(list) == most {
			notes = append(notes, p.Note("was left out: a status shows no more than %d", most))
			continue
		}
		best, ok := p.Best(func(r channel.Rendition) bool {
			return slices.Contains(mediaTypes(), r.Type) && r.Size <= bytes && int64(r.Width)*int64(r.Height) <= pixels
		})
		if !ok {
			notes = append(notes, p.Note("was left out: the server takes no picture of its type and size"))
			continue
		}
		alt := p.Alt
		if utf8.RuneCountInString(alt) > description {
			alt = cutHard(alt, description, func(s string) bool { return utf8.RuneCountInString(s) <= description })
			notes = append(notes, p.Note("has a description of more than %d characters: it was cut", description))
		}
		list = append(list, channel.Medium{
			Name: p.Media.Name, Hash: best.Hash, Type: best.Type, Size: best.Size, Alt: alt, FocusX: p.FocusX, FocusY: p.FocusY,
		})
	}
	return list, notes
}

// described is a picture in a text for people.
func described(m channel.Medium) string {
	if m.Alt == "" {
		return fmt.Sprintf("[%s, decorative]", m.Name)
	}
	return fmt.Sprintf("[%s: %s]", m.Name, m.Alt)
}
