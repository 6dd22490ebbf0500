package event

import (
	"time"

	"google.golang.org/protobuf/proto"

	carillonv1 "carillon.example/proto/carillon/v1"
)

// DeliveryState is where a delivery is.
type DeliveryState string

// The states of a delivery.
const (
	Waiting           DeliveryState = "waiting"
	Sending           DeliveryState = "sending"
	Delivered         DeliveryState = "delivered"
	Rejected          DeliveryState = "rejected"
	Uncertain         DeliveryState = "uncertain"
	DeliveryWithdrawn DeliveryState = "withdrawn"
	Skipped           DeliveryState = "skipped"
)

var deliveryStates = map[DeliveryState]carillonv1.DeliveryState{
	Waiting:           carillonv1.DeliveryState_DELIVERY_STATE_WAITING,
	Sending:           carillonv1.DeliveryState_DELIVERY_STATE_SENDING,
	Delivered:         carillonv1.DeliveryState_DELIVERY_STATE_DELIVERED,
	Rejected:          carillonv1.DeliveryState_DELIVERY_STATE_REJECTED,
	Uncertain:         carillonv1.DeliveryState_DELIVERY_STATE_UNCERTAIN,
	DeliveryWithdrawn: carillonv1.DeliveryState_DELIVERY_STATE_WITHDRAWN,
	Skipped:           carillonv1.DeliveryState_DELIVERY_STATE_SKIPPED,
}

// Proto is the state on the wire.
func (s DeliveryState) Proto() carillonv1.DeliveryState { return deliveryStates[s] }

// DeliveryStateFromProto reads a state from the wire.
func DeliveryStateFromProto(m carillonv1.DeliveryState) DeliveryState {
	for state, wire := range deliveryStates {
		if wire == m {
			return state
		}
	}
	return ""
}

// Action is what a call does at the other end.
type Action string

// The actions.
const (
	Create   Action = "create"
	Edit     Action = "edit"
	Withdraw Action = "withdraw"
)

var actions = map[Action]carillonv1.IntentKind{
	Create:   carillonv1.IntentKind_INTENT_KIND_CREATE,
	Edit:     carillonv1.IntentKind_INTENT_KIND_EDIT,
	Withdraw: carillonv1.IntentKind_INTENT_KIND_WITHDRAW,
}

// Delivery is the whole state of what a channel owes one item, as the ledger's last message has it.
type Delivery struct {
	State   DeliveryState
	Time    time.Time
	Attempt int    // tries since something was last settled
	Verdict string // of the last call
	Reason  string // for people

	Shown  *Shown  // nil: the channel shows nothing that we know of
	Intent *Intent // nil: no call is under way or in doubt

	Appearances  int       // how often the item has been shown anew
	Until        time.Time // when a waiting delivery is looked at again
	Revision     int       // the post's revision this state is about
	Number       uint64    // the public decision this state answers
	Looks        int       // looks since the answer was lost
	WaitingSince time.Time // when the first try failed
}

// Shown is what the channel shows.
type Shown struct {
	IDs         []string
	Link        string
	Revision    int
	Fingerprint string
}

// Intent is a call that is about to be made, and may have been.
type Intent struct {
	Action      Action
	Key         string
	Revision    int
	Position    uint64 // in POSTS or REMINDERS: where the content stands
	Fingerprint string
	Began       time.Time
	Deadline    time.Time // the call has ended by then
}

// MarshalDelivery writes a state of the ledger.
func MarshalDelivery(d *Delivery) ([]byte, error) {
	m := &carillonv1.Delivery{
		State: d.State.Proto(), Time: timestamp(d.Time), Attempt: uint32(d.Attempt), Verdict: d.Verdict, Reason: d.Reason,
		Appearances: uint32(d.Appearances), Until: timestamp(d.Until), Revision: uint32(d.Revision), Number: d.Number,
		Looks: uint32(d.Looks), WaitingSince: timestamp(d.WaitingSince),
	}
	if s := d.Shown; s != nil {
		m.Shown = &carillonv1.Shown{Ids: s.IDs, Link: s.Link, Revision: uint32(s.Revision), Fingerprint: s.Fingerprint}
	}
	if i := d.Intent; i != nil {
		m.Intent = &carillonv1.Intent{
			Kind: actions[i.Action], Key: i.Key, Revision: uint32(i.Revision), Position: i.Position, Fingerprint: i.Fingerprint,
			Began: timestamp(i.Began), Deadline: timestamp(i.Deadline),
		}
	}
	return proto.Marshal(m)
}

// UnmarshalDelivery reads a state of the ledger.
func UnmarshalDelivery(b []byte) (*Delivery, error) {
	var m carillonv1.Delivery
	if err := proto.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	d := &Delivery{
		State: DeliveryStateFromProto(m.GetState()), Time: instant(m.GetTime()), Attempt: int(m.GetAttempt()), Verdict: m.GetVerdict(), Reason: m.GetReason(),
		Appearances: int(m.GetAppearances()), Until: instant(m.GetUntil()), Revision: int(m.GetRevision()), Number: m.GetNumber(),
		Looks: int(m.GetLooks()), WaitingSince: instant(m.GetWaitingSince()),
	}
	if s := m.GetShown(); s != nil {
		d.Shown = &Shown{IDs: s.GetIds(), Link: s.GetLink(), Revision: int(s.GetRevision()), Fingerprint: s.GetFingerprint()}
	}
	if i := m.GetIntent(); i != nil {
		d.Intent = &Intent{
			Key: i.GetKey(), Revision: int(i.GetRevision()), Position: i.GetPosition(), Fingerprint: i.GetFingerprint(),
			Began: instant(i.GetBegan()), Deadline: instant(i.GetDeadline()),
		}
		for action, wire := range actions {
			if wire == i.GetKind() {
				d.Intent.Action = action
			}
		}
	}
	return d, nil
}
