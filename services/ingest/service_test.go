package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/encoding/protowire"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
	"carillon.example/pkg/service"
	carillonv1 "carillon.example/proto/carillon/v1"
	"carillon.example/proto/carillon/v1/carillonv1connect"
	"carillon.example/services/ingest"
)

const within = 30 * time.Second

const configuration = `
site:
  title: {en: Office}
  url: https://news.example.org
  languages: [en, ru, kk]
  timezone: Asia/Almaty
channels:
  - {name: all, type: plain}
  - {name: english, type: plain, languages: [en]}
  - {name: staff, type: plain, posts: false}
`

// plain is a type of channel that shows the title, ten characters at the most unless the channel said otherwise. No part of
// a thread may be longer, either.
type plain struct{}

func (*plain) Validate() carillon.Mistakes { return nil }
func (*plain) Destination() string         { return "nowhere" }
func (*plain) Addresses() []string         { return nil }

var plainType = channel.Type{
	Name:        "plain",
	Threads:     true,
	NewSettings: func() channel.Settings { return &plain{} },
	Compose: func(_ channel.Settings, limits channel.Limits, c channel.Content) (channel.Appearance, error) {
		limit := limits.Characters
		if limit == 0 {
			limit = 10
		}
		a := channel.Appearance{Text: c.Edition.Title + " " + c.Permalink, Count: len(c.Edition.Title), Limit: limit}
		for i, part := range strings.Split(c.Edition.Texts["plain"].Text, "\n---\n") {
			if len(part) > limit {
				return a, &channel.PartError{Reason: fmt.Sprintf("part %d has %d characters, the limit is %d: shorten it", i+1, len(part), limit)}
			}
		}
		if a.Count > limit {
			return a, errors.New("the title is too long for this channel")
		}
		return a, nil
	},
	Receipt: func(_ channel.Settings, address string) (channel.Receipt, error) {
		id, ok := strings.CutPrefix(address, "https://plain.example/")
		if !ok {
			return channel.Receipt{}, errors.New("is not an address: write it as https://plain.example/1")
		}
		return channel.Receipt{IDs: []string{id}, Link: address}, nil
	},
}

// desk is a running ingest, and what a test does with it.
type desk struct {
	carillonv1connect.StaffServiceClient
	t       *testing.T
	bus     *bus.Bus
	url     string
	dir     string
	token   string
	stop    func()
	stopped chan struct{}
}

func startDesk(t *testing.T) *desk {
	t.Helper()
	return startDeskOn(t, bustest.NewServer(t), t.TempDir())
}

func startDeskOn(t *testing.T, server *bustest.Server, dir string) *desk {
	t.Helper()
	return startDeskWith(t, server, dir, func(*ingest.Config, *ingest.Deps) {})
}

// startDeskWith starts a desk that differs from the usual one.
func startDeskWith(t *testing.T, server *bustest.Server, dir string, differ func(*ingest.Config, *ingest.Deps)) *desk {
	t.Helper()
	types := []channel.Type{plainType}
	o, err := office.Parse("carillon.yaml", []byte(configuration), types, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	tokenFile := filepath.Join(dir, "token")
	if err := ingest.EnsureAdminToken(tokenFile); err != nil {
		t.Fatal(err)
	}
	secret, err := os.ReadFile(tokenFile)
	if err != nil {
		t.Fatal(err)
	}
	b := server.Connect(t)
	health := service.NewHealth()
	config := ingest.Config{Addr: "127.0.0.1:0", DataDir: dir, AdminTokenFile: tokenFile}
	deps := ingest.Deps{
		Bus: b, Office: o, Types: types, Observances: func(id string) bool { return id == "world-health-day" },
		Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Health: health, Now: time.Now,
	}
	differ(&config, &deps)
	s, err := ingest.New(config, deps)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	d := &desk{t: t, bus: b, url: s.URL(), dir: dir, token: strings.TrimSpace(string(secret)), stopped: make(chan struct{})}
	d.stop = func() { stop(); <-d.stopped }
	go func() {
		defer close(d.stopped)
		if err := s.Run(ctx); err != nil && ctx.Err() == nil {
			t.Errorf("ingest: %v", err)
		}
	}()
	t.Cleanup(d.stop)
	d.StaffServiceClient = d.client(d.token)
	await(t, "ingest is ready", func() bool { return len(health.Waiting()) == 0 })
	return d
}

func (d *desk) client(token string) carillonv1connect.StaffServiceClient {
	return carillonv1connect.NewStaffServiceClient(http.DefaultClient, d.url, connect.WithInterceptors(header("Authorization", "Bearer "+token))) //nolint:forbidigo // a test on loopback
}

// keyed is the same caller with an Idempotency-Key.
func (d *desk) keyed(key string) carillonv1connect.StaffServiceClient {
	return carillonv1connect.NewStaffServiceClient(http.DefaultClient, d.url, //nolint:forbidigo // a test on loopback
		connect.WithInterceptors(header("Authorization", "Bearer "+d.token), header("Idempotency-Key", key)))
}

func header(name, value string) connect.UnaryInterceptorFunc {
	return func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
			req.Header().Set(name, value)
			return next(ctx, req)
		}
	}
}

