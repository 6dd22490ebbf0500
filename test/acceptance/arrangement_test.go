package acceptance_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"carillon.example/services/sandbox"
)

// arrangement is one way to run Carillon: everything in one process, or each service in its own.
type arrangement interface {
	// start starts whatever does not run, and waits until all of it works.
	start(t *testing.T)
	// victims are the processes that get killed, in this order.
	victims() []string
	// kill ends one at once (SIGKILL).
	kill(t *testing.T, victim string)
	// stop ends everything as people do, and checks that it ends well.
	stop(t *testing.T)
	// staff is the command line there.
	staff() *commandLine
}

// place is where things are, however they run. The addresses stay the same when a process starts again.
type place struct {
	dir                                 string
	public, staffAPI, ops, sandbox, log string // host:port
	config                              string // the text of carillon.yaml
	secrets                             map[string]string
}

const (
	everybody = "languages" // the account of mastodon-all at the sandbox
	all       = "MASTODON_ALL"
)

// newPlace takes addresses, gives mastodon-all an account of its own at the sandbox, and writes the configuration, whose
// part about reminders the caller knows.
func newPlace(t *testing.T, reminders string) *place {
	t.Helper()
	p := &place{
		dir: t.TempDir(), public: freeAddress(t), staffAPI: freeAddress(t), ops: freeAddress(t), sandbox: freeAddress(t), log: freeAddress(t),
		secrets: map[string]string{"MASTODON_EN": sandbox.MastodonToken, "SLACK": sandbox.SlackToken},
	}
	alone := start(t, "the sandbox before", p.dir, p.env("CARILLON_OPS_ADDR="+p.ops, "CARILLON_DATA_DIR="+p.sandboxData()), carillonProgram, "sandbox")
	awaitReady(t, alone, p.ops)
	p.secrets[all] = newcomer(t, p.sandboxURL(), everybody)
	if code := alone.end(t, syscall.SIGTERM); code != 0 {
		t.Fatalf("the sandbox ended with exit code %d", code)
	}
	p.config = fmt.Sprintf(`
site:
  title: {en: The office, ru: Офис, kk: Кеңсе}
  url: http://%[1]s
  languages: [en, ru, kk]
  timezone: Asia/Almaty
channels:
  - {name: mastodon-en, type: mastodon, server: "%[2]s", token: "${MASTODON_EN}", languages: [en]}
  - {name: mastodon-all, type: mastodon, server: "%[2]s", token: "${MASTODON_ALL}"}
  - {name: slack-press, type: slack, api_url: "%[2]s%[3]s", token: "${SLACK}", channel: %[4]s}
  - {name: slack-news, type: slack, api_url: "%[2]s%[3]s", token: "${SLACK}", channel: %[5]s, kinds: [news]}
  - {name: slack-staff, type: slack, api_url: "%[2]s%[3]s", token: "${SLACK}", channel: %[5]s, posts: false%[6]s}
`, p.public, p.sandboxURL(), sandbox.SlackAPI, sandbox.PressChannel, sandbox.StaffChannel, reminders)
	if err := os.WriteFile(filepath.Join(p.dir, "carillon.yaml"), []byte(p.config), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *place) publicURL() string   { return "http://" + p.public }
func (p *place) sandboxURL() string  { return "http://" + p.sandbox }
func (p *place) sandboxData() string { return filepath.Join(p.dir, "data") }

// env is the environment of every process here. What is in doubt is looked at sooner than in earnest.
func (p *place) env(more ...string) []string {
	env := []string{
		"CARILLON_PUBLIC_ADDR=" + p.public, "CARILLON_STAFF_ADDR=" + p.staffAPI, "CARILLON_SANDBOX_ADDR=" + p.sandbox,
		"CARILLON_CALL_TIMEOUT=2s", "CARILLON_LOOK_MARGIN=200ms", "CARILLON_LOOK_AGAIN=1s", "CARILLON_DOWN_AGAIN=200ms",
	}
	for name, value := range p.secrets {
		env = append(env, name+"="+value)
	}
	return append(env, more...)
}

// together is everything in one process: carillon up.
type together struct {
	*place
	args []string
	up   *process
}

func (a *together) start(t *testing.T) {
	t.Helper()
	if a.up != nil && a.up.running() {
		return
	}
	a.begin(t)
	awaitReady(t, a.up, a.ops)
}

func (a *together) begin(t *testing.T) {
	t.Helper()
	a.up = start(t, "carillon up", a.dir, a.env("CARILLON_OPS_ADDR="+a.ops), carillonProgram, append([]string{"up"}, a.args...)...)
}

func (a *together) victims() []string { return []string{"up", "up"} }

func (a *together) kill(t *testing.T, _ string) {
	t.Helper()
	a.up.end(t, syscall.SIGKILL)
}

func (a *together) stop(t *testing.T) {
	t.Helper()
	if code := a.up.end(t, syscall.SIGINT); code != 0 {
		t.Errorf("after Ctrl-C the exit code is %d", code)
	}
}

func (a *together) staff() *commandLine { return &commandLine{dir: a.dir} }

// apart is each service in a process of its own, and a NATS server, which starts last.
type apart struct {
	*place
	token   string
	members []*member
}

// member is one process of several.
type member struct {
	name    string
	args    []string
	ops     string
	process *process
}

func newApart(t *testing.T, p *place) *apart {
	t.Helper()
	a := &apart{place: p, token: "a-token-that-ops-have-chosen"}
	if err := os.WriteFile(filepath.Join(p.dir, "token"), []byte(a.token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("listen: %q\njetstream {store_dir: %q, sync_interval: always}\n", p.log, filepath.Join(p.dir, "nats"))
	if err := os.WriteFile(filepath.Join(p.dir, "nats.conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"remind", "deliver-1", "feeds", "deliver-2", "ingest", "sandbox"} {
		command, _, _ := strings.Cut(name, "-")
		a.members = append(a.members, &member{name: name, args: []string{command}, ops: freeAddress(t)})
	}
	a.members = append(a.members, &member{name: "nats"})
	return a
}

func (a *apart) start(t *testing.T) {
	t.Helper()
	for _, m := range a.members {
		if m.process != nil && m.process.running() {
			continue
		}
		if m.name == "nats" {
			m.process = start(t, m.name, a.dir, nil, natsProgram, "-c", "nats.conf")
			continue
		}
		m.process = start(t, m.name, a.dir, a.env(
			"CARILLON_OPS_ADDR="+m.ops, "CARILLON_NATS_URL=nats://"+a.log, "CARILLON_DATA_DIR="+a.data(m.name), "CARILLON_ADMIN_TOKEN_FILE=token",
		), carillonProgram, m.args...)
	}
	for _, m := range a.members {
		if m.ops != "" {
			awaitReady(t, m.process, m.ops)
		}
	}
}

// data is a process' own folder. The sandbox goes on with what it kept before.
func (a *apart) data(name string) string {
	if name == "sandbox" {
		return a.sandboxData()
	}
	return filepath.Join(a.dir, "data-"+name)
}

func (a *apart) victims() []string { return []string{"deliver-1", "ingest", "feeds", "nats"} }

func (a *apart) kill(t *testing.T, victim string) {
	t.Helper()
	i := slices.IndexFunc(a.members, func(m *member) bool { return m.name == victim })
	a.members[i].process.end(t, syscall.SIGKILL)
}

func (a *apart) stop(t *testing.T) {
	t.Helper()
	for _, m := range a.members {
		code := m.process.end(t, syscall.SIGTERM)
		if code != 0 && m.name != "nats" {
			t.Errorf("%s: exit code %d after SIGTERM", m.name, code)
		}
	}
}

func (a *apart) staff() *commandLine {
	return &commandLine{dir: a.dir, env: []string{"CARILLON_URL=http://" + a.staffAPI, "CARILLON_TOKEN=" + a.token}}
}

// awaitSandbox waits until the sandbox answers again, as it does after everything was started.
func (p *place) awaitSandbox(t *testing.T) {
	t.Helper()
	await(t, "the sandbox answers", func() string {
		if a := ask(t, http.MethodGet, p.sandboxURL()+"/faults", nil, nil); a.status != http.StatusOK {
			return a.String()
		}
		return ""
	})
}
