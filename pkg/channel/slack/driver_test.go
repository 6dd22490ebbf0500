package slack_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/channel/slack"
	"carillon.example/pkg/channel/slack/fake"
	"carillon.example/pkg/outbound"
)

func (w *workspace) driver(t *testing.T) *slack.Driver {
	t.Helper()
	d, err := slack.Open(w.settings, outbound.New(outbound.Options{AllowPrivate: outbound.Configured(w.url)}))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (w *workspace) fault(t *testing.T, f fault.Fault) {
	t.Helper()
	if err := w.faults.Add(f); err != nil {
		t.Fatal(err)
	}
}

func wantMeaning(t *testing.T, v channel.Verdict, want channel.Meaning) {
	t.Helper()
	if v.Meaning != want {
		t.Fatalf("got %q (%s), want %q", v.Meaning, v.Reason, want)
	}
}

func TestMessageIsWhatWasComposedAndItsMetadataSaysWhose(t *testing.T) {
	w := startWorkspace(t, fake.Options{})
	a := attempt(t, "the-key")
	a.Revision = 3
	v := w.driver(t).Create(t.Context(), a)
	wantMeaning(t, v, channel.Delivered)

	messages := w.Messages()
	if len(messages) != 1 {
		t.Fatalf("there are %d messages, want 1", len(messages))
	}
	m := messages[0]
	shown, err := json.Marshal(map[string]any{"text": m.Text, "blocks": m.Blocks})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decoded(t, a.Part.Payload), decoded(t, shown)); diff != "" {
		t.Errorf("what is shown is not what was composed (-composed +shown):\n%s", diff)
	}
	wantMeta := &fake.Metadata{EventType: "carillon_edition", EventPayload: map[string]any{
		"key": "the-key", "post": "a-post", "language": "en", "revision": 3.0,
	}}
	if diff := cmp.Diff(wantMeta, m.Metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	want := channel.Receipt{
		IDs:  []string{channelID, m.TS},
		Link: w.url + "/archives/" + channelID + "/p" + strings.ReplaceAll(m.TS, ".", ""),
	}
	if diff := cmp.Diff(want, v.Receipt); diff != "" {
		t.Errorf("receipt (-want +got):\n%s", diff)
	}
}

func decoded(t *testing.T, b []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEditChangesTheMetadataToo(t *testing.T) {
	w := startWorkspace(t, fake.Options{})
	d := w.driver(t)
	v := d.Create(t.Context(), attempt(t, "k"))
	wantMeaning(t, v, channel.Delivered)
	a := attempt(t, "k")
	a.Revision = 2
	wantMeaning(t, d.Edit(t.Context(), v.Receipt, a), channel.Delivered)
	m := w.Messages()[0]
	if m.Metadata == nil || m.Metadata.EventPayload["revision"] != 2.0 || m.Edited.IsZero() {
		t.Errorf("got metadata %v, edited %v; want revision 2, edited", m.Metadata, m.Edited)
	}
}

func TestReceiptIsKeptWhenTheLinkCannotBeAskedFor(t *testing.T) {
	for _, f := range []fault.Fault{
		{Effect: fault.DropBefore},
		{Effect: fault.Status, Status: 500},
		{Effect: fault.Status, Status: 200, Body: `{"ok":false,"error":"fatal_error"}`},
		{Effect: fault.Status, Status: 200, Body: `<html>`},
	} {
		t.Run(string(f.Effect)+f.Body, func(t *testing.T) {
			w := startWorkspace(t, fake.Options{})
			f.Match = "chat.getPermalink"
			w.fault(t, f)
			v := w.driver(t).Create(t.Context(), attempt(t, "k"))
			wantMeaning(t, v, channel.Delivered)
			if len(v.Receipt.IDs) != 2 || v.Receipt.Link != "" {
				t.Errorf("got receipt %+v, want the ids and no link", v.Receipt)
			}
		})
	}
}

func TestLinkThatWasNotKnownIsAskedForAgain(t *testing.T) {
	w := startWorkspace(t, fake.Options{})
	d := w.driver(t)
	w.fault(t, fault.Fault{Match: "chat.getPermalink", Effect: fault.DropBefore, Times: 1})
	v := d.Create(t.Context(), attempt(t, "k"))
	wantMeaning(t, v, channel.Delivered)
	v = d.Edit(t.Context(), v.Receipt, attempt(t, "k"))
	wantMeaning(t, v, channel.Delivered)
	if v.Receipt.Link == "" {
		t.Error("the edit's receipt has no link either")
	}
}

func TestFindReadsTheWholeHistorySinceTheAttempt(t *testing.T) {
	now := time.Date(2031, 5, 2, 9, 0, 0, 0, time.UTC)
	w := startWorkspace(t, fake.Options{Now: func() time.Time { return now }})
	d := w.driver(t)
	old := d.Create(t.Context(), attempt(t, "old"))
	wantMeaning(t, old, channel.Delivered)
	now = now.Add(time.Hour)
	began := now
	now = now.Add(-2 * time.Minute) // the other end's clock is behind
	first := d.Create(t.Context(), attempt(t, "wanted"))
	wantMeaning(t, first, channel.Delivered)
	for i := range 230 { // more than two pages
		now = now.Add(time.Second)
		wantMeaning(t, d.Create(t.Context(), attempt(t, fmt.Sprintf("other-%d", i))), channel.Delivered)
	}
	found := d.Find(t.Context(), attempt(t, "wanted"), began)
	wantMeaning(t, found, channel.Delivered)
	if diff := cmp.Diff(first.Receipt, found.Receipt); diff != "" {
		t.Errorf("receipt (-want +got):\n%s", diff)
	}
	wantMeaning(t, d.Find(t.Context(), attempt(t, "old"), began), channel.NotThere)
	wantMeaning(t, d.Find(t.Context(), attempt(t, "never"), began), channel.NotThere)

	w.fault(t, fault.Fault{Match: "conversations.history", Effect: fault.DropBefore, Times: 1})
	wantMeaning(t, d.Find(t.Context(), attempt(t, "wanted"), began), channel.Retry)
}

func TestFirstOfTwoIsFound(t *testing.T) {
	w := startWorkspace(t, fake.Options{})
	d := w.driver(t)
	began := time.Now()
	first := d.Create(t.Context(), attempt(t, "k"))
	wantMeaning(t, first, channel.Delivered)
	wantMeaning(t, d.Create(t.Context(), attempt(t, "k")), channel.Delivered)
	found := d.Find(t.Context(), attempt(t, "k"), began)
	if diff := cmp.Diff(first, found); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
}

func TestFindSaysWhichScopeItLacks(t *testing.T) {
	w := startWorkspace(t, fake.Options{Scopes: []string{"chat:write"}})
	v := w.driver(t).Find(t.Context(), attempt(t, "k"), time.Now())
	wantMeaning(t, v, channel.Rejected)
	if !strings.Contains(v.Reason, "channels:history") {
		t.Errorf("the reason does not name the scope: %s", v.Reason)
	}
}

func TestMessageWithTheSameLinkButNoMetadataIsForAPersonToJudge(t *testing.T) {
	page := `{"ok":true,"has_more":false,"messages":[{"type":"message","bot_id":"B1","ts":"1900000000.000001","text":"x",
		"blocks":[{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"Read"},"url":"https://news.example.org/en/posts/a-post"}]}]}]}`
	v := openAt(t, answering{status: 200, body: page}).Find(t.Context(), attempt(t, "k"), time.Unix(1_900_000_000, 0))
	wantMeaning(t, v, channel.Rejected)
	if !strings.Contains(v.Reason, "metadata") {
		t.Errorf("the reason does not say why: %s", v.Reason)
	}
}

func TestHistoryThatDoesNotEndIsNotTakenForAll(t *testing.T) {
	page := `{"ok":true,"has_more":true,"messages":[],"response_metadata":{"next_cursor":"again"}}`
	wantMeaning(t, openAt(t, answering{status: 200, body: page}).Find(t.Context(), attempt(t, "k"), time.Now()), channel.Retry)
}

func TestProbeNamesBotAndWorkspace(t *testing.T) {
	w := startWorkspace(t, fake.Options{Team: "Newsroom", Bot: "bell"})
	c, v := w.driver(t).Probe(t.Context())
	wantMeaning(t, v, channel.Delivered)
	want := channel.Condition{Account: "@bell in Newsroom", Limits: channel.Limits{Characters: 3000}}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("condition (-want +got):\n%s", diff)
	}
}

func TestProbeSeesATokenThatMayNotPost(t *testing.T) {
	w := startWorkspace(t, fake.Options{Scopes: []string{"channels:history"}})
	_, v := w.driver(t).Probe(t.Context())
	wantMeaning(t, v, channel.ChannelDown)
	if !strings.Contains(v.Reason, "chat:write") {
		t.Errorf("the reason does not name the scope: %s", v.Reason)
	}
}

func TestChannelsThatCannotBePostedIn(t *testing.T) {
	w := startWorkspace(t, fake.Options{Channels: []fake.Channel{
		{ID: "C0ARCHIVE", Archived: true}, {ID: "C0FOREIGN", NotMember: true},
	}})
	for id, says := range map[string]string{"C0ARCHIVE": "archived", "C0FOREIGN": "invite", "C0ABSENT1": "no such channel"} {
		w.settings.Channel = id
		v := w.driver(t).Create(t.Context(), attempt(t, "k"))
		wantMeaning(t, v, channel.ChannelDown)
		if !strings.Contains(v.Reason, says) {
			t.Errorf("%s: the reason %q does not say %q", id, v.Reason, says)
		}
	}
}

func TestEveryCompositionIsAcceptedByTheWorkspace(t *testing.T) {
	w := startWorkspace(t, fake.Options{})
	d := w.driver(t)
	for name, c := range compositions() {
		a, err := slack.Compose(channel.Limits{}, c)
		if err != nil {
			t.Fatal(err)
		}
		if v := d.Create(t.Context(), channel.Attempt{Key: name, Part: a.Parts[0]}); v.Meaning != channel.Delivered {
			t.Errorf("%s: got %q (%s)", name, v.Meaning, v.Reason)
		}
	}
}

func TestFindAllowsForAWrongClock(t *testing.T) {
	for _, behind := range []time.Duration{2 * time.Hour, 20 * time.Hour} {
		w := startWorkspace(t, fake.Options{})
		d := w.driver(t)
		w.fault(t, fault.Fault{Effect: fault.ClockOff, SkewMS: -behind.Milliseconds()})
		began := time.Now()
		created := d.Create(t.Context(), attempt(t, "k"))
		wantMeaning(t, created, channel.Delivered)
		found := d.Find(t.Context(), attempt(t, "k"), began)
		wantMeaning(t, found, channel.Delivered)
		if diff := cmp.Diff(created.Receipt, found.Receipt); diff != "" {
			t.Errorf("%s behind: receipt (-created +found):\n%s", behind, diff)
		}
		wantMeaning(t, d.Find(t.Context(), attempt(t, "never"), began), channel.NotThere)
	}
}

func TestReminderWithoutALinkAndMetadataIsForAPersonToJudge(t *testing.T) {
	w := startWorkspace(t, fake.Options{})
	d := w.driver(t)
	a, err := slack.Compose(channel.Limits{}, channel.Content{Language: "en", Reminder: &carillon.Reminder{Title: "World Water Day", Body: "In seven days."}})
	if err != nil {
		t.Fatal(err)
	}
	began, reminder := time.Now(), channel.Attempt{Key: "r", Part: a.Parts[0]}
	w.fault(t, fault.Fault{Effect: fault.HistoryBare})
	w.fault(t, fault.Fault{Effect: fault.GatewayTimeout, Times: 1})
	wantMeaning(t, d.Create(t.Context(), reminder), channel.Uncertain)
	v := d.Find(t.Context(), reminder, began)
	wantMeaning(t, v, channel.Rejected)
	if !strings.Contains(v.Reason, "metadata.message:read") {
		t.Errorf("the reason does not name the scope: %s", v.Reason)
	}
}
