package fault_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"carillon.example/pkg/channel/fault"
)

// What the control endpoint takes it can list, and take again.
func FuzzControlEndpointTakesWhatItLists(f *testing.F) {
	for _, s := range []string{
		`{"effect":"drop-after","match":"POST /x","times":2}`, `{"random":{"seed":1,"rate":0.5,"effects":["503","late"]}}`,
		`{"effect":"status","status":503,"headers":{"Retry-After":"7"},"body":"\u0000"}`, `{"effect":"clock-off","skew_ms":-1}`,
		`{"effect":"rate-limit","limit":"date","delay_ms":1}`, `{}`, `null`, `[]`, `{"effect":"late"}{"effect":"late"}`,
	} {
		f.Add(s)
	}
	post := func(in *fault.Injector, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/faults", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		in.ServeHTTP(w, r)
		return w
	}
	f.Fuzz(func(t *testing.T, body string) {
		var in fault.Injector
		w := post(&in, body)
		if w.Code != http.StatusOK {
			if w.Code != http.StatusBadRequest || len(in.List()) > 0 || strings.TrimSpace(w.Body.String()) == "" {
				t.Fatalf("refused with %d %q, and there are %d", w.Code, w.Body, len(in.List()))
			}
			return
		}
		var list []json.RawMessage
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list) != 1 {
			t.Fatalf("listed as %q: %v", w.Body, err)
		}
		added := in.List()[0]
		if added.Name() == "" || added.Says() == "" {
			t.Errorf("it has the name %q and says %q", added.Name(), added.Says())
		}
		var again fault.Injector
		if w := post(&again, string(list[0])); w.Code != http.StatusOK {
			t.Errorf("%s is refused when it comes back: %s", list[0], w.Body)
		}
	})
}
