package ingest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// at is a time of release as the API takes it.
func at(t time.Time) *carillonv1.Moment { return event.MomentToProto(carillon.At(t)) }

func (d *desk) schedule(p *carillonv1.Post, when time.Time) *carillonv1.PublishPostResponse {
	d.t.Helper()
	answer, err := d.PublishPost(d.t.Context(), &carillonv1.PublishPostRequest{Post: p, Release: at(when)})
	if err != nil {
		d.t.Fatal(err)
	}
	if answer.GetState() != carillonv1.PostState_POST_STATE_SCHEDULED {
		d.t.Fatalf("%s is %s", p.GetSlug(), answer.GetState())
	}
	return answer
}

func (d *desk) get(slug string) *carillonv1.GetPostResponse {
	d.t.Helper()
	answer, err := d.GetPost(d.t.Context(), &carillonv1.GetPostRequest{Slug: slug})
	if err != nil {
		d.t.Fatal(err)
	}
	return answer
}

// decisions are the kinds of the decisions about a post, the first first.
func (d *desk) decisions(slug string) string {
	d.t.Helper()
	history, err := d.bus.History(d.t.Context(), event.DeskSubject(slug))
	if err != nil {
		d.t.Fatal(err)
	}
	var kinds []string
	for _, m := range history {
		kinds = append(kinds, m.Get(event.HeaderKind))
	}
	return strings.Join(kinds, " ")
}

func TestScheduledPostIsReleasedAtItsTimeAndNotBefore(t *testing.T) {
	d := startDesk(t)
	when := time.Now().Add(1300 * time.Millisecond)
	answer := d.schedule(post("embargo", edition("en", "Soon")), when)
	if len(answer.GetDeliveries()) != 2 {
		t.Errorf("it does not say what will go where: %v", answer.GetDeliveries())
	}
	before := d.get("embargo")
	if before.GetState() != carillonv1.PostState_POST_STATE_SCHEDULED || !before.GetSchedule().GetAt().AsTime().Equal(when) {
		t.Errorf("before: %s at %s", before.GetState(), before.GetSchedule().GetAt().AsTime())
	}
	for _, one := range before.GetDeliveries() {
		if one.GetState() != carillonv1.DeliveryState_DELIVERY_STATE_WAITING || !strings.HasPrefix(one.GetReason(), "scheduled for ") || !one.GetUntil().AsTime().Equal(when) {
			t.Errorf("a delivery that will come: %v", one)
		}
	}
	public := d.public("embargo", 2)
	if public.Time.Before(when) {
		t.Errorf("released at %s, %s before its time", public.Time, when.Sub(public.Time))
	}
	if got := public.Post.Editions[0].Published; got.Before(when) || got != public.Post.Editions[0].Updated {
		t.Errorf("published %s, updated %s", got, public.Post.Editions[0].Updated)
	}
	if got := d.decisions("embargo"); got != "scheduled released" {
		t.Errorf("decisions: %s", got)
	}
}

// Nothing but the desk knows of a post before its time: no stream has its slug or its words.
func TestBeforeItsTimeAPostIsNowhereButOnTheDesk(t *testing.T) {
	d := startDesk(t)
	d.schedule(post("secret-headline", edition("en", "Secret headline")), time.Now().Add(time.Hour))
	if _, err := d.SavePost(t.Context(), &carillonv1.SavePostRequest{Post: post("secret-draft", edition("en", "Secret headline"))}); err != nil {
		t.Fatal(err)
	}
	d.publish(post("open", edition("en", "Open")))
	d.public("open", 1) // all that was decided before has been followed
	seen := 0
	for _, stream := range []string{event.PostsStream, event.DeliveriesStream, event.QueueStream, event.RemindersStream} {
		messages, err := d.bus.LastOfEach(t.Context(), stream, ">")
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range messages {
			seen++
			if all := m.Subject + fmt.Sprint(m.Header) + string(m.Data); strings.Contains(strings.ToLower(all), "secret") {
				t.Errorf("%s has %s", stream, m.Subject)
			}
		}
	}
	if seen < 2 { // what is open, and the timer
		t.Errorf("only %d messages were looked at", seen)
	}
}

