package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carillon.example/services/sandbox"
)

// newTended is a place with a channel whose token stands in a file, and one where staff are told what needs them.
func newTended(t *testing.T) (*together, string) {
	t.Helper()
	p := &place{dir: t.TempDir(), public: freeAddress(t), staffAPI: freeAddress(t), ops: freeAddress(t), sandbox: freeAddress(t)}
	token := filepath.Join(p.dir, "mastodon.token")
	p.config = fmt.Sprintf(`
site: {title: {en: The office}, url: "http://%[1]s", languages: [en], timezone: Asia/Almaty}
channels:
  - {name: mastodon-en, type: mastodon, server: "%[2]s", token_file: %[3]s}
  - {name: slack-press, type: slack, api_url: "%[2]s%[4]s", token: "${SLACK}", channel: %[5]s, pace: 0s}
  - {name: slack-staff, type: slack, api_url: "%[2]s%[4]s", token: "${SLACK}", channel: %[6]s, posts: false, notices: true, pace: 0s}
`, p.public, p.sandboxURL(), token, sandbox.SlackAPI, sandbox.PressChannel, sandbox.StaffChannel)
	p.secrets = map[string]string{"SLACK": sandbox.SlackToken}
	write(t, p.dir, map[string]string{"carillon.yaml": p.config, "mastodon.token": sandbox.MastodonToken})
	a := &together{place: p, args: []string{"--sandbox"}}
	a.start(t)
	return a, token
}

// told are the titles of what staff were told, the first first.
func (p *place) told(t *testing.T) []string {
	t.Helper()
	var titles []string
	for _, m := range history(t, p.sandboxURL(), sandbox.StaffChannel) {
		title, _, _ := strings.Cut(m.Text, "\n")
		titles = append(titles, title)
	}
	return titles
}

func (p *place) awaitTold(t *testing.T, want ...string) {
	t.Helper()
	await(t, fmt.Sprintf("staff are told %q", want), func() string {
		if got := p.told(t); !slices.Equal(got, want) {
			return fmt.Sprintf("they were told %q", got)
		}
		return ""
	})
}

// awaitStates waits until the deliveries of a post stand as they should, by channel.
func awaitStates(t *testing.T, c *commandLine, post string, want map[string]string) []delivery {
	t.Helper()
	var all []delivery
	await(t, fmt.Sprintf("%s stands at %v", post, want), func() string {
		all = read[[]delivery](t, c, "status", post)
		for _, d := range all {
			if want[d.Channel] != "" && d.State != want[d.Channel] {
				return fmt.Sprintf("%s is %s: %s", d.Channel, d.State, d.Reason)
			}
		}
		return ""
	})
	return all
}

func bulletinOf(n int) map[string]string {
	return map[string]string{fmt.Sprintf("bulletin-%d.en.md", n): fmt.Sprintf("---\ntitle: Bulletin %d\nkind: news\nlanguage: en\n---\n\nWhat happened.\n", n)}
}

