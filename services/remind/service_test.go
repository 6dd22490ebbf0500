package remind_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel/builtin"
	"carillon.example/pkg/event"
	"carillon.example/pkg/observance"
	"carillon.example/pkg/office"
	"carillon.example/pkg/service"
	"carillon.example/services/remind"
)

const within = 30 * time.Second

// world is the log and an office whose channel is reminded at a time of day.
type world struct {
	t      *testing.T
	bus    *bus.Bus
	office *office.Office
	set    *observance.Set
}

func newWorld(t *testing.T, leads, at string, firstSeen time.Time) *world {
	t.Helper()
	config := fmt.Sprintf(`
site: {title: {en: Office}, url: https://news.example.org, languages: [en, ru], timezone: UTC}
channels:
  - name: staff
    type: slack
    token: t
    channel: C0STAFF
    posts: false
    languages: [ru]
    reminders: {leads: [%s], at: "%s"}
  - {name: press, type: slack, token: t, channel: C0PRESS}
`, leads, at)
	o, err := office.Parse("carillon.yaml", []byte(config), builtin.Types(), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	set, err := observance.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, bus: bustest.Start(t, "staff", "press"), office: o, set: set}
	bucket, err := w.bus.Bucket(t.Context(), event.OfficeBucket)
	if err != nil {
		t.Fatal(err)
	}
	if err := bucket.Put(t.Context(), bus.SightKey("staff"), []byte(firstSeen.UTC().Format(time.RFC3339Nano))); err != nil {
		t.Fatal(err)
	}
	return w
}

