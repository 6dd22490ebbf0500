package remind

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	"carillon.example/pkg/observance"
	"carillon.example/pkg/office"
	"carillon.example/pkg/service"
)

// Deps are what the service is given.
type Deps struct {
	Bus         *bus.Bus
	Office      *office.Office
	Observances *observance.Set
	Log         *slog.Logger
	Metrics     prometheus.Registerer
	Health      *service.Health
	Now         func() time.Time
}

// Service is the running service.
type Service struct {
	Deps
	planner planner
	sights  map[string]time.Time
	said    prometheus.Counter
	ready   atomic.Bool
}

// New makes the service.
func New(deps Deps) *Service {
	s := &Service{
		Deps: deps, planner: planner{office: deps.Office, set: deps.Observances},
		said: prometheus.NewCounter(prometheus.CounterOpts{Name: "carillon_remind_said_total", Help: "Reminders said."}),
	}
	deps.Metrics.MustRegister(s.said)
	deps.Health.Add("remind", s.readiness)
	return s
}

func (s *Service) readiness() error {
	switch {
	case !s.ready.Load():
		return errors.New("waits for ingest to prepare the log")
	case !s.Bus.Connected():
		return errors.New("the log cannot be reached")
	}
	return nil
}

// Run keeps the timers and says what is due, until the context ends.
func (s *Service) Run(ctx context.Context) error {
	sights, err := s.Bus.Sights(ctx, s.asking())
	if err != nil {
		return err
	}
	s.sights = sights
	s.ready.Store(true)
	return service.Run(
		ctx,
		service.Named{Name: "timers", Runner: service.RunnerFunc(s.planOften)},
		service.Named{Name: "reminders", Runner: service.RunnerFunc(s.attend)},
	)
}

// asking lists the channels that want reminders, by ledger name.
func (s *Service) asking() []string {
	var names []string
	for i := range s.Office.Channels {
		if c := &s.Office.Channels[i]; c.Reminders != nil {
			names = append(names, c.LedgerName())
		}
	}
	return names
}

func (s *Service) planOften(ctx context.Context) error {
	return s.Bus.CompareOften(ctx, "the timers with what is due", s.plan)
}

// plan sets the timers of what comes and says what came while nobody was there, if the day is not over.
func (s *Service) plan(ctx context.Context) error {
	now := s.Now()
	for _, r := range s.planner.upcoming(now.Add(-horizon), now.Add(horizon)) {
		var err error
		switch {
		case r.due.Before(s.sights[r.channel.LedgerName()]): // a new channel begins now
			continue
		case r.due.After(now):
			err = s.Bus.WakeAt(ctx, queueSubject(r), r.due)
		case useful(r, now, s.Office.Site.Zone):
			err = s.say(ctx, r)
		default:
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// useful reports whether a reminder still helps: until its day is over.
func useful(r reminder, now time.Time, zone *time.Location) bool {
	return now.Before(r.occurrence.Date.AddDays(1).In(zone))
}

// attend says the reminders whose timers fire.
func (s *Service) attend(ctx context.Context) error {
	return s.Bus.Work(ctx, event.QueueStream, bus.QueueConsumer(event.Remind), func(ctx context.Context, m *bus.Message) bus.Outcome {
		if err := s.woken(ctx, m.Subject); err != nil {
			s.Log.Error("a reminder is not said yet, trying again", "error", err)
			return bus.Again(time.Second)
		}
		return bus.Done
	})
}

func (s *Service) woken(ctx context.Context, subject string) error {
	t := strings.Split(subject, ".")
	if len(t) != 5 {
		s.Log.Error("a wake-up that names no reminder", "subject", subject)
		return nil
	}
	r, ok := s.planner.named(t[2], t[3], t[4])
	now := s.Now()
	switch {
	case !ok: // nobody asks for it any more
		return nil
	case now.Before(r.due):
		return s.Bus.WakeAt(ctx, queueSubject(r), r.due)
	case !useful(r, now, s.Office.Site.Zone):
		return nil
	}
	return s.say(ctx, r)
}

// say writes a reminder down, expecting that nobody has, and wakes its channel. Whoever is second says nothing.
func (s *Service) say(ctx context.Context, r reminder) error {
	said := compose(r, s.Office.Site.Languages[0], carillon.DateOf(s.Now().In(s.Office.Site.Zone)))
	data, err := event.MarshalReminder(said, s.Now())
	if err != nil {
		return err
	}
	lead := r.lead.String()
	_, err = s.Bus.Publish(ctx, bus.Publication{
		Subject: event.ReminderSubject(said.Channel, said.Occurrence, lead), Data: data,
		ID: uuid.Must(uuid.NewV7()).String(), Expect: bus.Expecting(0),
	})
	switch {
	case err == nil:
		s.said.Inc()
	case !errors.Is(err, bus.ErrConflict):
		return fmt.Errorf("say %s: %w", said.Occurrence, err)
	}
	// Whoever said it may have stopped before waking the channel; woken for nothing, the channel does nothing.
	item := event.Item{Channel: said.Channel, Occurrence: said.Occurrence, Lead: lead}
	return s.Bus.WakeIfIdle(ctx, item.QueueSubject())
}

func queueSubject(r reminder) string {
	return "queue." + event.Remind + "." + r.channel.LedgerName() + "." + r.occurrence.ID + "." + carillon.Lead(r.lead).String()
}