// await waits for something that other goroutines bring about.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited %s in vain: %s", within, what)
		}
	}
}

func post(slug string, editions ...*carillonv1.Edition) *carillonv1.Post {
	return &carillonv1.Post{Slug: slug, Kind: "news", Tags: []string{"health"}, Editions: editions}
}

func edition(language, title string) *carillonv1.Edition {
	return &carillonv1.Edition{Language: language, Title: title, Body: "Words."}
}

func (d *desk) publish(p *carillonv1.Post) *carillonv1.PublishPostResponse {
	d.t.Helper()
	answer, err := d.PublishPost(d.t.Context(), &carillonv1.PublishPostRequest{Post: p})
	if err != nil {
		d.t.Fatal(err)
	}
	return answer
}

// public waits until the public knows a post as a decision left it.
func (d *desk) public(slug string, number uint64) *event.PublicPost {
	d.t.Helper()
	var public *event.PublicPost
	await(d.t, slug+" is public", func() bool {
		m, err := d.bus.Last(d.t.Context(), event.PostsSubject(slug))
		if errors.Is(err, bus.ErrNotFound) {
			return false
		}
		if err != nil {
			d.t.Fatal(err)
		}
		if public, err = event.UnmarshalPublicPost(m.Data); err != nil {
			d.t.Fatal(err)
		}
		return public.Number >= number
	})
	return public
}

func wantCode(t *testing.T, err error, want connect.Code) {
	t.Helper()
	_ = code(t, err, want)
}

// code is the answer that an error is, which must have a code.
func code(t *testing.T, err error, want connect.Code) *connect.Error {
	t.Helper()
	var answer *connect.Error
	if !errors.As(err, &answer) || answer.Code() != want {
		t.Fatalf("error %v, want code %s", err, want)
	}
	return answer
}

func TestPublishedPostBecomesPublic(t *testing.T) {
	d := startDesk(t)
	answer := d.publish(post("a", edition("en", "Hello"), edition("ru", "Привет")))
	if !answer.GetChanged() || answer.GetPost().GetRevision() != 1 {
		t.Errorf("changed %v, revision %d", answer.GetChanged(), answer.GetPost().GetRevision())
	}
	if got := answer.GetLinks()["ru"]; got != "https://news.example.org/ru/posts/a" {
		t.Errorf("link: %s", got)
	}
	var planned []string
	for _, p := range answer.GetDeliveries() {
		planned = append(planned, p.GetChannel()+"/"+p.GetLanguage())
	}
	if diff := cmp.Diff([]string{"all/en", "all/ru", "english/en"}, planned); diff != "" {
		t.Errorf("planned deliveries (-want +got):\n%s", diff)
	}
	public := d.public("a", 1)
	if e, ok := public.Post.Edition("en"); !ok || e.Title != "Hello" || e.ID == "" || e.Published.IsZero() {
		t.Errorf("public edition: %+v", e)
	}
}

