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
	"carillon.example/test/reader"
)

// hostility keeps the sandbox supplied with faults, drawn by chance. They are gone when it is killed, and come again.
type hostility struct {
	t     *testing.T
	c     *cast
	rng   *rand.Rand
	added int
}

// stock is how many faults a kind of call has before it.
const stock = 4

// calls are those that faults wait for: the ends of their paths, on Mastodon and on Slack.
func calls() (changing, looking []string) {
	return []string{
		"POST /api/v1/statuses", "PUT /api/v1/statuses/*", "DELETE /api/v1/statuses/*",
		"POST chat.postMessage", "POST chat.update", "POST chat.delete",
	}, []string{
		"GET /api/v1/accounts/*", "POST conversations.history", "POST conversations.replies",
	}
}

// supply looks what is left every now and then, until done is closed.
func (h *hostility) supply(done <-chan struct{}) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			h.refill()
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
	waiting := map[string]int{}
	for _, f := range left {
		waiting[f.Match]++
	}
	changing, looking := calls()
	for _, match := range changing {
		for range stock - waiting[match] {
			h.add(h.change(match))
		}
	}
	for _, match := range looking {
		for range stock - waiting[match] {
			h.add(h.look(match))
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
	switch {
	case a.Status == http.StatusOK && f.Effect != fault.Delay:
		h.added++
	case a.Status == http.StatusBadRequest:
		h.t.Errorf("the sandbox takes no fault %s: %s", body, a)
	}
}

// change draws what happens to a call that changes something.
func (h *hostility) change(match string) fault.Fault {
	f := fault.Fault{Match: match, Times: 1, Effect: fault.Delay, DelayMS: h.rng.IntN(120)}
	switch n := h.rng.IntN(100); {
	case n < 12:
		f.Effect = fault.DropAfter
	case n < 20:
		f.Effect = fault.DropBefore
	case n < 26:
		f.Effect, f.Status = fault.StatusAfter, http.StatusGatewayTimeout
	case n < 28:
		f.Effect, f.Status = fault.StatusAfter, http.StatusInternalServerError
	case n < 31:
		f.Effect, f.Status = fault.Status, http.StatusServiceUnavailable
	case n < 34:
		f.Effect, f.Status, f.Headers = fault.Status, http.StatusTooManyRequests, map[string]string{"Retry-After": "1"}
	case n < 38:
		f.DelayMS = h.late(match)
	}
	return f
}

// late is how long an effect takes that comes when nobody waits for it any more: within the margin. A status may take
// longer: its key makes the second call one with the first. A message may come as late as before the second look.
func (h *hostility) late(match string) int {
	late := callTimeout + 50*time.Millisecond
	switch {
	case strings.HasPrefix(match, "POST /api/v1/statuses"):
		late += time.Duration(h.rng.IntN(3000)) * time.Millisecond
	case strings.HasSuffix(match, "chat.postMessage"):
		late += time.Duration(h.rng.IntN(800)) * time.Millisecond
	}
	return int(late.Milliseconds())
}

// look draws what happens to a call that only reads.
func (h *hostility) look(match string) fault.Fault {
	f := fault.Fault{Match: match, Times: 1, Effect: fault.Delay, DelayMS: h.rng.IntN(60)}
	switch n := h.rng.IntN(100); {
	case n < 8:
		f.Effect = fault.DropBefore
	case n < 14:
		f.Effect, f.Status, f.Body = fault.Status, http.StatusBadGateway, "<html>bad gateway</html>"
	}
	return f
}

func (h *hostility) String() string { return fmt.Sprintf("%d faults", h.added) }

// behave clears the sandbox's faults.
func (c *cast) behave(t *testing.T) {
	t.Helper()
	reader.Behave(t, c.sandboxURL())
}
