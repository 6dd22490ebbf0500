package acceptance_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"carillon.example/examples"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/observance"
	"carillon.example/pkg/postfile"
	"carillon.example/pkg/seeds"
	"carillon.example/services/sandbox"
)

func TestOfficeInOneProcess(t *testing.T) {
	t.Parallel()
	plan := newPlan(t)
	p := newPlace(t, plan.rule)
	testOffice(t, p, &together{place: p, args: []string{"--sandbox"}}, plan)
}

func TestOfficeWithServicesApart(t *testing.T) {
	t.Parallel()
	plan := newPlan(t)
	p := newPlace(t, plan.rule)
	testOffice(t, p, newApart(t, p), plan)
}

// plan is what slack-staff is to be reminded of while the test runs.
type plan struct {
	rule        string // of the channel
	lead        carillon.Lead
	occurrences []observance.Occurrence
}

// remindedAfter is when the reminder is due: after everything has started, and before the test is done with the posts.
const remindedAfter = 15 * time.Second

// newPlan finds a lead such that there is an observance that many days after today.
func newPlan(t *testing.T) *plan {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Almaty")
	if err != nil {
		t.Fatal(err)
	}
	set, err := observance.Load()
	if err != nil {
		t.Fatal(err)
	}
	due := time.Now().In(zone).Add(remindedAfter)
	for lead := 1; lead <= 60; lead++ {
		day := carillon.DateOf(due).AddDays(lead)
		if found := set.Between(day, day); len(found) > 0 {
			return &plan{fmt.Sprintf(`, reminders: {leads: [%dd], at: "%s"}`, lead, due.Format(time.TimeOnly)), carillon.Lead(lead), found}
		}
	}
	t.Fatal("no observance in two months")
	return nil
}

// bureau is the office at work: where it runs, what it has said, and the files it writes.
type bureau struct {
	*place
	arrangement
	desk  *desk
	plan  *plan
	files map[string][]string // by stem
}

// testOffice is a day of the office's: publish, correct, withdraw, and publish on while processes die.
func testOffice(t *testing.T, p *place, a arrangement, plan *plan) {
	b := &bureau{place: p, arrangement: a, desk: newDesk(t, p.config, p.secrets), plan: plan, files: map[string][]string{}}
	a.start(t)
	first, later := b.write(t)

	b.publishAll(t, first)
	b.check(t, inOrder)
	b.publishesTheSameAgain(t, first)
	b.corrects(t, first[len(first)-1])
	b.withdraws(t, first[0])
	b.withdrawsOneLanguage(t)
	b.check(t, inOrder)
	b.publishesWhileProcessesDie(t, first, later)
	b.awaitReminders(t)
	b.check(t, inAnyOrder)

	a.stop(t)
	a.start(t)
	b.check(t, inAnyOrder)
	a.stop(t)
}

// write copies the posts into the office's folder: first those it begins with, the seeds if they are there, and then those
// that are published while processes die. They are named by stem.
func (b *bureau) write(t *testing.T) (first, later []string) {
	t.Helper()
	names, err := examples.Posts()
	if err != nil {
		t.Fatal(err)
	}
	// The site has no Arabic.
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, ".ar.md") })
	fromExamples := b.copy(t, examples.FS, names)
	if dir, ok := seeds.Dir(t); ok {
		names, err := fs.Glob(os.DirFS(dir), "*.*.md")
		if err != nil {
			t.Fatal(err)
		}
		return b.copy(t, os.DirFS(dir), names), fromExamples
	}
	bulletins := fstest.MapFS{}
	for i := range 12 {
		bulletins[fmt.Sprintf("bulletin-%02d.en.md", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "---\ntitle: Bulletin %d\nkind: news\nauthors: [Press desk]\ntags: [bulletin]\n---\n\nWhat happened in week %[1]d.\n", i)}
		bulletins[fmt.Sprintf("bulletin-%02d.ru.md", i)] = &fstest.MapFile{Data: fmt.Appendf(nil, "---\ntitle: Бюллетень %d\n---\n\nЧто было на неделе %[1]d.\n", i)}
	}
	names, err = fs.Glob(bulletins, "*.md")
	if err != nil {
		t.Fatal(err)
	}
	stems := b.copy(t, bulletins, names)
	return append(fromExamples, stems[:4]...), stems[4:]
}

