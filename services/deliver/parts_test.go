package deliver

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

// thread is what is to be shown: a part for each of some words.
func thread(texts ...string) []channel.Part {
	var parts []channel.Part
	for _, text := range texts {
		parts = append(parts, *words(text))
	}
	return parts
}

// showing is a ledger that shows a thread.
func showing(texts ...string) *event.Delivery {
	d := &event.Delivery{State: event.Delivered, Shown: &event.Shown{Revision: 1}}
	for i, text := range texts {
		d.Shown.Parts = append(d.Shown.Parts, event.Part{IDs: []string{string(rune('a' + i))}, Fingerprint: words(text).Fingerprint()})
	}
	return d
}

func TestNextMoveTowardsAnAppearance(t *testing.T) {
	well := channel.Medium{Name: "well.png", Hash: "h1", Alt: "A well"}
	pictured := thread("one", "two")
	pictured[0].Media = []channel.Medium{well}
	described := thread("one")
	described[0].Media = []channel.Medium{{Name: "well.png", Hash: "h1", Alt: "A deep well"}}
	handedOver := func(ago time.Duration, alt string, pending bool) *event.Delivery {
		return &event.Delivery{State: event.Sending, Uploads: []event.Medium{{ID: "m1", Hash: "h1", Alt: alt, Pending: pending, Time: noon.Add(-ago)}}}
	}
	shownWell := showing("one")
	shownWell.Shown.Parts[0].Media = []event.Medium{{ID: "m1", Hash: "h1", Alt: "A well", Time: noon.Add(-240 * time.Hour)}}
	for name, test := range map[string]struct {
		ledger *event.Delivery
		parts  []channel.Part
		step   step
		part   int
	}{
		"nothing is there":                  {nil, thread("one", "two"), create, 0},
		"one of three is there":             {showing("one"), thread("one", "two", "three"), create, 1},
		"all is there":                      {showing("one", "two"), thread("one", "two"), settle, 0},
		"the second differs":                {showing("one", "zwei", "three"), thread("one", "two", "three"), edit, 1},
		"the second differs, a third lacks": {showing("one", "zwei"), thread("one", "two", "three"), edit, 1},
		"one too many":                      {showing("one", "two", "three"), thread("one", "two"), withdraw, 2},
		"two too many, the last first":      {showing("one", "two", "three"), thread("one"), withdraw, 2},
		"nothing is wanted":                 {showing("one", "two"), nil, withdraw, 1},
		"nothing is there or wanted":        {nil, nil, settle, 0},

		"a picture comes first":                            {nil, pictured, upload, 0},
		"a picture that is still worked on":                {handedOver(time.Minute, "A well", true), pictured, ready, 0},
		"a picture that is there":                          {handedOver(time.Minute, "A well", false), pictured, create, 0},
		"a picture that was handed over too long ago":      {handedOver(13*time.Hour, "A well", false), pictured, upload, 0},
		"a picture that was handed over with other words":  {handedOver(time.Minute, "A hole", false), pictured, upload, 0},
		"a picture that is shown is only described anew":   {shownWell, described, edit, 0},
		"a picture comes to a status that has none of its": {showing("one"), described, upload, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if m := advance(test.ledger, test.parts, noon); m.step != test.step || m.part != test.part {
				t.Errorf("got %s of part %d, want %s of %d", m.step, m.part, test.step, test.part)
			}
		})
	}
}

