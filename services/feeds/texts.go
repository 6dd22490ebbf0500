package feeds

import "sync"

// rememberedBytes is how much of rendered editions is kept in memory, roughly: twice this.
const rememberedBytes = 8 << 20

// texts are what an edition looks like in lists: rendering Markdown is most of the work of a feed, and of fifty entries a
// new post changes one.
type texts struct {
	content string // HTML with absolute addresses
	summary string // plain
}

// textsKey names one state of an edition. All that its texts are made of is in the decision that is shown; the time tells
// the decisions of one log from those of another that takes its place.
type textsKey struct {
	slug, language string
	number         uint64
	decided        int64
}

// memory keeps the texts that were asked for lately.
type memory struct {
	mu    sync.Mutex
	young map[textsKey]texts
	old   map[textsKey]texts
	bytes int // of the young
}

func newMemory() *memory { return &memory{young: map[textsKey]texts{}} }

// get returns the texts of an edition, making them if they are not remembered.
func (m *memory) get(k textsKey, make func() (texts, error)) (texts, error) {
	if t, ok := m.find(k); ok {
		return t, nil
	}
	t, err := make()
	if err == nil {
		m.keep(k, t)
	}
	return t, err
}

func (m *memory) find(k textsKey) (texts, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t, ok := m.young[k]; ok {
		return t, true
	}
	t, ok := m.old[k]
	if ok {
		m.add(k, t)
	}
	return t, ok
}

func (m *memory) keep(k textsKey, t texts) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(k, t)
}

// add makes the texts the youngest. When the young are enough, they become the old, and what was old is forgotten.
func (m *memory) add(k textsKey, t texts) {
	size := len(t.content) + len(t.summary)
	if m.bytes+size > rememberedBytes {
		m.old, m.young, m.bytes = m.young, map[textsKey]texts{}, 0
	}
	m.young[k] = t
	m.bytes += size
}
