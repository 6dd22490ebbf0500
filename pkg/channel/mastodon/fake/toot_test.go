//go:build outside

package fake_test

import (
	"bytes"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"carillon.example/pkg/channel/mastodon/fake"
)

// tootClient is Debian's toot, unchanged, with a home of its own.
type tootClient struct {
	t    *testing.T
	home string
}

func (c *tootClient) run(stdin string, args ...string) string {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), "toot", args...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+c.home, "HOME="+c.home, "NO_PROXY=*", "PYTHONUTF8=1")
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		c.t.Fatalf("toot %s: %v\n%s", strings.Join(args, " "), err, &out)
	}
	return out.String()
}

func (c *tootClient) wants(got string, parts ...string) {
	c.t.Helper()
	for _, part := range parts {
		if !strings.Contains(got, part) {
			c.t.Fatalf("toot does not show %q:\n%s", part, got)
		}
	}
}

func TestTootLogsInPostsReadsAndDeletes(t *testing.T) {
	if _, err := exec.LookPath("toot"); err != nil {
		t.Fatalf("the client is not installed: apt-get install toot: %v", err)
	}
	s, err := fake.Open(t.TempDir(), fake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() {
		srv.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	host := strings.TrimPrefix(srv.URL, "http://")
	c := &tootClient{t, t.TempDir()}

	c.wants(c.run("any password\n", "login_cli", "-i", host, "-e", "reader@example.org", "--disable-https"), "Successfully logged in")
	c.wants(c.run("", "whoami"), "@reader")
	c.wants(c.run("", "instance", host, "--disable-https"), "Sandbox", "running Mastodon 4")
	c.wants(c.run("", "post", "Добро пожаловать https://news.example.org/ru/posts/a #Вода", "-l", "ru"), "Toot posted: "+srv.URL+"/@reader/")
	c.wants(c.run("", "post", "Behind a warning", "-p", "careful", "-v", "unlisted"), "Toot posted")

	public := c.run("", "timeline", "--public", "--local", "--once")
	c.wants(public, "@reader", "Добро пожаловать https://news.example.org/ru/posts/a #Вода")
	if strings.Contains(public, "Behind a warning") {
		t.Errorf("the public timeline shows an unlisted status:\n%s", public)
	}
	c.wants(c.run("", "timeline", "--tag", "вода", "--once"), "Добро пожаловать")
	home := c.run("", "timeline", "--once")
	c.wants(home, "Behind a warning", "Добро пожаловать")

	id := regexp.MustCompile(`ID (\d+)`).FindStringSubmatch(public)
	if id == nil {
		t.Fatalf("the timeline shows no id:\n%s", public)
	}
	c.wants(c.run("", "thread", id[1]), "Добро пожаловать")
	c.wants(c.run("", "delete", id[1]), "Status deleted")
	if left := c.run("", "timeline", "--once"); strings.Contains(left, "Добро пожаловать") {
		t.Errorf("the deleted status is still shown:\n%s", left)
	}
	if list := s.Statuses(); len(list) != 1 || list[0].Warning != "careful" || list[0].Visibility != "unlisted" {
		t.Errorf("the instance holds %+v, want the status behind a warning", list)
	}
	c.wants(c.run("", "logout", "reader@"+host), "logged out")
}
