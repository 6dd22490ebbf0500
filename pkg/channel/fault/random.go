package fault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
)

// Random lets chance decide which requests suffer, and what. The same seed decides the same about the nth request that
// matches, so a run can be repeated as far as the requests come in the same order.
type Random struct {
	Seed uint64 `json:"seed"`
	// Rate is how many of the requests suffer, from 0 (excluded) to 1 (all).
	Rate float64 `json:"rate"`
	// Effects are those to choose from, each as likely as the others: names of effects, or HTTP statuses such as "503",
	// which are answered without an effect. Empty: RandomEffects.
	Effects []string `json:"effects,omitempty"`
	// Requests is how many requests were decided on; it is only shown.
	Requests uint64 `json:"requests,omitempty"`
}

// RandomEffects are what chance chooses from if nothing else is said: what passes by itself, so that whoever retries, and
// looks before, is done in the end.
func RandomEffects() []string {
	return append(names([]Effect{DropBefore, DropAfter, Late, GatewayTimeout, RateLimit, Truncate, HTML, Garbage}), "500", "503")
}

func (r *Random) validate() error {
	if !(r.Rate > 0 && r.Rate <= 1) {
		return fmt.Errorf("random.rate: %g is no share of the requests: write a number above 0 and up to 1, such as 0.1", r.Rate)
	}
	if r.Requests != 0 {
		return errors.New("random.requests: cannot be given: it counts from 0")
	}
	for _, e := range r.Effects {
		if status, err := strconv.Atoi(e); err == nil {
			if status < 200 || status > 599 {
				return fmt.Errorf("random.effects: %d is no HTTP status from 200 to 599", status)
			}
			continue
		}
		if err := Effect(e).validate("random.effects"); err != nil {
			return err
		}
		if d, _ := describe(Effect(e)); d.Inside {
			return fmt.Errorf("random.effects: %s acts on the whole service and not on a request: add it as a fault by itself", e)
		}
	}
	return nil
}

// decide says what becomes of the next request. f is the fault that it stands in, which says the rest.
func (r *Random) decide(f Fault) (Fault, bool) {
	r.Requests++
	chance := rand.New(rand.NewPCG(r.Seed, r.Requests))
	if chance.Float64() >= r.Rate {
		return Fault{}, false
	}
	effects := r.Effects
	if len(effects) == 0 {
		effects = RandomEffects()
	}
	chosen := effects[chance.IntN(len(effects))]
	f.Random, f.Effect = nil, Effect(chosen)
	if status, err := strconv.Atoi(chosen); err == nil {
		f.Effect, f.Status = Status, status
	}
	if d, _ := describe(f.Effect); d.Delay == 0 && f.Effect != Delay && f.Effect != RateLimit {
		f.DelayMS = 0 // meant for those that are about time
	}
	if f.Effect == RateLimit && f.Limit == "" {
		all := []Limit{Seconds, Date, Reset, None} // what every service may answer
		f.Limit = all[chance.IntN(len(all))]
	}
	return f, true
}