// Each step leaves a ledger from which the next one goes on; only the last one says that the revision is shown.
func TestThreadIsWrittenDownStepByStep(t *testing.T) {
	parts := thread("one", "two", "three")
	var d *event.Delivery
	var states []event.DeliveryState
	for range 10 {
		m := advance(d, parts, noon)
		if m.step == settle {
			break
		}
		intent := event.Intent{Action: event.Create, Part: m.part, Revision: 4, Position: 7, Fingerprint: parts[m.part].Fingerprint()}
		before := &event.Delivery{State: event.Sending, Attempt: 3}
		if d != nil {
			*before = *d
		}
		d = outcome(before, intent, parts, channel.Verdict{Meaning: channel.Delivered, Receipt: channel.Receipt{IDs: []string{string(rune('a' + m.part))}}}, noon, 0.5)
		states = append(states, d.State)
		if whole := d.State == event.Delivered; whole != (d.Shown.Revision == 4) || d.Attempt != 0 || d.Intent != nil {
			t.Errorf("after part %d: %+v, shown %+v", m.part+1, d, d.Shown)
		}
	}
	if diff := cmp.Diff([]event.DeliveryState{event.Sending, event.Sending, event.Delivered}, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

func TestOutcomeForAPartOfAThread(t *testing.T) {
	withdrawal := event.Intent{Action: event.Withdraw, Part: 1, Revision: 1}
	shortening := withdrawal
	shortening.Position = 7
	for name, test := range map[string]struct {
		ledger  *event.Delivery
		intent  event.Intent
		parts   []channel.Part
		verdict channel.Verdict
		check   func(d *event.Delivery) bool
	}{
		"a part is taken back, the first is still there": {
			showing("one", "two"), withdrawal, nil,
			channel.Verdict{Meaning: channel.Delivered},
			func(d *event.Delivery) bool {
				return d.State == event.Sending && len(d.Shown.Parts) == 1 && d.Dropped == 1
			},
		},
		"the thread is as short as it should be": {
			showing("one", "two"), shortening, thread("one"),
			channel.Verdict{Meaning: channel.NotThere},
			func(d *event.Delivery) bool {
				return d.State == event.Delivered && len(d.Shown.Parts) == 1 && d.Dropped == 1
			},
		},
		"the end of a thread that cannot be taken back does not keep the rest": {
			showing("one", "two"), shortening, thread("one"),
			channel.Verdict{Meaning: channel.Rejected, Reason: "too old"},
			func(d *event.Delivery) bool {
				return d.State == event.Rejected && next(d, want{}, noon, margin).step == withdraw
			},
		},
		"a part is gone, the others stay until they are withdrawn": {
			showing("one", "two", "three"),
			event.Intent{Action: event.Edit, Part: 1, Revision: 2, Position: 7},
			thread("one", "zwei", "three"),
			channel.Verdict{Meaning: channel.NotThere},
			func(d *event.Delivery) bool {
				return d.State == event.Skipped && len(d.Shown.Parts) == 2 && d.Reason == "deleted there" &&
					next(d, want{shown: true, revision: 3}, noon, margin).step == settle && next(d, want{}, noon, margin).step == withdraw
			},
		},
		"what it is to reply to is gone": {
			showing("one"),
			event.Intent{Action: event.Create, Part: 1, Revision: 1, Position: 7},
			thread("one", "two"),
			channel.Verdict{Meaning: channel.NotThere},
			func(d *event.Delivery) bool { return d.State == event.Skipped && len(d.Shown.Parts) == 1 },
		},
		"only the part whose edit failed is in doubt": {
			showing("one", "two"),
			event.Intent{Action: event.Edit, Part: 1, Revision: 2, Position: 7},
			thread("one", "zwei"),
			channel.Verdict{Meaning: channel.Retry},
			func(d *event.Delivery) bool {
				return d.State == event.Waiting && d.Shown.Parts[0].Fingerprint != "" && d.Shown.Parts[1].Fingerprint == ""
			},
		},
		"a later part is looked for like the first": {
			showing("one"),
			event.Intent{Action: event.Create, Part: 1, Revision: 1, Position: 7},
			thread("one", "two"),
			channel.Verdict{Meaning: channel.Uncertain},
			func(d *event.Delivery) bool {
				return d.Intent != nil && next(d, want{shown: true, revision: 1}, noon.Add(time.Hour), margin).step == look
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			shown := len(test.ledger.Shown.Parts)
			if d := outcome(test.ledger, test.intent, test.parts, test.verdict, noon, 0.5); !test.check(d) {
				t.Errorf("got %+v, shown %+v", d, d.Shown)
			}
			if len(test.ledger.Shown.Parts) != shown {
				t.Error("what was read before was written to")
			}
		})
	}
}

func TestUntilEndsTheBeginningOnly(t *testing.T) {
	over := want{shown: true, revision: 1, until: noon}
	looked := &event.Delivery{State: event.Waiting, Looks: 2, Intent: intentOf(event.Create, time.Hour)}
	part := &event.Delivery{State: event.Waiting, Looks: 2, Shown: showing("one").Shown, Intent: intentOf(event.Create, time.Hour)}
	part.Intent.Part = 1
	begun := showing("one")
	begun.State, begun.Shown.Revision = event.Sending, 0
	for name, test := range map[string]struct {
		ledger *event.Delivery
		now    time.Time
		step   step
	}{
		"a moment before":                  {nil, noon.Add(-time.Nanosecond), create},
		"at the moment":                    {nil, noon, expire},
		"it waited for too long":           {&event.Delivery{State: event.Waiting, Revision: 1, Until: noon}, noon, expire},
		"it was withdrawn before":          {&event.Delivery{State: event.DeliveryWithdrawn}, noon, expire},
		"it was rejected for it":           {&event.Delivery{State: event.Rejected, Revision: 1, Verdict: verdictOver}, noon, settle},
		"it was rejected, and may now":     {&event.Delivery{State: event.Rejected, Revision: 1, Verdict: verdictOver}, noon.Add(-time.Hour), create},
		"a lost create that did nothing":   {looked, noon, expire},
		"a lost part of a thread that has": {part, noon, recreate},
		"a thread that has begun":          {begun, noon, edit},
	} {
		t.Run(name, func(t *testing.T) {
			if p := next(test.ledger, over, test.now, margin); p.step != test.step {
				t.Errorf("got %s, want %s", p.step, test.step)
			}
		})
	}
}
