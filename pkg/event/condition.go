package event

import (
	"time"

	"google.golang.org/protobuf/proto"

	"carillon.example/pkg/carillon"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// Condition is what deliver last learnt of a channel.
type Condition struct {
	Time             time.Time
	Works            bool
	Reason           string // why it does not
	Account          string // who we are there
	Characters       int    // the longest text it takes
	CharactersPerURL int

	// What it takes of pictures: how many in a part, and what one may have.
	Media       int
	MediaBytes  int64
	MediaPixels int64
	Description int // characters

	Down  bool      // it refuses our account
	Since time.Time // when that last changed; zero: never
}

// ConditionToProto writes a condition for the API.
func ConditionToProto(c *Condition) *carillonv1.Condition {
	return &carillonv1.Condition{
		Time: timestamp(c.Time), Works: c.Works, Reason: c.Reason, Account: c.Account,
		Characters: uint32(c.Characters), CharactersPerUrl: uint32(c.CharactersPerURL),
		Media: uint32(c.Media), MediaBytes: c.MediaBytes, MediaPixels: c.MediaPixels, Description: uint32(c.Description),
		Down: c.Down, Since: timestamp(c.Since),
	}
}

// MarshalCondition writes a condition.
func MarshalCondition(c *Condition) ([]byte, error) { return proto.Marshal(ConditionToProto(c)) }

// UnmarshalCondition reads a condition.
func UnmarshalCondition(b []byte) (*Condition, error) {
	var m carillonv1.Condition
	if err := proto.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	return &Condition{
		Time: instant(m.GetTime()), Works: m.GetWorks(), Reason: m.GetReason(), Account: m.GetAccount(),
		Characters: int(m.GetCharacters()), CharactersPerURL: int(m.GetCharactersPerUrl()),
		Media: int(m.GetMedia()), MediaBytes: m.GetMediaBytes(), MediaPixels: m.GetMediaPixels(), Description: int(m.GetDescription()),
		Down: m.GetDown(), Since: instant(m.GetSince()),
	}, nil
}

// MarshalReminder writes a reminder as it is said.
func MarshalReminder(r *carillon.Reminder, said time.Time) ([]byte, error) {
	return proto.Marshal(&carillonv1.Reminder{
		Channel: r.Channel, Observance: r.Observance, Occurrence: r.Occurrence, Date: r.Date.String(), LeadDays: uint32(r.Lead),
		Due: timestamp(r.Due), Language: r.Language, Title: r.Title, Body: r.Body, Link: r.Link, Hashtags: r.Hashtags, Time: timestamp(said),
	})
}

// UnmarshalReminder reads a reminder.
func UnmarshalReminder(b []byte) (*carillon.Reminder, error) {
	var m carillonv1.Reminder
	if err := proto.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	r := &carillon.Reminder{
		Channel: m.GetChannel(), Observance: m.GetObservance(), Occurrence: m.GetOccurrence(), Lead: carillon.Lead(m.GetLeadDays()),
		Due: instant(m.GetDue()), Language: m.GetLanguage(), Title: m.GetTitle(), Body: m.GetBody(), Link: m.GetLink(), Hashtags: m.GetHashtags(),
	}
	var mistakes carillon.Mistakes
	r.Date = date(&mistakes, "date", m.GetDate())
	return r, mistakes.Err()
}