func TestSameContentAgainChangesNothing(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Hello")))
	answer := d.publish(post("a", edition("en", "Hello")))
	if answer.GetChanged() || answer.GetPost().GetRevision() != 1 {
		t.Errorf("changed %v, revision %d", answer.GetChanged(), answer.GetPost().GetRevision())
	}
	history, err := d.bus.History(t.Context(), event.DeskSubject("a"))
	if err != nil || len(history) != 1 {
		t.Errorf("%d decisions, %v", len(history), err)
	}
}

func TestCorrectingOneEditionLeavesTheOthersAlone(t *testing.T) {
	d := startDesk(t)
	first := d.publish(post("a", edition("en", "Hello"), edition("ru", "Привет"))).GetPost()
	correction := &carillonv1.Post{Slug: "a", Editions: []*carillonv1.Edition{edition("ru", "Здравствуйте")}}
	second := d.publish(correction).GetPost()
	if second.GetRevision() != 2 || len(second.GetEditions()) != 2 || second.GetKind() != "news" || len(second.GetTags()) != 1 {
		t.Fatalf("after the correction: %v", second)
	}
	en, ru := second.GetEditions()[0], second.GetEditions()[1]
	if en.GetRevision() != 1 || ru.GetRevision() != 2 {
		t.Errorf("revisions: en %d, ru %d", en.GetRevision(), ru.GetRevision())
	}
	for i, e := range second.GetEditions() {
		if e.GetId() != first.GetEditions()[i].GetId() || !e.GetPublished().AsTime().Equal(first.GetEditions()[i].GetPublished().AsTime()) {
			t.Errorf("%s is not the same entry any more", e.GetLanguage())
		}
	}
	if !ru.GetUpdated().AsTime().After(first.GetEditions()[1].GetUpdated().AsTime()) {
		t.Error("the correction has not changed 'updated'")
	}
}

func TestPublishingEveryEditionWithoutAFactRemovesIt(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Hello")))
	whole := post("a", edition("en", "Hello"))
	whole.Tags = nil
	if answer := d.publish(whole); !answer.GetChanged() || len(answer.GetPost().GetTags()) != 0 {
		t.Errorf("changed %v, tags %v", answer.GetChanged(), answer.GetPost().GetTags())
	}
}

func TestWithdrawnEditionComesBackAsTheSameEntry(t *testing.T) {
	d := startDesk(t)
	first := d.publish(post("a", edition("en", "Hello"), edition("ru", "Привет"))).GetPost()
	answer, err := d.WithdrawPost(t.Context(), &carillonv1.WithdrawPostRequest{Slug: "a", Languages: []string{"en"}})
	if err != nil || !answer.GetChanged() || len(answer.GetPost().GetEditions()) != 1 {
		t.Fatalf("withdraw one: %v, %v", answer, err)
	}
	again, err := d.WithdrawPost(t.Context(), &carillonv1.WithdrawPostRequest{Slug: "a", Languages: []string{"en"}})
	if err != nil || again.GetChanged() {
		t.Errorf("withdrawing twice: %v, %v", again, err)
	}
	public := d.public("a", 2)
	if _, ok := public.Post.Edition("en"); ok || len(public.Post.Withdrawn) != 1 {
		t.Errorf("the public still knows it: %+v", public.Post)
	}
	back := d.publish(post("a", edition("en", "Hello")))
	en := back.GetPost().GetEditions()[0]
	if !back.GetChanged() || en.GetId() != first.GetEditions()[0].GetId() || len(back.GetPost().GetWithdrawn()) != 0 {
		t.Errorf("back as %v", back.GetPost())
	}
}

