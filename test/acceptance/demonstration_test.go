package acceptance_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"carillon.example/examples"
	"carillon.example/pkg/postfile"
	"carillon.example/services/sandbox"
)

// demonstrationConfig is what 'up' without a configuration promises, as far as it decides what is shown where.
const demonstrationConfig = `
site: {title: {en: Information Office}, url: "http://%[1]s", languages: [en, fr, es, ru, ar, zh, kk], timezone: Asia/Almaty}
channels:
  - {name: mastodon-demo, type: mastodon, server: "http://%[2]s", token: t}
  - {name: slack-demo, type: slack, token: t, channel: C0PRESS}
`

// demonstration is 'carillon up' in an empty folder.
type demonstration struct {
	*together
	desk *desk
}

func newDemonstration(t *testing.T) *demonstration {
	t.Helper()
	p := &place{dir: t.TempDir(), public: freeAddress(t), staffAPI: freeAddress(t), ops: freeAddress(t), sandbox: freeAddress(t)}
	d := &demonstration{together: &together{place: p}, desk: newDesk(t, fmt.Sprintf(demonstrationConfig, p.public, p.sandbox), nil)}
	names, err := examples.Posts()
	if err != nil {
		t.Fatal(err)
	}
	sources, err := postfile.ReadFS(examples.FS, names)
	if err != nil {
		t.Fatal(err)
	}
	d.desk.publish(t, sources)
	return d
}

// greeted starts it and waits for its greeting.
func (d *demonstration) greeted(t *testing.T) {
	t.Helper()
	d.begin(t)
	await(t, "the greeting", func() string {
		if !d.up.running() {
			t.Fatalf("carillon up ended: %s", d.up.State())
		}
		if !strings.Contains(d.up.output.String(), "Ctrl-C stops it") {
			return "so far: " + d.up.output.String()
		}
		return ""
	})
	said := d.up.output.String()
	for label, value := range map[string]string{
		"site": d.publicURL() + "/", "feeds": d.publicURL() + "/feed.atom", "staff API": "http://" + d.staffAPI, "sandbox": d.sandboxURL() + "/",
		"next": carillonProgram + " status",
	} {
		if !strings.Contains(said, "  "+label+strings.Repeat(" ", max(0, 11-len(label)))+value) {
			t.Errorf("the greeting does not say that %s is %s:\n%s", label, value, said)
		}
	}
}

// whole waits until every example has arrived, and checks in full that each is there once and nothing else is.
func (d *demonstration) whole(t *testing.T) (known map[edition]shownEdition, followed []status, said []message) {
	t.Helper()
	awaitSettled(t, d.staff(), d.desk)
	known = whatIsKnown(t, d.staff(), d.desk)
	await(t, "the feeds hold every example", func() string { return feedsDiffer(t, d.desk, known) })
	anyOrder := cmpopts.SortSlices(func(a, b Sight) bool { return a.Post+a.Language < b.Post+b.Language })
	followed = timeline(t, d.sandboxURL(), "")
	if diff := gocmp.Diff(d.desk.sights(t, "mastodon-demo", nil), sightsOf(followed), anyOrder); diff != "" {
		t.Errorf("what a follower sees (-want +got):\n%s", diff)
	}
	said = of(history(t, d.sandboxURL(), sandbox.PressChannel), "slack-demo")
	if diff := gocmp.Diff(d.desk.sights(t, "slack-demo", revisions(known)), sightsOf(said), anyOrder); diff != "" {
		t.Errorf("what a reader of Slack sees (-want +got):\n%s", diff)
	}
	for i := range d.desk.posts {
		for _, e := range d.desk.posts[i].Editions {
			checkPage(t, d.desk.office.Site.Permalink(e.Language, d.desk.posts[i].Slug), e.Language, e.Title)
		}
	}
	return known, followed, said
}

func TestDemonstrationShowsEveryExampleOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	d := newDemonstration(t)
	d.greeted(t)
	known, followed, said := d.whole(t)

	second := start(t, "a second carillon up", d.dir, d.env(), carillonProgram, "up")
	if code := second.code(t); code != 1 {
		t.Errorf("a second 'up' on the same folder: exit code %d, want 1", code)
	}
	if s := second.log.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "another 'carillon up' is using") {
		t.Errorf("a second 'up' on the same folder says %q, want one sentence", s)
	}

	for _, how := range []struct {
		name   string
		signal syscall.Signal
		code   int
	}{{"Ctrl-C", syscall.SIGINT, 0}, {"kill -9", syscall.SIGKILL, -1}} {
		if code := d.up.end(t, how.signal); code != how.code {
			t.Errorf("after %s the exit code is %d, want %d", how.name, code, how.code)
		}
		d.greeted(t)
		again, followedAgain, saidAgain := d.whole(t)
		if diff := gocmp.Diff(known, again); diff != "" {
			t.Errorf("after %s posts are others (-before +after):\n%s", how.name, diff)
		}
		if diff := gocmp.Diff(followed, followedAgain); diff != "" {
			t.Errorf("after %s the timeline is another (-before +after):\n%s", how.name, diff)
		}
		if diff := gocmp.Diff(said, saidAgain); diff != "" {
			t.Errorf("after %s Slack is another (-before +after):\n%s", how.name, diff)
		}
	}
	d.stop(t)
}

func TestDemonstrationKilledWhileTheExamplesGoOutShowsEachOnce(t *testing.T) {
	t.Parallel()
	d := newDemonstration(t)
	enough := len(d.desk.sights(t, "mastodon-demo", nil))
	for _, moment := range []struct {
		name string
		come func() bool
	}{
		{"run.json appears", func() bool {
			found, _ := filepath.Glob(filepath.Join(d.dir, "data", "run.json"))
			return len(found) > 0
		}},
		{"the first status appears", func() bool { return d.statuses(t) > 0 }},
		{"half of the statuses are there", func() bool { return d.statuses(t) >= enough/2 }},
	} {
		d.begin(t)
		await(t, moment.name, func() string {
			if !moment.come() {
				return "not yet"
			}
			return ""
		})
		d.up.end(t, syscall.SIGKILL)
		t.Logf("killed when %s", moment.name)
	}
	d.greeted(t)
	t.Logf("after the last kill there were %d of %d statuses", d.statuses(t), enough)
	d.whole(t)
	d.stop(t)
}

// statuses is how many a follower sees on one page, if anybody answers.
func (d *demonstration) statuses(t *testing.T) int {
	a := ask(t, http.MethodGet, d.sandboxURL()+"/api/v1/timelines/public?limit=40", nil, nil)
	if a.status != http.StatusOK {
		return 0
	}
	var page []struct{}
	decode(t, a.body, &page)
	return len(page)
}
