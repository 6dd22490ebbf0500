package bus

import (
	"regexp"

	"carillon.example/pkg/event"
)

// place names a subject in errors and logs. The slug of a post that is not public may be a headline that nobody is to read
// yet, so of the desk only the stream is named.
func place(subject string) string {
	if event.IsDesk(subject) {
		return event.DeskStream
	}
	return subject
}

var deskSubject = regexp.MustCompile(`\bdesk\.[^\s"'*>]+`)

// withoutSlugs is what the server says, as logs may show it: when something is not permitted it names the subject.
func withoutSlugs(said string) string { return deskSubject.ReplaceAllString(said, "desk.…") }
