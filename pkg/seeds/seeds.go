// Package seeds finds the real posts that tests read besides the examples. They are kept outside the project, whose texts
// are its own; this package says where, and it refuses to pass over their absence in silence. It is for tests only.
package seeds

import (
	"os"
	"path/filepath"
	"testing"
)

// Dir is the folder of the seeds: what CARILLON_SEEDS names or, without it, ../shared/seeds beside the module. If it is
// not there ok is false and the test's log says so; where CI is "true" the test fails instead.
func Dir(t testing.TB) (dir string, ok bool) {
	t.Helper()
	dir = os.Getenv("CARILLON_SEEDS")
	if dir == "" {
		root, err := moduleRoot()
		if err != nil {
			t.Fatalf("find the seeds: %v", err)
		}
		dir = filepath.Join(root, "..", "shared", "seeds")
	}
	if files := markdownIn(dir); len(files) > 0 {
		return dir, true
	}
	const absent = "the seeds are absent: no posts in %s; set CARILLON_SEEDS to the folder that holds them"
	if os.Getenv("CI") == "true" {
		t.Fatalf(absent, dir)
	}
	t.Logf(absent, dir)
	return "", false
}

// Files lists the seeds' posts by path, sorted; ok is as Dir says it.
func Files(t testing.TB) (paths []string, ok bool) {
	t.Helper()
	dir, ok := Dir(t)
	if !ok {
		return nil, false
	}
	return markdownIn(dir), true
}

// markdownIn lists the posts of a folder. The folder's own README is none.
func markdownIn(dir string) []string {
	files, err := filepath.Glob(filepath.Join(dir, "*.*.md"))
	if err != nil {
		return nil
	}
	return files
}

// moduleRoot walks up from the working directory, which is the tested package's, to the folder of go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", os.ErrNotExist
		}
		dir = parent
	}
}