// remind runs the service until the test ends or stop is called. The clock is off by what skew says.
func (w *world) remind(skew time.Duration) (stop func()) {
	w.t.Helper()
	s := remind.New(remind.Deps{
		Bus: w.bus, Office: w.office, Observances: w.set, Log: slog.New(slog.DiscardHandler),
		Metrics: prometheus.NewRegistry(), Health: service.NewHealth(), Now: func() time.Time { return time.Now().Add(skew) },
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Run(ctx); err != nil && ctx.Err() == nil {
			w.t.Errorf("remind: %v", err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	w.t.Cleanup(stop)
	return stop
}

// said reads every reminder there is.
func (w *world) said() map[string]*carillon.Reminder {
	w.t.Helper()
	said := map[string]*carillon.Reminder{}
	err := w.bus.Snapshot(w.t.Context(), event.RemindersStream, nil, false, func(batch []*bus.Message) error {
		for _, m := range batch {
			r, err := event.UnmarshalReminder(m.Data)
			if err != nil {
				return err
			}
			said[m.Subject] = r
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return said
}

func (w *world) await(what string, is func() bool) {
	w.t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline.C:
			w.t.Fatalf("waited %s in vain: %s", within, what)
		}
	}
}

// dayWith finds a lead such that an observance is that many days after a day.
func (w *world) dayWith(from time.Time) (lead int, occurrences []observance.Occurrence) {
	w.t.Helper()
	for lead = 1; lead < 60; lead++ {
		day := carillon.DateOf(from).AddDays(lead)
		if occurrences = w.set.Between(day, day); len(occurrences) > 0 {
			return lead, occurrences
		}
	}
	w.t.Fatal("no fixed observance in two months")
	return 0, nil
}

func TestReminderIsSaidAtItsTimeOnceByAnyNumberOfReplicas(t *testing.T) {
	due := time.Now().UTC().Truncate(time.Second).Add(3 * time.Second)
	set, err := observance.Load()
	if err != nil {
		t.Fatal(err)
	}
	lead, occurrences := (&world{t: t, set: set}).dayWith(due)
	w := newWorld(t, fmt.Sprintf("%dd", lead), due.Format(time.TimeOnly), time.Now().Add(-time.Hour))
	w.remind(0)
	w.remind(0)
	w.await("every reminder is said", func() bool { return len(w.said()) >= len(occurrences) })
	if early := time.Until(due); early > 0 {
		t.Errorf("said %s early", early)
	}
	for _, o := range occurrences {
		subject := event.ReminderSubject("staff", o.ID, fmt.Sprintf("%dd", lead))
		r := w.said()[subject]
		if r == nil {
			t.Errorf("%s is not said", subject)
			continue
		}
		if name, _ := o.Observance.Name("ru"); r.Title != name || r.Language != "ru" || !r.Due.Equal(due) || r.Date != o.Date {
			t.Errorf("%s: %+v", subject, r)
		}
		history, err := w.bus.History(t.Context(), subject)
		if err != nil || len(history) != 1 {
			t.Errorf("%s is said %d times, %v", subject, len(history), err)
		}
		item := event.Item{Channel: "staff", Occurrence: o.ID, Lead: fmt.Sprintf("%dd", lead)}
		w.await("the channel is woken for "+o.ID, func() bool {
			_, err := w.bus.Last(t.Context(), item.QueueSubject())
			return err == nil
		})
	}
}

func TestMissedReminderIsSaidIfItStillHelps(t *testing.T) {
	now := time.Now().UTC()
	set, err := observance.Load()
	if err != nil {
		t.Fatal(err)
	}
	lead, occurrences := (&world{t: t, set: set}).dayWith(now)
	// It was due at midnight, and nobody was there.
	w := newWorld(t, fmt.Sprintf("%dd", lead), "00:00", now.Add(-48*time.Hour))
	stop := w.remind(0)
	w.await("what was missed is said, and the rest planned", func() bool { return len(w.said()) >= len(occurrences) && w.planned(lead, now) })
	stop()
	before := len(w.said())
	w.remind(0) // and not again
	w.remind(0)
	w.await("the replicas have planned", func() bool { return w.planned(lead, now) })
	if got := len(w.said()); got != before {
		t.Errorf("%d reminders after a restart, were %d", got, before)
	}
}

// planned reports whether a timer of a later day is set, which planning does last.
func (w *world) planned(lead int, now time.Time) bool {
	for days := 13; days > 0; days-- {
		day := carillon.DateOf(now).AddDays(days + lead)
		for _, o := range w.set.Between(day, day) {
			_, err := w.bus.Last(w.t.Context(), "timers.remind.staff."+o.ID+"."+carillon.Lead(lead).String())
			if errors.Is(err, bus.ErrNotFound) {
				return false
			}
			return err == nil
		}
	}
	return false
}

func TestNewChannelIsNotToldOfWhatWasDueBeforeIt(t *testing.T) {
	now := time.Now().UTC()
	set, err := observance.Load()
	if err != nil {
		t.Fatal(err)
	}
	lead, _ := (&world{t: t, set: set}).dayWith(now)
	w := newWorld(t, fmt.Sprintf("%dd", lead), "00:00", now)
	w.remind(0)
	w.await("the timers are set", func() bool { return w.planned(lead, now) })
	if said := w.said(); len(said) != 0 {
		t.Errorf("said: %v", said)
	}
}

// A timer that a replaced plan left behind fires too early, or for nobody: nothing is said.
func TestForgedWakeUpSaysNothing(t *testing.T) {
	now := time.Now().UTC()
	set, err := observance.Load()
	if err != nil {
		t.Fatal(err)
	}
	soon := carillon.DateOf(now).AddDays(5)
	_, occurrences := (&world{t: t, set: set}).dayWith(soon.In(time.UTC))
	w := newWorld(t, "1d", "09:00", now)
	w.remind(0)
	early := "queue.remind.staff." + occurrences[0].ID + ".1d"
	for _, subject := range []string{early, "queue.remind.staff.no-such-day-2027.1d", "queue.remind.press." + occurrences[0].ID + ".1d", "queue.remind.staff." + occurrences[0].ID + ".30d"} {
		if err := w.bus.Wake(t.Context(), subject); err != nil {
			t.Fatal(err)
		}
	}
	w.await("the wake-ups are gone", func() bool {
		for _, subject := range []string{early, "queue.remind.staff." + occurrences[0].ID + ".30d"} {
			if _, err := w.bus.Last(t.Context(), subject); !errors.Is(err, bus.ErrNotFound) {
				return false
			}
		}
		return true
	})
	if said := w.said(); len(said) != 0 {
		t.Errorf("said: %v", said)
	}
}