func TestAllMistakesComeAtOnce(t *testing.T) {
	d := startDesk(t)
	bad := post("a", edition("en", ""), edition("xx", "T"))
	bad.Kind, bad.Date, bad.Observance = "novel", "", "no-such-day"
	bad.Event = &carillonv1.Event{Start: "2019-03-31T10:00", End: "2019-03-31T09:00", Zone: "Mars/Base"}
	_, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: bad})
	answer := code(t, err, connect.CodeInvalidArgument)
	var fields []string
	for _, detail := range answer.Details() {
		value, err := detail.Value()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range value.(*carillonv1.Mistakes).GetMistakes() {
			fields = append(fields, m.GetField())
		}
	}
	want := []string{"kind", "observance", "event.timezone", "editions[en].title", "editions[xx].language"}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if _, err := d.GetPost(t.Context(), &carillonv1.GetPostRequest{Slug: "a"}); err == nil {
		t.Error("half of it was published")
	}
}

func TestFieldThatCannotBeReadHidesNoOtherMistake(t *testing.T) {
	d := startDesk(t)
	bad := post("a", edition("en", ""))
	bad.Deadline = "soon"
	bad.Event = &carillonv1.Event{Start: "2019-02-30T10:00", Zone: "Mars/Base"}
	bad.Editions[0].Body = "One.\n\n<script>alert(1)</script>\n"
	_, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: bad})
	message := code(t, err, connect.CodeInvalidArgument).Message()
	var fields []string
	for line := range strings.Lines(message) {
		field, _, _ := strings.Cut(line, ": ")
		fields = append(fields, field)
	}
	want := []string{"deadline", "event.start", "event.timezone", "editions[en].title", "editions[en].body"}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if want := "event.start: 2019-02-30 is not in the calendar"; !strings.Contains(message, want) {
		t.Errorf("%q is not in the message:\n%s", want, message)
	}
}

func TestBadRequests(t *testing.T) {
	d := startDesk(t)
	d.publish(post("there", edition("en", "Hello")))
	gap := post("gap", edition("en", "T"))
	gap.Event = &carillonv1.Event{Start: "2019-03-31T02:30", Zone: "Europe/Berlin"}
	backwards := post("backwards", edition("en", "T"))
	backwards.Event = &carillonv1.Event{Start: "2019-03-31T10:00", End: "2019-03-31T09:00"}
	february := post("february", edition("en", "T"))
	february.Deadline = "2019-02-30"
	script := post("script", edition("en", "T"))
	script.Editions[0].Body = "One.\n\n<script>alert(1)</script>\n"
	large := post("large", edition("en", "T"))
	large.Editions[0].Body = strings.Repeat("word ", 110<<10)
	for name, test := range map[string]struct {
		post *carillonv1.Post
		want string
	}{
		"a slug that is none":        {post("Not A Slug", edition("en", "T")), "slug"},
		"a slug with a wildcard":     {post("a.*", edition("en", "T")), "slug"},
		"no editions":                {post("empty"), "at least one edition"},
		"a time the clocks skip":     {gap, "does not exist in Europe/Berlin"},
		"an end before the start":    {backwards, "is before the start"},
		"30 February":                {february, "deadline"},
		"a script":                   {script, "editions[en].body"},
		"more than the limit":        {large, "512 KiB"},
		"two editions in a language": {post("twice", edition("en", "T"), edition("en", "U")), "two editions"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: test.post})
			if answer := code(t, err, connect.CodeInvalidArgument); !strings.Contains(answer.Message(), test.want) {
				t.Errorf("message %q does not say %q", answer.Message(), test.want)
			}
		})
	}
	_, err := d.WithdrawPost(t.Context(), &carillonv1.WithdrawPostRequest{Slug: "nowhere"})
	wantCode(t, err, connect.CodeNotFound)
	_, err = d.WithdrawPost(t.Context(), &carillonv1.WithdrawPostRequest{Slug: "there", Languages: []string{"kk"}})
	wantCode(t, err, connect.CodeInvalidArgument)
	_, err = d.ListPosts(t.Context(), &carillonv1.ListPostsRequest{PageToken: "?"})
	wantCode(t, err, connect.CodeInvalidArgument)
}

