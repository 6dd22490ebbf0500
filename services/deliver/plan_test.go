package deliver

import (
	"testing"
	"time"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

var noon = time.Date(2026, 4, 7, 12, 0, 0, 0, time.UTC)

const margin = 5 * time.Second

func intentOf(action event.Action, ago time.Duration) *event.Intent {
	began := noon.Add(-ago)
	intent := &event.Intent{Action: action, Key: "k", Revision: 1, Position: 7, Fingerprint: words("one").Fingerprint(), Began: began, Deadline: began.Add(10 * time.Second)}
	if action == event.Withdraw { // it belongs to no content
		intent.Position, intent.Fingerprint = 0, ""
	}
	return intent
}

func words(s string) *channel.Part { return &channel.Part{Payload: []byte(s)} }

func shownAt(revision int) *event.Shown {
	return &event.Shown{Revision: revision, Parts: []event.Part{{IDs: []string{"1"}, Link: "https://social.example/1", Fingerprint: words("one").Fingerprint()}}}
}

func TestNextStep(t *testing.T) {
	later := noon.Add(time.Minute)
	wanted := func(revision int) want { return want{shown: true, revision: revision, position: 9} }
	nothing := want{}
	for name, test := range map[string]struct {
		ledger *event.Delivery
		want   want
		step   step
		until  time.Time
	}{
		"new and wanted":     {nil, wanted(1), create, time.Time{}},
		"new and not wanted": {nil, nothing, settle, time.Time{}},

		"shown as wanted":                     {&event.Delivery{State: event.Delivered, Shown: shownAt(2)}, wanted(2), settle, time.Time{}},
		"shown newer than a late wake-up":     {&event.Delivery{State: event.Delivered, Shown: shownAt(3)}, wanted(2), settle, time.Time{}},
		"corrected":                           {&event.Delivery{State: event.Delivered, Shown: shownAt(1)}, wanted(2), edit, time.Time{}},
		"withdrawn by the desk":               {&event.Delivery{State: event.Delivered, Shown: shownAt(1)}, nothing, withdraw, time.Time{}},
		"withdrawn already":                   {&event.Delivery{State: event.DeliveryWithdrawn}, nothing, settle, time.Time{}},
		"released again after a withdrawal":   {&event.Delivery{State: event.DeliveryWithdrawn}, wanted(2), create, time.Time{}},
		"a withdrawal that the other refuses": {&event.Delivery{State: event.Rejected, Verdict: verdictCannotWithdraw, Reason: "too old", Shown: shownAt(1)}, nothing, settle, time.Time{}},

		"rejected, nothing new":           {&event.Delivery{State: event.Rejected, Revision: 1}, wanted(1), settle, time.Time{}},
		"rejected, then corrected":        {&event.Delivery{State: event.Rejected, Revision: 1}, wanted(2), create, time.Time{}},
		"rejected, then withdrawn":        {&event.Delivery{State: event.Rejected, Revision: 1}, nothing, forget, time.Time{}},
		"an edit was rejected":            {&event.Delivery{State: event.Rejected, Revision: 2, Shown: shownAt(1)}, wanted(2), settle, time.Time{}},
		"an edit was rejected, corrected": {&event.Delivery{State: event.Rejected, Revision: 2, Shown: shownAt(1)}, wanted(3), edit, time.Time{}},

		"waiting, not yet":               {&event.Delivery{State: event.Waiting, Revision: 1, Until: later}, wanted(1), wait, later},
		"waiting, now":                   {&event.Delivery{State: event.Waiting, Revision: 1, Until: noon}, wanted(1), create, time.Time{}},
		"waiting with an old revision":   {&event.Delivery{State: event.Waiting, Revision: 1, Until: later}, wanted(2), create, time.Time{}},
		"waiting, then withdrawn":        {&event.Delivery{State: event.Waiting, Revision: 1, Until: later}, nothing, forget, time.Time{}},
		"an edit waits":                  {&event.Delivery{State: event.Waiting, Revision: 2, Until: later, Shown: shownAt(1)}, wanted(2), wait, later},
		"a person has to decide":         {&event.Delivery{State: event.Uncertain, Intent: intentOf(event.Create, time.Hour)}, wanted(2), settle, time.Time{}},
		"deleted by hand stays deleted":  {&event.Delivery{State: event.Skipped}, wanted(2), settle, time.Time{}},
		"deleted by hand, and withdrawn": {&event.Delivery{State: event.Skipped}, nothing, settle, time.Time{}},

		"a create may still be under way":         {&event.Delivery{State: event.Sending, Intent: intentOf(event.Create, 12*time.Second)}, wanted(1), wait, noon.Add(3 * time.Second)},
		"a create whose end nobody recorded":      {&event.Delivery{State: event.Sending, Intent: intentOf(event.Create, 16*time.Second)}, wanted(1), look, time.Time{}},
		"the first look found nothing":            {&event.Delivery{State: event.Waiting, Until: later, Looks: 1, Intent: intentOf(event.Create, time.Minute)}, wanted(1), wait, later},
		"time for the second look":                {&event.Delivery{State: event.Waiting, Until: noon, Looks: 1, Intent: intentOf(event.Create, time.Minute)}, wanted(1), look, time.Time{}},
		"two looks found nothing":                 {&event.Delivery{State: event.Waiting, Until: noon, Looks: 2, Intent: intentOf(event.Create, time.Minute)}, wanted(4), recreate, time.Time{}},
		"two looks found nothing, not wanted":     {&event.Delivery{State: event.Waiting, Until: noon, Looks: 2, Intent: intentOf(event.Create, time.Minute)}, nothing, forget, time.Time{}},
		"lost create is looked for, even if gone": {&event.Delivery{State: event.Sending, Intent: intentOf(event.Create, time.Minute)}, nothing, look, time.Time{}},
		"interrupted withdrawal, released again":  {&event.Delivery{State: event.Sending, Shown: shownAt(1), Intent: intentOf(event.Withdraw, time.Minute)}, wanted(2), withdraw, time.Time{}},
		"interrupted edit":                        {&event.Delivery{State: event.Sending, Shown: shownAt(1), Intent: intentOf(event.Edit, time.Minute)}, wanted(2), release, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := next(test.ledger, test.want, noon, margin)
			if got.step != test.step || !got.until.Equal(test.until) {
				t.Errorf("next step: %s until %s, want %s until %s", got.step, got.until, test.step, test.until)
			}
		})
	}
}

