package deliver

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
)

// watch follows the ledger and what is public for the sake of people: it counts how deliveries stand, and tells staff of what
// needs them. Every replica has one. It decides nothing about deliveries.
type watch struct {
	bus     *bus.Bus
	office  *office.Office
	sights  map[string]time.Time
	gates   map[string]*gate // by ledger name
	metrics *metrics
	log     *slog.Logger
	now     func() time.Time
	overdue time.Duration

	mu      sync.Mutex
	ready   bool // everything that stood in the log has been read
	posts   map[string]*released
	said    map[event.Item]time.Time // reminders, and when
	ledger  map[event.Item]*standing
	open    map[event.Item]time.Time // what is not out, and since when it is due
	seen    map[string]event.Condition
	told    map[event.Item]bool // notices that are in the ledger
	tidings []tiding            // to be told
}

// released is what is public of a post, without its words.
type released struct {
	post carillon.Post
	time time.Time
}

// standing is an item's last step in the ledger, without what nobody asks for here.
type standing struct {
	delivery *event.Delivery
	sequence uint64
}

func newWatch(s *Service, sights map[string]time.Time, gates map[string]*gate) *watch {
	return &watch{
		bus: s.Bus, office: s.Office, sights: sights, gates: gates, metrics: s.metrics, log: s.Log, now: s.Now, overdue: s.config.Overdue,
		posts: map[string]*released{}, said: map[event.Item]time.Time{}, ledger: map[event.Item]*standing{},
		open: map[event.Item]time.Time{}, seen: map[string]event.Condition{}, told: map[event.Item]bool{},
	}
}

// run follows until the context ends. A following that breaks is begun again: what is known stays.
func (w *watch) run(ctx context.Context) error {
	for {
		err := w.follow(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		w.log.Error("watching the deliveries stopped, beginning again", "error", err)
		t := time.NewTimer(time.Second)
		select {
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		case <-t.C:
		}
	}
}

func (w *watch) follow(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	streams := []struct {
		name        string
		headersOnly bool
		take        func(*bus.Message)
	}{
		{event.PostsStream, false, w.takePost},
		{event.RemindersStream, true, w.takeReminder},
		{event.DeliveriesStream, false, w.takeStep},
	}
	read := make(chan struct{}, len(streams))
	for _, f := range streams {
		group.Go(func() error {
			return w.bus.Follow(ctx, bus.Following{
				Stream: f.name, LastOfEach: true, HeadersOnly: f.headersOnly,
				Handle: func(batch []*bus.Message, _ uint64) error {
					w.mu.Lock()
					for _, m := range batch {
						f.take(m)
					}
					w.mu.Unlock()
					return w.tellAll(ctx)
				},
				CaughtUp: func() error { read <- struct{}{}; return nil },
			})
		})
	}
	group.Go(func() error {
		for range streams {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-read:
			}
		}
		if err := w.begin(ctx); err != nil {
			return err
		}
		return w.look(ctx)
	})
	return group.Wait()
}

// begin judges everything, once all of it has been read.
func (w *watch) begin(ctx context.Context) error {
	w.mu.Lock()
	w.ready = true
	for slug := range w.posts {
		w.judgePost(slug)
	}
	for item := range w.said {
		w.judge(item)
	}
	for item := range w.ledger {
		w.judge(item)
		w.report(item)
	}
	for name, c := range w.seen {
		w.reportChannel(name, c)
	}
	w.mu.Unlock()
	return w.tellAll(ctx)
}

