package crash_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"carillon.example/pkg/channel/fault"
	"carillon.example/test/process"
	"carillon.example/test/reader"
)

// hostility makes the sandbox misbehave by chance. It forgets that when it is killed, and is told again.
type hostility struct {
	t   *testing.T
	c   *cast
	rng *rand.Rand

	keysIgnored bool    // by the Mastodon-like instance, all the time
	suffered    float64 // about how many calls did, before the sandbox was killed last
	since       float64 // and since then
}

// changing are the calls that change something: the ends of their paths, on Mastodon and on Slack.
func changing() []string {
	return []string{
		"POST /api/v1/statuses", "PUT /api/v1/statuses/*", "DELETE /api/v1/statuses/*",
		"POST chat.postMessage", "POST chat.update", "POST chat.delete",
	}
}

// looking are the calls that look for what was lost.
func looking() []string {
	return []string{"GET /api/v1/accounts/*", "POST conversations.history", "POST conversations.replies"}
}

// supply looks every now and then whether the sandbox knows what it is to do, until done is closed.
func (h *hostility) supply(done <-chan struct{}) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		h.refill()
		select {
		case <-done:
			return
		case <-tick.C:
		}
	}
}

func (h *hostility) refill() {
	a := reader.Ask(h.t, http.MethodGet, h.c.sandboxURL()+"/faults", nil, nil)
	if a.Status != http.StatusOK {
		return // it is dead for the moment
	}
	var left []fault.Fault
	reader.Decode(h.t, a.Body, &left)
	if len(left) == 0 {
		h.suffered, h.since = h.suffered+h.since, 0
		for _, f := range h.faults() {
			h.add(f)
		}
		return
	}
	h.since = 0
	for _, f := range left {
		if f.Random != nil {
			h.since += f.Random.Rate * float64(f.Random.Requests)
		}
	}
}

func (h *hostility) add(f fault.Fault) {
	body, err := json.Marshal(f)
	if err != nil {
		h.t.Error(err)
		return
	}
	a := reader.Ask(h.t, http.MethodPost, h.c.sandboxURL()+"/faults", map[string]string{"Content-Type": "application/json"}, strings.NewReader(string(body)))
	if a.Status == http.StatusBadRequest {
		h.t.Errorf("the sandbox takes no fault %s: %s", body, a)
	}
}

// faults are all that the sandbox is to do, until it is killed. Of several for a call the first acts whose chance has it so.
func (h *hostility) faults() []fault.Fault {
	all := []fault.Fault{{Effect: fault.HistoryLags, DelayMS: 600}} // what was posted can be found before the second look
	if h.keysIgnored {
		all = append(all, fault.Fault{Effect: fault.KeysIgnored})
	} else {
		all = append(all, fault.Fault{Effect: fault.ReplayFails})
	}
	for _, match := range changing() {
		all = append(all,
			h.chance(match, 0.04, h.late(match), fault.Late),
			h.chance(match, 0.03, 1000, fault.RateLimit),
			h.chance(match, 0.2, 30, fault.DropAfter, fault.DropAfter, fault.DropAfter, fault.DropBefore, fault.DropBefore,
				fault.GatewayTimeout, fault.GatewayTimeout, fault.Truncate, fault.HTML, fault.Garbage, "500", "503"),
			// The others are answered as usual, only not at once: so that there is a time to be killed in.
			fault.Fault{Match: match, Effect: fault.Delay, DelayMS: 20 + h.rng.IntN(80)})
	}
	for _, match := range looking() { // one look turns many pages, and is made anew if one of them fails
		all = append(all,
			h.chance(match, 0.005, 1000, fault.RateLimit),
			h.chance(match, 0.03, 20, fault.DropBefore, fault.Truncate, fault.HTML, fault.Garbage, "502"))
	}
	return all
}

// chance is a fault that some calls suffer, with one of its effects.
func (h *hostility) chance(match string, rate float64, delayMS int, effects ...fault.Effect) fault.Fault {
	r := &fault.Random{Seed: h.rng.Uint64(), Rate: rate}
	for _, e := range effects {
		r.Effects = append(r.Effects, string(e))
	}
	return fault.Fault{Match: match, Random: r, DelayMS: delayMS}
}

// late is how long after the client gave up an effect comes: within the margin. A message may come as late as before the
// second look, and a status later than that, if the server knows keys: the second call is one with the first.
func (h *hostility) late(match string) int {
	create := strings.HasPrefix(match, "POST /api/v1/statuses") || strings.HasSuffix(match, "chat.postMessage")
	switch {
	case create && strings.Contains(match, "statuses") && !h.keysIgnored:
		return 50 + h.rng.IntN(3000)
	case create:
		return 50 + h.rng.IntN(700)
	}
	return 50
}

func (h *hostility) String() string {
	keys := "keys known, replays answered with 500"
	if h.keysIgnored {
		keys = "keys ignored"
	}
	return fmt.Sprintf("about %.0f calls suffered a fault, %s", h.suffered+h.since, keys)
}

// behave clears the sandbox's faults, and waits until nothing happens late any more.
func (c *cast) behave(t *testing.T) {
	t.Helper()
	reader.Behave(t, c.sandboxURL())
	process.Await(t, "the sandbox has done everything", func() string {
		if n := reader.Get(t, c.sandboxURL()+"/faults").Header.Get(fault.PendingHeader); n != "0" {
			return n + " requests are still under way"
		}
		return ""
	})
}
