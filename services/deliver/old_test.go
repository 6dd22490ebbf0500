package deliver

import (
	"testing"
	"time"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

func TestWhatIsTooOldIsNotPouredOut(t *testing.T) {
	published := noon.Add(-25 * time.Hour)
	old := want{shown: true, revision: 1, position: 9, since: published, changed: published}
	corrected := old
	corrected.revision, corrected.changed = 2, noon.Add(-time.Hour)
	waiting := func(v channel.Meaning) *event.Delivery {
		return &event.Delivery{State: event.Waiting, Revision: 1, Verdict: string(v), Until: noon}
	}
	undecided := &event.Delivery{State: event.Waiting, Revision: 1, Undecided: true}
	asked := waiting(channel.ChannelDown)
	asked.Asked = noon.Add(-time.Minute)
	over := old
	over.until = noon.Add(-time.Hour)
	forgotten := over
	forgotten.since, forgotten.changed = time.Time{}, time.Time{}
	askedAfter := &event.Delivery{State: event.Waiting, Revision: 1, Until: noon, Verdict: "asked", Asked: noon.Add(-time.Minute)}
	for name, test := range map[string]struct {
		ledger *event.Delivery
		want   want
		step   step
	}{
		"nobody tried in time":                        {nil, old, shelve},
		"nobody tried, and it was corrected today":    {nil, corrected, shelve},
		"the channel was down":                        {waiting(channel.ChannelDown), old, shelve},
		"the channel was down, corrected today":       {waiting(channel.ChannelDown), corrected, create},
		"it failed by itself":                         {waiting(channel.Retry), old, create},
		"somebody asked for it":                       {asked, old, create},
		"shown, and corrected":                        {&event.Delivery{State: event.Delivered, Shown: shownAt(1)}, corrected, edit},
		"shown, withdrawn, released again":            {&event.Delivery{State: event.DeliveryWithdrawn, Verdict: "delivered"}, old, create},
		"a decision is waited for":                    {undecided, old, settle},
		"a decision is waited for, corrected":         {undecided, corrected, settle},
		"a decision is waited for, withdrawn":         {undecided, want{}, forget},
		"its time is over":                            {waiting(channel.ChannelDown), over, expire},
		"its time is over, and somebody asked for it": {askedAfter, forgotten, create},
	} {
		t.Run(name, func(t *testing.T) {
			if p := next(test.ledger, test.want, noon, margin); p.step != test.step {
				t.Errorf("got %s, want %s", p.step, test.step)
			}
		})
	}
}

func TestTryingEndsAfterThreeDaysUnlessThePostSaysLonger(t *testing.T) {
	retry := channel.Verdict{Meaning: channel.Retry, Reason: "busy"}
	for name, test := range map[string]struct {
		since time.Duration // how long it has failed
		until time.Time
		state event.DeliveryState
	}{
		"for 71 hours":                    {71 * time.Hour, time.Time{}, event.Waiting},
		"for 73 hours":                    {73 * time.Hour, time.Time{}, event.Rejected},
		"for 73 hours, wanted for longer": {73 * time.Hour, noon.Add(time.Hour), event.Waiting},
		"for 73 hours, wanted no more":    {73 * time.Hour, noon.Add(-time.Hour), event.Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			before := &event.Delivery{State: event.Sending, Attempt: 40, WaitingSince: noon.Add(-test.since), WantedUntil: test.until}
			d := outcome(before, *intentOf(event.Create, 0), thread("one"), retry, noon, 0.5)
			if d.State != test.state {
				t.Errorf("%s: %s", d.State, d.Reason)
			}
		})
	}
}

// A probe and a call say different things of a channel: only together do they say that it is back.
func TestConditionFollowsProbesAndCalls(t *testing.T) {
	ok, refused, away := channel.Verdict{Meaning: channel.Delivered}, channel.Verdict{Meaning: channel.ChannelDown, Reason: "refused"}, channel.Verdict{Meaning: channel.Retry, Reason: "away"}
	for name, test := range map[string]struct {
		before event.Condition
		probe  channel.Verdict
		down   bool
		since  bool // it changed
	}{
		"the first probe works":                      {event.Condition{}, ok, false, false},
		"the first probe is refused":                 {event.Condition{}, refused, true, true},
		"it worked and is refused":                   {event.Condition{Time: noon, Works: true}, refused, true, true},
		"it is not reached":                          {event.Condition{Time: noon, Works: true}, away, false, false},
		"it was refused and works":                   {event.Condition{Time: noon, Down: true}, ok, false, true},
		"only calls are refused":                     {event.Condition{Time: noon, Works: true, Down: true}, ok, true, false},
		"only probes are refused, and a call worked": {event.Condition{Time: noon}, refused, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := test.before
			probed(&c, channel.Condition{}, test.probe, noon.Add(time.Minute))
			if c.Down != test.down || c.Since.IsZero() == test.since || c.Works != (test.probe.Meaning == channel.Delivered) {
				t.Errorf("got %+v", c)
			}
		})
	}
}
