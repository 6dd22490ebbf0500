package crash_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"carillon.example/pkg/channel/fault"
	"carillon.example/test/process"
	"carillon.example/test/reader"
)

// hostility keeps the sandbox supplied with faults, drawn by chance. They are gone when it is killed, and come again.
type hostility struct {
	t     *testing.T
	c     *cast
	rng   *rand.Rand
	added int

	keysIgnored bool // by the Mastodon-like instance, all the time
}

// stock is how many faults a kind of call has before it.
const stock = 8

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

// supply looks what is left every now and then, until done is closed.
func (h *hostility) supply(done <-chan struct{}) {
	tick := time.NewTicker(100 * time.Millisecond)
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
	waiting := map[string]int{}
	for _, f := range left {
		waiting[f.Match]++
	}
	for _, f := range h.service() {
		if !slices.ContainsFunc(left, func(o fault.Fault) bool { return o.Effect == f.Effect }) {
			h.add(f)
		}
	}
	for _, match := range changing() {
		for range stock - waiting[match] {
			h.add(h.change(match))
		}
	}
	for _, match := range looking() {
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

// change draws what happens to a call that changes something. Most are answered as usual, only not at once: so that there
// is a time to be killed in.
func (h *hostility) change(match string) fault.Fault {
	f := fault.Fault{Match: match, Times: 1, Effect: fault.Delay, DelayMS: h.rng.IntN(120)}
	switch n := h.rng.IntN(100); {
	case n < 8:
		f.Effect = fault.DropAfter
	case n < 14:
		f.Effect = fault.DropBefore
	case n < 18:
		f.Effect = fault.GatewayTimeout
	case n < 20:
		f.Effect, f.Status = fault.StatusAfter, http.StatusInternalServerError
	case n < 23:
		f.Effect, f.Status = fault.Status, http.StatusServiceUnavailable
	case n < 26:
		h.limit(&f)
	case n < 28:
		f.Effect = fault.Truncate
	case n < 30:
		f.Effect = fault.HTML
	case n < 32:
		f.Effect = fault.Garbage
	case n < 36:
		f.Effect, f.DelayMS = fault.Late, h.late(match)
	}
	return f
}

// look draws what happens to a call that only reads.
func (h *hostility) look(match string) fault.Fault {
	f := fault.Fault{Match: match, Times: 1, Effect: fault.Delay, DelayMS: h.rng.IntN(60)}
	switch n := h.rng.IntN(100); {
	case n < 6:
		f.Effect = fault.DropBefore
	case n < 10:
		f.Effect, f.Status, f.Body = fault.Status, http.StatusBadGateway, "<html>bad gateway</html>"
	case n < 12:
		h.limit(&f)
	case n < 14:
		f.Effect = fault.Truncate
	case n < 16:
		f.Effect = fault.HTML
	case n < 18:
		f.Effect = fault.Garbage
	}
	return f
}

func (h *hostility) limit(f *fault.Fault) {
	forms := []fault.Limit{fault.Seconds, fault.Date, fault.Reset, fault.None}
	f.Effect, f.Limit, f.DelayMS = fault.RateLimit, forms[h.rng.IntN(len(forms))], 1000
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

// service is how the sandbox itself behaves in this run.
func (h *hostility) service() []fault.Fault {
	lags := fault.Fault{Effect: fault.HistoryLags, DelayMS: 600} // a status or message can be found before the second look
	if h.keysIgnored {
		return []fault.Fault{lags, {Effect: fault.KeysIgnored}}
	}
	return []fault.Fault{lags, {Effect: fault.ReplayFails}}
}

func (h *hostility) String() string {
	keys := "keys known, replays answered with 500"
	if h.keysIgnored {
		keys = "keys ignored"
	}
	return fmt.Sprintf("%d faults, %s", h.added, keys)
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
