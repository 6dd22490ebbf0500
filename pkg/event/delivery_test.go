package event_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

func TestDeliveryReadsAsItWasWritten(t *testing.T) {
	at := time.Date(2026, 4, 7, 9, 0, 0, 0, time.UTC)
	well := event.Medium{ID: "7", Hash: "abc", Alt: "A well", FocusX: 0.5, FocusY: -1, Time: at}
	for name, d := range map[string]*event.Delivery{
		"one part": {State: event.Delivered, Time: at, Revision: 2, Shown: &event.Shown{Revision: 2, Parts: []event.Part{{IDs: []string{"C1", "2"}, Link: "https://social.example/2", Fingerprint: "f"}}}},
		"a thread with a picture": {
			State: event.Sending, Time: at, Attempt: 1, Dropped: 2,
			Shown:   &event.Shown{Parts: []event.Part{{IDs: []string{"1"}, Fingerprint: "f", Media: []event.Medium{well}}, {IDs: []string{"2"}, Link: "l", Fingerprint: "g"}}},
			Intent:  &event.Intent{Action: event.Create, Key: "k-3", Part: 2, Position: 9, Began: at, Deadline: at},
			Uploads: []event.Medium{{ID: "8", Hash: "def", Pending: true, Time: at}},
		},
		"a picture on its way": {State: event.Sending, Time: at, Intent: &event.Intent{Action: event.Upload, Medium: "abc", Began: at, Deadline: at}},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := event.MarshalDelivery(d)
			if err != nil {
				t.Fatal(err)
			}
			got, err := event.UnmarshalDelivery(b)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(d, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A ledger that was written before there were parts.
func TestWhatWasShownBeforeThereWerePartsIsOnePart(t *testing.T) {
	b, err := proto.Marshal(&carillonv1.Delivery{State: carillonv1.DeliveryState_DELIVERY_STATE_DELIVERED, Shown: &carillonv1.Shown{Ids: []string{"1"}, Link: "l", Revision: 3, Fingerprint: "f"}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := event.UnmarshalDelivery(b)
	if err != nil {
		t.Fatal(err)
	}
	want := &event.Shown{Revision: 3, Parts: []event.Part{{IDs: []string{"1"}, Link: "l", Fingerprint: "f"}}}
	if diff := cmp.Diff(want, d.Shown); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d.Shown.Link() != "l" {
		t.Errorf("link %q", d.Shown.Link())
	}
}
