package bustest_test

import (
	"testing"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/event"
)

func TestStartedLogTakesAndGivesBackAMessage(t *testing.T) {
	b := bustest.Start(t, "mastodon-en")
	subject := event.PostsSubject("a-post")
	sequence, err := b.Publish(t.Context(), bus.Publication{Subject: subject, Data: []byte("said"), ID: "1"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := b.Last(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	if m.Sequence != sequence || string(m.Data) != "said" {
		t.Errorf("read %q at %d, published %q at %d", m.Data, m.Sequence, "said", sequence)
	}
}
