package ingest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	carillonv1 "carillon.example/proto/carillon/v1"
	"carillon.example/proto/carillon/v1/carillonv1connect"
	"carillon.example/services/ingest"
)

// clock is the real one, moved ahead by a test.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }

// set gives a desk the clock.
func (c *clock) set(_ *ingest.Config, deps *ingest.Deps) { deps.Now = c.Now }

// listed is what the list says of a token.
func (d *desk) listed(name string) *carillonv1.Token {
	d.t.Helper()
	list, err := d.ListTokens(d.t.Context(), &carillonv1.ListTokensRequest{})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, one := range list.GetTokens() {
		if one.GetName() == name {
			return one
		}
	}
	d.t.Fatalf("there is no token %q: %v", name, list)
	return nil
}

// use makes a call with a token.
func (d *desk) use(secret string) error {
	_, err := d.client(secret).ListPosts(d.t.Context(), &carillonv1.ListPostsRequest{})
	return err
}

func TestExpiredTokenIsRefusedWithTheTime(t *testing.T) {
	clock := &clock{}
	d := startDeskWith(t, bustest.NewServer(t), t.TempDir(), clock.set)
	expires := clock.Now().Add(time.Hour)
	secret := d.mint(&carillonv1.CreateTokenRequest{Name: "intern", Role: author, Expires: timestamppb.New(expires)})
	if err := d.use(secret); err != nil {
		t.Fatal(err)
	}
	clock.forward(time.Hour)
	want := `the token "intern" expired on ` + expires.UTC().Format("2006-01-02 at 15:04 UTC") + ": an administrator can make another with 'carillon token create'"
	if got := code(t, d.use(secret), connect.CodeUnauthenticated).Message(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// It is still listed, and can be revoked.
	if got := d.listed("intern"); !got.GetExpires().AsTime().Equal(expires) || got.GetRole() != author {
		t.Errorf("listed as %v", got)
	}
	if _, err := d.RevokeToken(t.Context(), &carillonv1.RevokeTokenRequest{Token: "intern"}); err != nil {
		t.Error(err)
	}
}

func TestWatchEndsWithItsToken(t *testing.T) {
	d := startDesk(t)
	d.publish(post("a", edition("en", "Hello")))
	watching := func(secret string) *connect.ServerStreamForClient[carillonv1.WatchPostResponse] {
		client := carillonv1connect.NewStaffServiceClient(http.DefaultClient, d.url, connect.WithInterceptors(streamHeader{"Bearer " + secret})) //nolint:forbidigo // a test on loopback
		ctx, cancel := context.WithTimeout(t.Context(), within)
		t.Cleanup(cancel)
		stream, err := client.WatchPost(ctx, &carillonv1.WatchPostRequest{Slug: "a"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = stream.Close() })
		for stream.Receive() {
			if stream.Msg().GetCaughtUp() != nil {
				return stream
			}
		}
		t.Fatal(stream.Err())
		return nil
	}
	ends := func(stream *connect.ServerStreamForClient[carillonv1.WatchPostResponse], why string) {
		t.Helper()
		for stream.Receive() {
		}
		if got := code(t, stream.Err(), connect.CodeUnauthenticated).Message(); !strings.Contains(got, why) {
			t.Errorf("it ends with %q", got)
		}
	}

	revoked := watching(d.mint(&carillonv1.CreateTokenRequest{Name: "visitor", Role: author}))
	stays := watching(d.token)
	if _, err := d.RevokeToken(t.Context(), &carillonv1.RevokeTokenRequest{Token: "visitor"}); err != nil {
		t.Fatal(err)
	}
	ends(revoked, "the token was revoked")
	ends(watching(d.mint(&carillonv1.CreateTokenRequest{
		Name: "brief", Role: author, Expires: timestamppb.New(time.Now().Add(700 * time.Millisecond)),
	})), `the token "brief" expired on `)

	d.publish(post("a", edition("en", "Corrected")))
	if !stays.Receive() || stays.Msg().GetDecided().GetRevision() != 2 {
		t.Errorf("the others' watches: %v, %v", stays.Msg(), stays.Err())
	}
}

// keyOf is what stands under a key of OFFICE; "" is nothing.
func (d *desk) keyOf(key string) string {
	d.t.Helper()
	entry, err := mustBucket(d.t, d.bus).Get(d.t.Context(), key)
	if errors.Is(err, bus.ErrNotFound) {
		return ""
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return string(entry.Value)
}

func TestLastUseIsExactToAMinute(t *testing.T) {
	clock := &clock{}
	server, dir := bustest.NewServer(t), t.TempDir()
	d := startDeskWith(t, server, dir, clock.set)
	secret := d.mint(&carillonv1.CreateTokenRequest{Name: "anna", Role: author})
	if got := d.listed("anna"); got.GetLastUsed() != nil {
		t.Errorf("used before it was used: %s", got.GetLastUsed().AsTime())
	}
	key := "tokenuse." + d.listed("anna").GetId()
	writes := d.counting(key)
	var last string
	for _, later := range []time.Duration{0, time.Hour} {
		clock.forward(later)
		before := clock.Now().UTC().Truncate(time.Minute)
		for range 5 { // a refused call is a use, too
			if err := d.use(secret); err != nil {
				t.Fatal(err)
			}
			_, err := d.client(secret).WithdrawPost(t.Context(), &carillonv1.WithdrawPostRequest{Slug: "a"})
			wantCode(t, err, connect.CodePermissionDenied)
		}
		used := d.listed("anna").GetLastUsed().AsTime()
		if used.Before(before) || used.After(clock.Now()) || !used.Equal(used.Truncate(time.Minute)) {
			t.Errorf("used at %s, listed as %s", before, used)
		}
		last = used.Format(time.RFC3339)
		await(t, "the use is written", func() bool { return d.keyOf(key) == last })
	}
	// Twenty calls in two minutes; each may have ended while we called.
	await(t, "the writes are seen", func() bool { return writes() >= 2 })
	if got := writes(); got > 4 {
		t.Errorf("written %d times", got)
	}
	d.stop()
	d = startDeskWith(t, server, dir, clock.set)
	await(t, "it is known after a restart", func() bool {
		used := d.listed("anna").GetLastUsed()
		return used != nil && used.AsTime().Format(time.RFC3339) == last
	})
}

// counting counts the writes to a key from now on.
func (d *desk) counting(key string) func() int64 {
	d.t.Helper()
	var writes atomic.Int64
	bucket := mustBucket(d.t, d.bus)
	ctx, cancel := context.WithCancel(d.t.Context())
	began, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		_ = bucket.Watch(ctx, key, func(bus.Entry) { writes.Add(1) }, func() { close(began) }) // it ends with the context
	}()
	<-began
	d.t.Cleanup(func() { cancel(); <-ended })
	return writes.Load
}

func TestReplicasKnowOfEachOthersUses(t *testing.T) {
	server := bustest.NewServer(t)
	one, other := startDeskOn(t, server, t.TempDir()), (*desk)(nil)
	// The second replica has the first one's token file.
	other = startDeskWith(t, server, t.TempDir(), func(config *ingest.Config, _ *ingest.Deps) {
		config.AdminTokenFile = one.dir + "/token"
	})
	other.StaffServiceClient = other.client(one.token)
	secret := one.mint(&carillonv1.CreateTokenRequest{Name: "anna", Role: author})
	await(t, "the other replica knows the token", func() bool { return other.use(secret) == nil })
	await(t, "the first one knows the use", func() bool { return one.listed("anna").GetLastUsed() != nil })
	key := "tokenuse." + one.listed("anna").GetId()
	await(t, "it is written", func() bool { return one.keyOf(key) != "" })
	if _, err := one.RevokeToken(t.Context(), &carillonv1.RevokeTokenRequest{Token: "anna"}); err != nil {
		t.Fatal(err)
	}
	if got := one.keyOf(key); got != "" {
		t.Errorf("the use of a revoked token is still kept: %s", got)
	}
	await(t, "the other replica refuses it", func() bool { return other.use(secret) != nil })
	// What a replica wrote late, about a token that is gone, does not stay.
	if err := mustBucket(t, one.bus).Put(t.Context(), key, []byte("2026-01-02T03:04:00Z")); err != nil {
		t.Fatal(err)
	}
	await(t, "the late use is removed", func() bool { return one.keyOf(key) == "" })
}

// What is not written yet when the desk stops is written then.
func TestUseIsWrittenAtTheEnd(t *testing.T) {
	server := bustest.NewServer(t)
	d := startDeskOn(t, server, t.TempDir())
	secret := d.mint(&carillonv1.CreateTokenRequest{Name: "anna", Role: author})
	key := "tokenuse." + d.listed("anna").GetId()
	if err := d.use(secret); err != nil {
		t.Fatal(err)
	}
	d.stop()
	if d.keyOf(key) == "" {
		t.Error("it is not written")
	}
}

// A log that is away takes no note of a use, and keeps nobody waiting: neither the call before, nor the end.
func TestUseOfATokenKeepsNobodyWaitingForTheLog(t *testing.T) {
	server := bustest.NewServer(t)
	d := startDeskOn(t, server, t.TempDir())
	secret := d.mint(&carillonv1.CreateTokenRequest{Name: "anna", Role: author})
	if err := d.use(secret); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	await(t, "the desk knows that the log is away", func() bool { return connect.CodeOf(d.use(secret)) == connect.CodeUnavailable })
	begun := time.Now()
	d.stop()
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("it stopped after %s", took)
	}
}
