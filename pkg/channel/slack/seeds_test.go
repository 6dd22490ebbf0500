package slack_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/slack"
	"carillon.example/pkg/postfile"
	"carillon.example/pkg/seeds"
)

// TestSeedsLookAsTheyShould composes the real posts. Their words do not stand in the goldens: every letter is an x and
// every digit a 0, so that structure, punctuation and lengths can be read, and a hash says whether the words changed.
func TestSeedsLookAsTheyShould(t *testing.T) {
	files, ok := seeds.Files(t)
	if !ok {
		return
	}
	sources, err := postfile.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		for i := range s.Post.Editions {
			e := &s.Post.Editions[i]
			t.Run(s.Stem+"."+e.Language, func(t *testing.T) {
				c := channel.Content{
					Post: &s.Post, Edition: e, Language: e.Language,
					Permalink: "https://news.example.org/" + e.Language + "/posts/" + s.Post.Slug,
				}
				check(t, c)
				a, err := slack.Compose(channel.Limits{}, c)
				if err != nil {
					t.Fatal(err)
				}
				golden(t, filepath.Join("testdata", "seeds", s.Stem+"."+e.Language+".txt"), masked(t, a))
			})
		}
	}
}

func masked(t *testing.T, a channel.Appearance) []byte {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d of %d characters, sha256 %x\n", a.Count, a.Limit, sha256.Sum256(a.Parts[0].Payload))
	for _, n := range a.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	var message map[string]any
	if err := json.Unmarshal(a.Parts[0].Payload, &message); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "\ntext:\n%s\n", mask(message["text"].(string)))
	for _, block := range message["blocks"].([]any) {
		fmt.Fprintf(&b, "\n%s:\n", block.(map[string]any)["type"])
		writeTexts(&b, block)
	}
	return b.Bytes()
}

// writeTexts writes every text and address of a block, masked, in order.
func writeTexts(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			writeTexts(b, item)
		}
	case map[string]any:
		for _, key := range []string{"text", "fields", "elements", "url"} {
			if s, ok := v[key].(string); ok {
				fmt.Fprintf(b, "%s\n", mask(s))
			} else {
				writeTexts(b, v[key])
			}
		}
	}
}

func mask(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsMark(r):
			return 'x'
		case unicode.IsDigit(r):
			return '0'
		}
		return r
	}, s)
}