func TestOutcomeOfACall(t *testing.T) {
	retry := channel.Verdict{Meaning: channel.Retry, After: time.Minute, Reason: "busy"}
	for name, test := range map[string]struct {
		before  *event.Delivery
		intent  *event.Intent
		verdict channel.Verdict
		check   func(t *testing.T, d *event.Delivery)
	}{
		"created": {
			&event.Delivery{State: event.Sending, Attempt: 3, Appearances: 1}, intentOf(event.Create, 0),
			channel.Verdict{Meaning: channel.Delivered, Receipt: channel.Receipt{IDs: []string{"42"}, Link: "l"}},
			func(t *testing.T, d *event.Delivery) {
				if d.State != event.Delivered || d.Intent != nil || d.Shown.Parts[0].IDs[0] != "42" || d.Shown.Revision != 1 || d.Attempt != 0 {
					t.Errorf("got %+v", d)
				}
			},
		},
		"an edit's answer without a link keeps the one there was": {
			&event.Delivery{State: event.Sending, Shown: shownAt(1)}, intentOf(event.Edit, 0),
			channel.Verdict{Meaning: channel.Delivered, Receipt: channel.Receipt{IDs: []string{"1"}}},
			func(t *testing.T, d *event.Delivery) {
				if d.Shown.Link() == "" {
					t.Error("the link is lost")
				}
			},
		},
		"a lost create stays on record": {
			&event.Delivery{State: event.Sending}, intentOf(event.Create, 0),
			channel.Verdict{Meaning: channel.Uncertain, Reason: "no answer"},
			func(t *testing.T, d *event.Delivery) {
				if d.State != event.Sending || d.Intent == nil || d.Intent.Deadline.Equal(noon) {
					t.Errorf("got %+v", d)
				}
			},
		},
		"a create that did nothing is tried later": {
			&event.Delivery{State: event.Sending, Attempt: 1}, intentOf(event.Create, 0), retry,
			func(t *testing.T, d *event.Delivery) {
				if d.State != event.Waiting || d.Intent != nil || !d.Until.Equal(noon.Add(time.Minute)) {
					t.Errorf("got %+v", d)
				}
			},
		},
		"a withdrawal that failed stays on record": {
			&event.Delivery{State: event.Sending, Shown: shownAt(1)}, intentOf(event.Withdraw, 0), retry,
			func(t *testing.T, d *event.Delivery) {
				if d.State != event.Waiting || d.Intent == nil || d.Shown == nil {
					t.Errorf("got %+v", d)
				}
			},
		},
		"after a failed edit nobody knows the words": {
			&event.Delivery{State: event.Sending, Shown: shownAt(1)}, intentOf(event.Edit, 0), retry,
			func(t *testing.T, d *event.Delivery) {
				if d.State != event.Waiting || d.Intent != nil || d.Shown.Parts[0].Fingerprint != "" {
					t.Errorf("got %+v", d)
				}
			},
		},
		"an edit found it gone": {
			&event.Delivery{State: event.Sending, Shown: shownAt(1)}, intentOf(event.Edit, 0),
			channel.Verdict{Meaning: channel.NotThere},
			func(t *testing.T, d *event.Delivery) {
				if d.State != event.Skipped || d.Reason != "deleted there" || d.Shown != nil {
					t.Errorf("got %+v", d)
				}
			},
		},
		"a withdrawal found it gone": {
			&event.Delivery{State: event.Sending, Shown: shownAt(1)}, intentOf(event.Withdraw, 0),
			channel.Verdict{Meaning: channel.NotThere},
			func(t *testing.T, d *event.Delivery) {
				if d.State != event.DeliveryWithdrawn || d.Shown != nil {
					t.Errorf("got %+v", d)
				}
			},
		},
		"given up after three days": {
			&event.Delivery{State: event.Sending, WaitingSince: noon.Add(-73 * time.Hour)}, intentOf(event.Create, 0), retry,
			func(t *testing.T, d *event.Delivery) {
				if d.State != event.Rejected {
					t.Errorf("got %+v", d)
				}
			},
		},
		"a correction of what was given up has its own three days": {
			&event.Delivery{State: event.Sending, WaitingSince: noon.Add(-73 * time.Hour)}, intentOf(event.Create, 0), retry,
			func(t *testing.T, d *event.Delivery) {
				d = outcome(d, *intentOf(event.Create, 0), []channel.Part{*words("one")}, retry, noon.Add(time.Hour), 0.5)
				if d.State != event.Waiting {
					t.Errorf("got %+v", d)
				}
			},
		},
		"a withdrawal that is given up is not made again": {
			&event.Delivery{State: event.Sending, Shown: shownAt(1), WaitingSince: noon.Add(-73 * time.Hour)}, intentOf(event.Withdraw, 0), retry,
			func(t *testing.T, d *event.Delivery) {
				if p := next(d, want{}, noon, margin); d.State != event.Rejected || d.Shown == nil || p.step != settle {
					t.Errorf("then %s: %+v", p.step, d)
				}
			},
		},
		"a channel that is down fails nothing, however long": {
			&event.Delivery{State: event.Sending, WaitingSince: noon.Add(-73 * time.Hour)}, intentOf(event.Create, 0),
			channel.Verdict{Meaning: channel.ChannelDown, Reason: "the token was revoked"},
			func(t *testing.T, d *event.Delivery) {
				if d.State != event.Waiting || !d.WaitingSince.IsZero() {
					t.Errorf("got %+v", d)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var parts []channel.Part
			if test.intent.Action != event.Withdraw {
				parts = []channel.Part{*words("one")}
			}
			test.check(t, outcome(test.before, *test.intent, parts, test.verdict, noon, 0.5))
		})
	}
}

func TestLooksThatFailBecomeRare(t *testing.T) {
	d := &event.Delivery{State: event.Sending, Attempt: 1, Intent: intentOf(event.Create, time.Minute)}
	for range 20 {
		d = looked(d, nil, channel.Verdict{Meaning: channel.Retry, Reason: "busy"}, noon, time.Minute, 1)
	}
	if wait := d.Until.Sub(noon); wait != longBackoff || d.Intent == nil {
		t.Errorf("after 20 looks that failed the next one follows in %s: %+v", wait, d)
	}
}

func TestBackoffDoublesUpToACapAndObeysTheOtherEnd(t *testing.T) {
	full := channel.Verdict{Meaning: channel.Retry}
	last := time.Duration(0)
	for attempt := 1; attempt < 40; attempt++ {
		d := backoff(attempt, full, 1)
		if d < last || d > longBackoff {
			t.Fatalf("attempt %d waits %s after %s", attempt, d, last)
		}
		last = d
	}
	if last != longBackoff {
		t.Errorf("the cap is never reached: %s", last)
	}
	if d := backoff(30, channel.Verdict{Meaning: channel.Retry, After: 3 * time.Second}, 1); d != 3*time.Second {
		t.Errorf("asked for 3 s, waits %s", d)
	}
}
