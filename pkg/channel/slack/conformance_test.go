package slack_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/channeltest"
	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/channel/slack"
	"carillon.example/pkg/channel/slack/fake"
)

const (
	token     = "xoxb-not-a-real-token"
	channelID = "C0PRESS01"
)

// workspace is a running fake, with the faults in front of it.
type workspace struct {
	*fake.Server
	url      string
	faults   *fault.Injector
	settings *slack.Settings
}

func startWorkspace(t *testing.T, opts fake.Options) *workspace {
	t.Helper()
	opts.Token = token
	if opts.Channels == nil {
		opts.Channels = []fake.Channel{{ID: channelID, Name: "press"}}
	}
	s, err := fake.Open(t.TempDir(), opts)
	if err != nil {
		t.Fatal(err)
	}
	var faults fault.Injector
	srv := httptest.NewServer(faults.Wrap(s))
	t.Cleanup(func() {
		srv.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &workspace{s, srv.URL, &faults, &slack.Settings{
		Credential: channel.Credential{Token: carillon.Secret(token)},
		Channel:    channelID,
		APIURL:     srv.URL + "/api/",
	}}
}

// thread is the oldest message and the replies to it.
func (w *workspace) thread() []string {
	var texts []string
	parent := ""
	for i, m := range w.Messages() {
		if m.ThreadTS != parent {
			return append(texts, "not in the thread: "+m.Text)
		}
		if i == 0 {
			parent = m.TS
		}
		texts = append(texts, m.Text)
	}
	return texts
}

func TestDriverConforms(t *testing.T) {
	channeltest.Run(t, channeltest.Harness{Type: slack.Type(), Start: func(t *testing.T) channeltest.Fake {
		w := startWorkspace(t, fake.Options{})
		return channeltest.Fake{
			URL: w.url, Settings: w.settings, Secret: token, Faults: w.faults,
			Texts: func() []string {
				var texts []string
				for _, m := range w.Messages() {
					texts = append(texts, m.Text)
				}
				return texts
			},
			Thread: w.thread,
			Create: "POST /api/chat.postMessage", Edit: "POST /api/chat.update", Withdraw: "POST /api/chat.delete",
			HistoryScope: "channels:history", MetadataScope: "metadata.message:read", Suspended: "removed",
			Refuses: fault.Fault{Effect: fault.Status, Status: http.StatusOK, Body: `{"ok":false,"error":"invalid_auth"}`},
		}
	}})
}
