package slack

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/channel"
)

func TestReceiptIsReadFromTheLinkOfAMessage(t *testing.T) {
	settings := &Settings{Channel: "C0123456789"}
	for address, want := range map[string]channel.Receipt{
		"https://office.slack.com/archives/C0123456789/p1712345678901234": {
			IDs: []string{"C0123456789", "1712345678.901234"}, Link: "https://office.slack.com/archives/C0123456789/p1712345678901234",
		},
		"https://office.slack.com/archives/C0123456789/p1712345679000001?thread_ts=1712345678.901234&cid=C0123456789": {
			IDs:  []string{"C0123456789", "1712345679.000001"},
			Link: "https://office.slack.com/archives/C0123456789/p1712345679000001?thread_ts=1712345678.901234&cid=C0123456789",
		},
	} {
		got, err := receiptAt(settings, address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
	}
	for address, says := range map[string]string{
		"":                  "is not the link of a message",
		"1712345678.901234": "is not the link of a message",
		"https://office.slack.com/archives/C0123456789":                   "is not the link of a message",
		"https://office.slack.com/archives/C0123456789/p17123456789012":   "is not the link of a message",
		"https://office.slack.com/archives/C0999999999/p1712345678901234": "is a message in C0999999999, and this is the channel C0123456789",
	} {
		if _, err := receiptAt(settings, address); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", address, err, says)
		}
	}
}
