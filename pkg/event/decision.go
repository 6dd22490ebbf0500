package event

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/carillon"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// DecisionKind says what was decided about a post.
type DecisionKind string

// The kinds of decisions.
const (
	Saved     DecisionKind = "saved"
	Scheduled DecisionKind = "scheduled"
	Held      DecisionKind = "held"
	Released  DecisionKind = "released"
	Withdrawn DecisionKind = "withdrawn"
)

// Public reports whether the public sees something of the decision.
func (k DecisionKind) Public() bool { return k == Released || k == Withdrawn }

// Decision is one message of a post's desk.
type Decision struct {
	Number uint64 // counts the decisions about the post, from 1
	Kind   DecisionKind
	Time   time.Time
	By     string // the name of the token
	Post   carillon.Post

	ByID     string          // the token's id; empty: Carillon itself decided
	BasedOn  int             // the revision that was there before; 0: none
	Release  carillon.Moment // when the post is to be released, if that was said
	Reason   string          // why, for people
	Awaiting bool            // it is held until there is an edition in every language
}

var decisionKinds = map[DecisionKind]carillonv1.DecisionKind{
	Saved:     carillonv1.DecisionKind_DECISION_KIND_SAVED,
	Scheduled: carillonv1.DecisionKind_DECISION_KIND_SCHEDULED,
	Held:      carillonv1.DecisionKind_DECISION_KIND_HELD,
	Released:  carillonv1.DecisionKind_DECISION_KIND_RELEASED,
	Withdrawn: carillonv1.DecisionKind_DECISION_KIND_WITHDRAWN,
}

// Proto is the kind on the wire.
func (k DecisionKind) Proto() carillonv1.DecisionKind { return decisionKinds[k] }

// MarshalDecision writes a decision.
func MarshalDecision(d *Decision) ([]byte, error) {
	return proto.Marshal(&carillonv1.Decision{
		Number: d.Number, Kind: d.Kind.Proto(), Time: timestamp(d.Time), By: d.By, Post: PostToProto(&d.Post),
		ById: d.ByID, BasedOn: uint32(d.BasedOn), Release: MomentToProto(d.Release), Reason: d.Reason, AwaitsLanguages: d.Awaiting,
	})
}

// UnmarshalDecision reads a decision.
func UnmarshalDecision(b []byte) (*Decision, error) {
	var m carillonv1.Decision
	if err := proto.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	post, err := PostFromProto(m.GetPost())
	if err != nil {
		return nil, err
	}
	d := &Decision{
		Number: m.GetNumber(), Time: instant(m.GetTime()), By: m.GetBy(), Post: *post,
		ByID: m.GetById(), BasedOn: int(m.GetBasedOn()), Release: MomentFromProto(m.GetRelease()), Reason: m.GetReason(),
		Awaiting: m.GetAwaitsLanguages(),
	}
	for kind, wire := range decisionKinds {
		if wire == m.GetKind() {
			d.Kind = kind
		}
	}
	return d, nil
}

// PublicPost is what the public may know of a post.
type PublicPost struct {
	Number uint64 // of the decision it follows; the highest counts
	Time   time.Time
	Post   carillon.Post // without editions if all of it is withdrawn
}

// MarshalPublicPost writes what the public may know.
func MarshalPublicPost(p *PublicPost) ([]byte, error) {
	return proto.Marshal(&carillonv1.Released{Number: p.Number, Time: timestamp(p.Time), Post: PostToProto(&p.Post)})
}

// UnmarshalPublicPost reads it.
func UnmarshalPublicPost(b []byte) (*PublicPost, error) {
	var m carillonv1.Released
	if err := proto.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	post, err := PostFromProto(m.GetPost())
	if err != nil {
		return nil, err
	}
	return &PublicPost{Number: m.GetNumber(), Time: instant(m.GetTime()), Post: *post}, nil
}

func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

func instant(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
