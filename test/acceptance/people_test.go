package acceptance_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// person is the command line of somebody with a token of their own.
func (d *demonstration) person(t *testing.T, name string, more ...string) (*commandLine, string) {
	t.Helper()
	made := read[struct{ ID, Secret string }](t, d.staff(), append([]string{"token", "create", name}, more...)...)
	return &commandLine{dir: d.dir, env: []string{"CARILLON_URL=http://" + d.staffAPI, "CARILLON_TOKEN=" + made.Secret}}, made.ID
}

// refused runs a command that has to end with exit code 4, and checks what it says.
func (c *commandLine) refused(t *testing.T, says string, args ...string) {
	t.Helper()
	if r := c.try(t, args...); r.code != 4 || !strings.Contains(r.stderr, says) {
		t.Errorf("carillon %v: exit code %d, want 4, and %q in\n%s%s", args, r.code, says, r.stdout, r.stderr)
	}
}

// decided is a line of 'carillon log --json'.
type decided struct {
	Post, Decision, By string
	ByID               string `json:"by_id"`
	Number, Revision   int
	BasedOn            int `json:"based_on"`
}

func (c *commandLine) log(t *testing.T, args ...string) (all []decided) {
	t.Helper()
	for line := range strings.Lines(c.do(t, append([]string{"log", "--json"}, args...)...)) {
		var one decided
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%q is no line of JSON: %v", line, err)
		}
		all = append(all, one)
	}
	return all
}

func TestEveryoneMayDoWhatTheirTokenSays(t *testing.T) {
	t.Parallel()
	d := newDemonstration(t)
	d.greeted(t)
	write(t, d.dir, map[string]string{"reading-room.en.md": withFront()})
	anna, annaID := d.person(t, "anna", "--role", "author", "--expires", "90d")
	boris, borisID := d.person(t, "boris")

	// An author keeps a draft, and releases nothing.
	anna.do(t, "publish", "--draft", "reading-room.en.md")
	write(t, d.dir, map[string]string{"reading-room.en.md": withFront("tags: [library]")})
	anna.refused(t, `publishing a post needs the role editor, and the token "anna" has the role author: ask an editor or an administrator`, "publish", "reading-room.en.md")
	anna.refused(t, "making a token needs the role administrator", "token", "create", "eve")
	boris.refused(t, "listing the tokens needs the role administrator", "token", "list")
	anna.do(t, "show", "reading-room")
	boris.do(t, "publish", "--wait", "reading-room.en.md")

	// Who did what is in the log, which everybody can read.
	want := []decided{
		{Post: "reading-room", Decision: "saved", By: "anna", ByID: annaID, Number: 1, Revision: 1},
		{Post: "reading-room", Decision: "released", By: "boris", ByID: borisID, Number: 2, Revision: 2, BasedOn: 1},
	}
	got := anna.log(t, "reading-room")
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("the log of the post: %+v\nwant %+v", got, want)
	}
	all := anna.log(t)
	if len(all) != len(d.desk.posts)+2 || all[len(all)-1] != want[1] || all[len(all)-2] != want[0] {
		t.Errorf("the log of all has %d decisions, and ends with %+v", len(all), all[len(all)-2:])
	}

	// A token ends when it is revoked, and when its time has come.
	d.staff().do(t, "token", "revoke", borisID)
	boris.refused(t, "the token is not valid", "list")
	visitor, _ := d.person(t, "visitor", "--role", "author", "--expires", time.Now().Add(3*time.Second).UTC().Format(time.RFC3339))
	await(t, "the visitor's time is over", func() string {
		if r := visitor.try(t, "list"); r.code != 4 || !strings.Contains(r.stderr, `the token "visitor" expired on `) {
			return r.stdout + r.stderr
		}
		return ""
	})
	if r := d.staff().try(t, "token", "revoke", "admin"); r.code != 1 || !strings.Contains(r.stderr, "registered from a file") {
		t.Errorf("revoking the first token: exit code %d\n%s", r.code, r.stderr)
	}
	for _, one := range read[[]struct {
		Name    string
		Used    *time.Time `json:"last_used"`
		Expired bool
	}](t, d.staff(), "token", "list") {
		if one.Used == nil || one.Expired != (one.Name == "visitor") {
			t.Errorf("listed as %+v", one)
		}
	}
}
