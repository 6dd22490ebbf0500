package suggest_test

import (
	"strings"
	"testing"

	"carillon.example/pkg/suggest"
)

func TestNearestWord(t *testing.T) {
	known := []string{"title", "kind", "language", "summary", "event", "tags", "deadline", "not_tags", "up"}
	tests := []struct {
		name, word, want string
		ok               bool
	}{
		{"a letter too many", "titel", "title", true},
		{"a letter missing", "sumary", "summary", true},
		{"capitals do not count", "Title", "title", true},
		{"a hyphen for an underscore", "not-tags", "not_tags", true},
		{"singular for plural", "tag", "tags", true},
		{"three letters of a long word", "laguagges", "language", true},
		{"the word itself", "kind", "kind", true},
		{"nothing like it", "colour", "", false},
		{"short words are not guessed", "xy", "", false},
		{"nothing written", "", "", false},
		{"absurdly long", strings.Repeat("title", 1000), "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := suggest.Nearest(tt.word, known)
			if got != tt.want || ok != tt.ok {
				t.Errorf("Nearest(%q) = %q, %t; want %q, %t", tt.word, got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestNearestOfNothingIsNothing(t *testing.T) {
	if got, ok := suggest.Nearest("title", nil); ok {
		t.Errorf("Nearest with no known words = %q", got)
	}
}

func TestNearestDoesNotDependOnTheOrderOfTheWords(t *testing.T) {
	a, _ := suggest.Nearest("cat3", []string{"cat2", "cat1"})
	b, _ := suggest.Nearest("cat3", []string{"cat1", "cat2"})
	if a != "cat1" || b != "cat1" {
		t.Errorf("got %q and %q, want cat1 both times", a, b)
	}
}
