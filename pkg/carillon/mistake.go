package carillon

import (
	"fmt"
	"strings"
)

// Mistake is one thing wrong with what somebody gave us: where, and what to do about it.
//
// Field is a path such as "title", "event.end" or "attachments[1].file"; what belongs to an edition is named with its
// language: "editions[ru].title". Message is a sentence without a full stop that can stand behind "FILE:LINE: FIELD: ".
type Mistake struct {
	Field   string
	Message string
	File    string // where it stands, if it came from a file
	Line    int    // from 1; 0: not known
}

// String says the mistake on one line.
func (m Mistake) String() string {
	var b strings.Builder
	if m.File != "" {
		b.WriteString(m.File)
		if m.Line > 0 {
			fmt.Fprintf(&b, ":%d", m.Line)
		}
		b.WriteString(": ")
	}
	if m.Field != "" {
		b.WriteString(m.Field)
		b.WriteString(": ")
	}
	b.WriteString(m.Message)
	if m.File == "" && m.Line > 0 {
		fmt.Fprintf(&b, " (line %d)", m.Line)
	}
	return b.String()
}

// Mistakes are all that is wrong with a request. A nil or empty list is no error: return Err().
type Mistakes []Mistake

// Add notes one more.
func (m *Mistakes) Add(field, format string, args ...any) {
	*m = append(*m, Mistake{Field: field, Message: fmt.Sprintf(format, args...)})
}

// Err is the list as an error, or nil if there is none.
func (m Mistakes) Err() error {
	if len(m) == 0 {
		return nil
	}
	return m
}

// Error says every mistake, a line each.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i := range m {
		lines[i] = m[i].String()
	}
	return strings.Join(lines, "\n")
}
