package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// delivery is what one channel owes one edition, as 'status --json' prints it.
type delivery struct {
	Post     string     `json:"post"`
	Language string     `json:"language"`
	Channel  string     `json:"channel"`
	State    string     `json:"state"`
	Revision uint32     `json:"revision"`
	Link     string     `json:"link"`
	Reason   string     `json:"reason"`
	Attempt  uint32     `json:"attempt"`
	Time     *time.Time `json:"time"`
	Until    *time.Time `json:"until"`
	Settled  bool       `json:"settled"`
	// Undecided: it waits for somebody to decide whether it is still to be sent.
	Undecided bool `json:"undecided"`
}

func deliveryOf(m *carillonv1.DeliveryStatus) delivery {
	return delivery{
		Post: m.GetPost(), Language: m.GetLanguage(), Channel: m.GetChannel(), State: stateName(m.GetState()),
		Revision: m.GetRevision(), Link: m.GetLink(), Reason: m.GetReason(), Attempt: m.GetAttempt(),
		Time: instant(m.GetTime()), Until: instant(m.GetUntil()), Settled: m.GetSettled(),
		Undecided: m.GetUndecided(),
	}
}

func deliveriesOf(list []*carillonv1.DeliveryStatus) []delivery {
	deliveries := make([]delivery, len(list))
	for i, m := range list {
		deliveries[i] = deliveryOf(m)
	}
	return deliveries
}

// planned are the deliveries that a decision asks for, before anything is known of them.
func planned(post string, list []*carillonv1.PlannedDelivery) []delivery {
	deliveries := make([]delivery, len(list))
	for i, m := range list {
		deliveries[i] = delivery{Post: post, Language: m.GetLanguage(), Channel: m.GetChannel(), State: string(event.Waiting), Reason: "in the channel's queue"}
	}
	sortDeliveries(deliveries)
	return deliveries
}

func sortDeliveries(deliveries []delivery) {
	slices.SortStableFunc(deliveries, func(a, b delivery) int {
		return cmp.Or(strings.Compare(a.Post, b.Post), strings.Compare(a.Channel, b.Channel), strings.Compare(a.Language, b.Language))
	})
}

// same reports whether two are about the same edition and channel.
func (d *delivery) same(other *delivery) bool {
	return d.Post == other.Post && d.Channel == other.Channel && d.Language == other.Language
}

// why is what people want to know of a delivery that is not simply done.
func (d *delivery) why() string {
	parts := make([]string, 0, 3)
	if d.Reason != "" && d.State != string(event.Delivered) {
		parts = append(parts, d.Reason)
	}
	if d.behind() {
		parts = append(parts, fmt.Sprintf("revision %d; the last change is still to come", d.Revision))
	}
	if d.Until != nil && !d.Settled && d.Attempt > 0 {
		parts = append(parts, "tried again at "+d.Until.Local().Format(time.TimeOnly))
	}
	if d.Attempt > 1 && !d.Settled {
		parts = append(parts, fmt.Sprintf("attempt %d", d.Attempt))
	}
	return strings.Join(parts, "; ")
}

// behind reports whether the state is the end of something earlier than what was decided last.
func (d *delivery) behind() bool {
	switch event.DeliveryState(d.State) {
	case event.Delivered, event.Rejected, event.DeliveryWithdrawn:
		return !d.Settled
	case event.Waiting, event.Sending, event.Uncertain, event.Skipped:
	}
	return false
}

// failed reports whether the delivery ended badly: staff have to do something.
func (d *delivery) failed() bool {
	return d.Undecided || d.Settled && (d.State == string(event.Rejected) || d.State == string(event.Uncertain))
}

// deliveryTable shows deliveries; with their posts, if there may be several.
func deliveryTable(deliveries []delivery, posts bool) *table {
	t := &table{head: []string{"CHANNEL", "LANGUAGE", "STATE", "LINK"}}
	if posts {
		t.head = append([]string{"POST"}, t.head...)
	}
	for i := range deliveries {
		d := &deliveries[i]
		cells := []string{d.Channel, d.Language, d.State, d.Link}
		if posts {
			cells = append([]string{d.Post}, cells...)
		}
		t.add(d.why(), cells...)
	}
	return t
}

func stateName(m carillonv1.DeliveryState) string {
	if s := event.DeliveryStateFromProto(m); s != "" {
		return string(s)
	}
	return "unknown"
}

func postStateName(m carillonv1.PostState) string {
	switch m {
	case carillonv1.PostState_POST_STATE_RELEASED:
		return "released"
	case carillonv1.PostState_POST_STATE_WITHDRAWN:
		return "withdrawn"
	case carillonv1.PostState_POST_STATE_DRAFT:
		return "draft"
	case carillonv1.PostState_POST_STATE_SCHEDULED:
		return "scheduled"
	case carillonv1.PostState_POST_STATE_HELD:
		return "held"
	case carillonv1.PostState_POST_STATE_UNSPECIFIED:
	}
	return "unknown"
}

// instant is a time of the wire, or nil for none.
func instant(m *timestamppb.Timestamp) *time.Time {
	if m == nil {
		return nil
	}
	t := m.AsTime()
	return &t
}

// moment writes a time for people, on the clock of their machine.
func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}

// count writes a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// list makes a nil slice an empty one, for JSON.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
