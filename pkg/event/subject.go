package event

import (
	"fmt"
	"strconv"
	"strings"
)

// The names of the streams.
const (
	DeskStream       = "DESK"
	PostsStream      = "POSTS"
	DeliveriesStream = "DELIVERIES"
	RemindersStream  = "REMINDERS"
	QueueStream      = "QUEUE"
	OfficeBucket     = "OFFICE"
	MediaBucket      = "MEDIA"
)

// Who is woken by QUEUE, besides the channels, which are woken by their names. No channel may have one of these names.
const (
	Ingest  = "ingest"
	Router  = "deliver"
	Remind  = "remind"
	Feeds   = "feeds"
	Sandbox = "sandbox"
)

// Reserved reports whether a name cannot be a channel's.
func Reserved(name string) bool {
	switch name {
	case Ingest, Router, Remind, Feeds, Sandbox, "newsroom", "up":
		return true
	}
	return false
}

// DeskSubject is where the decisions about a post stand.
func DeskSubject(slug string) string { return "desk." + slug }

// PostsSubject is where the public state of a post stands.
func PostsSubject(slug string) string { return "posts." + slug }

// ConditionSubject is where a channel's condition stands.
func ConditionSubject(channel string) string { return "deliveries." + channel + ".condition" }

// ReminderSubject is where a reminder stands as it was said.
func ReminderSubject(channel, occurrence, lead string) string {
	return "reminders." + channel + "." + occurrence + "." + lead
}

// Slug reads the slug back from a subject of DESK or POSTS.
func Slug(subject string) string {
	_, slug, _ := strings.Cut(subject, ".")
	return slug
}

// QueueOwner reads from a subject of QUEUE in whose queue it stands: a channel's or a service's.
func QueueOwner(subject string) string {
	_, rest, _ := strings.Cut(subject, ".")
	owner, _, _ := strings.Cut(rest, ".")
	return owner
}

// Item names what a channel owes: an edition of a post, a reminder, or a notice. It is the tail of the subjects of its ledger and
// of its wake-ups.
type Item struct {
	Channel string // the ledger name

	// An edition.
	Post     string // slug
	Language string

	// A reminder.
	Occurrence string
	Lead       string

	// A notice.
	Notice string // its id
}

// IsReminder tells reminders from the rest.
func (i Item) IsReminder() bool { return i.Occurrence != "" }

// IsNotice tells notices from the rest.
func (i Item) IsNotice() bool { return i.Notice != "" }

// IsPost tells editions of posts from the rest.
func (i Item) IsPost() bool { return i.Post != "" }

func (i Item) tail() string {
	switch {
	case i.IsReminder():
		return i.Channel + ".reminder." + i.Occurrence + "." + i.Lead
	case i.IsNotice():
		return i.Channel + ".notice." + i.Notice
	}
	return i.Channel + ".post." + i.Post + "." + i.Language
}

// LedgerSubject is where the item's deliveries stand.
func (i Item) LedgerSubject() string { return "deliveries." + i.tail() }

// QueueSubject is where the item's wake-up stands.
func (i Item) QueueSubject() string { return "queue." + i.tail() }

// TimerSubject is where a wake-up for later stands.
func (i Item) TimerSubject() string { return "timers." + i.tail() }

// String names the item for logs.
func (i Item) String() string { return i.tail() }

// ParseItem reads an item back from a subject of DELIVERIES, of the queue or of the timers.
func ParseItem(subject string) (Item, error) {
	t := strings.Split(subject, ".")
	if len(t) == 5 && t[2] == "post" {
		return Item{Channel: t[1], Post: t[3], Language: t[4]}, nil
	}
	if len(t) == 5 && t[2] == "reminder" {
		return Item{Channel: t[1], Occurrence: t[3], Lead: t[4]}, nil
	}
	if len(t) == 4 && t[2] == "notice" {
		return Item{Channel: t[1], Notice: t[3]}, nil
	}
	return Item{}, fmt.Errorf("subject %q names no edition, reminder or notice", subject)
}

// PostLedgerFilter matches every delivery of a post.
func PostLedgerFilter(slug string) string { return "deliveries.*.post." + slug + ".*" }

// ConditionChannel reads the channel's ledger name back from the subject of a condition.
func ConditionChannel(subject string) (string, bool) {
	t := strings.Split(subject, ".")
	if len(t) == 3 && t[0] == "deliveries" && t[2] == "condition" {
		return t[1], true
	}
	return "", false
}

// ConditionFilter matches the condition of every channel.
const ConditionFilter = "deliveries.*.condition"

// ReleaseQueueSubject is where ingest is woken for a scheduled decision, by its position on the desk: its slug would be a
// headline to whoever sees the queue.
func ReleaseQueueSubject(position uint64) string {
	return "queue." + Ingest + ".release." + strconv.FormatUint(position, 10)
}

// ReleasePosition reads the position back.
func ReleasePosition(subject string) (uint64, error) {
	position, err := strconv.ParseUint(strings.TrimPrefix(subject, "queue."+Ingest+".release."), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("subject %q names no scheduled decision", subject)
	}
	return position, nil
}

// IsDesk reports whether a subject is a post's desk.
func IsDesk(subject string) bool { return strings.HasPrefix(subject, "desk.") }

// ReminderItem reads the item back from a subject of REMINDERS.
func ReminderItem(subject string) (Item, bool) {
	t := strings.Split(subject, ".")
	if len(t) != 4 || t[0] != "reminders" {
		return Item{}, false
	}
	return Item{Channel: t[1], Occurrence: t[2], Lead: t[3]}, true
}
