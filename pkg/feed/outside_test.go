//go:build outside

package feed_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"carillon.example/pkg/feed"
)

// The judges are Debian's: libxml2-utils, python3-feedparser and python3-jsonschema, under Debian's own Python.
const (
	xmllint = "/usr/bin/xmllint"
	python  = "/usr/bin/python3"
)

func TestIndependentValidatorsFindNothingWrong(t *testing.T) {
	enclosed := everything()
	enclosed.Language = "en"
	file := &enclosed.Entries[0].Attachments[0]
	file.URL, file.Type, file.Size = "https://news.example.org/media/ab12/report.pdf", "application/pdf", 3<<30
	enclosed.Entries[1].Authors = nil
	empty := everything()
	empty.Entries = nil
	hostileFeed := everything()
	for i, s := range hostile() {
		hostileFeed.Entries = append(hostileFeed.Entries, feed.Entry{
			ID:    "urn:uuid:0195f3a0-0000-7000-8000-0000000010" + string(rune('0'+i/10)) + string(rune('0'+i%10)),
			Title: s, Link: "https://news.example.org/en/posts/hostile", Language: "en", Summary: s, HTML: s + ".",
			Authors: []string{s}, Categories: []string{s}, Published: time.Date(2027, time.April, 1, 0, 0, 0, 0, time.UTC),
			Attachments: []feed.Attachment{{Title: s, Name: s}},
		})
	}
	for name, f := range map[string]*feed.Feed{
		"everything": everything(), "enclosed": enclosed, "empty": empty, "hostile": hostileFeed,
	} {
		t.Run(name, func(t *testing.T) {
			atom, rss, json := save(t, "feed.atom", f), save(t, "feed.rss", f), save(t, "feed.json", f)
			judge(t, xmllint, "--huge", "--noout", "--relaxng", "testdata/atom.rng", atom)
			judge(t, xmllint, "--huge", "--noout", rss)
			judge(t, python, "testdata/judge.py", atom)
			judge(t, python, "testdata/judge.py", rss)
			judge(t, python, "testdata/judge.py", json, "testdata/jsonfeed.schema.json")
		})
	}
}

func save(t *testing.T, format string, f *feed.Feed) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), format)
	if err := os.WriteFile(path, written(t, formats()[format], f), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func judge(t *testing.T, command string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), command, args...).CombinedOutput(); err != nil {
		t.Errorf("%s %v: %v\n%.2000s", command, args, err, out)
	}
}
