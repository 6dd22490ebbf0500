package channel

import "time"

// Meaning is what the answer to a call meant.
type Meaning string

const (
	// Delivered: the other end did it and said so.
	Delivered Meaning = "delivered"
	// Retry: it did nothing and may do it later (429, 503, a connection that was refused before anything was sent).
	Retry Meaning = "retry"
	// Rejected: it did nothing and never will, with this content.
	Rejected Meaning = "rejected"
	// ChannelDown: it refuses the account, not the content (401, suspended, moved, no such channel).
	ChannelDown Meaning = "channel down"
	// Uncertain: it was sent and the answer was lost or unreadable. It may have happened.
	Uncertain Meaning = "uncertain"
	// Pending: it has what was handed over and works on it. It is to be asked again.
	Pending Meaning = "pending"
	// NotThere answers an edit, a withdrawal or a look: what was named does not exist at the other end.
	NotThere Meaning = "not there"
)

// Verdict is what one call to a channel meant.
type Verdict struct {
	Meaning Meaning
	Receipt Receipt       // Delivered and Pending only
	After   time.Duration // Retry only: how long the other end asks to be left alone; 0: it did not say
	Reason  string        // for people, a sentence without a full stop; never holds a secret
}
