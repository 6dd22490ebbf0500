package acceptance_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"carillon.example/pkg/postfile"
	"carillon.example/services/sandbox"
)

// bulletin writes a post's only file and notes that it is public. It has as many versions as one likes.
func (d *demonstration) bulletin(t *testing.T, n, version int) (name, slug string) {
	t.Helper()
	slug = fmt.Sprintf("bulletin-%d", n)
	name = slug + ".en.md"
	content := fmt.Sprintf("---\ntitle: Bulletin %d, version %d\nkind: news\nauthors: [Press desk]\n---\n\nWhat happened.\n", n, version)
	write(t, d.dir, map[string]string{name: content})
	source, err := postfile.Parse(name, []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	d.desk.publish(t, []postfile.Source{*source})
	return name, slug
}

// change is something that channels are asked to do, and what may happen to the call.
type change struct {
	name    string
	matches []string // of its calls, on Mastodon and on Slack
	effects map[string]string
}

func changes() []change {
	return []change{
		{"create", []string{"POST /api/v1/statuses", "chat.postMessage"}, map[string]string{
			"answer is lost":          `"effect":"drop-after","times":1`,
			"call is lost":            `"effect":"drop-before","times":1`,
			"call is lost twice":      `"effect":"drop-before","times":2`,
			"proxy gives up":          `"effect":"status-after","status":504,"times":1`,
			"comes after its time":    `"effect":"delay","delay_ms":2500,"times":1`,
			"other end is busy":       `"effect":"status","status":429,"headers":{"Retry-After":"1"},"times":1`,
			"other end does not work": `"effect":"status","status":503,"times":1`,
		}},
		{"correct", []string{"PUT /api/v1/statuses/*", "chat.update"}, map[string]string{
			"answer is lost": `"effect":"drop-after","times":1`,
			"call is lost":   `"effect":"drop-before","times":1`,
		}},
		{"withdraw", []string{"DELETE /api/v1/statuses/*", "chat.delete"}, map[string]string{
			"answer is lost": `"effect":"drop-after","times":1`,
			"call is lost":   `"effect":"drop-before","times":1`,
		}},
	}
}

func TestLostAnswersAreNoSecondPosts(t *testing.T) {
	t.Parallel()
	for _, c := range changes() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDemonstration(t)
			d.greeted(t)
			d.whole(t)
			for i, name := range slices.Sorted(maps.Keys(c.effects)) {
				t.Run(name, func(t *testing.T) { d.suffers(t, i, c, c.effects[name]) })
			}
		})
	}
}

// suffers publishes a bulletin, corrects it or withdraws it, while both channels do to the call what the effect says.
func (d *demonstration) suffers(t *testing.T, n int, c change, effect string) {
	t.Helper()
	name, slug := d.bulletin(t, n, 1)
	args := []string{"publish", "--wait", name}
	var before []string
	if c.name != "create" {
		d.staff().do(t, args...)
		before = placesIn(timeline(t, d.sandboxURL(), ""), history(t, d.sandboxURL(), sandbox.PressChannel), slug)
	}
	switch c.name {
	case "correct":
		d.bulletin(t, n, 2)
	case "withdraw":
		d.desk.withdraw(slug, "")
		args = []string{"withdraw", "--wait", slug}
	}
	behave(t, d.sandboxURL())
	for _, match := range c.matches {
		misbehave(t, d.sandboxURL(), fmt.Sprintf(`{"match":%q,%s}`, match, effect))
	}
	d.staff().do(t, args...)
	if left := faultsLeft(t, d.sandboxURL()); left != 0 {
		t.Errorf("%d faults did not happen", left)
	}
	_, followed, said := d.whole(t)
	if after := placesIn(followed, said, slug); c.name == "correct" && !slices.Equal(before, after) {
		t.Errorf("the correction is at %v, was at %v", after, before)
	}
}

// placesIn are the names that the other ends gave to what they show of a post.
func placesIn(followed []status, said []message, slug string) (names []string) {
	for _, s := range followed {
		if s.Post == slug {
			names = append(names, s.ID)
		}
	}
	for _, m := range said {
		if m.Post == slug {
			names = append(names, m.TS)
		}
	}
	return names
}

func TestWaitingForAChannelThatIsAwayEndsInTime(t *testing.T) {
	t.Parallel()
	d := newDemonstration(t)
	d.greeted(t)
	d.whole(t)
	misbehave(t, d.sandboxURL(), `{"match":"POST /api/v1/statuses","effect":"status","status":429,"headers":{"Retry-After":"3600"}}`)
	name, slug := d.bulletin(t, 1, 1)
	began := time.Now()
	r := d.staff().try(t, "publish", "--wait", "--timeout", "2s", "--json", name)
	if r.code != 3 {
		t.Errorf("exit code %d, want 3\n%s%s", r.code, r.stdout, r.stderr)
	}
	if took := time.Since(began); took < 2*time.Second || took > patience {
		t.Errorf("it took %s, want 2 s", took)
	}
	if !strings.Contains(r.stderr, "1 of 2 deliveries had not settled after 2s") {
		t.Errorf("standard error: %q", r.stderr)
	}
	var one published
	decode(t, []byte(r.stdout), &one)
	states := map[string]string{}
	for _, delivery := range one.Deliveries {
		states[delivery.Channel] = delivery.State
	}
	if diff := gocmp.Diff(map[string]string{"mastodon-demo": "waiting", "slack-demo": "delivered"}, states); diff != "" {
		t.Errorf("deliveries (-want +got):\n%s", diff)
	}
	// The post is public all the same.
	checkPage(t, d.desk.office.Site.Permalink("en", slug), "en", "Bulletin 1, version 1")
}

func TestCommandsSayWhyNobodyAnswers(t *testing.T) {
	t.Parallel()
	d := newDemonstration(t)
	d.greeted(t)
	name, _ := d.bulletin(t, 1, 1)
	for _, tt := range []struct {
		name, says string
		env        []string
	}{
		{"wrong token", "not allowed", []string{"CARILLON_URL=http://" + d.staffAPI, "CARILLON_TOKEN=carillon_wrong"}},
		{"no token", "CARILLON_TOKEN is not", []string{"CARILLON_URL=http://" + d.staffAPI}},
		{"nothing there", "cannot reach Carillon", []string{"CARILLON_URL=http://" + freeAddress(t), "CARILLON_TOKEN=carillon_any"}},
		{"nothing runs on the folder", "cannot reach Carillon", []string{"CARILLON_DATA_DIR=" + t.TempDir()}},
		{"something else is there", "is not the staff API of Carillon", []string{"CARILLON_URL=" + d.publicURL(), "CARILLON_TOKEN=carillon_any"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, args := range [][]string{{"publish", name}, {"list"}, {"status"}} {
				r := (&commandLine{dir: d.dir, env: tt.env}).try(t, args...)
				if r.code != 4 || r.stdout != "" || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, tt.says) || strings.Contains(r.stderr, "carillon_") {
					t.Errorf("carillon %v: exit code %d, want 4 and one line that says %q without the token:\n%s%s", args, r.code, tt.says, r.stdout, r.stderr)
				}
			}
		})
	}
	d.stop(t)
	if r := d.staff().try(t, "list"); r.code != 4 || !strings.Contains(r.stderr, "is 'carillon up' running?") {
		t.Errorf("after the end: exit code %d\n%s", r.code, r.stderr)
	}
}
