package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
	"carillon.example/proto/carillon/v1/carillonv1connect"
)

// fakeToken is the one token the fake knows.
const fakeToken = "carillon-fakeSecretOfTheTests0123456789"

// fakeDesk is a staff API over real HTTP that keeps posts in memory. Its channels do at once what a test tells them to.
type fakeDesk struct {
	carillonv1connect.UnimplementedStaffServiceHandler // what is tested with the real one

	mu       sync.Mutex
	posts    map[string][]*carillonv1.Post // by slug, every revision
	order    []string                      // slugs, the last changed first
	statuses map[string]*carillonv1.DeliveryStatus
	outcomes map[string]outcome // by channel and language
	tokens   []*carillonv1.Token
	pauses   map[string]*carillonv1.Pause
	keys     []string // Idempotency-Keys, in the order in which they came
	breaks   int      // how many calls and streams are still to fail
	conflict bool
	links    int
}

// outcome is how a delivery ends.
type outcome struct {
	state  event.DeliveryState
	reason string
}

// fakeChannels carry posts in these languages; nil is all.
func fakeChannels() []carillon.Channel {
	return []carillon.Channel{
		{Name: "mastodon-demo", Type: "mastodon", Posts: true},
		{Name: "slack-demo", Type: "slack", Posts: true, Languages: []string{"en"}},
	}
}

func fakeLanguages() []string { return []string{"en", "ru", "ar", "zh"} }

// fakeTime is when everything happens.
func fakeTime() *timestamppb.Timestamp {
	return timestamppb.New(time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC))
}

func newFakeDesk() *fakeDesk {
	return &fakeDesk{
		posts: map[string][]*carillonv1.Post{}, statuses: map[string]*carillonv1.DeliveryStatus{}, outcomes: map[string]outcome{}, pauses: map[string]*carillonv1.Pause{},
		tokens: []*carillonv1.Token{
			{Id: "t1", Name: "admin", Created: fakeTime(), Role: carillonv1.Role_ROLE_ADMINISTRATOR, LastUsed: fakeTime()},
			{Id: "t2", Name: "intern", Created: fakeTime(), Role: carillonv1.Role_ROLE_AUTHOR, Expires: timestamppb.New(fakeTime().AsTime().Add(time.Hour))},
		},
	}
}

// start serves the desk and returns its address.
func (f *fakeDesk) start(t interface{ Cleanup(func()) }) string {
	mux := http.NewServeMux()
	path, api := carillonv1connect.NewStaffServiceHandler(f)
	mux.Handle(path, f.guarded(api))
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// breakNext makes the next n requests fail as if the desk was starting.
func (f *fakeDesk) breakNext(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.breaks = n
}

// seen returns the Idempotency-Keys that came, and how many requests are still to fail.
func (f *fakeDesk) seen() (keys []string, breaks int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.keys), f.breaks
}

