package channeltest

import (
	"testing"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/fault"
)

// Harness says how to test a driver.
type Harness struct {
	Type channel.Type
	// Start starts a fake of the service with nothing to be seen on it. What it opens it closes by t.Cleanup. It is
	// called for every test, which run at the same time.
	Start func(t *testing.T) Fake
	// Media says that the driver hands over pictures (channel.Uploader).
	Media bool
	// Idempotent says that the service itself recognises a repeated Create by the attempt's key.
	Idempotent bool
}

// Fake is a running fake of a driver's service.
type Fake struct {
	URL      string           // where it listens; the driver's client may reach it
	Settings channel.Settings // lead to it, with a token that it knows
	Secret   string           // that token, at least eight characters: no verdict may show any of it

	// Texts is what people see there now, each as text, in any order.
	Texts func() []string

	// Faults act on all its requests.
	Faults *fault.Injector

	// Which requests show, change and take back, as fault.Fault.Match says it.
	Create   string
	Edit     string
	Withdraw string

	// Thread is, for a type with threads, what people see in the one thread there is: each text replies to the one before
	// it, or to the first, whichever the service means by a thread.
	Thread func() []string

	// Upload is, for a driver with media, the request that hands one over, and Alts are the descriptions of the pictures
	// that people see now, in any order.
	Upload string
	Alts   func() []string

	// Refuses is the answer by which the service refuses the token. Its Match is filled in by the suite.
	Refuses fault.Fault

	// What reasons have to name: the scope to read what was posted; the one to read metadata (empty: there is none); what
	// became of an account that the service has suspended.
	HistoryScope  string
	MetadataScope string
	Suspended     string
}
