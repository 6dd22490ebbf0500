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
