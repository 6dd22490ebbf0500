package crash_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"carillon.example/pkg/event"
	"carillon.example/test/process"
)

// campaign is one run: who publishes, who kills, how hostile the other side is.
type campaign struct {
	*cast
	newsroom  *newsroom
	hostility *hostility
	reaper    *reaper
	ledger    *ledger
	seed      uint64
	began     time.Time
}

func channels() []string {
	return []string{
		`{name: mastodon-en, type: mastodon, server: "SANDBOX", token: "${MASTODON_OFFICE}", languages: [en]}`,
		`{name: mastodon-all, type: mastodon, server: "SANDBOX", token: "${MASTODON_LANGUAGES}"}`,
		`{name: mastodon-news, type: mastodon, server: "SANDBOX", token: "${MASTODON_NEWSROOM}", kinds: [news]}`,
		`{name: slack-press, type: slack, api_url: "SLACK_API", token: "${SLACK}", channel: PRESS, pace: 30ms}`,
		`{name: slack-news, type: slack, api_url: "SLACK_API", token: "${SLACK}", channel: STAFF, kinds: [news], pace: 30ms}`,
	}
}

func newCampaign(t *testing.T, seed uint64, blind bool, channels ...string) *campaign {
	t.Helper()
	c := &campaign{cast: newCast(t, blind), seed: seed, began: time.Now()}
	c.configure(t, channels...)
	c.startAll(t)
	draw := func(what uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, what)) }
	c.ledger = followLedger(t, c.cast)
	c.newsroom = newNewsroom(t, c.cast, draw(1))
	c.hostility = &hostility{t: t, c: c.cast, rng: draw(2), keysIgnored: seed%2 == 0}
	c.reaper = &reaper{t: t, c: c.cast, rng: draw(3), began: c.ledger.began}
	return c
}

// run publishes so many posts while so many processes are killed. The sandbox stays hostile until everything has settled all
// the same, or that takes too long; then the faults are cleared, and everything has to settle.
func (c *campaign) run(t *testing.T, posts, kills int) {
	t.Helper()
	done, supplied := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(supplied)
		c.hostility.supply(done)
	}()
	c.fight(t, posts, kills)
	c.startAll(t)
	_ = process.Waited(hostileFor, c.unsettled)
	close(done)
	<-supplied
	c.behave(t)
	if last := c.settle(); last != "" {
		t.Errorf("not everything has settled, and nothing settles any more: %s\n%s", last, c.ledger.queue(t))
	}
}

// settle waits until nothing is left to do, for as long as less and less is: a thousand posts leave much to be made up for.
func (c *campaign) settle() string {
	for before := math.MaxInt; ; {
		last := process.Waited(settleWithin, c.unsettled)
		left := len(leftOver(c.cast, c.newsroom, c.ledger))
		if last == "" || left >= before {
			return last
		}
		before = left
	}
}

// fight publishes and kills.
func (c *campaign) fight(t *testing.T, posts, kills int) {
	t.Helper()
	published := make(chan struct{})
	turn := make(chan struct{}, posts)
	go func() {
		defer close(published)
		for range turn {
			c.newsroom.work()
		}
	}()
	given := 0
	for len(c.reaper.kills) < kills && !t.Failed() {
		for ; given < posts && given*kills <= posts*len(c.reaper.kills); given++ {
			turn <- struct{}{}
		}
		c.reaper.strike()
	}
	for ; given < posts && !t.Failed(); given++ {
		turn <- struct{}{}
	}
	close(turn)
	<-published
	c.reaper.thawing.Wait()
}

// hostileFor is how long the sandbox stays hostile after the last kill.
const hostileFor = 10 * time.Second

// settleWithin is how long it may take until less is left than before: those that failed a few times wait for a while.
const settleWithin = 90 * time.Second

func (c *campaign) unsettled() string { return unsettled(c.cast, c.newsroom, c.ledger) }

// unsettled says how much is left to do, and names one of it; nothing: "".
func unsettled(c *cast, n *newsroom, l *ledger) string {
	left := leftOver(c, n, l)
	if len(left) == 0 {
		return ""
	}
	return fmt.Sprintf("%d editions are left, as %s", len(left), left[0])
}

// leftOver are the editions that do not stand in the ledger as they should.
func leftOver(c *cast, n *newsroom, l *ledger) (left []string) {
	steps := l.all()
	wanted := map[event.Item]int{}
	for _, p := range n.wanted() {
		for i := range c.office.Channels {
			for j := range p.Editions {
				if ch := &c.office.Channels[i]; ch.Carries(p, p.Editions[j].Language) {
					wanted[event.Item{Channel: ch.LedgerName(), Post: p.Slug, Language: p.Editions[j].Language}] = p.Editions[j].Revision
				}
			}
		}
	}
	for item, revision := range wanted {
		all := steps[item]
		if len(all) == 0 {
			left = append(left, item.String()+" has no ledger")
			continue
		}
		last := all[len(all)-1]
		if last.State != event.Uncertain && (last.State != event.Delivered || last.Shown.Revision < revision) {
			left = append(left, fmt.Sprintf("%s is to show revision %d: %s", item, revision, describe(last)))
		}
	}
	for item, all := range steps {
		last := all[len(all)-1]
		if _, ok := wanted[item]; !ok && last.State != event.DeliveryWithdrawn && last.State != event.Uncertain {
			left = append(left, fmt.Sprintf("%s is to show nothing: %s", item, describe(last)))
		}
	}
	return left
}

func describe(d *event.Delivery) string {
	return fmt.Sprintf("%s, verdict %q, attempt %d, revision %d, until %s: %s", d.State, d.Verdict, d.Attempt, d.Revision, d.Until.Format(time.TimeOnly), d.Reason)
}

// report says what happened.
func (c *campaign) report(f *findings) string {
	in := c.ledger.interruptions(c.reaper.kills)
	return fmt.Sprintf("seed %d, %s: %d posts, %d releases and corrections, %d withdrawals; %s; %s, %d of them between an intent and its receipt (%d of these left a call of deliver that nobody recorded the end of); %d calls, %d interrupted, %d steps in the ledger\n%s",
		c.seed, time.Since(c.began).Round(time.Second), len(c.newsroom.posts), c.newsroom.releases, c.newsroom.withdrawals, c.hostility, c.reaper, in.amid, in.kills, in.calls, in.interrupted, in.steps, f)
}

// Every edition once, as last revised, in order, and nothing else.
func TestNothingIsLostAndNothingComesTwice(t *testing.T) {
	c := newCampaign(t, *seed, false, channels()...)
	c.run(t, *posts, *kills)
	f := compare(t, c.cast, c.newsroom, c.ledger, c.reaper.deaths("nats"))
	t.Log(c.report(f))
	if !f.none() {
		t.Errorf("run it again with -seed %d", *seed)
	}
	c.stop(t)
}

// The same, with looking switched off, is to find doubles: that shows that the test above could.
func TestWithoutLookingSomeComeTwice(t *testing.T) {
	c := newCampaign(t, *seed, true, channels()...)
	c.hostility.keysIgnored = true // a key would hide it
	c.run(t, 25, 4)
	f := compare(t, c.cast, c.newsroom, c.ledger, c.reaper.deaths("nats"))
	t.Log(c.report(f))
	if len(f.doubled) == 0 {
		t.Errorf("nothing came twice: run it again with -seed %d", *seed)
	}
}
