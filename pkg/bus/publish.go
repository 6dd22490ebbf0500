package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrConflict says that somebody else wrote to the subject since it was read: the lock is lost.
var ErrConflict = errors.New("somebody else was first")

// What the server answers (errors.json of nats-server).
const (
	codeWrongLastSequence         = 10071
	codeWrongLastSequenceConstant = 10164 // the same, in a cluster while another write is in flight
	codeDuplicateInFlight         = 10158
)

// repeatAfter is the pause before a publish that was not answered is sent again.
const repeatAfter = 100 * time.Millisecond

// Publication is a message to be stored.
type Publication struct {
	Subject string
	Data    []byte
	Header  map[string]string
	ID      string // Nats-Msg-Id: makes a repetition recognisable; required with Expect

	// Expect, if not nil, is the sequence that must be the subject's last; 0: there is none yet.
	Expect *uint64
}

// Expecting is a pointer to a sequence, for Publication.Expect.
func Expecting(sequence uint64) *uint64 { return &sequence }

// Publish stores a message and returns its sequence once the server has it for good. A request that is not answered
// within two seconds is repeated until the context ends. ErrConflict: the subject has moved on, and not by this very
// message.
func (b *Bus) Publish(ctx context.Context, p Publication) (uint64, error) {
	msg := nats.NewMsg(p.Subject)
	msg.Data = p.Data
	for k, v := range p.Header {
		msg.Header.Set(k, v)
	}
	opts := []jetstream.PublishOpt{jetstream.WithRetryAttempts(0)}
	if p.ID != "" {
		opts = append(opts, jetstream.WithMsgID(p.ID))
	}
	if p.Expect != nil {
		opts = append(opts, jetstream.WithExpectLastSequencePerSubject(*p.Expect))
	}
	for {
		attempt, cancel := context.WithTimeout(ctx, requestTimeout)
		ack, err := b.js.PublishMsg(attempt, msg, opts...)
		cancel()
		switch {
		case err == nil && ack.Duplicate:
			return b.own(ctx, p, ack.Sequence)
		case err == nil:
			return ack.Sequence, nil
		case isConflict(err):
			return b.own(ctx, p, 0)
		case !worthRepeating(err):
			return 0, fmt.Errorf("publish to %s: %w", place(p.Subject), err)
		}
		if !pause(ctx, repeatAfter) {
			return 0, fmt.Errorf("publish to %s: %w (last answer: %w)", place(p.Subject), context.Cause(ctx), err)
		}
	}
}

// own looks whether the message that won is our own, whose answer was lost. If it is, it is the first of the subject after
// the sequence we expected: that is what the server compared.
func (b *Bus) own(ctx context.Context, p Publication, duplicateOf uint64) (uint64, error) {
	if p.Expect == nil || p.ID == "" {
		if duplicateOf > 0 {
			return duplicateOf, nil
		}
		return 0, ErrConflict
	}
	m, err := b.Next(ctx, streamOf(p.Subject), p.Subject, *p.Expect+1)
	switch {
	case errors.Is(err, ErrNotFound):
		return 0, ErrConflict
	case err != nil:
		return 0, err
	case m.ID() != p.ID:
		return 0, ErrConflict
	}
	return m.Sequence, nil
}

func isConflict(err error) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return false
	}
	return api.ErrorCode == codeWrongLastSequence || api.ErrorCode == codeWrongLastSequenceConstant
}

// worthRepeating tells a server that is busy or away from one that refused.
func worthRepeating(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode == codeDuplicateInFlight || api.Code == 503
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) ||
		errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrNoStreamResponse) ||
		errors.Is(err, nats.ErrDisconnected) || errors.Is(err, nats.ErrReconnectBufExceeded) ||
		errors.Is(err, nats.ErrConnectionReconnecting)
}