// look counts, and finds what is due and not out, as often as that may matter.
func (w *watch) look(ctx context.Context) error {
	tick := time.NewTicker(max(w.overdue/8, 50*time.Millisecond))
	defer tick.Stop()
	for {
		w.mu.Lock()
		w.count()
		w.findOverdue()
		w.mu.Unlock()
		if err := w.tellAll(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

func (w *watch) takePost(m *bus.Message) {
	public, err := readPublic(m)
	if err != nil {
		return // the router says so
	}
	p := public.Post
	p.Editions = slices.Clone(p.Editions)
	for i, e := range p.Editions {
		p.Editions[i] = carillon.Edition{Language: e.Language, Revision: e.Revision, Published: e.Published, Updated: e.Updated}
	}
	p.Media, p.Attachments, p.Links = nil, nil, nil
	w.posts[p.Slug] = &released{p, m.Time}
	if w.ready {
		w.judgePost(p.Slug)
	}
}

func (w *watch) takeReminder(m *bus.Message) {
	if item, ok := event.ReminderItem(m.Subject); ok {
		w.said[item] = m.Time
		if w.ready {
			w.judge(item)
		}
	}
}

func (w *watch) takeStep(m *bus.Message) {
	if name, ok := event.ConditionChannel(m.Subject); ok {
		if c, err := event.UnmarshalCondition(m.Data); err == nil {
			w.seen[name] = *c
			if g := w.gates[name]; g != nil {
				g.know(*c)
			}
			if w.ready {
				w.reportChannel(name, *c)
			}
		}
		return
	}
	item, err := event.ParseItem(m.Subject)
	if err != nil {
		return
	}
	d, err := event.UnmarshalDelivery(m.Data)
	if err != nil {
		return // its worker says so
	}
	if item.IsNotice() {
		w.told[item] = true
	}
	d.Uploads, d.Notice = nil, nil
	if d.Shown != nil {
		d.Shown = &event.Shown{Revision: d.Shown.Revision}
	}
	w.ledger[item] = &standing{d, m.Sequence}
	if w.ready {
		w.judge(item)
		w.report(item)
	}
}

// judgePost judges what every channel owes of a post.
func (w *watch) judgePost(slug string) {
	p := w.posts[slug]
	languages := p.post.Languages()
	for _, gone := range p.post.Withdrawn {
		languages = append(languages, gone.Language)
	}
	for i := range w.office.Channels {
		for _, language := range languages {
			w.judge(event.Item{Channel: w.office.Channels[i].LedgerName(), Post: slug, Language: language})
		}
	}
}

// judge finds out whether an item is out, or since when it is due.
func (w *watch) judge(item event.Item) {
	var d *event.Delivery
	if s := w.ledger[item]; s != nil {
		d = s.delivery
	}
	c, configured := w.office.Channel(item.Channel)
	if !configured || item.IsNotice() {
		return
	}
	wanted, due := want{}, time.Time{}
	if item.IsReminder() {
		due = w.said[item]
		wanted = want{shown: !due.IsZero(), revision: 1, since: due}
	} else if p := w.posts[item.Post]; p != nil {
		due = p.time
		if owes(c, &p.post, item.Language, w.sights[item.Channel], d) {
			edition, _ := p.post.Edition(item.Language)
			wanted = wantedOf(&p.post, edition, 0)
		}
	}
	if next(d, wanted, w.now(), 0).step == settle {
		delete(w.open, item)
		return
	}
	if d != nil {
		due = latest(due, d.Asked)
	}
	if _, is := w.open[item]; !is {
		w.open[item] = due
	}
}

// count brings the metrics up to date.
func (w *watch) count() {
	type key struct{ channel, state string }
	counts := map[key]float64{}
	for item, s := range w.ledger {
		switch {
		case item.IsNotice():
		case s.delivery.Undecided:
			counts[key{item.Channel, stateUndecided}]++
		case s.delivery.State == event.Waiting, s.delivery.State == event.Rejected, s.delivery.State == event.Uncertain:
			counts[key{item.Channel, string(s.delivery.State)}]++
		}
	}
	late := map[string]float64{}
	for item, due := range w.open {
		if w.now().Sub(due) >= w.overdue {
			late[item.Channel]++
		}
	}
	for i := range w.office.Channels {
		name, label := w.office.Channels[i].LedgerName(), w.office.Channels[i].Name
		for state, gauge := range w.metrics.states {
			gauge.WithLabelValues(label).Set(counts[key{name, state}])
		}
		w.metrics.overdue.WithLabelValues(label).Set(late[name])
		paused, c := w.channel(name)
		w.metrics.paused.WithLabelValues(label).Set(number(paused))
		w.metrics.down.WithLabelValues(label).Set(number(c.Down))
	}
}

// channel is whether a channel is paused, and its condition; also of one that another process drives.
func (w *watch) channel(name string) (bool, event.Condition) {
	if g := w.gates[name]; g != nil {
		paused, _ := g.state()
		return paused, w.seen[name]
	}
	return false, w.seen[name]
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