func TestStaleRevisionIsShownWhatChanged(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "First")))
	d.publish(post("a", edition("en", "Second")))
	_, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: post("a", edition("en", "Mine")), BasedOn: 1})
	answer := code(t, err, connect.CodeAborted)
	value, err := answer.Details()[0].Value()
	if err != nil {
		t.Fatal(err)
	}
	conflict := value.(*carillonv1.Conflict)
	if conflict.GetBasedOn() != 1 || conflict.GetCurrent() != 2 || len(conflict.GetChanges()) != 1 {
		t.Fatalf("conflict: %v", conflict)
	}
	if c := conflict.GetChanges()[0]; c.GetField() != "editions[en].title" || c.GetBefore() != "First" || c.GetAfter() != "Second" {
		t.Errorf("change: %v", c)
	}
	if _, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: post("a", edition("en", "Mine")), BasedOn: 2}); err != nil {
		t.Errorf("with the current revision: %v", err)
	}
}

// Many write at once: each is either accepted, with a revision of its own, or told.
func TestTwoEditorsTheSecondIsTold(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Start")))
	const editors = 12
	var accepted, told int
	var mu sync.Mutex
	var group sync.WaitGroup
	revisions := map[uint32]bool{}
	for i := range editors {
		group.Go(func() {
			answer, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: post("a", edition("en", "Editor "+string(rune('A'+i))))})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				accepted++
				revisions[answer.GetPost().GetRevision()] = true
				return
			}
			if connect.CodeOf(err) != connect.CodeAborted {
				t.Errorf("unexpected: %v", err)
			}
			told++
		})
	}
	group.Wait()
	history, err := d.bus.History(t.Context(), event.DeskSubject("a"))
	if err != nil {
		t.Fatal(err)
	}
	if accepted+told != editors || len(revisions) != accepted || len(history) != accepted+1 {
		t.Errorf("%d accepted with %d revisions, %d told, %d decisions", accepted, len(revisions), told, len(history))
	}
}

func TestIdempotencyKeyReturnsTheFirstAnswer(t *testing.T) {
	server, dir := bustest.NewServer(t), t.TempDir()
	d := startDeskOn(t, server, dir)
	ctx := t.Context()
	request := &carillonv1.PublishPostRequest{Post: post("a", edition("en", "Hello"))}
	first, err := d.keyed("k1").PublishPost(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	d.publish(post("a", edition("en", "Changed since")))
	d.stop()
	d = startDeskOn(t, server, dir) // the answer survives a restart
	again, err := d.keyed("k1").PublishPost(ctx, request)
	if err != nil {
		t.Fatal(err)
	}
	if !again.GetChanged() || again.GetPost().GetRevision() != 1 || again.GetPost().GetEditions()[0].GetId() != first.GetPost().GetEditions()[0].GetId() {
		t.Errorf("the second answer is another: %v", again)
	}
	current, err := d.GetPost(ctx, &carillonv1.GetPostRequest{Slug: "a"})
	if err != nil || current.GetPost().GetEditions()[0].GetTitle() != "Changed since" {
		t.Errorf("the repetition did something: %v, %v", current, err)
	}
	_, err = d.keyed("k1").PublishPost(ctx, &carillonv1.PublishPostRequest{Post: post("b", edition("en", "Other"))})
	wantCode(t, err, connect.CodeInvalidArgument)
	// A request that was refused leaves its key free.
	_, err = d.keyed("k2").PublishPost(ctx, &carillonv1.PublishPostRequest{Post: post("c", edition("en", ""))})
	wantCode(t, err, connect.CodeInvalidArgument)
	if _, err := d.keyed("k2").PublishPost(ctx, &carillonv1.PublishPostRequest{Post: post("c", edition("en", "Now"))}); err != nil {
		t.Errorf("after a refusal: %v", err)
	}
}

// Ten repetitions at once, as by an impatient proxy, are one decision.
func TestConcurrentRepetitionsDecideOnce(t *testing.T) {
	d := startDesk(t)
	request := &carillonv1.PublishPostRequest{Post: post("a", edition("en", "Hello"))}
	var group sync.WaitGroup
	answers := make(chan *carillonv1.PublishPostResponse, 10)
	for range cap(answers) {
		group.Go(func() {
			answer, err := d.keyed("same").PublishPost(t.Context(), request)
			if err != nil {
				t.Error(err)
				return
			}
			answers <- answer
		})
	}
	group.Wait()
	close(answers)
	history, err := d.bus.History(t.Context(), event.DeskSubject("a"))
	if err != nil || len(history) != 1 {
		t.Fatalf("%d decisions, %v", len(history), err)
	}
	decision, err := event.UnmarshalDecision(history[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	for answer := range answers {
		if got := answer.GetPost().GetEditions()[0].GetId(); got != decision.Post.Editions[0].ID || !answer.GetChanged() {
			t.Errorf("an answer names the edition %s, the log %s", got, decision.Post.Editions[0].ID)
		}
	}
}

// A repetition may find that the first try has decided since it looked: that is its answer, and no conflict.
func TestConcurrentRepetitionsOfACorrectionAreNoConflict(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Hello")))
	for round := range 5 {
		request := &carillonv1.PublishPostRequest{Post: post("a", edition("en", fmt.Sprintf("Correction %d", round))), BasedOn: uint32(round + 1)}
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				answer, err := d.keyed(fmt.Sprintf("correction-%d", round)).PublishPost(t.Context(), request)
				if err != nil {
					t.Error(err)
					return
				}
				if got := answer.GetPost().GetRevision(); got != uint32(round+2) {
					t.Errorf("the answer is revision %d, want %d", got, round+2)
				}
			})
		}
		group.Wait()
	}
}

