package ingest_test

import (
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// stands writes how a delivery stands, as deliver would.
func (d *desk) stands(item event.Item, delivery *event.Delivery) {
	d.t.Helper()
	if delivery.Time.IsZero() {
		delivery.Time = time.Now()
	}
	data, err := event.MarshalDelivery(delivery)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.bus.Publish(d.t.Context(), bus.Publication{Subject: item.LedgerSubject(), Data: data}); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) ledger(item event.Item) *event.Delivery {
	d.t.Helper()
	m, err := d.bus.Last(d.t.Context(), item.LedgerSubject())
	if err != nil {
		d.t.Fatal(err)
	}
	delivery, err := event.UnmarshalDelivery(m.Data)
	if err != nil {
		d.t.Fatal(err)
	}
	return delivery
}

// woken reports whether a channel has been woken for an item.
func (d *desk) woken(item event.Item) bool {
	d.t.Helper()
	_, err := d.bus.Last(d.t.Context(), item.QueueSubject())
	return err == nil
}

func onAll(language string) event.Item {
	return event.Item{Channel: "all", Post: "a", Language: language}
}

var inDoubt = event.Intent{Action: event.Create, Key: "k-1", Revision: 1, Position: 1, Fingerprint: "f1"}

func TestPersonSaysThatAnUncertainDeliveryIsThere(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Hello"), edition("ru", "Привет")))
	intent := inDoubt
	d.stands(onAll("en"), &event.Delivery{State: event.Uncertain, Intent: &intent, Appearances: 1, Revision: 1})
	answer, err := d.ResolveDelivery(t.Context(), &carillonv1.ResolveDeliveryRequest{
		Slug: "a", Channel: "all", Answer: &carillonv1.ResolveDeliveryRequest_There{There: "https://plain.example/7"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if s := answer.GetDelivery(); s.GetLink() != "https://plain.example/7" || s.GetState() != event.Waiting.Proto() || s.GetLanguage() != "en" {
		t.Errorf("answer: %v", s)
	}
	got := d.ledger(onAll("en"))
	want := &event.Shown{Parts: []event.Part{{IDs: []string{"7"}, Link: "https://plain.example/7", Fingerprint: "f1"}}}
	if diff := cmp.Diff(want, got.Shown); diff != "" || got.Intent != nil || got.Appearances != 1 || got.Reason != "admin found it there" {
		t.Errorf("%+v (-want +got):\n%s", got, diff)
	}
	if !d.woken(onAll("en")) {
		t.Error("the channel was not woken")
	}
}

func TestPersonSaysThatAPartOfAThreadIsNotThere(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Hello")))
	intent := inDoubt
	intent.Part = 1
	d.stands(onAll("en"), &event.Delivery{State: event.Uncertain, Intent: &intent, Appearances: 1, Shown: &event.Shown{Parts: []event.Part{{IDs: []string{"7"}}}}})
	req := &carillonv1.ResolveDeliveryRequest{Slug: "a", Channel: "all", Language: "en", Answer: &carillonv1.ResolveDeliveryRequest_NotThere{NotThere: true}}
	if _, err := d.ResolveDelivery(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if got := d.ledger(onAll("en")); got.Intent != nil || got.Dropped != 1 || got.Appearances != 1 || len(got.Shown.Parts) != 1 {
		t.Errorf("%+v", got)
	}
	// Of a whole post it is another appearance.
	intent.Part = 0
	d.stands(onAll("en"), &event.Delivery{State: event.Uncertain, Intent: &intent, Appearances: 1})
	if _, err := d.ResolveDelivery(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if got := d.ledger(onAll("en")); got.Appearances != 2 || got.Shown != nil {
		t.Errorf("%+v", got)
	}
}

func TestWhatCannotBeResolvedIsSaid(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Hello"), edition("ru", "Привет")))
	intent := inDoubt
	for _, language := range []string{"en", "ru"} {
		d.stands(onAll(language), &event.Delivery{State: event.Uncertain, Intent: &intent})
	}
	d.stands(event.Item{Channel: "english", Post: "a", Language: "en"}, &event.Delivery{State: event.Delivered})
	notThere := &carillonv1.ResolveDeliveryRequest_NotThere{NotThere: true}
	for name, test := range map[string]struct {
		req  *carillonv1.ResolveDeliveryRequest
		code connect.Code
		says string
	}{
		"no channel":             {&carillonv1.ResolveDeliveryRequest{Slug: "a", Answer: notThere}, connect.CodeInvalidArgument, "say on which channel you looked"},
		"a channel that is none": {&carillonv1.ResolveDeliveryRequest{Slug: "a", Channel: "englsh", Answer: notThere}, connect.CodeInvalidArgument, "did you mean english?"},
		"a post that is none":    {&carillonv1.ResolveDeliveryRequest{Slug: "b", Channel: "all", Answer: notThere}, connect.CodeNotFound, "b"},
		"two editions":           {&carillonv1.ResolveDeliveryRequest{Slug: "a", Channel: "all", Answer: notThere}, connect.CodeInvalidArgument, "the editions in en, ru are uncertain"},
		"not uncertain":          {&carillonv1.ResolveDeliveryRequest{Slug: "a", Channel: "english", Answer: notThere}, connect.CodeFailedPrecondition, "a (en) on english is delivered, not uncertain"},
		"nothing said":           {&carillonv1.ResolveDeliveryRequest{Slug: "a", Channel: "all", Language: "en"}, connect.CodeInvalidArgument, "say that it is there, with its address, or that it is not there"},
		"an address that is none": {&carillonv1.ResolveDeliveryRequest{
			Slug: "a", Channel: "all", Language: "en", Answer: &carillonv1.ResolveDeliveryRequest_There{There: "7"},
		}, connect.CodeInvalidArgument, "there: is not an address"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.ResolveDelivery(t.Context(), test.req)
			if got := code(t, err, test.code); !strings.Contains(got.Message(), test.says) {
				t.Errorf("got %q, want %q in it", got.Message(), test.says)
			}
		})
	}
}

func TestResolvingTwiceWithOneKeyIsResolvingOnce(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Hello")))
	intent := inDoubt
	d.stands(onAll("en"), &event.Delivery{State: event.Uncertain, Intent: &intent, Appearances: 1})
	req := &carillonv1.ResolveDeliveryRequest{Slug: "a", Channel: "all", Answer: &carillonv1.ResolveDeliveryRequest_NotThere{NotThere: true}}
	for range 2 {
		ctx, call := connect.NewClientContext(t.Context())
		call.RequestHeader().Set("Idempotency-Key", "once")
		if _, err := d.ResolveDelivery(ctx, req); err != nil {
			t.Fatal(err)
		}
	}
	if got := d.ledger(onAll("en")); got.Appearances != 2 {
		t.Errorf("%+v", got)
	}
}

func TestRetryTakesUpWhatWaitsAndWhatWasRejected(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Hello"), edition("ru", "Привет"), edition("kk", "Сәлем")))
	intent := inDoubt
	d.stands(onAll("en"), &event.Delivery{State: event.Rejected, Reason: "too long", Attempt: 3, WaitingSince: time.Now(), Revision: 1})
	d.stands(onAll("kk"), &event.Delivery{State: event.Waiting, Intent: &intent, Looks: 1, Until: time.Now().Add(time.Hour)})
	d.stands(onAll("ru"), &event.Delivery{State: event.Waiting, Undecided: true})
	d.stands(event.Item{Channel: "english", Post: "a", Language: "en"}, &event.Delivery{State: event.Skipped, Reason: "deleted there", Appearances: 1})
	answer, err := d.RetryDeliveries(t.Context(), &carillonv1.RetryDeliveriesRequest{Slug: "a"})
	if err != nil {
		t.Fatal(err)
	}
	var again []string
	for _, s := range answer.GetDeliveries() {
		again = append(again, s.GetChannel()+" "+s.GetLanguage())
	}
	if diff := cmp.Diff([]string{"all en", "all ru"}, again); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	untouched := []*carillonv1.UntouchedDelivery{
		{Channel: "all", Language: "kk", Reason: "the answer to a call was lost, and it is being looked for: trying again now could show it twice"},
		{Channel: "english", Language: "en", Reason: "skipped, deleted there: --again posts it anew"},
	}
	if diff := cmp.Diff(untouched, answer.GetUntouched(), protocmp.Transform()); diff != "" {
		t.Errorf("untouched (-want +got):\n%s", diff)
	}
	for _, language := range []string{"en", "ru"} {
		if got := d.ledger(onAll(language)); got.State != event.Waiting || got.Asked.IsZero() || got.Undecided || got.Attempt != 0 || !got.WaitingSince.IsZero() || !d.woken(onAll(language)) {
			t.Errorf("%s: %+v", language, got)
		}
	}
	if _, err := d.RetryDeliveries(t.Context(), &carillonv1.RetryDeliveriesRequest{Slug: "a", Channel: "english", Again: true}); err != nil {
		t.Fatal(err)
	}
	if got := d.ledger(event.Item{Channel: "english", Post: "a", Language: "en"}); got.State != event.Waiting || got.Appearances != 2 {
		t.Errorf("%+v", got)
	}
}

func TestOlderPostIsSentWhereSomebodyAsksForIt(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Hello"), edition("ru", "Привет")))
	d.stands(onAll("ru"), &event.Delivery{State: event.Delivered, Revision: 1, Shown: &event.Shown{Revision: 1, Parts: []event.Part{{IDs: []string{"1"}}}}})
	answer, err := d.SendPost(t.Context(), &carillonv1.SendPostRequest{Slug: "a", Channel: "all"})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.GetDeliveries()) != 1 || answer.GetDeliveries()[0].GetLanguage() != "en" || len(answer.GetUntouched()) != 1 || answer.GetUntouched()[0].GetReason() != "it is shown there already" {
		t.Errorf("answer: %v", answer)
	}
	if got := d.ledger(onAll("en")); got.State != event.Waiting || got.Asked.IsZero() || got.Reason != "admin asked for it" {
		t.Errorf("%+v", got)
	}
	for name, test := range map[string]struct {
		req  *carillonv1.SendPostRequest
		code connect.Code
		says string
	}{
		"no channel":       {&carillonv1.SendPostRequest{Slug: "a"}, connect.CodeInvalidArgument, "say where it is to be sent"},
		"no posts there":   {&carillonv1.SendPostRequest{Slug: "a", Channel: "staff"}, connect.CodeFailedPrecondition, "the channel staff carries no posts (posts: false)"},
		"no such edition":  {&carillonv1.SendPostRequest{Slug: "a", Channel: "all", Languages: []string{"kk"}}, connect.CodeInvalidArgument, `no edition in "kk"`},
		"no such post":     {&carillonv1.SendPostRequest{Slug: "b", Channel: "all"}, connect.CodeNotFound, "b"},
		"not configured":   {&carillonv1.SendPostRequest{Slug: "a", Channel: "x"}, connect.CodeInvalidArgument, "there are all, english, staff"},
		"not its language": {&carillonv1.SendPostRequest{Slug: "a", Channel: "english", Languages: []string{"xx"}}, connect.CodeInvalidArgument, "xx"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.SendPost(t.Context(), test.req)
			if got := code(t, err, test.code); !strings.Contains(got.Message(), test.says) {
				t.Errorf("got %q, want %q in it", got.Message(), test.says)
			}
		})
	}
	if _, err := d.SavePost(t.Context(), &carillonv1.SavePostRequest{Post: post("draft", edition("en", "Hello"))}); err != nil {
		t.Fatal(err)
	}
	_, err = d.SendPost(t.Context(), &carillonv1.SendPostRequest{Slug: "draft", Channel: "all"})
	if got := code(t, err, connect.CodeFailedPrecondition); !strings.Contains(got.Message(), "only what is released can be sent") {
		t.Error(got.Message())
	}
}

func TestUndecidedDeliveriesAreListedAsSuch(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Hello")))
	d.stands(onAll("en"), &event.Delivery{State: event.Waiting, Undecided: true, Reason: "older than a day"})
	list, err := d.ListDeliveries(t.Context(), &carillonv1.ListDeliveriesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list.GetDeliveries() {
		if is := s.GetChannel() == "all"; s.GetUndecided() != is || s.GetSettled() != is {
			t.Errorf("%v", s)
		}
	}
}

func TestChannelsArePausedAndResumed(t *testing.T) {
	d := startDesk(t)
	pause := func(req *carillonv1.PauseChannelsRequest) []*carillonv1.ChannelPause {
		t.Helper()
		answer, err := d.PauseChannels(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return answer.GetChannels()
	}
	if got := pause(&carillonv1.PauseChannelsRequest{Channels: []string{"all"}}); len(got) != 1 || !got[0].GetChanged() || got[0].GetPause().GetBy() != "admin" {
		t.Errorf("%v", got)
	}
	if got := pause(&carillonv1.PauseChannelsRequest{All: true}); len(got) != 3 || got[0].GetChanged() || !got[1].GetChanged() {
		t.Errorf("%v", got)
	}
	paused := func() (names []string) {
		channels, err := d.ListChannels(t.Context(), &carillonv1.ListChannelsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range channels.GetChannels() {
			if c.GetPause() != nil {
				names = append(names, c.GetName())
			}
		}
		return names
	}
	if got := paused(); len(got) != 3 {
		t.Errorf("paused: %v", got)
	}
	if _, err := d.ResumeChannels(t.Context(), &carillonv1.ResumeChannelsRequest{Channels: []string{"all", "staff"}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"english"}, paused()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, req := range []*carillonv1.PauseChannelsRequest{{}, {Channels: []string{"all"}, All: true}, {Channels: []string{"english", "nobody"}}} {
		_, err := d.PauseChannels(t.Context(), req)
		wantCode(t, err, connect.CodeInvalidArgument)
	}
	if diff := cmp.Diff([]string{"english"}, paused()); diff != "" {
		t.Errorf("after what was refused (-want +got):\n%s", diff)
	}
}
