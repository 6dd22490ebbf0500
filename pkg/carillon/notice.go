package carillon

import "time"

// Notice tells staff of something that needs them: a delivery that was rejected, a channel that is down.
type Notice struct {
	Time     time.Time
	Title    string // what happened, in a line
	Text     string // why, as plain text; may be empty
	Commands []string
}
