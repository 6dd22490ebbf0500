package crash_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"carillon.example/test/process"
)

// How much is done. 'make crash' asks for more than 'make test'.
var (
	seed   = flag.Uint64("seed", uint64(time.Now().UnixNano())%1_000_000, "what chance begins with")
	kills  = flag.Int("kills", 30, "how many processes are killed")
	victim = flag.String("victim", "", "who is killed each time, as nats or deliver-1,deliver-2; empty: whom chance chooses")
	posts  = flag.Int("posts", 60, "how many posts are published")
)

// The programs under test, built once.
var programs process.Programs

func TestMain(m *testing.M) {
	if os.Getenv(blindRole) != "" {
		if err := deliverWithoutLooking(); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(1) //nolint:forbidigo // this process is one of those under test
		}
		return
	}
	dir, err := os.MkdirTemp("", "carillon-crash-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if programs, err = process.Build(dir); err != nil {
		panic(err)
	}
	m.Run() // its result becomes the exit code when this returns
}
