package reader

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Misbehave adds a fault to the sandbox.
func Misbehave(t testing.TB, sandbox, fault string) {
	t.Helper()
	a := Ask(t, http.MethodPost, sandbox+"/faults", map[string]string{"Content-Type": "application/json"}, strings.NewReader(fault))
	if a.Status != http.StatusOK {
		t.Fatalf("add the fault %s: %s", fault, a)
	}
}

// Behave clears the sandbox's faults.
func Behave(t testing.TB, sandbox string) {
	t.Helper()
	if a := Ask(t, http.MethodDelete, sandbox+"/faults", nil, nil); a.Status != http.StatusOK {
		t.Fatalf("clear the faults: %s", a)
	}
}

// FaultsLeft is how many faults are still to happen.
func FaultsLeft(t testing.TB, sandbox string) int {
	t.Helper()
	var faults []json.RawMessage
	Decode(t, Get(t, sandbox+"/faults").Body, &faults)
	return len(faults)
}
