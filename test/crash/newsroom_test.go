package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
	"carillon.example/proto/carillon/v1/carillonv1connect"
	"carillon.example/test/process"
)

// newsroom publishes, corrects and withdraws, and remembers what everybody outside should find. Whatever is not answered is
// asked for again, as staff would.
type newsroom struct {
	t     *testing.T
	api   carillonv1connect.StaffServiceClient
	rng   *rand.Rand
	posts []*post // in the order of their first release

	releases, withdrawals int
}

// post is a post as the newsroom knows it.
type post struct {
	slug      string
	languages []string
	kind      carillon.Kind
	thread    bool
	version   int
	began     time.Time      // when its first release was asked for
	public    *carillon.Post // as the API answered; nil: withdrawn
}

func newNewsroom(t *testing.T, c *cast, rng *rand.Rand) *newsroom {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	bearer := connect.UnaryInterceptorFunc(func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
			req.Header().Set("Authorization", "Bearer "+c.token)
			return next(ctx, req)
		}
	})
	return &newsroom{
		t: t, rng: rng, api: carillonv1connect.NewStaffServiceClient(client, "http://"+c.staffAPI, connect.WithInterceptors(bearer)),
	}
}

// work publishes a post, and does something to older ones as chance will have it.
func (n *newsroom) work() {
	p := &post{slug: fmt.Sprintf("post-%04d", len(n.posts)+1), languages: []string{"en"}, kind: carillon.KindMessage, thread: n.rng.IntN(8) == 0}
	if n.rng.IntN(3) == 0 {
		p.languages = []string{"en", "ru"}
	}
	if n.rng.IntN(2) == 0 {
		p.kind = carillon.KindNews
	}
	n.posts = append(n.posts, p)
	n.release(p)
	for n.rng.IntN(5) < 2 {
		n.change(n.posts[len(n.posts)-1-n.rng.IntN(min(len(n.posts), 12))])
	}
}

// publish publishes a post in one language.
func (n *newsroom) publish(slug string) {
	p := &post{slug: slug, languages: []string{"en"}, kind: carillon.KindNews}
	n.posts = append(n.posts, p)
	n.release(p)
}

// change corrects a post or withdraws it; one that is withdrawn is released again.
func (n *newsroom) change(p *post) {
	if p.public != nil && n.rng.IntN(4) == 0 {
		n.withdraw(p)
		return
	}
	n.release(p)
}

func (n *newsroom) release(p *post) {
	p.version++
	if p.began.IsZero() {
		p.began = time.Now()
	}
	content := carillon.Post{Slug: p.slug, Kind: p.kind, Authors: []string{"Press desk"}}
	for _, language := range p.languages {
		e := carillon.Edition{
			Language: language, Title: fmt.Sprintf("%s in %s, version %d", p.slug, language, p.version),
			Body: fmt.Sprintf("What happened, as of version %d.", p.version),
		}
		if p.thread {
			// A thread that grows and shrinks from version to version.
			parts := 2 + p.version%3
			var own []string
			for i := range parts {
				own = append(own, fmt.Sprintf("%s %s part %d of %d, version %d", p.slug, language, i+1, parts, p.version-i%2))
			}
			words := carillon.Text{Text: strings.Join(own, "\n\n---\n\n"), Thread: true}
			e.Texts = map[string]carillon.Text{"mastodon": words, "slack": words}
		}
		content.Editions = append(content.Editions, e)
	}
	n.insist("publish "+p.slug, func(ctx context.Context) error {
		answer, err := n.api.PublishPost(ctx, &carillonv1.PublishPostRequest{Post: event.PostToProto(&content)})
		if err != nil {
			return err
		}
		p.public, err = event.PostFromProto(answer.GetPost())
		return err
	})
	n.releases++
}

func (n *newsroom) withdraw(p *post) {
	n.insist("withdraw "+p.slug, func(ctx context.Context) error {
		_, err := n.api.WithdrawPost(ctx, &carillonv1.WithdrawPostRequest{Slug: p.slug})
		return err
	})
	p.public = nil
	n.withdrawals++
}

// insist asks again until it is answered.
func (n *newsroom) insist(what string, ask func(context.Context) error) {
	last := process.Waited(process.Patience, func() string {
		if n.t.Context().Err() != nil {
			return ""
		}
		if err := ask(n.t.Context()); err != nil {
			return err.Error()
		}
		return ""
	})
	if last != "" {
		n.t.Errorf("%s: %s", what, last)
	}
}

// wanted are the editions that a channel should show, in the order of their posts' first release.
func (n *newsroom) wanted() (all []*carillon.Post) {
	for _, p := range n.posts {
		if p.public != nil {
			all = append(all, p.public)
		}
	}
	return all
}

// order is the place of a post among the first releases.
func (n *newsroom) order(slug string) int {
	return slices.IndexFunc(n.posts, func(p *post) bool { return p.slug == slug })
}