// scheduled writes what a system decided that was then down, past the time of release.
func scheduled(t *testing.T, b *bus.Bus, slug string, when time.Time) {
	t.Helper()
	d := &event.Decision{Number: 1, Kind: event.Scheduled, Time: when.Add(-time.Hour), By: "press", Release: carillon.At(when), Post: carillon.Post{
		Slug: slug, Revision: 1, Kind: carillon.KindNews,
		Editions: []carillon.Edition{{ID: "01890000-0000-7000-8000-000000000001", Language: "en", Title: "Late", Body: "Words.", Revision: 1}},
	}}
	data, err := event.MarshalDecision(d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Publish(t.Context(), bus.Publication{Subject: event.DeskSubject(slug), Data: data, Header: event.DecisionHeader(d, 0)}); err != nil {
		t.Fatal(err)
	}
}

func TestASystemThatWasDownReleasesWhatIsNotTooLate(t *testing.T) {
	server := bustest.NewServer(t)
	b := server.Connect(t)
	bustest.Ensure(t, b)
	now := time.Now()
	scheduled(t, b, "an-hour-late", now.Add(-time.Hour))
	scheduled(t, b, "two-days-late", now.Add(-49*time.Hour))
	d := startDeskOn(t, server, t.TempDir())
	if public := d.public("an-hour-late", 2); public.Post.Editions[0].Published.Before(now) {
		t.Errorf("published %s: at the time of its release, not at the one that was missed", public.Post.Editions[0].Published)
	}
	await(t, "two-days-late is decided", func() bool { return d.decisions("two-days-late") != "scheduled" })
	got := d.get("two-days-late")
	if got.GetState() != carillonv1.PostState_POST_STATE_HELD || !strings.Contains(got.GetSchedule().GetReason(), "2 days late") {
		t.Errorf("two days late: %s, %q", got.GetState(), got.GetSchedule().GetReason())
	}
	// It is released when somebody says so.
	_, err := d.ReleasePost(t.Context(), &carillonv1.ReleasePostRequest{Slug: "two-days-late"})
	wantCode(t, err, connect.CodeFailedPrecondition)
	if _, err := d.ReleasePost(t.Context(), &carillonv1.ReleasePostRequest{Slug: "two-days-late", Now: true}); err != nil {
		t.Fatal(err)
	}
	d.public("two-days-late", 3)
}

// A restart between the decision and its time loses nothing, even if the queue is lost with it.
func TestTimersComeBackFromTheDesk(t *testing.T) {
	server := bustest.NewServer(t)
	dir := t.TempDir()
	d := startDeskOn(t, server, dir)
	when := time.Now().Add(1500 * time.Millisecond)
	d.schedule(post("a", edition("en", "One")), when)
	d.stop()
	server.Empty(t, event.QueueStream)
	d = startDeskOn(t, server, dir)
	if public := d.public("a", 2); public.Time.Before(when) {
		t.Errorf("released at %s, due %s", public.Time, when)
	}
}

func TestHoldStopsARelease(t *testing.T) {
	d := startDesk(t)
	d.schedule(post("a", edition("en", "One")), time.Now().Add(800*time.Millisecond))
	held, err := d.HoldPost(t.Context(), &carillonv1.HoldPostRequest{Slug: "a", Reason: "the minister is late"})
	if err != nil {
		t.Fatal(err)
	}
	if !held.GetChanged() || held.GetSchedule().GetReason() != "the minister is late" {
		t.Errorf("held: %v", held)
	}
	// Another post that is due later shows that the time of the first has passed.
	d.schedule(post("b", edition("en", "Two")), time.Now().Add(1200*time.Millisecond))
	d.public("b", 2)
	if got := d.decisions("a"); got != "scheduled held" {
		t.Errorf("decisions: %s", got)
	}
	// A draft of what is held does not lift the hold.
	if _, err := d.SavePost(t.Context(), &carillonv1.SavePostRequest{Post: post("a", edition("en", "One, drafted"))}); err != nil {
		t.Fatal(err)
	}
	if got := d.get("a"); got.GetState() != carillonv1.PostState_POST_STATE_HELD || got.GetSchedule().GetReason() != "the minister is late" {
		t.Errorf("a draft of what is held: %v", got)
	}
	// A correction of what is held stays held, even with a time.
	answer, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: post("a", edition("en", "One, corrected")), Release: at(time.Now().Add(time.Hour))})
	if err != nil || answer.GetState() != carillonv1.PostState_POST_STATE_HELD {
		t.Fatalf("a correction: %s, %v", answer.GetState(), err)
	}
	released, err := d.ReleasePost(t.Context(), &carillonv1.ReleasePostRequest{Slug: "a", Now: true})
	if err != nil || released.GetState() != carillonv1.PostState_POST_STATE_RELEASED {
		t.Fatalf("released: %s, %v", released.GetState(), err)
	}
	if got := d.public("a", 5).Post.Editions[0].Title; got != "One, corrected" {
		t.Errorf("public: %s", got)
	}
	_, err = d.HoldPost(t.Context(), &carillonv1.HoldPostRequest{Slug: "a"})
	wantCode(t, err, connect.CodeFailedPrecondition)
	if !strings.Contains(err.Error(), "the release won") {
		t.Errorf("too late: %v", err)
	}
}

