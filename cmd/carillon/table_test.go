package main

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// example is a table with scripts of different widths: wide characters, letters that join, and marks on letters.
func example() *table {
	t := &table{head: []string{"POST", "STATE", "TITLE"}}
	t.add("", "water", "delivered", "世界水日: 联合国新闻处")
	t.add("the channel does not answer; tried again at 09:31:00; attempt 3", "يوم-الماء", "waiting", "اليوم العالمي للمياه")
	t.add("", "cafe\u0301", "rejected", "Cafe\u0301 et the\u0301")
	return t
}

func printed(t *table, limit int) string {
	var b strings.Builder
	t.print(&b, limit)
	return b.String()
}

func TestTableAlignsEveryScript(t *testing.T) {
	want := `
POST       STATE      TITLE
water      delivered  世界水日: 联合国新闻处
⟨يوم-الماء⟩  waiting    اليوم العالمي للمياه
  the channel does not answer; tried again at 09:31:00; attempt 3
café       rejected   Café et thé
`
	if diff := cmp.Diff(plainAccents(want[1:]), printed(example(), 0)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(plainAccents(want[1:]), printed(example(), 80)); diff != "" {
		t.Errorf("at 80 columns (-want +got)\n%s", diff)
	}
}

func TestNarrowTablePutsTheLastColumnBeneath(t *testing.T) {
	want := `
POST       STATE
water      delivered
  世界水日: 联合国新闻处
⟨يوم-الماء⟩  waiting
  اليوم العالمي للمياه
  the channel does not answer; tried
  again at 09:31:00; attempt 3
café       rejected
  Café et thé
`
	if diff := cmp.Diff(plainAccents(want[1:]), printed(example(), 40)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestVeryNarrowTableHasACellALine(t *testing.T) {
	want := `
water
  state  delivered
  title  世界水日: 联合国新闻处
يوم-الماء
  state  waiting
  title  اليوم العالمي للمياه
  the channel does
  not answer; tried
  again at
  09:31:00; attempt
  3
café
  state  rejected
  title  Café et thé
`
	if diff := cmp.Diff(plainAccents(want[1:]), printed(example(), 19)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// plainAccents writes the accents of the wanted text as marks of their own, as the table was given them, and isolates, which
// take no columns, for ⟨ and ⟩.
func plainAccents(s string) string {
	return strings.NewReplacer("é", "e\u0301", "⟨", "\u2068", "⟩", "\u2069").Replace(s)
}

func TestNothingFromElsewhereReachesTheTerminalAsACommand(t *testing.T) {
	tab := &table{head: []string{"A", "B"}}
	tab.add("reason\r\n\x1b[2Jgone", "a\x07b", "c\u009b31md\u202ee")
	got := printed(tab, 0)
	if i := strings.IndexFunc(got, func(r rune) bool { return unicode.IsControl(r) && r != '\n' || r == '\u202e' }); i >= 0 {
		t.Errorf("a control character is left in %q", got)
	}
	if n := strings.Count(got, "\n"); n != 3 {
		t.Errorf("%d lines, want 3: a cell broke its line: %q", n, got)
	}
}

func TestCleanKeepsWhatWritingNeeds(t *testing.T) {
	for name, s := range map[string]string{
		"line breaks and tabs":      "a\n\tb",
		"direction marks":           "\u200fعربي\u200e",
		"isolates":                  "\u2068عربي\u2069",
		"joiners of emoji families": "👩\u200d👩\u200d👧",
	} {
		t.Run(name, func(t *testing.T) {
			if got := clean(s); got != s {
				t.Errorf("clean(%q) = %q", s, got)
			}
		})
	}
}

func TestClipKeepsGraphemesWhole(t *testing.T) {
	tests := []struct {
		name, s string
		n       int
		want    string
	}{
		{"short enough", "abc", 3, "abc"},
		{"letters", "abcdef", 4, "abc…"},
		{"wide characters", "世界水日", 6, "世界…"},
		{"a wide character that does not fit", "世界水日", 4, "世…"},
		{"marks stay on their letters", "e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"a family stays together", "👩\u200d👩\u200d👧 at home", 4, "👩\u200d👩\u200d👧 …"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := clip(tt.s, tt.n)
			if got != tt.want {
				t.Errorf("clip(%q, %d) = %q, want %q", tt.s, tt.n, got, tt.want)
			}
			if width(got) > tt.n {
				t.Errorf("it takes %d columns", width(got))
			}
		})
	}
}

func TestFactsWrapUnderTheirValues(t *testing.T) {
	var f facts
	f.add("kind", "event")
	f.add("empty", "")
	f.add("address", "https://www.example.org/a/long/address/that/stays/whole and words that wrap")
	var b strings.Builder
	f.print(&b, 40)
	want := `
  kind     event
  address  https://www.example.org/a/long/address/that/stays/whole
           and words that wrap
`
	if diff := cmp.Diff(want[1:], b.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
