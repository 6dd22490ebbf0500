package crash_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"
	"time"
)

// reaper kills processes and starts them again.
type reaper struct {
	t     *testing.T
	c     *cast
	rng   *rand.Rand
	began <-chan struct{} // receives when a call has been recorded
	kills []kill
}

// kill is one process that was killed.
type kill struct {
	victim string
	at     time.Time
}

// strike kills one process, or both replicas of deliver: mostly at the moment when a call has just been recorded.
func (r *reaper) strike() {
	victims := r.choose()
	if r.rng.IntN(10) < 8 {
		select {
		case <-r.began:
		case <-time.After(2 * time.Second):
		}
	}
	r.rest(r.rng.IntN(100))
	for _, name := range victims {
		m := r.c.member(name)
		m.process.Signal(syscall.SIGKILL)
		r.kills = append(r.kills, kill{name, time.Now()})
	}
	for _, name := range victims {
		r.c.member(name).process.Forget(r.t)
	}
	r.rest(r.rng.IntN(250))
	for _, name := range victims {
		r.c.start(r.t, r.c.member(name))
	}
	r.rest(100 + r.rng.IntN(500))
}

func (r *reaper) choose() []string {
	if *victim != "" {
		return strings.Split(*victim, ",")
	}
	switch n := r.rng.IntN(100); {
	case n < 36:
		return []string{"deliver-1"}
	case n < 72:
		return []string{"deliver-2"}
	case n < 80:
		return []string{"deliver-1", "deliver-2"}
	case n < 86:
		return []string{"nats"}
	case n < 92:
		return []string{"sandbox"}
	case n < 96:
		return []string{"ingest"}
	}
	return []string{"feeds"}
}

// rest waits for some milliseconds.
func (r *reaper) rest(ms int) {
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
	case <-r.t.Context().Done():
	}
}

func (r *reaper) String() string {
	by := map[string]int{}
	for _, k := range r.kills {
		by[k.victim]++
	}
	return fmt.Sprintf("%d kills %v", len(r.kills), by)
}
