package channel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"

	"carillon.example/pkg/carillon"
)

// Content is what a channel is asked to show: an edition of a released post, a reminder, or a notice.
type Content struct {
	Post     *carillon.Post     // of an edition; else nil
	Edition  *carillon.Edition  // likewise
	Reminder *carillon.Reminder // nil if it is none
	Notice   *carillon.Notice   // nil if it is none; only for types with Notices

	Language  string
	Permalink string // the page it links to; empty for a notice, and a reminder without one

	// MediaURL says at which public address a file is served, by its hash and name. nil: nowhere.
	MediaURL func(hash, name string) string
}

// Limits are what a channel accepts. The zero value of a field means that the driver's own default holds.
type Limits struct {
	Characters       int `json:"characters"`         // the longest text of a part
	CharactersPerURL int `json:"characters_per_url"` // what a link costs, however long; 0: its own length

	Media       int   `json:"media"`        // the most pictures that a part shows
	MediaBytes  int64 `json:"media_bytes"`  // the largest picture
	MediaPixels int64 `json:"media_pixels"` // likewise, width × height
	Description int   `json:"description"`  // the longest description of a picture, in characters
}

// Appearance is exactly what a channel would show of a content: composed, and not yet sent.
type Appearance struct {
	// Parts are shown one after the other, each as a reply to the one before. Most appearances have one.
	Parts []Part

	Text  string   // all of it as plain text, for people to check; PartBreak stands between the parts
	Count int      // the length of the longest part as the channel counts it
	Limit int      // what the channel allows a part
	Notes []string // what was done to make it fit, in sentences: "cut after 480 characters"

	// Addresses are those of our own files that the channel or its readers fetch when it is shown.
	Addresses []string
}

// PartBreak stands between the parts of an appearance in its plain text.
const PartBreak = "\n\n---\n\n"

// PartError is Compose's error about one of the parts that staff wrote. They are told before anything is published.
type PartError struct{ Reason string }

func (e *PartError) Error() string { return e.Reason }

// Part is what a channel shows as one status or message.
type Part struct {
	// Payload is what the driver sends, as JSON. It holds only what readers can see, so that two parts with the same
	// fingerprint look alike. Keys, slugs and revisions travel in the Attempt.
	Payload json.RawMessage
	// Media are the pictures to be uploaded first and shown with it, in this order.
	Media []Medium
}

// Medium is a picture as a channel is to show it.
type Medium struct {
	Name   string  `json:"-"` // within the post, for people
	Hash   string  `json:"hash"`
	Type   string  `json:"type"`
	Size   int64   `json:"-"`             // bytes
	Alt    string  `json:"alt,omitempty"` // its description; empty: it is decorative
	FocusX float64 `json:"focus_x,omitempty"`
	FocusY float64 `json:"focus_y,omitempty"`
}

// Fingerprint names what is shown: equal fingerprints need no edit.
func (p *Part) Fingerprint() string {
	h := sha256.New()
	h.Write(p.Payload)
	if len(p.Media) > 0 {
		b, _ := json.Marshal(p.Media) // strings and finite numbers
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Attempt is one try to show a part of an appearance.
type Attempt struct {
	// Key makes the try recognisable at the other end. It is the same when a try is repeated, and another for every
	// appearance of an edition, and every part of it: a post released again after a withdrawal is a new status.
	Key  string
	Part Part
	// Media are the remote ids of the part's media, in the same order.
	Media []string
	// Before are the parts before it, the first first: the last of them is what it replies to.
	Before []Receipt

	// What the other end may keep as invisible metadata.
	Post     string // slug, or the occurrence of a reminder
	Language string
	Revision int

	// Permalink is the link by which Find recognises the first part; empty if it has none.
	Permalink string
}

// Upload is one try to hand over a picture.
type Upload struct {
	Medium
	// Open reads the file, and says how many bytes it has.
	Open func(context.Context) (io.ReadCloser, int64, error)
}

// Receipt is what the other end calls what it shows.
type Receipt struct {
	IDs  []string `json:"ids"`  // remote ids of the one thing it names
	Link string   `json:"link"` // where people see it
}