func TestAScheduledPostCanBeMovedAndCorrected(t *testing.T) {
	d := startDesk(t)
	d.schedule(post("a", edition("en", "One")), time.Now().Add(time.Hour))
	soon := time.Now().Add(time.Second)
	moved, err := d.ReschedulePost(t.Context(), &carillonv1.ReschedulePostRequest{Slug: "a", Release: at(soon)})
	if err != nil || !moved.GetSchedule().GetAt().AsTime().Equal(soon) {
		t.Fatalf("moved: %v, %v", moved.GetSchedule(), err)
	}
	// Publishing other words without a time keeps the time: an embargo is not broken by a typo.
	corrected, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: post("a", edition("en", "Two"))})
	if err != nil || corrected.GetState() != carillonv1.PostState_POST_STATE_SCHEDULED {
		t.Fatalf("corrected: %s, %v", corrected.GetState(), err)
	}
	public := d.public("a", 4)
	if public.Time.Before(soon) || public.Post.Editions[0].Title != "Two" {
		t.Errorf("public: %s at %s, due %s", public.Post.Editions[0].Title, public.Time, soon)
	}
	// The timers of the first two decisions wake for nothing.
	if got := d.decisions("a"); got != "scheduled scheduled scheduled released" {
		t.Errorf("decisions: %s", got)
	}
	// For a post that is public the time is of no matter.
	again, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: post("a", edition("en", "Three")), Release: at(time.Now().AddDate(-7, 0, 0))})
	if err != nil || again.GetState() != carillonv1.PostState_POST_STATE_RELEASED {
		t.Fatalf("corrected after: %s, %v", again.GetState(), err)
	}
	_, err = d.ReschedulePost(t.Context(), &carillonv1.ReschedulePostRequest{Slug: "a", Release: at(time.Now().Add(time.Hour))})
	wantCode(t, err, connect.CodeFailedPrecondition)
}

func TestATimeLongPastIsAMistakeUnlessItIsToBeNow(t *testing.T) {
	d := startDesk(t)
	wrongYear := at(time.Now().AddDate(-1, 0, 0))
	_, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: post("a", edition("en", "One")), Release: wrongYear})
	wantMistakes(t, err, "release")
	if _, err := d.PreviewPost(t.Context(), &carillonv1.PreviewPostRequest{Post: post("a", edition("en", "One")), Release: wrongYear}); connect.CodeOf(err) != connect.CodeInvalidArgument {
		t.Errorf("a preview: %v", err)
	}
	_, err = d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: post("a", edition("en", "One")), Release: &carillonv1.Moment{Time: "2027-03-28T02:30", Zone: "Europe/Paris"}})
	wantMistakes(t, err, "release")
	if _, err := d.GetPost(t.Context(), &carillonv1.GetPostRequest{Slug: "a"}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("something was done: %v", err)
	}
	for slug, request := range map[string]*carillonv1.PublishPostRequest{
		"b": {Post: post("b", edition("en", "One")), Release: wrongYear, Now: true},
		"c": {Post: post("c", edition("en", "One")), Release: at(time.Now().Add(-4 * time.Minute))},
	} {
		answer, err := d.PublishPost(t.Context(), request)
		if err != nil || answer.GetState() != carillonv1.PostState_POST_STATE_RELEASED {
			t.Errorf("%s: %s, %v", slug, answer.GetState(), err)
		}
	}
}