// A token is revoked; staff are told, put another into the file, and everything goes out in order by itself.
func TestChannelWhoseTokenWasRevokedGoesOnWithANewOne(t *testing.T) {
	t.Parallel()
	a, token := newTended(t)
	staff := a.staff()
	write(t, a.dir, bulletinOf(0))
	staff.do(t, "publish", "--wait", "bulletin-0.en.md")

	if err := os.WriteFile(token, []byte("revoked"), 0o600); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		write(t, a.dir, bulletinOf(n))
		staff.do(t, "publish", fmt.Sprintf("bulletin-%d.en.md", n))
	}
	a.awaitTold(t, "mastodon-en is down")
	awaitStates(t, staff, "bulletin-3", map[string]string{"slack-press": "delivered", "mastodon-en": "waiting"})
	if said := staff.do(t, "status", "bulletin-1"); !strings.Contains(said, "mastodon-en is down: ") {
		t.Errorf("status says:\n%s", said)
	}
	if said := staff.do(t, "channels"); !strings.Contains(said, "mastodon-en: mastodon, down") {
		t.Errorf("channels says:\n%s", said)
	}
	if err := os.WriteFile(token, []byte(sandbox.MastodonToken+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	awaitStates(t, staff, "bulletin-3", map[string]string{"mastodon-en": "delivered"})
	a.awaitTold(t, "mastodon-en is down", "mastodon-en is back")
	var followed []string
	for _, s := range timeline(t, a.sandboxURL(), "") {
		followed = append(followed, s.Post)
	}
	if want := []string{"bulletin-0", "bulletin-1", "bulletin-2", "bulletin-3"}; !slices.Equal(followed, want) {
		t.Errorf("followers see %v, want %v", followed, want)
	}

	// A pause outlives a restart, and ends when somebody says so.
	staff.do(t, "pause", "--all")
	a.stop(t)
	a.start(t)
	write(t, a.dir, bulletinOf(4))
	staff.do(t, "publish", "bulletin-4.en.md")
	if said := staff.do(t, "status", "bulletin-4"); !strings.Contains(said, "mastodon-en is paused, since ") {
		t.Errorf("status says:\n%s", said)
	}
	if got := len(timeline(t, a.sandboxURL(), "")); got != 4 {
		t.Errorf("followers see %d statuses while the channel is paused", got)
	}
	staff.do(t, "resume", "--all")
	awaitStates(t, staff, "bulletin-4", map[string]string{"mastodon-en": "delivered", "slack-press": "delivered"})
	a.laterChannelGetsWhatSomebodySends(t)
}

// laterChannelGetsWhatSomebodySends adds a channel: of what was released before, it gets the post that somebody sends there.
func (a *together) laterChannelGetsWhatSomebodySends(t *testing.T) {
	t.Helper()
	staff := a.staff()
	if r := staff.try(t, "send", "bulletin-0", "--to", "slack-late"); r.code != 2 || !strings.Contains(r.stderr, `"slack-late" is not configured`) {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
	a.stop(t)
	late := fmt.Sprintf("  - {name: slack-late, type: slack, api_url: \"%s%s\", token: \"${SLACK}\", channel: %s}\n", a.sandboxURL(), sandbox.SlackAPI, sandbox.PressChannel)
	write(t, a.dir, map[string]string{"carillon.yaml": a.config + late})
	a.start(t)
	if said := staff.do(t, "send", "bulletin-0", "--to", "slack-late"); said != "bulletin-0 (en) on slack-late: is sent now\n" {
		t.Errorf("send says %q", said)
	}
	awaitStates(t, staff, "bulletin-0", map[string]string{"slack-late": "delivered"})
	if said := staff.do(t, "send", "bulletin-0", "--to", "slack-late"); !strings.Contains(said, "left alone: it is shown there already") {
		t.Errorf("the second time it says %q", said)
	}
	var there []string
	for _, m := range of(history(t, a.sandboxURL(), sandbox.PressChannel), "slack-late") {
		there = append(there, m.Post)
	}
	if !slices.Equal(there, []string{"bulletin-0"}) {
		t.Errorf("the later channel shows %q", there)
	}
	a.stop(t)
}

// Where Carillon may not look a person does, and their word is enough: what they found is corrected in its place, and what
// they did not find is sent again.
func TestPersonResolvesWhatIsUncertainBothWays(t *testing.T) {
	t.Parallel()
	a, _ := newTended(t)
	staff := a.staff()
	misbehave(t, a.sandboxURL(), `{"match":"conversations.history","effect":"status","status":200,"body":"{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"channels:history\"}"}`)
	there := func(n int, effect string) (slug string) {
		slug = fmt.Sprintf("bulletin-%d", n)
		misbehave(t, a.sandboxURL(), fmt.Sprintf(`{"match":"chat.postMessage","effect":%q,"times":1}`, effect))
		write(t, a.dir, bulletinOf(n))
		if r := staff.try(t, "publish", "--wait", "--timeout", "30s", slug+".en.md"); r.code != 3 {
			t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
		}
		awaitStates(t, staff, slug, map[string]string{"slack-press": "uncertain"})
		return slug
	}

	found := there(1, "drop-after")
	lost := there(2, "drop-before")
	behave(t, a.sandboxURL())
	a.awaitTold(t, "Uncertain: bulletin-1 (en) on slack-press", "Uncertain: bulletin-2 (en) on slack-press")
	said := of(history(t, a.sandboxURL(), sandbox.PressChannel), "slack-press")
	if len(said) != 1 {
		t.Fatalf("%d messages", len(said))
	}
	link := a.sandboxURL() + "/slack/archives/" + sandbox.PressChannel + "/p" + strings.ReplaceAll(said[0].TS, ".", "")
	staff.do(t, "resolve", found, "--channel", "slack-press", "--there", link)
	staff.do(t, "resolve", lost, "--channel", "slack-press", "--not-there")
	for _, slug := range []string{found, lost} {
		awaitStates(t, staff, slug, map[string]string{"slack-press": "delivered"})
	}
	if r := staff.try(t, "resolve", lost, "--channel", "slack-press", "--not-there"); r.code != 1 || !strings.Contains(r.stderr, "is delivered, not uncertain") {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
	write(t, a.dir, map[string]string{"bulletin-1.en.md": "---\ntitle: Bulletin 1, corrected\nkind: news\nlanguage: en\n---\n\nWhat happened.\n"})
	staff.do(t, "publish", "--wait", "bulletin-1.en.md")
	var titles []string
	for _, m := range of(history(t, a.sandboxURL(), sandbox.PressChannel), "slack-press") {
		title, _, _ := strings.Cut(m.Text, "\n")
		titles = append(titles, title)
	}
	slices.Sort(titles)
	if want := []string{"Bulletin 1, corrected", "Bulletin 2"}; !slices.Equal(titles, want) {
		t.Errorf("the channel shows %q, want %q", titles, want)
	}
}
