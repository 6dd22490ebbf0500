package bus

import "testing"

func TestLogsShowNoPasswordOfAServer(t *testing.T) {
	for servers, want := range map[string]string{
		"nats://127.0.0.1:4222":                 "nats://127.0.0.1:4222",
		"127.0.0.1:4222":                        "nats://127.0.0.1:4222",
		"nats://office:secret@a:4222,tls://b:1": "nats://office:xxxxx@a:4222,tls://b:1",
		"nats://token@a:4222":                   "nats://xxxxx@a:4222",
		"nats://a:se%cret@b":                    "an address that cannot be read",
	} {
		if got := withoutPasswords(servers); got != want {
			t.Errorf("%q is logged as %q, want %q", servers, got, want)
		}
	}
}

func TestLogsShowNoSlugOfTheDesk(t *testing.T) {
	for said, want := range map[string]string{
		`nats: Permissions Violation for Publish to "desk.secret-headline"`:                       `nats: Permissions Violation for Publish to "desk.…"`,
		`Permissions Violation for Publish to "$JS.API.DIRECT.GET.DESK.desk.secret-headline" now`: `Permissions Violation for Publish to "$JS.API.DIRECT.GET.DESK.desk.…" now`,
		`Permissions Violation for Subscription to "desk.*"`:                                      `Permissions Violation for Subscription to "desk.*"`,
		`the helpdesk.example does not answer`:                                                    `the helpdesk.example does not answer`,
	} {
		if got := withoutSlugs(said); got != want {
			t.Errorf("logged as\n%s\nwant\n%s", got, want)
		}
	}
}
