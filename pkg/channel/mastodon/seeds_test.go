package mastodon_test

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/postfile"
	"carillon.example/pkg/seeds"
)

// The seeds' words stay out of the project: the golden shows what was composed with every letter an x and every digit a
// 0, and the hash of what it really is.
func TestSeedsAreComposed(t *testing.T) {
	files, ok := seeds.Files(t)
	if !ok {
		return
	}
	sources, err := postfile.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	accidental := regexp.MustCompile(`(^|[^\pL\pN_/=])@[A-Za-z0-9_]`)
	var b strings.Builder
	for i := range sources {
		p := &sources[i].Post
		for j := range p.Editions {
			e := &p.Editions[j]
			link := permalink + e.Language + "/posts/" + p.Slug
			a := mustCompose(t, channel.Limits{}, channel.Content{Post: p, Edition: e, Language: e.Language, Permalink: link})
			if !strings.HasSuffix(a.Text, "\n\n"+link) || a.Count > a.Limit {
				t.Errorf("%s: %d of %d characters, or no permalink at the end", filepath.Base(sources[i].Stem), a.Count, a.Limit)
			}
			if accidental.MatchString(a.Text) {
				t.Errorf("%s mentions somebody by accident", filepath.Base(sources[i].Stem))
			}
			fmt.Fprintf(&b, "# %s %s %s\nsha256 %x\n%s\n", p.Kind, p.Date, e.Language, sha256.Sum256(a.Parts[0].Payload), mask(describe(t, a), link))
		}
	}
	golden(t, "seeds.txt", b.String())
}

// mask hides the words, but for hashtags, the permalink, and what we say ourselves above the text.
func mask(s, link string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if !strings.HasPrefix(line, "| ") || line == "| "+link {
			continue
		}
		masked := strings.Fields(line)
		for j, word := range masked {
			if strings.HasPrefix(word, "#") {
				continue
			}
			masked[j] = strings.Map(func(r rune) rune {
				switch {
				case unicode.IsLetter(r), unicode.IsMark(r):
					return 'x'
				case unicode.IsDigit(r):
					return '0'
				}
				return r
			}, word)
		}
		lines[i] = strings.Join(masked, " ")
	}
	return strings.Join(lines, "\n")
}
