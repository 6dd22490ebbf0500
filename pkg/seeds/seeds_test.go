package seeds_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carillon.example/pkg/seeds"
)

// spy is a test that notes what is said to it.
type spy struct {
	testing.TB
	logged, failed string
}

func (s *spy) Helper()                   {}
func (s *spy) Logf(f string, a ...any)   { s.logged = fmt.Sprintf(f, a...) }
func (s *spy) Fatalf(f string, a ...any) { s.failed = fmt.Sprintf(f, a...) }
func (s *spy) String() string            { return s.logged + s.failed }

func TestSeedsAreFoundWhereTheEnvironmentSays(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.en.md", "a.ru.md", "README.md"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("CARILLON_SEEDS", dir)
	files, ok := seeds.Files(t)
	if !ok || len(files) != 2 || filepath.Base(files[0]) != "a.ru.md" || filepath.Base(files[1]) != "b.en.md" {
		t.Errorf("Files = %q, %t; want a.ru.md and b.en.md, without the README", files, ok)
	}
}

func TestAbsentSeedsAreSaid(t *testing.T) {
	t.Setenv("CARILLON_SEEDS", filepath.Join(t.TempDir(), "nowhere"))
	t.Setenv("CI", "")
	s := &spy{TB: t}
	if dir, ok := seeds.Dir(s); ok {
		t.Errorf("Dir = %q, want none", dir)
	}
	if !strings.Contains(s.logged, "CARILLON_SEEDS") || s.failed != "" {
		t.Errorf("logged %q, failed %q; want a line in the log and no failure", s.logged, s.failed)
	}
}

func TestAbsentSeedsFailInCI(t *testing.T) {
	t.Setenv("CARILLON_SEEDS", filepath.Join(t.TempDir(), "nowhere"))
	t.Setenv("CI", "true")
	s := &spy{TB: t}
	if _, ok := seeds.Dir(s); ok {
		t.Error("found seeds in a folder that is not there")
	}
	if !strings.Contains(s.failed, "CARILLON_SEEDS") {
		t.Errorf("failed with %q, want a sentence that says what to set", s.failed)
	}
}