func (f *fakeDesk) guarded(next http.Handler) http.Handler {
	refuse := connect.NewErrorWriter()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		if key := r.Header.Get("Idempotency-Key"); key != "" {
			f.keys = append(f.keys, key)
		}
		broken := f.breaks > 0
		if broken {
			f.breaks--
		}
		f.mu.Unlock()
		switch {
		case r.Header.Get("Authorization") != "Bearer "+fakeToken:
			_ = refuse.Write(w, r, connect.NewError(connect.CodeUnauthenticated, errors.New("the token is not valid")))
		case broken:
			_ = refuse.Write(w, r, connect.NewError(connect.CodeUnavailable, errors.New("Carillon is starting: try again in a moment")))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (f *fakeDesk) current(slug string) (*carillonv1.Post, error) {
	revisions := f.posts[slug]
	if len(revisions) == 0 {
		return nil, connect.NewError(connect.CodeNotFound, fmt.Errorf("there is no post %q; 'carillon list' shows all", slug))
	}
	return revisions[len(revisions)-1], nil
}

// merged is the post as it would be released, or everything wrong with it.
func (f *fakeDesk) merged(given *carillonv1.Post) (*carillonv1.Post, bool, error) {
	before, err := f.current(given.GetSlug())
	if err != nil {
		before = &carillonv1.Post{}
	}
	after := proto.CloneOf(given)
	for _, e := range before.GetEditions() {
		if !slices.ContainsFunc(given.GetEditions(), func(g *carillonv1.Edition) bool { return g.GetLanguage() == e.GetLanguage() }) {
			after.Editions = append(after.Editions, e)
		}
	}
	after.Kind = cmp.Or(after.GetKind(), before.GetKind())
	slices.SortFunc(after.Editions, func(a, b *carillonv1.Edition) int { return strings.Compare(a.GetLanguage(), b.GetLanguage()) })
	after.Revision = before.GetRevision() + 1
	post, err := event.PostFromProto(after)
	if err != nil {
		return nil, false, err
	}
	if mistakes := carillon.Validate(post, carillon.Rules{Languages: fakeLanguages(), ChannelTypes: []string{"mastodon", "slack"}, WarningTypes: []string{"mastodon"}, ThreadTypes: []string{"mastodon", "slack"}}); len(mistakes) > 0 {
		answer := connect.NewError(connect.CodeInvalidArgument, mistakes)
		detail := &carillonv1.Mistakes{}
		for _, m := range mistakes {
			detail.Mistakes = append(detail.Mistakes, &carillonv1.Mistake{Field: m.Field, Message: m.Message})
		}
		if d, err := connect.NewErrorDetail(detail); err == nil {
			answer.AddDetail(d)
		}
		return nil, false, answer
	}
	old, err := event.PostFromProto(before)
	if err != nil {
		return nil, false, err
	}
	return after, !post.SameContent(old), nil
}

func (f *fakeDesk) PublishPost(_ context.Context, req *carillonv1.PublishPostRequest) (*carillonv1.PublishPostResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conflict {
		return nil, conflictAnswer()
	}
	post, changed, err := f.merged(req.GetPost())
	if err != nil {
		return nil, err
	}
	if !changed {
		if post, err = f.current(post.GetSlug()); err != nil {
			return nil, err
		}
	}
	answer := &carillonv1.PublishPostResponse{Post: post, Changed: changed, Links: map[string]string{}, State: stateOf(post)}
	for _, e := range post.GetEditions() {
		answer.Links[e.GetLanguage()] = "https://news.example.org/" + e.GetLanguage() + "/posts/" + post.GetSlug()
		if e.GetId() == "" {
			e.Id, e.Published, e.Revision = "0195-"+e.GetLanguage(), fakeTime(), post.GetRevision()
		}
		e.Updated = fakeTime()
		for _, c := range fakeChannels() {
			if len(c.Languages) > 0 && !slices.Contains(c.Languages, e.GetLanguage()) {
				continue
			}
			answer.Deliveries = append(answer.Deliveries, &carillonv1.PlannedDelivery{Channel: c.Name, Language: e.GetLanguage()})
			if changed {
				f.deliver(post, c.Name, e.GetLanguage())
			}
		}
	}
	if changed {
		f.posts[post.GetSlug()] = append(f.posts[post.GetSlug()], post)
		f.order = slices.Insert(slices.DeleteFunc(f.order, func(s string) bool { return s == post.GetSlug() }), 0, post.GetSlug())
	}
	return proto.CloneOf(answer), nil // it is written after the lock is given back
}

func conflictAnswer() error {
	answer := connect.NewError(connect.CodeAborted, errors.New("the post has changed since revision 1: editor decided revision 2"))
	d, err := connect.NewErrorDetail(&carillonv1.Conflict{BasedOn: 1, Current: 2, Changes: []*carillonv1.Change{
		{Field: "editions[en].title", Before: "Message on World Healt Day", After: "Message on World Health Day"},
		{Field: "deadline", After: "2026-04-26"},
	}})
	if err != nil {
		return err
	}
	answer.AddDetail(d)
	return answer
}

// deliver is what a channel does with an edition.
func (f *fakeDesk) deliver(post *carillonv1.Post, channel, language string) {
	ends, told := f.outcomes[channel+" "+language]
	if !told {
		ends.state = event.Delivered
	}
	status := &carillonv1.DeliveryStatus{
		Post: post.GetSlug(), Language: language, Channel: channel, State: ends.state.Proto(), Reason: ends.reason,
		Revision: post.GetRevision(), Attempt: 1, Time: fakeTime(), Settled: ends.state != event.Waiting && ends.state != event.Sending,
	}
	before := f.statuses[post.GetSlug()+" "+channel+" "+language]
	switch {
	case before.GetLink() != "":
		status.Link = before.GetLink()
	case ends.state == event.Delivered:
		f.links++
		status.Link = fmt.Sprintf("https://%s.example.org/%d", channel, 100+f.links)
	}
	if ends.state == event.Waiting {
		status.Until, status.Attempt = timestamppb.New(fakeTime().AsTime().Add(time.Minute)), 3
	}
	f.statuses[post.GetSlug()+" "+channel+" "+language] = status
}

func (f *fakeDesk) WithdrawPost(_ context.Context, req *carillonv1.WithdrawPostRequest) (*carillonv1.WithdrawPostResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before, err := f.current(req.GetSlug())
	if err != nil {
		return nil, err
	}
	answer := &carillonv1.WithdrawPostResponse{}
	after := proto.CloneOf(before)
	after.Editions = nil
	for _, e := range before.GetEditions() {
		if len(req.GetLanguages()) > 0 && !slices.Contains(req.GetLanguages(), e.GetLanguage()) {
			after.Editions = append(after.Editions, e)
			continue
		}
		answer.Changed = true
		after.Withdrawn = append(after.Withdrawn, &carillonv1.Withdrawal{
			EditionId: e.GetId(), Language: e.GetLanguage(), Published: fakeTime(), At: fakeTime(), Revision: before.GetRevision(),
		})
		for _, d := range f.of(req.GetSlug()) {
			if d.GetLanguage() == e.GetLanguage() {
				d.State, d.Link = event.DeliveryWithdrawn.Proto(), ""
				answer.Deliveries = append(answer.Deliveries, &carillonv1.PlannedDelivery{Channel: d.GetChannel(), Language: d.GetLanguage()})
			}
		}
	}
	answer.Post = after
	if answer.GetChanged() {
		f.posts[req.GetSlug()] = append(f.posts[req.GetSlug()], after)
	}
	return proto.CloneOf(answer), nil // it is written after the lock is given back
}

// of lists the deliveries of a post, or of all.
func (f *fakeDesk) of(slug string) []*carillonv1.DeliveryStatus {
	var deliveries []*carillonv1.DeliveryStatus
	for _, key := range slices.Sorted(maps.Keys(f.statuses)) {
		if slug == "" || f.statuses[key].GetPost() == slug {
			deliveries = append(deliveries, f.statuses[key])
		}
	}
	return deliveries
}

func (f *fakeDesk) GetPost(_ context.Context, req *carillonv1.GetPostRequest) (*carillonv1.GetPostResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	post, err := f.current(req.GetSlug())
	if err != nil {
		return nil, err
	}
	if r := int(req.GetRevision()); r > 0 {
		if r > len(f.posts[req.GetSlug()]) {
			return nil, connect.NewError(connect.CodeNotFound, errors.New("the post has no such revision"))
		}
		post = f.posts[req.GetSlug()][r-1]
	}
	answer := &carillonv1.GetPostResponse{
		Post: post, State: stateOf(post), Deliveries: f.of(req.GetSlug()), Links: map[string]string{}, Decided: fakeTime(), DecidedBy: "admin",
	}
	for _, language := range fakeLanguages() {
		if slices.ContainsFunc(post.GetEditions(), func(e *carillonv1.Edition) bool { return e.GetLanguage() == language }) {
			answer.Links[language] = "https://news.example.org/" + language + "/posts/" + req.GetSlug()
		} else {
			answer.MissingLanguages = append(answer.MissingLanguages, language)
		}
	}
	return proto.CloneOf(answer), nil // it is written after the lock is given back
}

func stateOf(p *carillonv1.Post) carillonv1.PostState {
	if len(p.GetEditions()) == 0 {
		return carillonv1.PostState_POST_STATE_WITHDRAWN
	}
	return carillonv1.PostState_POST_STATE_RELEASED
}

// page is one page of n things; the fake gives two at a time, so that every list has pages.
func page(token string, asked uint32, n int) (from, to int, next string) {
	_, _ = fmt.Sscan(token, &from)
	to = min(n, from+2, from+int(asked))
	if to < n {
		next = fmt.Sprint(to)
	}
	return from, to, next
}

func (f *fakeDesk) ListPosts(_ context.Context, req *carillonv1.ListPostsRequest) (*carillonv1.ListPostsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer := &carillonv1.ListPostsResponse{}
	from, to, next := page(req.GetPageToken(), req.GetPageSize(), len(f.order))
	answer.NextPageToken = next
	for _, slug := range f.order[from:to] {
		post, err := f.current(slug)
		if err != nil {
			return nil, err
		}
		summary := &carillonv1.PostSummary{Slug: slug, State: stateOf(post), Revision: post.GetRevision(), Kind: post.GetKind(), Updated: fakeTime()}
		for _, e := range post.GetEditions() {
			summary.Languages = append(summary.Languages, e.GetLanguage())
			summary.Title = cmp.Or(summary.GetTitle(), e.GetTitle())
		}
		answer.Posts = append(answer.Posts, summary)
	}
	return proto.CloneOf(answer), nil // it is written after the lock is given back
}

func (f *fakeDesk) ListDeliveries(_ context.Context, req *carillonv1.ListDeliveriesRequest) (*carillonv1.ListDeliveriesResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.of(req.GetSlug())
	from, to, next := page(req.GetPageToken(), req.GetPageSize(), len(all))
	return proto.CloneOf(&carillonv1.ListDeliveriesResponse{Deliveries: all[from:to], NextPageToken: next}), nil
}

// fakeLimit is how many characters the fake's Mastodon takes.
const fakeLimit = 60

func (f *fakeDesk) PreviewPost(_ context.Context, req *carillonv1.PreviewPostRequest) (*carillonv1.PreviewPostResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	post, changed, err := f.merged(req.GetPost())
	if err != nil {
		return nil, err
	}
	answer := &carillonv1.PreviewPostResponse{Post: post, Changed: changed, State: stateOf(post)}
	if !changed {
		answer.Post.Revision--
	}
	for _, c := range fakeChannels() {
		for _, e := range req.GetPost().GetEditions() {
			if len(c.Languages) > 0 && !slices.Contains(c.Languages, e.GetLanguage()) {
				continue
			}
			one := &carillonv1.Preview{Channel: c.Name, Language: e.GetLanguage(), Text: e.GetTitle() + "\n\n" + strings.TrimSpace(e.GetBody()), LimitsKnown: true}
			one.Count, one.Limit = uint32(len([]rune(one.GetText()))), fakeLimit
			if c.Type == "slack" {
				one.Limit, one.LimitsKnown, one.Notes = 3000, false, []string{"the header is the title"}
			} else if one.GetCount() > fakeLimit {
				one.Problem = fmt.Sprintf("it has %d characters, the limit is %d: shorten it", one.GetCount(), fakeLimit)
			}
			answer.Previews = append(answer.Previews, one)
		}
	}
	return proto.CloneOf(answer), nil // it is written after the lock is given back
}

func (f *fakeDesk) WatchPost(ctx context.Context, req *carillonv1.WatchPostRequest, stream *connect.ServerStream[carillonv1.WatchPostResponse]) error {
	f.mu.Lock()
	deliveries := proto.CloneOf(&carillonv1.ListDeliveriesResponse{Deliveries: f.of(req.GetSlug())}).GetDeliveries()
	f.mu.Unlock()
	for _, ends := range deliveries {
		begins := proto.CloneOf(ends)
		begins.State, begins.Settled, begins.Reason, begins.Until = event.Sending.Proto(), false, "", nil
		for _, d := range []*carillonv1.DeliveryStatus{begins, ends} {
			if err := stream.Send(&carillonv1.WatchPostResponse{Event: &carillonv1.WatchPostResponse_Delivery{Delivery: d}}); err != nil {
				return err
			}
		}
	}
	<-ctx.Done()
	return nil
}

func (f *fakeDesk) ListChannels(context.Context, *carillonv1.ListChannelsRequest) (*carillonv1.ListChannelsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	answer := &carillonv1.ListChannelsResponse{Channels: []*carillonv1.ChannelStatus{
		{
			Name: "mastodon-demo", Type: "mastodon", Destination: "https://social.example.org", Posts: true, Kinds: []string{"message", "news"}, Checked: true,
			Condition: &carillonv1.Condition{Time: fakeTime(), Works: true, Account: "@office", Characters: 500, CharactersPerUrl: 23},
		},
		{
			Name: "slack-demo", Type: "slack", Destination: "the workspace at slack.com, channel C0123456789", Posts: true, Languages: []string{"en"}, NotTags: []string{"internal"}, Checked: true,
			Condition: &carillonv1.Condition{Time: fakeTime(), Reason: "invalid_auth: the token was revoked; make a new one"},
		},
		{Name: "slack-staff", Type: "slack", Destination: "the workspace at slack.com, channel C0987654321", Reminders: []string{"14d", "1d"}, Notices: true},
	}}
	for _, c := range answer.GetChannels() {
		c.Pause = f.pauses[c.GetName()]
	}
	return proto.CloneOf(answer), nil
}

func (f *fakeDesk) CreateToken(_ context.Context, req *carillonv1.CreateTokenRequest) (*carillonv1.CreateTokenResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	token := &carillonv1.Token{Id: fmt.Sprintf("t%d", len(f.tokens)+1), Name: req.GetName(), Created: fakeTime(), Role: req.GetRole(), Expires: req.GetExpires()}
	f.tokens = append(f.tokens, token)
	return &carillonv1.CreateTokenResponse{Token: token, Secret: "carillon-newSecret"}, nil
}

func (f *fakeDesk) ListTokens(context.Context, *carillonv1.ListTokensRequest) (*carillonv1.ListTokensResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return proto.CloneOf(&carillonv1.ListTokensResponse{Tokens: f.tokens}), nil
}

func (f *fakeDesk) RevokeToken(_ context.Context, req *carillonv1.RevokeTokenRequest) (*carillonv1.RevokeTokenResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, t := range f.tokens {
		if t.GetId() == req.GetToken() || t.GetName() == req.GetToken() {
			f.tokens = slices.Delete(f.tokens, i, i+1)
			return &carillonv1.RevokeTokenResponse{Token: t}, nil
		}
	}
	return nil, connect.NewError(connect.CodeNotFound, fmt.Errorf("there is no token %q; 'carillon token list' shows all", req.GetToken()))
}

// runAgainst runs one command line in this process against a desk.
func runAgainst(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	a := &app{
		in: strings.NewReader(""), out: &results{w: &out}, err: &errs,
		getenv: func(name string) string { return env[name] }, now: time.Now,
		after: func(time.Duration) <-chan time.Time { return time.After(0) },
	}
	root := newRoot(a)
	root.SetArgs(args)
	code = a.report(root.ExecuteContext(t.Context()))
	return code, out.String(), errs.String()
}