func TestDraftsAreReleasedInASecondStep(t *testing.T) {
	d := startDesk(t)
	saved, err := d.SavePost(t.Context(), &carillonv1.SavePostRequest{Post: post("a", edition("en", "One"))})
	if err != nil || !saved.GetChanged() {
		t.Fatalf("saved: %v, %v", saved, err)
	}
	if got := d.get("a"); got.GetState() != carillonv1.PostState_POST_STATE_DRAFT || got.GetDeliveries()[0].GetReason() != "a draft" {
		t.Errorf("a draft: %v", got)
	}
	if again, err := d.SavePost(t.Context(), &carillonv1.SavePostRequest{Post: post("a", edition("en", "One"))}); err != nil || again.GetChanged() {
		t.Errorf("the same again: %v, %v", again, err)
	}
	first, err := d.ReleasePost(t.Context(), &carillonv1.ReleasePostRequest{Slug: "a"})
	if err != nil || !first.GetChanged() {
		t.Fatal(err)
	}
	published := d.public("a", 2).Post.Editions[0]
	// A draft beside what is public: the public sees nothing of it, and a correction cannot take it along by accident.
	if _, err := d.SavePost(t.Context(), &carillonv1.SavePostRequest{Post: post("a", edition("ru", "Два"))}); err != nil {
		t.Fatal(err)
	}
	got := d.get("a")
	if got.GetState() != carillonv1.PostState_POST_STATE_RELEASED || !got.GetDraft() || len(got.GetPost().GetEditions()) != 2 {
		t.Errorf("a draft beside: %v", got)
	}
	_, err = d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: post("a", edition("en", "One, corrected"))})
	wantCode(t, err, connect.CodeFailedPrecondition)
	if _, err := d.ReleasePost(t.Context(), &carillonv1.ReleasePostRequest{Slug: "a"}); err != nil {
		t.Fatal(err)
	}
	public := d.public("a", 4)
	en, _ := public.Post.Edition("en")
	ru, _ := public.Post.Edition("ru")
	if !en.Published.Equal(published.Published) || !en.Updated.Equal(published.Updated) || en.ID != published.ID {
		t.Errorf("the edition that did not change: %v, was %v", en, published)
	}
	if ru == nil || !ru.Published.After(en.Published) {
		t.Errorf("the new edition: %v", ru)
	}
	// Withdrawing takes what is public back, whatever was saved since.
	if _, err := d.SavePost(t.Context(), &carillonv1.SavePostRequest{Post: post("a", edition("en", "Never said"))}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.WithdrawPost(t.Context(), &carillonv1.WithdrawPostRequest{Slug: "a"}); err != nil {
		t.Fatal(err)
	}
	if gone := d.public("a", 6); len(gone.Post.Editions) != 0 || len(gone.Post.Withdrawn) != 2 {
		t.Errorf("withdrawn: %v", gone.Post)
	}
	_, err = d.SavePost(t.Context(), &carillonv1.SavePostRequest{Post: post("b")})
	wantMistakes(t, err, "editions")
}

