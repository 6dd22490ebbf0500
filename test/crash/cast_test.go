package crash_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"carillon.example/pkg/channel/builtin"
	"carillon.example/pkg/office"
	"carillon.example/services/sandbox"
	"carillon.example/test/process"
	"carillon.example/test/reader"
)

// What is in doubt is looked at sooner than in earnest.
const (
	callTimeout = time.Second
	lookMargin  = 500 * time.Millisecond
	lookAgain   = time.Second
)

// cast is every process of an office that runs apart, and where they meet. Addresses stay the same when a process starts
// again.
type cast struct {
	dir                            string
	public, staffAPI, sandbox, log string // host:port
	token                          string
	secrets                        map[string]string
	config                         string
	office                         *office.Office
	members                        []*member
	blind                          bool
	env                            []string // what else the processes are told
}

// member is one process of several.
type member struct {
	name    string
	ops     string // where it says how it is; empty for the NATS server
	process *process.Process
}

// newCast takes addresses, starts the sandbox and makes accounts there.
func newCast(t *testing.T, blind bool) *cast {
	t.Helper()
	c := &cast{
		dir: t.TempDir(), public: process.FreeAddress(t), staffAPI: process.FreeAddress(t), sandbox: process.FreeAddress(t), log: process.FreeAddress(t),
		token: "a-token-that-ops-have-chosen", blind: blind,
		secrets: map[string]string{"MASTODON_OFFICE": sandbox.MastodonToken, "SLACK": sandbox.SlackToken},
	}
	c.write(t, "token", c.token+"\n")
	c.write(t, "nats.conf", fmt.Sprintf("listen: %q\njetstream {store_dir: %q, sync_interval: always}\n", c.log, filepath.Join(c.dir, "nats")))
	for _, name := range []string{"nats", "sandbox", "ingest", "feeds", "deliver-1", "deliver-2"} {
		m := &member{name: name}
		if name != "nats" {
			m.ops = process.FreeAddress(t)
		}
		c.members = append(c.members, m)
	}
	c.start(t, c.member("sandbox"))
	process.AwaitReady(t, c.member("sandbox").process, c.member("sandbox").ops)
	for _, account := range []string{"languages", "newsroom"} {
		c.secrets["MASTODON_"+strings.ToUpper(account)] = reader.Newcomer(t, c.sandboxURL(), account)
	}
	return c
}

// configure writes the configuration. The channels are a line each; they may name the sandbox and the tokens.
func (c *cast) configure(t *testing.T, channels ...string) {
	t.Helper()
	places := strings.NewReplacer("SANDBOX", c.sandboxURL(), "SLACK_API", c.sandboxURL()+sandbox.SlackAPI, "PRESS", sandbox.PressChannel, "STAFF", sandbox.StaffChannel)
	c.config = fmt.Sprintf(`
site:
  title: {en: The office, ru: Офис}
  url: http://%s
  languages: [en, ru]
  timezone: Asia/Almaty
channels:
  - %s
`, c.public, places.Replace(strings.Join(channels, "\n  - ")))
	c.write(t, "carillon.yaml", c.config)
	o, err := office.Parse("carillon.yaml", []byte(c.config), builtin.Types(), func(name string) (string, bool) {
		s, ok := c.secrets[name]
		return s, ok
	})
	if err != nil {
		t.Fatal(err)
	}
	c.office = o
}

// without takes a process off the cast, to be added later.
func (c *cast) without(t *testing.T, name string) *member {
	t.Helper()
	m := c.member(name)
	c.members = slices.DeleteFunc(c.members, func(o *member) bool { return o == m })
	return m
}

func (c *cast) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (c *cast) sandboxURL() string { return "http://" + c.sandbox }

func (c *cast) member(name string) *member {
	for _, m := range c.members {
		if m.name == name {
			return m
		}
	}
	panic("nobody is called " + name)
}

// start starts a process if it does not run.
func (c *cast) start(t *testing.T, m *member) {
	t.Helper()
	if m.process != nil && m.process.Running() {
		return
	}
	if m.name == "nats" {
		m.process = process.Start(t, m.name, c.dir, nil, programs.NATS, "-c", "nats.conf")
		return
	}
	command, _, _ := strings.Cut(m.name, "-")
	env := []string{
		"CARILLON_PUBLIC_ADDR=" + c.public, "CARILLON_STAFF_ADDR=" + c.staffAPI, "CARILLON_SANDBOX_ADDR=" + c.sandbox,
		"CARILLON_OPS_ADDR=" + m.ops, "CARILLON_NATS_URL=nats://" + c.log, "CARILLON_ADMIN_TOKEN_FILE=token",
		"CARILLON_DATA_DIR=" + filepath.Join(c.dir, "data-"+m.name),
		fmt.Sprintf("CARILLON_CALL_TIMEOUT=%s", callTimeout), fmt.Sprintf("CARILLON_LOOK_MARGIN=%s", lookMargin),
		fmt.Sprintf("CARILLON_LOOK_AGAIN=%s", lookAgain), "CARILLON_PAGE_TIMEOUT=500ms",
	}
	env = append(env, c.env...)
	for name, value := range c.secrets {
		env = append(env, name+"="+value)
	}
	if c.blind && command == "deliver" {
		m.process = process.Start(t, m.name, c.dir, append(env, blindRole+"=yes"), os.Args[0])
		return
	}
	m.process = process.Start(t, m.name, c.dir, env, programs.Carillon, command)
}

// startAll starts whatever does not run, and waits until all of it works.
func (c *cast) startAll(t *testing.T) {
	t.Helper()
	for _, m := range c.members {
		c.start(t, m)
	}
	for _, m := range c.members {
		if m.ops != "" {
			process.AwaitReady(t, m.process, m.ops)
		}
	}
}

// stop ends everything as people do, and checks that it ends well.
func (c *cast) stop(t *testing.T) {
	t.Helper()
	for i := len(c.members) - 1; i >= 0; i-- {
		if m := c.members[i]; m.process.End(t, syscall.SIGTERM) != 0 && m.name != "nats" {
			t.Errorf("%s: %s after SIGTERM", m.name, m.process.State())
		}
	}
}