func TestTokens(t *testing.T) {
	d := startDesk(t)
	ctx := t.Context()
	for name, token := range map[string]string{"none": "", "wrong": "carillon_WRONG"} {
		_, err := d.client(token).ListTokens(ctx, &carillonv1.ListTokensRequest{})
		if connect.CodeOf(err) != connect.CodeUnauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	made, err := d.CreateToken(ctx, &carillonv1.CreateTokenRequest{Name: "press officer", Role: carillonv1.Role_ROLE_ADMINISTRATOR})
	if err != nil {
		t.Fatal(err)
	}
	theirs := d.client(made.GetSecret())
	list, err := theirs.ListTokens(ctx, &carillonv1.ListTokensRequest{})
	if err != nil || len(list.GetTokens()) != 2 {
		t.Fatalf("list: %v, %v", list, err)
	}
	if strings.Contains(list.String(), made.GetSecret()) {
		t.Error("the list shows the secret")
	}
	entry, err := mustBucket(t, d.bus).Get(ctx, "tokens."+made.GetToken().GetId())
	if err != nil || strings.Contains(string(entry.Value), made.GetSecret()) {
		t.Errorf("the secret is stored: %v", err)
	}
	if _, err := d.RevokeToken(ctx, &carillonv1.RevokeTokenRequest{Token: "press officer"}); err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.ListTokens(ctx, &carillonv1.ListTokensRequest{}); connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("a revoked token: %v", err)
	}
	_, err = d.RevokeToken(ctx, &carillonv1.RevokeTokenRequest{Token: "admin"})
	wantCode(t, err, connect.CodeFailedPrecondition)
}

func mustBucket(t *testing.T, b *bus.Bus) *bus.Bucket {
	t.Helper()
	bucket, err := b.Bucket(t.Context(), event.OfficeBucket)
	if err != nil {
		t.Fatal(err)
	}
	return bucket
}