func TestAReleaseWaitsForAllLanguages(t *testing.T) {
	d := startDesk(t)
	p := post("a", edition("en", "One"), edition("ru", "Раз"))
	p.LanguagesWait = true
	answer := d.publish(p)
	if answer.GetState() != carillonv1.PostState_POST_STATE_HELD || answer.GetSchedule().GetReason() != "waits for kk" {
		t.Fatalf("without kk: %s, %v", answer.GetState(), answer.GetSchedule())
	}
	_, err := d.ReleasePost(t.Context(), &carillonv1.ReleasePostRequest{Slug: "a"})
	wantCode(t, err, connect.CodeFailedPrecondition)
	if answer = d.publish(post("a", edition("kk", "Бір"))); answer.GetState() != carillonv1.PostState_POST_STATE_RELEASED {
		t.Errorf("with kk: %s", answer.GetState())
	}
	// At its time a post that is not complete is held, and the last edition releases it.
	p = post("b", edition("en", "One"))
	p.LanguagesWait = true
	d.schedule(p, time.Now().Add(400*time.Millisecond))
	await(t, "b is held", func() bool { return d.get("b").GetState() == carillonv1.PostState_POST_STATE_HELD })
	if answer = d.publish(post("b", edition("kk", "Бір"))); answer.GetState() != carillonv1.PostState_POST_STATE_HELD {
		t.Errorf("without ru: %s", answer.GetState())
	}
	if answer = d.publish(post("b", edition("ru", "Раз"))); answer.GetState() != carillonv1.PostState_POST_STATE_RELEASED {
		t.Errorf("with all: %s", answer.GetState())
	}
}

func TestUntilBeforeTheReleaseIsAMistake(t *testing.T) {
	d := startDesk(t)
	p := post("a", edition("en", "One"))
	p.Until = at(time.Now().Add(time.Minute))
	_, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: p, Release: at(time.Now().Add(time.Hour))})
	wantMistakes(t, err, "until")
	d.publish(p)
	p.Until = &carillonv1.Moment{Time: "2019-04-08T09:00"} // an old file that is corrected
	p.Editions[0].Title = "Two"
	d.publish(p)
	if public := d.public("a", 2); public.Post.Until != (carillon.Moment{Time: "2019-04-08T09:00", Zone: "Asia/Almaty"}) {
		t.Errorf("until: %v", public.Post.Until)
	}
}

func TestListsSayWhatIsScheduled(t *testing.T) {
	d := startDesk(t)
	when := time.Now().Add(time.Hour)
	d.publish(post("open", edition("en", "Open")))
	d.schedule(post("later", edition("en", "Later")), when)
	d.schedule(post("stopped", edition("en", "Stopped")), when)
	if _, err := d.HoldPost(t.Context(), &carillonv1.HoldPostRequest{Slug: "stopped"}); err != nil {
		t.Fatal(err)
	}
	list, err := d.ListPosts(t.Context(), &carillonv1.ListPostsRequest{States: []carillonv1.PostState{
		carillonv1.PostState_POST_STATE_SCHEDULED, carillonv1.PostState_POST_STATE_HELD,
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range list.GetPosts() {
		got = append(got, fmt.Sprint(p.GetSlug(), " ", p.GetState(), " ", p.GetSchedule().GetAt().AsTime().Equal(when)))
	}
	if want := "stopped POST_STATE_HELD true, later POST_STATE_SCHEDULED true"; strings.Join(got, ", ") != want {
		t.Errorf("listed %q, want %q", strings.Join(got, ", "), want)
	}
	deliveries, err := d.ListDeliveries(t.Context(), &carillonv1.ListDeliveriesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range deliveries.GetDeliveries() {
		if one.GetPost() == "later" && !one.GetUntil().AsTime().Equal(when) {
			t.Errorf("a delivery to come: %v", one)
		}
	}
}

// wantMistakes checks that a call was refused for exactly these fields.
func wantMistakes(t *testing.T, err error, fields ...string) {
	t.Helper()
	answer := code(t, err, connect.CodeInvalidArgument)
	var got []string
	for _, d := range answer.Details() {
		if value, err := d.Value(); err == nil {
			if m, ok := value.(*carillonv1.Mistakes); ok {
				for _, one := range m.GetMistakes() {
					got = append(got, one.GetField())
				}
			}
		}
	}
	if strings.Join(got, " ") != strings.Join(fields, " ") {
		t.Errorf("mistakes in %q, want %q: %v", got, fields, err)
	}
}
