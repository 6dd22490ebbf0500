package mastodon_test

import (
	"strings"
	"testing"

	"carillon.example/pkg/channel/mastodon"
)

func TestLengthIsCountedAsMastodonDoes(t *testing.T) {
	long := strings.Repeat("a", 200)
	tests := []struct {
		name, warning, text string
		want                int
	}{
		{"letters", "", "hello", 5},
		{"nothing", "", "", 0},
		{"warning and text", "beware", "hello", 11},
		{"line breaks count", "", "a\n\nb", 4},
		{"combining accent", "", "e\u0301", 1},
		{"family emoji is one", "", "👨‍👩‍👧‍👦", 1},
		{"flag is one", "", "🇰🇿", 1},
		{"arabic with marks", "", "مُهِمّ", 3},
		{"kazakh", "", "Қазақстан", 9},
		{"link", "", "https://example.org/" + long, 23},
		{"short link costs the same", "", "http://t.co", 23},
		{"link with port, path, query and fragment", "", "https://example.org:8443/a/b.html?x=1&y=2#z", 23},
		{"link with a cyrillic domain and path", "", "https://пример.рф/путь", 23},
		{"link in a sentence", "", "see https://example.org/a.", 4 + 23 + 1},
		{"link before a comma", "", "https://example.org/a, b", 23 + 3},
		{"link in brackets", "", "(https://example.org/a)", 25},
		{"link in quotes", "", "“https://example.org/a”", 25},
		{"two links", "", "https://example.org/1 https://example.org/2", 47},
		{"link in the warning counts in full", "https://example.org/a", "x", 22},
		{"link after a letter is none", "", "xhttps://example.org", 20},
		{"without a scheme it is none", "", "example.org/abcdefghijklmnopqrstuvwxyz", 38},
		{"other scheme", "", "ftp://example.org/abcdefghijklmnopqrstuv", 40},
		{"machine at hand is none", "", "http://localhost:8080/en/posts/abcdefghi", 40},
		{"address is none", "", "http://127.0.0.1:8080/en/posts/abcdefghi", 40},
		{"no such top level", "", "https://news.carillon.invalid/posts/abcde", 41},
		{"wildcard country", "", "https://news.gov.np/" + long, 23},
		{"local mention", "", "@office hello", 13},
		{"remote mention", "", "@office@social.example.org hello", 13},
		{"mention at the end of a sentence", "", "Ask @office@social.example.org.", 12},
		{"mail address is no mention", "", "office@example.org", 18},
		{"at sign in a link", "", "https://social.example.org/@office@other.example.net/1", 23},
		{"word joiner counts", "", "@\u2060office", 8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := mastodon.Count(tt.warning, tt.text, 23); got != tt.want {
				t.Errorf("Count(%q, %q) = %d, want %d", tt.warning, tt.text, got, tt.want)
			}
		})
	}
}

func TestLinksEndWhereTheSentenceGoesOn(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"full stop", "https://example.org/a.", "https://example.org/a"},
		{"slash stays", "https://example.org/a/ and", "https://example.org/a/"},
		{"host alone", "https://example.org.", "https://example.org"},
		{"ellipsis", "https://example.org/a… more", "https://example.org/a"},
		{"query", "https://example.org/?a=b&c=.", "https://example.org/?a=b&c="},
		{"question", "https://example.org/a?", "https://example.org/a"},
		{"bracket", "(https://example.org/a)", "https://example.org/a"},
		{"port", "http://localhost:8080/a", "http://localhost:8080/a"},
		{"no-break space", "https://example.org/a\u00a0b", "https://example.org/a"},
		{"none", "https://", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, l := range mastodon.Links(tt.text) {
				got += tt.text[l.Start:l.End]
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
