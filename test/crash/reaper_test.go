package crash_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
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

	frozen  int // processes that were stopped for a while
	thawing sync.WaitGroup
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
	if r.rng.IntN(12) == 0 {
		r.freeze()
	}
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

// freeze stops one of deliver's processes (SIGSTOP) and lets it go on later (SIGCONT): before its calls are over, or when
// another has looked twice.
func (r *reaper) freeze() {
	p := r.c.member([]string{"deliver-1", "deliver-2"}[r.rng.IntN(2)]).process
	after := time.Duration(r.rng.Int64N(int64(callTimeout + lookMargin + lookAgain + ackWait + time.Second)))
	p.Signal(syscall.SIGSTOP)
	r.frozen++
	r.thawing.Go(func() {
		r.rest(int(after.Milliseconds()))
		p.Signal(syscall.SIGCONT)
	})
}

// ackWait is how long it takes until another replica gets what a stopped one has in hand.
const ackWait = 5 * time.Second

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

// deaths are when a process was killed.
func (r *reaper) deaths(victim string) (times []time.Time) {
	for _, k := range r.kills {
		if k.victim == victim {
			times = append(times, k.at)
		}
	}
	return times
}

func (r *reaper) String() string {
	by := map[string]int{}
	for _, k := range r.kills {
		by[k.victim]++
	}
	return fmt.Sprintf("deliver frozen %d times, %d kills %v", r.frozen, len(r.kills), by)
}
