package event

import (
	"time"

	"google.golang.org/protobuf/proto"

	"carillon.example/pkg/carillon"
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
	// Upload hands over a picture that a part is to show. Made twice it does no harm.
	Upload Action = "upload"
)

var actions = map[Action]carillonv1.IntentKind{
	Create:   carillonv1.IntentKind_INTENT_KIND_CREATE,
	Edit:     carillonv1.IntentKind_INTENT_KIND_EDIT,
	Withdraw: carillonv1.IntentKind_INTENT_KIND_WITHDRAW,
	Upload:   carillonv1.IntentKind_INTENT_KIND_UPLOAD,
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

	Uploads []Medium // pictures that the channel has and does not show yet
	Dropped int      // parts that were taken back from the end of this appearance

	Appearances  int       // how often the item has been shown anew
	Until        time.Time // when a waiting delivery is looked at again
	Revision     int       // the post's revision this state is about
	Number       uint64    // the public decision this state answers
	Looks        int       // looks since the answer was lost
	WaitingSince time.Time // when the first try failed

	Asked       time.Time        // when a person last asked that it be sent; zero: nobody did
	WantedUntil time.Time        // when it is not to be sent any more; zero: no such time was said
	Undecided   bool             // it waits for a person to decide whether it is still to be sent
	Notice      *carillon.Notice // what a notice says; nil for an edition or a reminder
}

// Shown is what the channel shows. There is at least one part.
type Shown struct {
	Revision int // the last one that was shown whole; 0: none yet
	Parts    []Part
}

// Link is where people see it.
func (s *Shown) Link() string { return s.Parts[0].Link }

// Part is one status or message of what is shown.
type Part struct {
	IDs         []string
	Link        string
	Fingerprint string
	Media       []Medium
}

// Medium is a picture that the channel has.
type Medium struct {
	ID             string // what the channel calls it
	Hash           string // of the file that was handed over
	Alt            string
	FocusX, FocusY float64
	Pending        bool // it cannot be shown yet
	Time           time.Time
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
	Part        int       // which one, from 0
	Medium      string    // the hash of what is to be uploaded
}

// MarshalDelivery writes a state of the ledger.
func MarshalDelivery(d *Delivery) ([]byte, error) {
	m := &carillonv1.Delivery{
		State: d.State.Proto(), Time: timestamp(d.Time), Attempt: uint32(d.Attempt), Verdict: d.Verdict, Reason: d.Reason,
		Appearances: uint32(d.Appearances), Until: timestamp(d.Until), Revision: uint32(d.Revision), Number: d.Number,
		Looks: uint32(d.Looks), WaitingSince: timestamp(d.WaitingSince),
		Uploads: handedToProto(d.Uploads), Dropped: uint32(d.Dropped),
		Asked: timestamp(d.Asked), WantedUntil: timestamp(d.WantedUntil), Undecided: d.Undecided, Notice: noticeToProto(d.Notice),
	}
	if d.Shown != nil {
		m.Shown = shownToProto(d.Shown)
	}
	if i := d.Intent; i != nil {
		m.Intent = &carillonv1.Intent{
			Kind: actions[i.Action], Key: i.Key, Revision: uint32(i.Revision), Position: i.Position, Fingerprint: i.Fingerprint,
			Began: timestamp(i.Began), Deadline: timestamp(i.Deadline), Part: uint32(i.Part), Medium: i.Medium,
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
		Uploads: handedFromProto(m.GetUploads()), Dropped: int(m.GetDropped()),
		Asked: instant(m.GetAsked()), WantedUntil: instant(m.GetWantedUntil()), Undecided: m.GetUndecided(), Notice: noticeFromProto(m.GetNotice()),
	}
	if s := m.GetShown(); s != nil {
		d.Shown = shownFromProto(s)
	}
	if i := m.GetIntent(); i != nil {
		d.Intent = &Intent{
			Key: i.GetKey(), Revision: int(i.GetRevision()), Position: i.GetPosition(), Fingerprint: i.GetFingerprint(),
			Began: instant(i.GetBegan()), Deadline: instant(i.GetDeadline()), Part: int(i.GetPart()), Medium: i.GetMedium(),
		}
		for action, wire := range actions {
			if wire == i.GetKind() {
				d.Intent.Action = action
			}
		}
	}
	return d, nil
}
