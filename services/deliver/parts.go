package deliver

import (
	"slices"
	"time"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

// uploadKept is how long a picture that no part shows is counted on. Mastodon keeps it for a day.
const uploadKept = 12 * time.Hour

// move is the next call that brings a channel nearer to an appearance.
type move struct {
	step   step // settle: it looks like that; else create, edit, withdraw, upload or ready
	part   int
	medium channel.Medium // to be handed over
	handed event.Medium   // to be asked for
}

// advance compares what is shown with the parts of an appearance, and says what comes next: one part after the other, each
// with its pictures first; what is too much at the end is taken back from the last. No parts are an appearance, too: that of
// what is withdrawn. It is pure.
func advance(d *event.Delivery, parts []channel.Part, now time.Time) move {
	shown := shownParts(d)
	for i := range parts {
		if i < len(shown) && shown[i].Fingerprint == parts[i].Fingerprint() {
			continue
		}
		for _, m := range parts[i].Media {
			h, ok := handed(d, i, m, now)
			switch {
			case !ok:
				return move{step: upload, part: i, medium: m}
			case h.Pending:
				return move{step: ready, part: i, handed: h, medium: m}
			}
		}
		if i < len(shown) {
			return move{step: edit, part: i}
		}
		return move{step: create, part: i}
	}
	if len(shown) > len(parts) {
		return move{step: withdraw, part: len(shown) - 1}
	}
	return move{step: settle}
}

func shownParts(d *event.Delivery) []event.Part {
	if d == nil || d.Shown == nil {
		return nil
	}
	return d.Shown.Parts
}

// handed finds the picture that a part is to show among those the channel has. One that the part shows already keeps its id
// whatever is said of it now: an edit says that anew. One that no part shows has the description it was handed over with.
func handed(d *event.Delivery, part int, m channel.Medium, now time.Time) (event.Medium, bool) {
	if shown := shownParts(d); part < len(shown) {
		for _, h := range shown[part].Media {
			if h.Hash == m.Hash {
				return h, true
			}
		}
	}
	if d == nil {
		return event.Medium{}, false
	}
	for _, h := range d.Uploads {
		if h.Hash == m.Hash && h.Alt == m.Alt && h.FocusX == m.FocusX && h.FocusY == m.FocusY && now.Sub(h.Time) < uploadKept {
			return h, true
		}
	}
	return event.Medium{}, false
}

// mediaOf are the pictures of a part as the channel has them; false: it lacks one.
func mediaOf(d *event.Delivery, part int, p *channel.Part, now time.Time) ([]event.Medium, bool) {
	var media []event.Medium
	for _, m := range p.Media {
		h, ok := handed(d, part, m, now)
		if !ok || h.Pending {
			return nil, false
		}
		h.Alt, h.FocusX, h.FocusY = m.Alt, m.FocusX, m.FocusY
		media = append(media, h)
	}
	return media, true
}

// receipts are what the channel calls the first n parts.
func receipts(d *event.Delivery, n int) []channel.Receipt {
	var list []channel.Receipt
	for _, p := range shownParts(d)[:min(n, len(shownParts(d)))] {
		list = append(list, channel.Receipt{IDs: p.IDs, Link: p.Link})
	}
	return list
}

// put records that the channel shows a part. A list that others may hold is not written to.
func put(d *event.Delivery, i int, p event.Part) {
	shown := event.Shown{}
	if d.Shown != nil {
		shown = *d.Shown
	}
	shown.Parts = slices.Clone(shown.Parts)
	if i < len(shown.Parts) {
		old := shown.Parts[i]
		if len(p.IDs) == 0 {
			p.IDs = old.IDs
		}
		if p.Link == "" {
			p.Link = old.Link
		}
		shown.Parts[i] = p
	} else {
		shown.Parts = append(shown.Parts, p)
	}
	d.Shown = &shown
	d.Uploads = slices.DeleteFunc(slices.Clone(d.Uploads), func(u event.Medium) bool {
		return slices.ContainsFunc(p.Media, func(m event.Medium) bool { return m.ID == u.ID })
	})
}

// drop records that the channel does not show a part any more.
func drop(d *event.Delivery, i int) {
	if parts := shownParts(d); i < len(parts) {
		shown := *d.Shown
		shown.Parts = slices.Delete(slices.Clone(parts), i, i+1)
		d.Shown = &shown
	}
	if len(shownParts(d)) == 0 {
		d.Shown = nil
	}
}

// unsure says that a part may look one way or another: the next edit is made even if it looks needless.
func unsure(d *event.Delivery, i int) {
	if parts := shownParts(d); i < len(parts) {
		p := parts[i]
		p.Fingerprint = ""
		put(d, i, p)
	}
}
