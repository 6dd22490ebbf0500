package channel

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"carillon.example/pkg/carillon"
)

// Content is what a channel is asked to show: an edition of a released post, or a reminder.
type Content struct {
	Post     *carillon.Post     // nil for a reminder
	Edition  *carillon.Edition  // nil for a reminder
	Reminder *carillon.Reminder // nil for an edition

	Language  string
	Permalink string // the page it links to; empty for a reminder without one
}

// Limits are what a channel accepts. The zero value of a field means that the driver's own default holds.
type Limits struct {
	Characters       int `json:"characters"`         // the longest text
	CharactersPerURL int `json:"characters_per_url"` // what a link costs, however long; 0: its own length
}

// Appearance is exactly what a channel would show of a content: composed, and not yet sent.
type Appearance struct {
	// Payload is what the driver sends, as JSON. It holds only what readers can see, so that two appearances with the
	// same fingerprint look alike. Keys, slugs and revisions travel in the Attempt.
	Payload json.RawMessage

	Text  string   // the same as plain text, for people to check
	Count int      // its length as the channel counts it
	Limit int      // what the channel allows
	Notes []string // what was done to make it fit, in sentences: "cut after 480 characters"
}

// Fingerprint names what is shown: equal fingerprints need no edit.
func (a *Appearance) Fingerprint() string {
	sum := sha256.Sum256(a.Payload)
	return hex.EncodeToString(sum[:12])
}

// Attempt is one try to show an appearance.
type Attempt struct {
	// Key makes the try recognisable at the other end. It is the same when a try is repeated, and another for every
	// appearance of an edition: a post released again after a withdrawal is a new status.
	Key        string
	Appearance Appearance

	// What the other end may keep as invisible metadata.
	Post     string // slug, or the occurrence of a reminder
	Language string
	Revision int

	// Permalink is the link by which Find recognises the status; empty if it has none.
	Permalink string
}

// Receipt is what the other end calls what it shows.
type Receipt struct {
	IDs  []string `json:"ids"`  // remote ids, the first part first
	Link string   `json:"link"` // where people see it
}
