package slack

import (
	"slices"

	"carillon.example/pkg/channel"
)

// What Slack takes of pictures: https://docs.slack.dev/reference/block-kit/blocks/image-block. It fetches them from their
// public address, and shows them no wider than a few hundred pixels; twice of that is enough for any screen.
const (
	maxImageURL   = 3000
	maxAlt        = 2000
	maxImageWidth = 1600
)

func imageTypes() []string { return []string{"image/jpeg", "image/png", "image/gif"} }

// picture shows the picture that stands for the post, else the first of its body.
func (c *composer) picture(content channel.Content) {
	pictures := channel.Pictures(content)
	if len(pictures) == 0 || content.MediaURL == nil {
		return
	}
	p := pictures[0]
	best, ok := p.Best(func(r channel.Rendition) bool {
		return slices.Contains(imageTypes(), r.Type) && r.Width <= maxImageWidth
	})
	if !ok { // a picture without smaller renditions
		best, ok = p.Best(func(r channel.Rendition) bool { return slices.Contains(imageTypes(), r.Type) })
	}
	if !ok {
		c.notes = append(c.notes, p.Note("was left out: Slack shows JPEG, PNG and GIF"))
		return
	}
	address := content.MediaURL(best.Hash, p.Media.Name)
	if length(address) > maxImageURL {
		c.notes = append(c.notes, p.Note("was left out: its address is longer than Slack takes"))
		return
	}
	alt := oneLine(p.Alt)
	shown := "[" + p.Media.Name + ": " + alt + "]"
	if alt == "" { // Slack wants a description of every picture, and this one says nothing that the title does not
		alt, shown = oneLine(content.Edition.Title), "["+p.Media.Name+", decorative]"
	}
	short := cutText(alt, maxAlt)
	if short != alt {
		c.notes = append(c.notes, p.Note("has a description of more than %d characters: it was cut", maxAlt))
	}
	c.add(block{Type: "image", ImageURL: address, AltText: short}, shown)
	c.addresses = append(c.addresses, address)
}
