package acceptance_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// scheduled is what 'publish', 'release', 'hold' and 'reschedule' print of a post that is not public.
type scheduled struct {
	Post, State string
	Revision    int
	Changed     bool
	Schedule    struct {
		Release, Reason string
		At              time.Time
	}
	Deliveries []delivery
}

// embargo is so long that a slow machine can look around before it is over.
const embargo = 6 * time.Second

func TestAnEmbargoHoldsUntilItsTime(t *testing.T) {
	t.Parallel()
	d := newDemonstration(t)
	d.greeted(t)
	c := d.staff()
	due := time.Now().Add(embargo)
	local := due.In(time.FixedZone("Asia/Almaty", 5*60*60)).Format("2006-01-02T15:04:05-07:00")
	write(t, d.dir, map[string]string{
		"visit-of-the-envoy.en.md": withFront("release: " + local),
		"held-back.en.md":          withFront(),
	})
	if got := read[scheduled](t, c, "publish", "visit-of-the-envoy.en.md"); got.State != "scheduled" || got.Schedule.At.After(due) || len(got.Deliveries) != 2 {
		t.Fatalf("scheduled: %+v", got)
	}
	if got := read[scheduled](t, c, "publish", "--at", due.UTC().Format(time.RFC3339), "held-back.en.md"); got.State != "scheduled" {
		t.Fatalf("scheduled by --at: %+v", got)
	}
	if got := read[scheduled](t, c, "hold", "held-back", "--reason", "not yet"); got.State != "held" || got.Schedule.Reason != "not yet" {
		t.Fatalf("held: %+v", got)
	}
	for _, one := range read[[]delivery](t, c, "status", "visit-of-the-envoy") {
		if one.State != "waiting" || !strings.HasPrefix(one.Reason, "scheduled for ") {
			t.Errorf("what will go where and when: %+v", one)
		}
	}
	list := c.do(t, "list", "--scheduled")
	if !strings.Contains(list, "visit-of-the-envoy") || !strings.Contains(list, "held-back") {
		t.Errorf("list --scheduled:\n%s", list)
	}
	d.knowsNothing(t, "visit-of-the-envoy", "held-back")
	if time.Now().After(due) {
		t.Fatal("the machine is so slow that the embargo was over before it was looked at")
	}
	page := "/en/posts/visit-of-the-envoy"
	await(t, "the post is public", func() string {
		if a := ask(t, http.MethodGet, d.publicURL()+page, nil, nil); a.status != http.StatusOK {
			return a.String()
		}
		return ""
	})
	if now := time.Now(); now.Before(due.Truncate(time.Second)) {
		t.Errorf("public %s before its time", due.Sub(now))
	}
	// It is too late to stop it: the command says so, and that it failed.
	if r := c.try(t, "hold", "visit-of-the-envoy"); r.code != 1 || !strings.Contains(r.stderr, "the release won") {
		t.Errorf("a hold that comes too late: %+v", r)
	}
	d.knowsNothing(t, "held-back")
	if got := read[scheduled](t, c, "release", "held-back", "--now", "--wait"); got.State != "released" || len(got.Deliveries) != 2 || got.Deliveries[0].State != "delivered" {
		t.Errorf("released: %+v", got)
	}
}

// knowsNothing looks for slugs wherever somebody outside the desk could: the site, the channels, logs and metrics, and the
// files of everything but the desk's log and lists.
func (d *demonstration) knowsNothing(t *testing.T, slugs ...string) {
	t.Helper()
	for _, path := range []string{"/", "/en/", "/feed.atom", "/en/feed.json", "/feed.rss"} {
		d.hidden(t, "the site's "+path, get(t, d.publicURL()+path).body, slugs)
	}
	d.hidden(t, "the metrics", get(t, "http://"+d.ops+"/metrics").body, slugs)
	d.hidden(t, "the log of the process", []byte(d.up.output.String()), slugs)
	for _, slug := range slugs {
		if a := ask(t, http.MethodGet, d.publicURL()+"/en/posts/"+slug, nil, nil); a.status != http.StatusNotFound {
			t.Errorf("the page of %s: %d", slug, a.status)
		}
	}
	// Of the server's files only DESK may hold it, of the projections only the desk's own.
	err := fs.WalkDir(os.DirFS(d.sandboxData()), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path, "ingest.db") || strings.Contains(path, "/DESK/") {
			return nil //nolint:nilerr // files come and go while the server runs
		}
		if content, err := os.ReadFile(filepath.Join(d.sandboxData(), path)); err == nil {
			d.hidden(t, path, content, slugs)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (d *demonstration) hidden(t *testing.T, where string, content []byte, slugs []string) {
	t.Helper()
	for _, slug := range slugs {
		if bytes.Contains(content, []byte(slug)) {
			t.Errorf("%s names %s before its time", where, slug)
		}
	}
}
