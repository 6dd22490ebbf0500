package fault

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"carillon.example/pkg/suggest"
)

// Limits of a fault.
const (
	MaxDelay  = 2 * time.Minute
	MaxSkew   = 24 * time.Hour
	maxFaults = 1000
)

// defaultSkew is how far a clock is ahead if the fault does not say.
const defaultSkew = 10 * time.Minute

// Fault is one way to misbehave, and for which requests. It has an effect, or chance chooses one for each request (Random).
type Fault struct {
	// Match says which requests: "POST /api/v1/statuses" (method and path), "/api/v1/statuses" (any method), "POST" (any
	// path), or "" (all). The path may be the end of the real one ("POST chat.postMessage"); with a * at its end it may
	// stand anywhere in it and more may follow ("PUT /api/v1/statuses/*").
	Match string `json:"match"`
	// Times is how often it happens; 0: until it is cleared.
	Times  int     `json:"times,omitempty"`
	Effect Effect  `json:"effect,omitempty"`
	Random *Random `json:"random,omitempty"`

	// Status, Headers and Body are the answer of status and status-after. Status is that of replay-fails, too; 0: 500.
	Status  int               `json:"status,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`

	// Limit is the form of rate-limit; empty: seconds.
	Limit Limit `json:"limit,omitempty"`

	// DelayMS is a time in milliseconds, at most MaxDelay: how long the client has been gone when late has its effect (0:
	// 30 s); how long the answer of drip takes (0: 30 s); for how long history-lags hides what is new (0: 60 s); when
	// rate-limit asks to be asked again (0: 5 s). Every other effect that acts on a request waits for it before it begins,
	// unless chance chose it.
	// No wait ends when the client leaves: slow servers do things late.
	DelayMS int `json:"delay_ms,omitempty"`

	// SkewMS is how far clock-off and stamps-off are ahead, in milliseconds, at most MaxSkew; negative: behind; 0: ten minutes ahead.
	SkewMS int64 `json:"skew_ms,omitempty"`
}

// Validate says what is wrong with a fault.
func (f *Fault) Validate() error {
	if f.Random != nil {
		if f.Effect != "" {
			return errors.New("effect and random are both given: keep one")
		}
		if err := f.Random.validate(); err != nil {
			return err
		}
	} else if err := f.Effect.validate("effect"); err != nil {
		return err
	}
	if err := validMatch(f.Match); err != nil {
		return err
	}
	if f.Times < 0 {
		return errors.New("times: cannot be negative; 0 means until it is cleared")
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("status: %d is no HTTP status from 200 to 599", f.Status)
	}
	if f.DelayMS < 0 || int64(f.DelayMS) > MaxDelay.Milliseconds() {
		return fmt.Errorf("delay_ms: %d is not between 0 and %d", f.DelayMS, MaxDelay.Milliseconds())
	}
	if limit := MaxSkew.Milliseconds(); f.SkewMS < -limit || f.SkewMS > limit {
		return fmt.Errorf("skew_ms: %d is not between %d and %d", f.SkewMS, -limit, limit)
	}
	if f.Limit != "" && !slices.Contains(Limits(), f.Limit) {
		return fmt.Errorf("limit: %s", unknown(string(f.Limit), names(Limits())))
	}
	return nil
}

func (e Effect) validate(where string) error {
	if _, ok := describe(e); ok {
		return nil
	}
	var known []string
	for _, d := range Effects() {
		known = append(known, string(d.Effect))
	}
	return fmt.Errorf("%s: %s", where, unknown(string(e), known))
}

// unknown says that a word is not one of those that are known, and which was meant.
func unknown(word string, known []string) string {
	if word == "" {
		return "is missing: one of " + strings.Join(known, ", ")
	}
	if meant, ok := suggest.Nearest(word, known); ok {
		return fmt.Sprintf("%q is none: did you mean %s?", word, meant)
	}
	return fmt.Sprintf("%q is none: one of %s", word, strings.Join(known, ", "))
}

func names[T ~string](list []T) []string {
	var s []string
	for _, v := range list {
		s = append(s, string(v))
	}
	return s
}

// methods are those that a match may name.
func methods() []string {
	return []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead}
}

// validMatch says what is wrong with a match. One that nothing could ever match is a mistake.
func validMatch(match string) error {
	method, path, two := strings.Cut(match, " ")
	if !two {
		return nil
	}
	if !slices.ContainsFunc(methods(), func(m string) bool { return strings.EqualFold(m, method) }) {
		return fmt.Errorf("match: the method %s", unknown(method, methods()))
	}
	if strings.ContainsAny(strings.TrimSpace(path), " ?#") {
		return fmt.Errorf("match: %q is not a method and a path, such as \"POST /api/v1/statuses\"", match)
	}
	return nil
}

// Name is the effect, or "random", for people.
func (f *Fault) Name() string {
	if f.Random != nil {
		return "random"
	}
	return string(f.Effect)
}

// Says is what the fault does, in a sentence without a full stop, with its own numbers.
func (f *Fault) Says() string {
	if r := f.Random; r != nil {
		effects := r.Effects
		if len(effects) == 0 {
			effects = RandomEffects()
		}
		return fmt.Sprintf("%.4g %% of the requests, chosen by the seed %d, of %d so far: %s",
			r.Rate*100, r.Seed, r.Requests, strings.Join(effects, ", "))
	}
	d, _ := describe(f.Effect)
	says, details := d.Says, []string{}
	add := func(format string, args ...any) { details = append(details, fmt.Sprintf(format, args...)) }
	if f.Status != 0 {
		add("status %d", f.Status)
	}
	if f.Limit != "" {
		add("limit %s", f.Limit)
	}
	if f.DelayMS != 0 {
		add("delay %s", f.delay())
	}
	if f.SkewMS != 0 {
		add("skew %s", f.skew())
	}
	if len(details) > 0 {
		says += " [" + strings.Join(details, ", ") + "]"
	}
	return says
}

func (f *Fault) status() int {
	if f.Status == 0 {
		return http.StatusInternalServerError
	}
	return f.Status
}

// delay is how long the effect takes, or its default.
func (f *Fault) delay() time.Duration {
	if f.DelayMS > 0 {
		return time.Duration(f.DelayMS) * time.Millisecond
	}
	d, _ := describe(f.Effect)
	return d.Delay
}

func (f *Fault) skew() time.Duration {
	if f.SkewMS == 0 {
		return defaultSkew
	}
	return time.Duration(f.SkewMS) * time.Millisecond
}

func (f *Fault) matches(r *http.Request) bool {
	path := f.Match
	if method, rest, ok := strings.Cut(f.Match, " "); ok {
		if !strings.EqualFold(method, r.Method) {
			return false
		}
		path = strings.TrimSpace(rest)
	} else if slices.Contains(methods(), f.Match) {
		return f.Match == r.Method
	}
	if stem, ok := strings.CutSuffix(path, "*"); ok {
		return strings.Contains(r.URL.Path, stem)
	}
	return strings.HasSuffix(r.URL.Path, path)
}
