package main

import (
	"strings"
	"time"

	carillonv1 "carillon.example/proto/carillon/v1"
)

// schedule is when a post that is not public will be released, or why it is held, as --json prints it.
type schedule struct {
	Release string     `json:"release"` // as it was said, with its zone
	At      *time.Time `json:"at"`
	Reason  string     `json:"reason"`
	Awaited []string   `json:"awaited_languages"`
}

// scheduleOf is nil for a post that is public, and for a draft without a time.
func scheduleOf(m *carillonv1.Schedule) *schedule {
	if m == nil || m.GetRelease().GetTime() == "" && m.GetReason() == "" && len(m.GetAwaitedLanguages()) == 0 {
		return nil
	}
	return &schedule{
		Release: strings.TrimSpace(m.GetRelease().GetTime() + " " + m.GetRelease().GetZone()), At: instant(m.GetAt()),
		Reason: m.GetReason(), Awaited: list(m.GetAwaitedLanguages()),
	}
}

// at is the instant, or nil.
func (s *schedule) at() *time.Time {
	if s == nil {
		return nil
	}
	return s.At
}

// when is the time for people: on the clock it was said for, and in UTC, so that nobody takes one clock for another.
func (s *schedule) when() string {
	if s == nil || s.At == nil {
		return ""
	}
	said := strings.Replace(s.Release, "T", " ", 1)
	if !strings.Contains(said, " ") || !strings.Contains(s.Release, " ") { // an instant
		return s.At.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	return said + " (" + s.At.UTC().Format("15:04 UTC") + ")"
}

// standing says where a post stands that is not public.
func (s *schedule) standing(state string) string {
	switch {
	case s == nil:
		return state
	case state == "scheduled":
		return "scheduled for " + s.when()
	case s.Reason != "":
		return state + ": " + s.Reason
	}
	return state
}

// atFlag reads a time of release. The server knows on which clocks a time without a zone is.
func atFlag(at string) *carillonv1.Moment {
	if at == "" {
		return nil
	}
	return &carillonv1.Moment{Time: at}
}
