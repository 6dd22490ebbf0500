package acceptance_test

import (
	"io"
	"net/http"
	"testing"

	"carillon.example/test/reader"
)

// answer is what came back; status 0: nothing did, and body is why.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) String() string { return reader.Answer{Status: a.status, Body: a.body}.String() }

func ask(t *testing.T, method, address string, header map[string]string, body io.Reader) answer {
	t.Helper()
	a := reader.Ask(t, method, address, header, body)
	return answer{a.Status, a.Header, a.Body}
}

func get(t *testing.T, address string) answer {
	t.Helper()
	a := reader.Get(t, address)
	return answer{a.Status, a.Header, a.Body}
}

func decode(t *testing.T, b []byte, into any) {
	t.Helper()
	reader.Decode(t, b, into)
}

func misbehave(t *testing.T, sandbox, fault string) {
	t.Helper()
	reader.Misbehave(t, sandbox, fault)
}

func behave(t *testing.T, sandbox string) {
	t.Helper()
	reader.Behave(t, sandbox)
}

func faultsLeft(t *testing.T, sandbox string) int {
	t.Helper()
	return reader.FaultsLeft(t, sandbox)
}
