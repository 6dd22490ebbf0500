package postfile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/postfile"
)

// A thread that staff split themselves has lines of --- within the front matter, whose own fences stand at the margin.
func TestThreadIsReadFromAFile(t *testing.T) {
	write(t, map[string]string{"day.en.md": `---
title: Day
channels:
  mastodon:
    text: |
      One.
      ---
      Two.
  slack: {thread: true}
---
Text.
`})
	sources, err := postfile.Read([]string{"day.en.md"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]carillon.Text{"mastodon": {Text: "One.\n---\nTwo."}, "slack": {Thread: true}}
	if diff := cmp.Diff(want, sources[0].Post.Editions[0].Texts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
