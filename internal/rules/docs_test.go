package rules_test

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	required  = regexp.MustCompile(`(?m)^(?:require )?\s*([a-z0-9.-]+\.[a-z]+/\S+) v\S+$`)
	described = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| .+ \\|$")
)

func TestEveryDependencySaysItsReason(t *testing.T) {
	files := tree(t)
	// What is required indirectly has a comment that says so at the end of its line.
	if diff := cmp.Diff(names(required, files["go.mod"]), names(described, files["docs/dependencies.md"])); diff != "" {
		t.Errorf("go.mod (-) and docs/dependencies.md (+) differ:\n%s", diff)
	}
}

var (
	setting = regexp.MustCompile(`envconfig:"([A-Z_]+)"`)
	named   = regexp.MustCompile(`\bCARILLON_([A-Z_]+)\b`)
)

// ofCommandLine are the variables that the command line reads by itself.
var ofCommandLine = []string{"SANDBOX_URL", "TOKEN", "URL"}

func TestEveryVariableIsInTheOperationsManual(t *testing.T) {
	files := tree(t)
	read := slices.Clone(ofCommandLine)
	for name, content := range files {
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			read = append(read, names(setting, content)...)
		}
	}
	slices.Sort(read)
	if diff := cmp.Diff(slices.Compact(read), names(named, files["docs/operations.md"])); diff != "" {
		t.Errorf("the variables that are read (-) and those in docs/operations.md (+) differ:\n%s", diff)
	}
}

// names lists what the first group of an expression matches, sorted, each once.
func names(expression *regexp.Regexp, text []byte) []string {
	var list []string
	for _, m := range expression.FindAllSubmatch(text, -1) {
		list = append(list, string(m[1]))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestNoLinkBetweenDocumentsIsDead(t *testing.T) {
	files := tree(t)
	folders := map[string]bool{}
	for name := range files {
		for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
			folders[folder] = true
		}
	}
	for name, content := range files {
		if !strings.HasSuffix(name, ".md") || strings.Contains(name, "testdata/") || strings.HasPrefix(name, "examples/") {
			continue
		}
		for _, m := range link.FindAllSubmatch(content, -1) {
			u, err := url.Parse(string(m[1]))
			if err != nil || u.IsAbs() || u.Path == "" {
				continue
			}
			if at := path.Join(path.Dir(name), u.Path); files[at] == nil && !folders[at] {
				t.Errorf("%s: the link to %s leads nowhere", name, m[1])
			}
		}
	}
}
