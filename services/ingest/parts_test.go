package ingest_test

import (
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

func TestThreadPartThatIsTooLongIsRefusedAndNothingIsPublished(t *testing.T) {
	d := startDesk(t)
	e := edition("en", "Hello")
	e.Texts = map[string]*carillonv1.Text{"plain": {Text: "One\n---\nTwo is rather long"}}
	_, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: post("a", e)})
	want := "editions[en].channels.plain.text: part 2 has 18 characters, the limit is 10: shorten it"
	if got := code(t, err, connect.CodeInvalidArgument).Message(); strings.TrimSpace(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, err := d.PreviewPost(t.Context(), &carillonv1.PreviewPostRequest{Post: post("a", e)}); err == nil {
		t.Error("a preview says nothing about it")
	}
	if _, err := d.GetPost(t.Context(), &carillonv1.GetPostRequest{Slug: "a"}); err == nil {
		t.Error("half of it was published")
	}

	// A channel that takes more has said so to deliver.
	for _, channel := range []string{"all", "english"} {
		condition, err := event.MarshalCondition(&event.Condition{Time: time.Now(), Works: true, Characters: 20})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.bus.Publish(t.Context(), bus.Publication{Subject: event.ConditionSubject(channel), Data: condition}); err != nil {
			t.Fatal(err)
		}
	}
	d.publish(post("a", e))
}
