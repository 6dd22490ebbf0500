package fault

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Effect is what a fault does to a request.
type Effect string

const (
	// DropBefore ends the connection without an answer; the request has no effect.
	DropBefore Effect = "drop-before"
	// DropAfter lets the request have its effect and ends the connection without an answer.
	DropAfter Effect = "drop-after"
	// Status answers with the fault's status, headers and body; the request has no effect.
	Status Effect = "status"
	// StatusAfter lets the request have its effect and answers with the fault's status, headers and body all the same,
	// as a proxy does that has given up waiting.
	StatusAfter Effect = "status-after"
	// Delay answers as usual, only late.
	Delay Effect = "delay"
)

// Limits of a fault.
const (
	MaxDelay  = 2 * time.Minute
	maxFaults = 1000
)

// Fault is one way to misbehave, and for which requests.
type Fault struct {
	// Match says which requests: "POST /api/v1/statuses" (method and path), "/api/v1/statuses" (any method), or "" (all).
	// The path may be the end of the real one ("POST chat.postMessage"); with a * at its end it may stand anywhere in it
	// and more may follow ("PUT /api/v1/statuses/*").
	Match string `json:"match"`
	// Times is how often it happens; 0: until it is cleared.
	Times  int    `json:"times,omitempty"`
	Effect Effect `json:"effect"`

	Status  int               `json:"status,omitempty"` // status, status-after; 0: 500
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`

	// DelayMS is how long every effect waits before it begins, in milliseconds, at most MaxDelay. The wait does not end
	// when the client leaves: slow servers do things late.
	DelayMS int `json:"delay_ms,omitempty"`
}

// Validate says what is wrong with a fault.
func (f *Fault) Validate() error {
	switch f.Effect {
	case DropBefore, DropAfter, Status, StatusAfter, Delay:
	default:
		return fmt.Errorf("effect: %q is none: one of drop-before, drop-after, status, status-after, delay", f.Effect)
	}
	if f.Times < 0 {
		return errors.New("times: cannot be negative; 0 means until it is cleared")
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status: %d is no HTTP status from 200 to 599", f.Status)
	}
	if f.DelayMS < 0 || time.Duration(f.DelayMS)*time.Millisecond > MaxDelay {
		return fmt.Errorf("delay_ms: %d is not between 0 and %d", f.DelayMS, MaxDelay.Milliseconds())
	}
	return nil
}

func (f *Fault) status() int {
	if f.Status == 0 {
		return http.StatusInternalServerError
	}
	return f.Status
}

func (f *Fault) matches(r *http.Request) bool {
	path := f.Match
	if method, rest, ok := strings.Cut(f.Match, " "); ok {
		if !strings.EqualFold(method, r.Method) {
			return false
		}
		path = strings.TrimSpace(rest)
	}
	if stem, ok := strings.CutSuffix(path, "*"); ok {
		return strings.Contains(r.URL.Path, stem)
	}
	return strings.HasSuffix(r.URL.Path, path)
}
