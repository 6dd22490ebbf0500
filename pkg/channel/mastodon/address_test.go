package mastodon

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/channel"
)

func TestReceiptIsReadFromTheAddressOfAStatus(t *testing.T) {
	settings := &Settings{Server: "https://social.example.org"}
	for address, want := range map[string]channel.Receipt{
		"https://social.example.org/@office/109876543210":                {IDs: []string{"109876543210"}, Link: "https://social.example.org/@office/109876543210"},
		" https://Social.Example.org/@office/1?x=1#y ":                   {IDs: []string{"1"}, Link: "https://Social.Example.org/@office/1"},
		"https://social.example.org/web/statuses/12":                     {IDs: []string{"12"}, Link: "https://social.example.org/web/statuses/12"},
		"https://social.example.org/users/office/statuses/12":            {IDs: []string{"12"}, Link: "https://social.example.org/users/office/statuses/12"},
		"https://social.example.org/@office/01HXYZ8P":                    {IDs: []string{"01HXYZ8P"}, Link: "https://social.example.org/@office/01HXYZ8P"},
		"https://social.example.org/deck/@office@social.example.org/12/": {IDs: []string{"12"}, Link: "https://social.example.org/deck/@office@social.example.org/12/"},
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
		"":                                 "write it whole",
		"109876543210":                     "write it whole",
		"ftp://social.example.org/@a/1":    "write it whole",
		"https://social.example.org/about": "is not the address of a status",
		"https://social.example.org/@office/1/../2":              "is not the address of a status",
		"https://elsewhere.example/@office@social.example.org/7": "leads to elsewhere.example, and the channel is at social.example.org",
	} {
		if _, err := receiptAt(settings, address); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", address, err, says)
		}
	}
}

func FuzzReceiptHoldsNothingButAnID(f *testing.F) {
	f.Add("https://social.example.org/@office/109876543210")
	f.Add("https://social.example.org/@o/1%2f..%2f2")
	f.Fuzz(func(t *testing.T, address string) {
		r, err := receiptAt(&Settings{Server: "https://social.example.org"}, address)
		if err == nil && (len(r.IDs) != 1 || strings.Trim(r.IDs[0], "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != "") {
			t.Errorf("%q: %+v", address, r)
		}
	})
}
