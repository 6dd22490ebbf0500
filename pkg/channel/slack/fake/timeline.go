package fake

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Message is a message that is there.
type Message struct {
	Channel  string            `json:"channel"`
	TS       string            `json:"ts"`                  // seconds and microseconds; unique, and its id within the channel
	ThreadTS string            `json:"thread_ts,omitempty"` // of the message it replies to; empty: it stands in the channel itself
	Text     string            `json:"text"`
	Blocks   []json.RawMessage `json:"blocks,omitempty"`
	Metadata *Metadata         `json:"metadata,omitempty"`
	Edited   time.Time         `json:"edited,omitzero"` // zero: never
}

// Metadata is what an app keeps with a message.
type Metadata struct {
	EventType    string         `json:"event_type"`
	EventPayload map[string]any `json:"event_payload"`
}

// Posted is when the message was posted.
func (m *Message) Posted() time.Time {
	var sec, usec int64
	if _, err := fmt.Sscanf(m.TS, "%d.%d", &sec, &usec); err != nil {
		return time.Time{}
	}
	return time.Unix(sec, usec*1000).UTC()
}

// journalName is the file that holds everything that happened, a JSON object a line.
const journalName = "journal.jsonl"

// entry is a line of the journal: the message as it is from now on.
type entry struct {
	Op      string  `json:"op"` // post, update, delete
	Message Message `json:"message"`
}

// timeline holds the messages, and the journal they come back from. Nothing is answered before it is on the disk.
type timeline struct {
	mu       sync.Mutex
	file     *os.File
	messages []Message // the oldest first
	last     int64     // the last timestamp given, in microseconds
}

func openTimeline(dir string) (*timeline, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, journalName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	t := &timeline{file: f}
	if err := t.load(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return t, nil
}

// load reads the journal and removes a torn last line.
func (t *timeline) load() error {
	r := bufio.NewReader(t.file)
	var end int64
	for n := 1; ; n++ {
		b, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // what stands before the end without a line break was torn
		}
		if err != nil {
			return err
		}
		var e entry
		if err := json.Unmarshal(bytes.TrimSpace(b), &e); err != nil {
			return fmt.Errorf("%s:%d: %w", t.file.Name(), n, err)
		}
		t.apply(e)
		end += int64(len(b))
	}
	if err := t.file.Truncate(end); err != nil {
		return err
	}
	_, err := t.file.Seek(end, io.SeekStart)
	return err
}

func (t *timeline) apply(e entry) {
	m := e.Message
	i := slices.IndexFunc(t.messages, func(o Message) bool { return o.Channel == m.Channel && o.TS == m.TS })
	switch {
	case e.Op == "post":
		t.messages = append(t.messages, m)
		t.last = max(t.last, m.Posted().UnixMicro())
	case i < 0:
	case e.Op == "update":
		t.messages[i] = m
	case e.Op == "delete":
		t.messages = slices.Delete(t.messages, i, i+1)
	}
}

// record makes an entry last, and then true.
func (t *timeline) record(e entry) error {
	b, err := json.Marshal(e)
	if err != nil {
		return err
	}
	at, err := t.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	_, err = t.file.Write(append(b, '\n'))
	if err == nil {
		err = t.file.Sync()
	}
	if err != nil {
		// Half a line must not stand before the next one.
		_ = t.file.Truncate(at)
		_, _ = t.file.Seek(at, io.SeekStart)
		return err
	}
	t.apply(e)
	return nil
}

// post gives a message the timestamp of an instant, or the next that is free.
func (t *timeline) post(m Message, now time.Time) (Message, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	m.TS = formatTS(max(now.UnixMicro(), t.last+1))
	return m, t.record(entry{"post", m})
}

func (t *timeline) update(m Message) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.record(entry{"update", m})
}

func (t *timeline) delete(channel, ts string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.record(entry{"delete", Message{Channel: channel, TS: ts}})
}

func (t *timeline) find(channel, ts string) (Message, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.messages {
		if t.messages[i].Channel == channel && t.messages[i].TS == ts {
			return t.messages[i], true
		}
	}
	return Message{}, false
}

func (t *timeline) all() []Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.messages)
}

// span is the part of a channel's history that is asked for; empty: no bound.
type span struct {
	oldest, latest string
	inclusive      bool
	until          time.Time // nothing that is younger
	before         string    // where the last page ended
}

func (s span) holds(ts string) bool {
	at := digits(ts)
	switch {
	case s.oldest != "" && (at < digits(s.oldest) || !s.inclusive && at == digits(s.oldest)):
		return false
	case s.latest != "" && (at > digits(s.latest) || !s.inclusive && at == digits(s.latest)):
		return false
	}
	return (s.before == "" || at < digits(s.before)) && at <= digits(formatTS(s.until.UnixMicro()))
}

// thread returns the replies to a message that come after one of them and not after an instant, the oldest first, and
// whether there are more.
func (t *timeline) thread(channel, ts, after string, until time.Time, limit int) (page []Message, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range t.messages {
		if m.Channel != channel || m.ThreadTS != ts || after != "" && digits(m.TS) <= digits(after) || m.Posted().After(until) {
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, m)
	}
	return page, false
}

// replies counts the replies to a message.
func (t *timeline) replies(channel, ts string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for i := range t.messages {
		if t.messages[i].Channel == channel && t.messages[i].ThreadTS == ts {
			n++
		}
	}
	return n
}

// page returns the newest messages of a span, the newest first, and whether there are older ones. Replies are not among
// them.
func (t *timeline) page(channel string, s span, limit int) (page []Message, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := len(t.messages) - 1; i >= 0; i-- {
		m := t.messages[i]
		if m.Channel != channel || m.ThreadTS != "" || !s.holds(m.TS) {
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, m)
	}
	return page, false
}

func (t *timeline) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.file.Close()
}

// formatTS writes microseconds as Slack does.
func formatTS(usec int64) string { return fmt.Sprintf("%d.%06d", usec/1e6, usec%1e6) }

// digits makes timestamps comparable as text, whatever number of decimals they have.
func digits(ts string) string {
	sec, frac, _ := strings.Cut(ts, ".")
	return fmt.Sprintf("%020s.%-9s", sec, strings.ReplaceAll(fmt.Sprintf("%-9s", frac), " ", "0"))
}
