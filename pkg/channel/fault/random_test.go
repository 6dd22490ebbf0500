package fault_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/channel/fault"
)

// fates are what becomes of n requests.
func fates(t *testing.T, n int, f fault.Fault) []int {
	t.Helper()
	var in fault.Injector
	if err := in.Add(f); err != nil {
		t.Fatal(err)
	}
	var got []int
	for range n {
		w := httptest.NewRecorder()
		in.Wrap(&bell{}).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/ring", nil))
		got = append(got, w.Code)
	}
	return got
}

func TestSameSeedDecidesTheSame(t *testing.T) {
	random := func(seed uint64) fault.Fault {
		return fault.Fault{Match: "POST", Random: &fault.Random{Seed: seed, Rate: 0.25, Effects: []string{"503", "422", "gateway-timeout"}}}
	}
	first := fates(t, 400, random(7))
	if diff := cmp.Diff(first, fates(t, 400, random(7))); diff != "" {
		t.Errorf("the second time (-first +second):\n%s", diff)
	}
	if cmp.Equal(first, fates(t, 400, random(8))) {
		t.Error("another seed decides the same")
	}
	count := map[int]int{}
	for _, code := range first {
		count[code]++
	}
	if count[503] < 15 || count[422] < 15 || count[504] < 15 || count[200] < 250 {
		t.Errorf("the share of each fate: %v", count)
	}
	if got := fates(t, 10, fault.Fault{Match: "GET", Random: &fault.Random{Rate: 1}}); cmp.Diff(got, []int{200, 200, 200, 200, 200, 200, 200, 200, 200, 200}) != "" {
		t.Errorf("requests that do not match: %v", got)
	}
	if got := fates(t, 4, fault.Fault{Times: 2, Random: &fault.Random{Rate: 1, Effects: []string{"503"}}}); cmp.Diff(got, []int{503, 503, 200, 200}) != "" {
		t.Errorf("chance that strikes twice: %v", got)
	}
}

func TestDelayOfChanceIsForWhatIsAboutTime(t *testing.T) {
	start := time.Now()
	got := fates(t, 3, fault.Fault{DelayMS: 60_000, Random: &fault.Random{Rate: 1, Effects: []string{"503"}}})
	if took := time.Since(start); took > 30*time.Second || got[2] != 503 {
		t.Errorf("got %v after %s", got, took)
	}
}

func TestEffectsOfChanceAreOnesThatItCanChoose(t *testing.T) {
	for _, e := range fault.RandomEffects() {
		if err := (&fault.Fault{Random: &fault.Random{Rate: 1, Effects: []string{e}}}).Validate(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatIsWrongWithAFaultIsSaid(t *testing.T) {
	for want, f := range map[string]fault.Fault{
		`effect: "drop-afer" is none: did you mean drop-after?`:      {Effect: "drop-afer"},
		`effect: is missing: one of drop-before`:                     {},
		`effect and random are both given`:                           {Effect: fault.Delay, Random: &fault.Random{Rate: 1}},
		`random.rate: 0 is no share`:                                 {Random: &fault.Random{}},
		`random.rate: NaN is no share`:                               {Random: &fault.Random{Rate: nan()}},
		`random.effects: "lat" is none: did you mean late?`:          {Random: &fault.Random{Rate: 1, Effects: []string{"lat"}}},
		`random.effects: 99 is no HTTP status`:                       {Random: &fault.Random{Rate: 1, Effects: []string{"99"}}},
		`random.effects: clock-off acts on the whole service`:        {Random: &fault.Random{Rate: 1, Effects: []string{"clock-off"}}},
		`random.requests: cannot be given`:                           {Random: &fault.Random{Rate: 1, Requests: 3}},
		`match: the method "POSTT" is none: did you mean POST?`:      {Effect: fault.Delay, Match: "POSTT /x"},
		`match: "POST /x and /y" is not a method and a path`:         {Effect: fault.Delay, Match: "POST /x and /y"},
		`limit: "secconds" is none: did you mean seconds?`:           {Effect: fault.RateLimit, Limit: "secconds"},
		`skew_ms: 99999999999 is not between -86400000 and 86400000`: {Effect: fault.ClockOff, SkewMS: 99999999999},
		`delay_ms: 120001 is not between 0 and 120000`:               {Effect: fault.Late, DelayMS: 120_001},
	} {
		if err := f.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func nan() float64 {
	zero := 0.0
	return zero / zero
}
