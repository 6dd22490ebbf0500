package rules_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"carillon.example/pkg/seeds"
)

// machine matches a path of the machine on which somebody worked. It is put together here, so as not to match itself.
var machine = regexp.MustCompile(`(^|[^\w./-])/(` + `work|root|home/\w+` + `)/\w`)

func TestNoFileNamesAFolderOfOneMachine(t *testing.T) {
	for name, content := range tree(t) {
		if found := machine.Find(content); found != nil {
			t.Errorf("%s: %q is a folder of one machine only", name, found)
		}
	}
}

// longSentence is so long that nobody writes the same one by chance, in characters.
const longSentence = 60

var (
	frontMatter = regexp.MustCompile(`(?s)\A---\n.*?\n---\n`)
	space       = regexp.MustCompile(`\s+`)
	sentenceEnd = regexp.MustCompile(`[.!?…]["'”’»)]*\s`)
)

func TestTheWordsOfTheSeedsAreNotCopied(t *testing.T) {
	paths, ok := seeds.Files(t)
	if !ok {
		return
	}
	sentences := map[string]string{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		body := frontMatter.ReplaceAll(content, nil)
		for _, sentence := range sentenceEnd.Split(string(space.ReplaceAll(body, []byte(" "))), -1) {
			if sentence = strings.TrimSpace(sentence); utf8.RuneCountInString(sentence) > longSentence {
				sentences[sentence] = filepath.Base(path)
			}
		}
	}
	if len(sentences) < len(paths) {
		t.Fatalf("%d long sentences in %d posts: the seeds were not read as meant", len(sentences), len(paths))
	}
	for name, content := range tree(t) {
		content = space.ReplaceAll(content, []byte(" "))
		for sentence, from := range sentences {
			if bytes.Contains(content, []byte(sentence)) {
				t.Errorf("%s repeats a sentence of %s: %.50q…", name, from, sentence)
			}
		}
	}
}
