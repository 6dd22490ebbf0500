package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrNotFound says that no message matches.
var ErrNotFound = errors.New("no such message")

// maxMultiLast is how many subjects one request for last messages may match (ADR-31).
const maxMultiLast = 1024

// Message is one message of the log.
type Message struct {
	Subject  string
	Sequence uint64 // its position in the stream
	Time     time.Time
	Header   map[string][]string
	Data     []byte
}

// ID is the message's Nats-Msg-Id.
func (m *Message) ID() string { return m.Get(jetstream.MsgIDHeader) }

// Get returns a header's value.
func (m *Message) Get(header string) string { return nats.Header(m.Header).Get(header) }

// Last returns the last message of a subject.
func (b *Bus) Last(ctx context.Context, subject string) (*Message, error) {
	return b.direct(ctx, place(subject), "$JS.API.DIRECT.GET."+streamOf(subject)+"."+subject, nil)
}

// At returns the message at a position.
func (b *Bus) At(ctx context.Context, stream string, sequence uint64) (*Message, error) {
	return b.direct(ctx, stream, "$JS.API.DIRECT.GET."+stream, directGet{Sequence: sequence})
}

// Next returns the first message of a subject at or after a position.
func (b *Bus) Next(ctx context.Context, stream, subject string, from uint64) (*Message, error) {
	return b.direct(ctx, place(subject), "$JS.API.DIRECT.GET."+stream, directGet{Sequence: from, NextFor: subject})
}

// History returns every message of a subject, the oldest first.
func (b *Bus) History(ctx context.Context, subject string) ([]*Message, error) {
	var all []*Message
	for from := uint64(1); ; {
		m, err := b.Next(ctx, streamOf(subject), subject, from)
		if errors.Is(err, ErrNotFound) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, m)
		from = m.Sequence + 1
	}
}

// directGet is the request of a direct get (ADR-31).
type directGet struct {
	Sequence  uint64   `json:"seq,omitempty"`
	NextFor   string   `json:"next_by_subj,omitempty"`
	MultiLast []string `json:"multi_last,omitempty"`
	Batch     int      `json:"batch,omitempty"`
}

// direct asks once, and again while the server does not answer. place names for errors what is read.
func (b *Bus) direct(ctx context.Context, place, api string, request any) (*Message, error) {
	var body []byte
	if request != nil {
		var err error
		if body, err = json.Marshal(request); err != nil {
			return nil, err
		}
	}
	for {
		attempt, cancel := context.WithTimeout(ctx, requestTimeout)
		msg, err := b.nc.RequestWithContext(attempt, api, body)
		cancel()
		if err == nil {
			return parseDirect(msg)
		}
		if !worthRepeating(err) || !pause(ctx, repeatAfter) {
			return nil, fmt.Errorf("read from the log (%s): %w", place, err)
		}
	}
}

func parseDirect(msg *nats.Msg) (*Message, error) {
	switch status := msg.Header.Get("Status"); status {
	case "":
	case "404":
		return nil, ErrNotFound
	default:
		return nil, fmt.Errorf("read from the log: status %s %s", status, msg.Header.Get("Description"))
	}
	sequence, err := strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("read from the log: sequence: %w", err)
	}
	at, err := time.Parse(time.RFC3339Nano, msg.Header.Get(jetstream.TimeStampHeaer))
	if err != nil {
		return nil, fmt.Errorf("read from the log: time: %w", err)
	}
	return &Message{
		Subject: msg.Header.Get(jetstream.SubjectHeader), Sequence: sequence, Time: at, Header: msg.Header, Data: msg.Data,
	}, nil
}

// LastOfEach returns the last message of every subject that matches the filters of one stream, 1,024 subjects at most:
// what belongs to one post. Use Snapshot for more.
func (b *Bus) LastOfEach(ctx context.Context, stream string, filters ...string) ([]*Message, error) {
	body, err := json.Marshal(directGet{MultiLast: filters, Batch: maxMultiLast})
	if err != nil {
		return nil, err
	}
	for {
		all, err := b.multi(ctx, "$JS.API.DIRECT.GET."+stream, body)
		if err == nil {
			return all, nil
		}
		if !worthRepeating(err) || !pause(ctx, repeatAfter) {
			return nil, fmt.Errorf("read from the log (%s): %w", stream, err)
		}
	}
}

func (b *Bus) multi(ctx context.Context, api string, body []byte) ([]*Message, error) {
	inbox := b.nc.NewInbox()
	sub, err := b.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := b.nc.PublishRequest(api, inbox, body); err != nil {
		return nil, err
	}
	attempt, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	var all []*Message
	for {
		msg, err := sub.NextMsgWithContext(attempt)
		if err != nil {
			return nil, err
		}
		switch msg.Header.Get("Status") {
		case "204": // end of the batch
			return all, nil
		case "404":
			return nil, nil
		case "503":
			return nil, nats.ErrNoResponders
		}
		m, err := parseDirect(msg)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
}
