package ingest_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
	"carillon.example/proto/carillon/v1/carillonv1connect"
	"carillon.example/services/ingest"
)

// The words of posts that nobody outside the desk may know.
const (
	secretSlug  = "secret-headline"
	secretTitle = "Zwölf geheime Wörter"
)

// lines is what was logged.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// watched is a desk that logs everything, on a connection that does.
func watched(t *testing.T, server *bustest.Server) (*desk, *lines, *prometheus.Registry) {
	t.Helper()
	logged, metrics := &lines{}, prometheus.NewRegistry()
	log := slog.New(slog.NewTextHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	b, err := bus.Connect(ctx, bus.Options{InProcess: server.InProcess(), Name: t.Name(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return startDeskWith(t, server, t.TempDir(), func(_ *ingest.Config, deps *ingest.Deps) {
		deps.Bus, deps.Log, deps.Metrics = b, log, metrics
	}), logged, metrics
}

// secret is a post whose slug, title and words all tell.
func secret(suffix string) *carillonv1.Post {
	p := post(secretSlug+suffix, edition("en", secretTitle))
	p.Editions[0].Body = secretTitle
	return p
}

// newsroom does with posts that are not public what a newsroom does, mistakes among it.
func newsroom(t *testing.T, d *desk) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := d.keyed("draft").SavePost(ctx, &carillonv1.SavePostRequest{Post: secret("-draft")})
	must(err)
	_, err = d.keyed("draft").SavePost(ctx, &carillonv1.SavePostRequest{Post: secret("-draft")})
	must(err)
	when := at(time.Now().Add(time.Hour))
	for _, key := range []string{"scheduled", "scheduled", "again"} { // the last changes nothing
		_, err = d.keyed(key).PublishPost(ctx, &carillonv1.PublishPostRequest{Post: secret(""), Release: when})
		must(err)
	}
	_, err = d.HoldPost(ctx, &carillonv1.HoldPostRequest{Slug: secretSlug, Reason: secretTitle})
	must(err)
	_, err = d.ReschedulePost(ctx, &carillonv1.ReschedulePostRequest{Slug: secretSlug, Release: at(time.Now().Add(2 * time.Hour))})
	must(err)
	_, err = d.PreviewPost(ctx, &carillonv1.PreviewPostRequest{Post: secret("-new")})
	must(err)
	for _, slug := range []string{"", secretSlug} {
		_, err = d.ListDecisions(ctx, &carillonv1.ListDecisionsRequest{Slug: slug})
		must(err)
		_, err = d.ListDeliveries(ctx, &carillonv1.ListDeliveriesRequest{Slug: slug})
		must(err)
	}
	_, err = d.ListPosts(ctx, &carillonv1.ListPostsRequest{})
	must(err)
	_, err = d.GetPost(ctx, &carillonv1.GetPostRequest{Slug: secretSlug + "-draft"})
	must(err)

	bad := secret("-bad")
	bad.Deadline = "soon"
	_, err = d.PublishPost(ctx, &carillonv1.PublishPostRequest{Post: bad})
	wantCode(t, err, connect.CodeInvalidArgument)
	_, err = d.PublishPost(ctx, &carillonv1.PublishPostRequest{Post: secret(""), BasedOn: 7})
	wantCode(t, err, connect.CodeAborted)
	_, err = d.GetPost(ctx, &carillonv1.GetPostRequest{Slug: secretSlug + "-nowhere"})
	wantCode(t, err, connect.CodeNotFound)
	reader := d.client(d.mint(&carillonv1.CreateTokenRequest{Name: "anna", Role: author}))
	_, err = reader.PublishPost(ctx, &carillonv1.PublishPostRequest{Post: secret("-refused")})
	wantCode(t, err, connect.CodePermissionDenied)
	asked, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+carillonv1connect.StaffServiceGetPostProcedure+"?encoding=json&message=%7B%22slug%22%3A%22"+secretSlug+"%22%7D", nil)
	must(err)
	answer, err := http.DefaultClient.Do(asked) //nolint:forbidigo // a test on loopback
	must(err)
	must(answer.Body.Close())
}

// garbled writes to the desk what cannot be read, or is not as it should be: each is an error that is logged.
func garbled(t *testing.T, b *bus.Bus) {
	t.Helper()
	for name, test := range map[string]bus.Publication{
		"-nothing": {Data: []byte{0xff}},
		"-number":  {Header: map[string]string{event.HeaderPublic: "none", event.HeaderKind: string(event.Scheduled)}},
		"-time":    {Header: map[string]string{event.HeaderPublic: "0", event.HeaderKind: string(event.Scheduled), event.HeaderRelease: "soon"}},
	} {
		test.Subject = event.DeskSubject(secretSlug + name)
		if _, err := b.Publish(t.Context(), test); err != nil {
			t.Fatal(err)
		}
	}
}

// A slug is a headline, and logs are read by people who are not to read it yet.
func TestNoLogAndNoMetricNamesAPostBeforeItsTime(t *testing.T) {
	server := bustest.NewServer(t)
	d, logged, metrics := watched(t, server)
	newsroom(t, d)
	garbled(t, d.bus)
	d.publish(post("open", edition("en", "Open")))
	d.public("open", 1) // all that was decided before has been followed
	told := httptest.NewRecorder()
	promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}).ServeHTTP(told, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	server.Stop()
	await(t, "the desk knows that the log is away", func() bool {
		_, err := d.GetPost(t.Context(), &carillonv1.GetPostRequest{Slug: secretSlug})
		return connect.CodeOf(err) == connect.CodeUnavailable
	})
	d.stop()
	for where, text := range map[string]string{"the log": logged.String(), "the metrics": told.Body.String()} {
		for line := range strings.Lines(text) {
			if strings.Contains(line, secretSlug) || strings.Contains(line, secretTitle) {
				t.Errorf("%s says: %s", where, line)
			}
		}
	}
	if !strings.Contains(logged.String(), "a decision cannot be read") || !strings.Contains(told.Body.String(), "carillon_ingest_decisions_total") {
		t.Errorf("the test looks at too little:\n%s", logged)
	}
}

// OFFICE is read by services that must not know a post before its time.
func TestOfficeHoldsNoWordOfAPost(t *testing.T) {
	d := startDesk(t)
	newsroom(t, d)
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	kept := 0
	err := mustBucket(t, d.bus).Watch(ctx, ">", func(e bus.Entry) {
		kept++
		if text := e.Key + " " + string(e.Value); strings.Contains(text, secretSlug) || strings.Contains(text, secretTitle) {
			t.Errorf("it holds: %s", text)
		}
	}, cancel)
	if ctx.Err() == nil {
		t.Fatal(err)
	}
	if kept < 6 { // two tokens, three channels, claims and answers
		t.Errorf("only %d keys were looked at", kept)
	}
}
