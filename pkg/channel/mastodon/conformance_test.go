package mastodon_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/channeltest"
	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/channel/mastodon"
	"carillon.example/pkg/channel/mastodon/fake"
	"carillon.example/pkg/outbound"
)

const token = "sandbox-token-0123456789"

// instance is a fake instance with one account, and the settings that lead to it.
type instance struct {
	*fake.Server
	url      string
	settings *mastodon.Settings
}

func newInstance(t *testing.T, o fake.Options) *instance {
	t.Helper()
	o.Accounts = []fake.Account{{Name: "office", Token: token}}
	s, err := fake.Open(t.TempDir(), o)
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
	return &instance{s, srv.URL, &mastodon.Settings{
		Credential: channel.Credential{Token: token}, Server: srv.URL, Visibility: "public",
	}}
}

func (i *instance) client() *http.Client {
	return outbound.New(outbound.Options{AllowPrivate: outbound.Configured(i.url)})
}

func (i *instance) driver(t *testing.T) channel.Driver {
	t.Helper()
	d, err := mastodon.Type().Open(i.settings, i.client())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (i *instance) texts() []string {
	var texts []string
	for _, s := range i.Statuses() {
		texts = append(texts, s.Text)
	}
	return texts
}

// thread follows the replies from the oldest status on.
func (i *instance) thread() []string {
	var texts []string
	above := ""
	for _, s := range slices.Backward(i.Statuses()) {
		if s.ReplyTo != above {
			return append(texts, "not a reply to the one before: "+s.Text)
		}
		texts, above = append(texts, s.Text), s.ID
	}
	return texts
}

func (i *instance) alts() []string {
	var alts []string
	for _, s := range i.Statuses() {
		for _, m := range s.Media {
			alts = append(alts, m.Description)
		}
	}
	return alts
}

func (i *instance) fault(t *testing.T, f fault.Fault) {
	t.Helper()
	if err := i.Faults().Add(f); err != nil {
		t.Fatal(err)
	}
}

func TestDriverConforms(t *testing.T) {
	channeltest.Run(t, channeltest.Harness{
		Type:  mastodon.Type(),
		Media: true, Idempotent: true,
		Start: func(t *testing.T) channeltest.Fake {
			i := newInstance(t, fake.Options{Processing: 2})
			return channeltest.Fake{
				URL: i.url, Settings: i.settings, Secret: token, Texts: i.texts, Faults: i.Faults(),
				Create: "POST /api/v1/statuses", Edit: "PUT /api/v1/statuses/*", Withdraw: "DELETE /api/v1/statuses/*",
				Thread: i.thread, Upload: "POST /api/v2/media", Alts: i.alts,
				Refuses:      fault.Fault{Effect: fault.Status, Status: http.StatusUnauthorized},
				HistoryScope: "read:statuses", Suspended: "suspended",
			}
		},
	})
}