func (b *bureau) copy(t *testing.T, from fs.FS, names []string) (stems []string) {
	t.Helper()
	attached, err := fs.Glob(from, "files/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(slices.Clone(attached), names...) {
		data, err := fs.ReadFile(from, name)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(b.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		stem, _, _ := strings.Cut(name, ".")
		if _, ok := b.files[stem]; !ok {
			stems = append(stems, stem)
		}
		b.files[stem] = append(b.files[stem], name)
	}
	return stems
}

// named are the files of some posts.
func (b *bureau) named(stems []string) (files []string) {
	for _, stem := range stems {
		files = append(files, b.files[stem]...)
	}
	return files
}

// noted reads posts as they are in their files now, and notes that they are public.
func (b *bureau) noted(t *testing.T, stems []string) []postfile.Source {
	t.Helper()
	files := b.named(stems)
	for i := range files {
		files[i] = filepath.Join(b.dir, files[i])
	}
	sources, err := postfile.Read(files)
	if err != nil {
		t.Fatal(err)
	}
	b.desk.publish(t, sources)
	return sources
}

func (b *bureau) publishAll(t *testing.T, stems []string) {
	t.Helper()
	sources := b.noted(t, stems)
	done := read[[]published](t, b.staff(), append([]string{"publish", "--wait"}, b.named(stems)...)...)
	if len(done) != len(sources) {
		t.Fatalf("%d posts are published, want %d", len(done), len(sources))
	}
	for i, one := range done {
		if one.Post != sources[i].Post.Slug || !one.Changed || one.Revision != 1 {
			t.Errorf("%s: published %+v", sources[i].Post.Slug, one)
		}
		for _, d := range one.Deliveries {
			if d.State != "delivered" || !d.Settled || d.Link == "" || d.Revision != 1 {
				t.Errorf("after --wait: %+v", d)
			}
		}
	}
}

func (b *bureau) publishesTheSameAgain(t *testing.T, stems []string) {
	t.Helper()
	followed, said := timeline(t, b.sandboxURL(), ""), history(t, b.sandboxURL(), sandbox.PressChannel)
	for _, one := range read[[]published](t, b.staff(), append([]string{"publish", "--wait"}, b.named(stems)...)...) {
		if one.Changed || one.Revision != 1 {
			t.Errorf("the same again: %+v", one)
		}
	}
	b.unchanged(t, followed, said)
}

// unchanged checks that nobody outside has noticed anything.
func (b *bureau) unchanged(t *testing.T, followed []status, said []message) {
	t.Helper()
	if diff := gocmp.Diff(followed, timeline(t, b.sandboxURL(), "")); diff != "" {
		t.Errorf("the timeline has changed (-before +after):\n%s", diff)
	}
	if diff := gocmp.Diff(said, history(t, b.sandboxURL(), sandbox.PressChannel)); diff != "" {
		t.Errorf("Slack has changed (-before +after):\n%s", diff)
	}
}

// rewrite changes a post's files: their titles end in a word, and their bodies begin with it.
func (b *bureau) rewrite(t *testing.T, stem, word string) {
	t.Helper()
	for _, name := range b.files[stem] {
		path := filepath.Join(b.dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s := string(data)
		lines := strings.Split(s, "\n")
		for i, line := range lines {
			if title, ok := strings.CutPrefix(line, "title: "); ok {
				if quoted, ok := strings.CutSuffix(title, `"`); ok {
					lines[i] = "title: " + quoted + " — " + word + `"`
				} else {
					lines[i] = "title: " + title + " — " + word
				}
				break
			}
		}
		front, body, ok := strings.Cut(strings.Join(lines, "\n"), "\n---\n")
		if !ok {
			t.Fatalf("%s has no front matter", name)
		}
		if err := os.WriteFile(path, []byte(front+"\n---\n\n"+word+".\n\n"+body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// corrects corrects a post and checks that everybody sees the correction in the same place.
func (b *bureau) corrects(t *testing.T, stem string) {
	t.Helper()
	slug := carillon.Slugify(stem)
	before, followed, said := whatIsKnown(t, b.staff(), b.desk), b.placesOf(t, slug), b.tsOf(t, slug)
	b.rewrite(t, stem, "Corrected")
	b.noted(t, []string{stem})
	done := read[published](t, b.staff(), append([]string{"publish", "--wait"}, b.named([]string{stem})...)...)
	if !done.Changed || done.Revision != 2 {
		t.Errorf("the correction: %+v", done)
	}
	b.check(t, inOrder)
	after := whatIsKnown(t, b.staff(), b.desk)
	for name, e := range after {
		was := before[name]
		if e.ID != was.ID || !e.Published.Equal(was.Published) {
			t.Errorf("%v: the entry has become another: %+v, was %+v", name, e, was)
		}
		if corrected := name.post == slug; corrected != e.Updated.After(was.Updated) {
			t.Errorf("%v: updated %s, before the correction of %s %s", name, e.Updated, slug, was.Updated)
		}
	}
	if diff := gocmp.Diff(followed, b.placesOf(t, slug)); diff != "" {
		t.Errorf("the correction is not the same status (-before +after):\n%s", diff)
	}
	if diff := gocmp.Diff(said, b.tsOf(t, slug)); diff != "" {
		t.Errorf("the correction is not the same message (-before +after):\n%s", diff)
	}
}

// placesOf are the ids of a post's statuses, by account and permalink.
func (b *bureau) placesOf(t *testing.T, slug string) map[string]string {
	t.Helper()
	places := map[string]string{}
	for _, s := range timeline(t, b.sandboxURL(), "") {
		if s.Post == slug {
			places[s.Account+" "+s.Permalink] = s.ID
		}
	}
	return places
}

// tsOf are the timestamps of a post's messages, by key.
func (b *bureau) tsOf(t *testing.T, slug string) map[string]string {
	t.Helper()
	places := map[string]string{}
	for _, where := range []string{sandbox.PressChannel, sandbox.StaffChannel} {
		for _, m := range history(t, b.sandboxURL(), where) {
			if m.Post == slug {
				places[where+" "+m.Key] = m.TS
			}
		}
	}
	return places
}

func (b *bureau) withdraws(t *testing.T, stem string) {
	t.Helper()
	slug := carillon.Slugify(stem)
	gone := b.desk.posts[b.desk.index(slug)].Languages()
	b.staff().do(t, "withdraw", slug, "--wait", "--json")
	b.desk.withdraw(slug, "")
	b.check(t, inOrder)
	for _, language := range gone {
		checkGone(t, b.desk.office.Site.Permalink(language, slug))
	}
	b.staff().do(t, "withdraw", slug, "--wait") // twice changes nothing
}

// withdrawsOneLanguage withdraws one edition of a post that has several; the others stay as they are.
func (b *bureau) withdrawsOneLanguage(t *testing.T) {
	t.Helper()
	i := slices.IndexFunc(b.desk.posts, func(p carillon.Post) bool { return len(p.Editions) > 1 })
	p := b.desk.posts[i]
	language := p.Languages()[1]
	b.staff().do(t, "withdraw", p.Slug, "--language", language, "--wait")
	b.desk.withdraw(p.Slug, language)
	b.check(t, inOrder)
	checkGone(t, b.desk.office.Site.Permalink(language, p.Slug))
}

// publishesWhileProcessesDie publishes new posts, corrects and withdraws old ones, and kills a process in the middle each
// time. What was not accepted is asked for again, as staff would.
func (b *bureau) publishesWhileProcessesDie(t *testing.T, first, later []string) {
	t.Helper()
	victims := b.victims()
	old := slices.DeleteFunc(slices.Clone(first), func(stem string) bool { // those that are public in all their languages
		return len(b.desk.posts[b.desk.index(carillon.Slugify(stem))].Editions) < len(b.files[stem])
	})
	for i, victim := range victims {
		b.slowDown(t)
		batch := slices.Clone(later[i*len(later)/len(victims) : (i+1)*len(later)/len(victims)])
		b.rewrite(t, old[i], "Corrected while "+victim+" died")
		batch = append([]string{old[i]}, batch...)
		taken := carillon.Slugify(old[len(old)-1-i])
		b.noted(t, batch)
		b.desk.withdraw(taken, "")

		files := b.named(batch)
		publishing := b.staff().start(t, append([]string{"publish"}, files...)...)
		withdrawing := b.staff().start(t, "withdraw", taken)
		await(t, "the first new status or message", func() string {
			slug := carillon.Slugify(batch[1])
			if len(b.placesOf(t, slug))+len(b.tsOf(t, slug)) == 0 {
				return "nothing yet"
			}
			return ""
		})
		b.kill(t, victim)
		b.start(t)
		t.Logf("after the death of %s %d deliveries were open", victim, b.open(t))
		publishing.code(t) // it may have been cut off: that is why it is asked for again
		withdrawing.code(t)
		b.again(t, append([]string{"publish"}, files...)...)
		b.again(t, "withdraw", taken)
	}
	behave(t, b.sandboxURL())
	awaitSettled(t, b.staff(), b.desk)
}

// open is how many deliveries have not settled.
func (b *bureau) open(t *testing.T) (n int) {
	t.Helper()
	for _, one := range read[[]delivery](t, b.staff(), "status") {
		if !one.Settled {
			n++
		}
	}
	return n
}

// again runs a command until it succeeds: services that met the log's death need a moment.
func (b *bureau) again(t *testing.T, args ...string) {
	t.Helper()
	await(t, "carillon "+args[0], func() string {
		if r := b.staff().try(t, args...); r.code != 0 {
			return fmt.Sprintf("exit code %d\n%s", r.code, r.stderr)
		}
		return ""
	})
}

// slowDown makes the channels answer late, so that something is always under way.
func (b *bureau) slowDown(t *testing.T) {
	t.Helper()
	b.awaitSandbox(t)
	behave(t, b.sandboxURL())
	for _, match := range []string{"POST /api/v1/statuses", "PUT /api/v1/statuses/*", "chat.postMessage", "chat.update"} {
		misbehave(t, b.sandboxURL(), fmt.Sprintf(`{"match":%q,"effect":"delay","delay_ms":120}`, match))
	}
}