func TestListsArePagedAndFresh(t *testing.T) {
	d := startDesk(t)
	for _, slug := range []string{"a", "b", "c", "d", "e"} {
		d.publish(post(slug, edition("ru", "Заголовок "+slug), edition("en", "Title "+slug)))
	}
	var slugs []string
	token := ""
	for {
		page, err := d.ListPosts(t.Context(), &carillonv1.ListPostsRequest{PageSize: 2, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.GetPosts() {
			slugs = append(slugs, p.GetSlug())
			if p.GetTitle() != "Title "+p.GetSlug() {
				t.Errorf("%s: title %q is not in the default language", p.GetSlug(), p.GetTitle())
			}
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if diff := cmp.Diff([]string{"e", "d", "c", "b", "a"}, slugs); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	deliveries := 0
	for token = ""; ; {
		page, err := d.ListDeliveries(t.Context(), &carillonv1.ListDeliveriesRequest{PageSize: 4, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		deliveries += len(page.GetDeliveries())
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if deliveries != 15 {
		t.Errorf("%d deliveries, want 15: each post owes all/en, all/ru and english/en", deliveries)
	}
}

func TestPreviewComposesAndDecidesNothing(t *testing.T) {
	d := startDesk(t)
	answer, err := d.PreviewPost(t.Context(), &carillonv1.PreviewPostRequest{Post: post("a", edition("en", "A title of some length"))})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.GetPreviews()) != 2 || answer.GetPreviews()[0].GetProblem() == "" || answer.GetPreviews()[0].GetLimitsKnown() {
		t.Fatalf("previews: %v", answer.GetPreviews())
	}
	// What deliver learns of the channel counts.
	data, err := event.MarshalCondition(&event.Condition{Time: time.Now(), Works: true, Characters: 100})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.bus.Publish(t.Context(), bus.Publication{Subject: event.ConditionSubject("all"), Data: data}); err != nil {
		t.Fatal(err)
	}
	answer, err = d.PreviewPost(t.Context(), &carillonv1.PreviewPostRequest{Post: post("a", edition("en", "A title of some length"))})
	if err != nil || answer.GetPreviews()[0].GetProblem() != "" || answer.GetPreviews()[0].GetLimit() != 100 {
		t.Errorf("with known limits: %v, %v", answer, err)
	}
	if _, err := d.GetPost(t.Context(), &carillonv1.GetPostRequest{Slug: "a"}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("the preview decided something: %v", err)
	}
}

func TestWatchTellsDecisionsAndDeliveries(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Hello")))
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	client := carillonv1connect.NewStaffServiceClient(http.DefaultClient, d.url, connect.WithInterceptors(streamHeader{"Bearer " + d.token})) //nolint:forbidigo // a test on loopback
	stream, err := client.WatchPost(ctx, &carillonv1.WatchPostRequest{Slug: "a"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Close() }()
	next := func() *carillonv1.WatchPostResponse {
		t.Helper()
		if !stream.Receive() {
			t.Fatalf("the watch ended: %v", stream.Err())
		}
		return stream.Msg()
	}
	if m := next(); m.GetDecided().GetRevision() != 1 {
		t.Fatalf("first: %v", m)
	}
	if m := next(); m.GetCaughtUp() == nil {
		t.Fatalf("second: %v", m)
	}
	item := event.Item{Channel: "all", Post: "a", Language: "en"}
	for _, state := range []event.Delivery{
		{State: event.Sending, Revision: 1, Time: time.Now()},
		{State: event.Delivered, Revision: 1, Time: time.Now(), Shown: &event.Shown{Revision: 1, Parts: []event.Part{{Link: "https://social.example/1"}}}},
	} {
		data, err := event.MarshalDelivery(&state)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.bus.Publish(ctx, bus.Publication{Subject: item.LedgerSubject(), Data: data}); err != nil {
			t.Fatal(err)
		}
		m := next().GetDelivery()
		if m.GetChannel() != "all" || m.GetState() != state.State.Proto() || m.GetSettled() != (state.State == event.Delivered) {
			t.Errorf("delivery: %v", m)
		}
	}
	d.publish(post("a", edition("en", "Corrected")))
	if m := next(); m.GetDecided().GetRevision() != 2 {
		t.Errorf("after a correction: %v", m)
	}
}

type streamHeader struct{ authorization string }

func (h streamHeader) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc { return next }

func (h streamHeader) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

func (h streamHeader) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		conn := next(ctx, spec)
		conn.RequestHeader().Set("Authorization", h.authorization)
		return conn
	}
}

// What was decided while nobody copied it becomes public at the next start, even if the wake-up is gone.
func TestComparisonMakesPublicWhatIsNot(t *testing.T) {
	server, dir := bustest.NewServer(t), t.TempDir()
	d := startDeskOn(t, server, dir)
	d.publish(post("a", edition("en", "Hello")))
	d.public("a", 1)
	d.stop()
	decision := &event.Decision{Number: 1, Kind: event.Released, Time: time.Now(), Post: carillon.Post{
		Slug: "b", Kind: "news", Revision: 1, Editions: []carillon.Edition{{ID: "x", Language: "en", Title: "T", Body: "B", Revision: 1}},
	}}
	data, err := event.MarshalDecision(decision)
	if err != nil {
		t.Fatal(err)
	}
	b := server.Connect(t)
	if _, err := b.Publish(t.Context(), bus.Publication{Subject: event.DeskSubject("b"), Data: data, Header: event.DecisionHeader(decision, 1)}); err != nil {
		t.Fatal(err)
	}
	d = startDeskOn(t, server, dir)
	d.public("b", 1)
}

func TestSameAddressSpeaksGRPC(t *testing.T) {
	d := startDesk(t)
	d.publish(post("there", edition("en", "Hello")))
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &protocols}
	t.Cleanup(transport.CloseIdleConnections)
	token := connect.WithInterceptors(header("Authorization", "Bearer "+d.token))
	for name, protocol := range map[string]connect.ClientOption{"gRPC": connect.WithGRPC(), "gRPC-Web": connect.WithGRPCWeb()} {
		t.Run(name, func(t *testing.T) {
			desk := carillonv1connect.NewStaffServiceClient(&http.Client{Transport: transport}, d.url, protocol, token)
			answer, err := desk.GetPost(t.Context(), &carillonv1.GetPostRequest{Slug: "there"})
			if err != nil {
				t.Fatal(err)
			}
			if got := answer.GetPost().GetEditions()[0].GetTitle(); got != "Hello" {
				t.Errorf("title %q, want Hello", got)
			}
			_, err = desk.GetPost(t.Context(), &carillonv1.GetPostRequest{Slug: "nowhere"})
			if got := connect.CodeOf(err); got != connect.CodeNotFound {
				t.Errorf("code %s of a post that is not there, want %s", got, connect.CodeNotFound)
			}
		})
	}
}

func TestPlainJSONOverHTTP(t *testing.T) {
	d := startDesk(t)
	for name, test := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"a post":           {`{"post":{"slug":"a","kind":"news","editions":[{"language":"en","title":"Hello","body":"Words."}]}}`, http.StatusOK, `"revision":1`},
		"a field of later": {`{"post":{"slug":"b","kind":"news","release":"2030-01-01T09:00","editions":[{"language":"en","title":"T","body":"B"}]}}`, http.StatusBadRequest, `unknown field \"release\"`},
		"not JSON":         {`{"post":`, http.StatusBadRequest, "invalid_argument"},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/carillon.v1.StaffService/PublishPost", strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+d.token)
			resp, err := http.DefaultClient.Do(req) //nolint:forbidigo // a test on loopback
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			answer, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != test.status || !strings.Contains(strings.ReplaceAll(string(answer), " ", ""), strings.ReplaceAll(test.want, " ", "")) {
				t.Errorf("status %s: %s", resp.Status, answer)
			}
		})
	}
	if _, err := d.GetPost(t.Context(), &carillonv1.GetPostRequest{Slug: "b"}); connect.CodeOf(err) != connect.CodeNotFound {
		t.Errorf("the post with the unknown field was published: %v", err)
	}
}

func TestFieldsOfANewerClientAreRefused(t *testing.T) {
	d := startDesk(t)
	p := post("a", edition("en", "Hello"))
	p.GetEditions()[0].ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 500, protowire.VarintType), 1))
	_, err := d.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: p})
	wantCode(t, err, connect.CodeInvalidArgument)
}
