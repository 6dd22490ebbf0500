package slack_test

import (
	"strings"
	"testing"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/slack"
)

func TestSettingsSayWhatIsWrong(t *testing.T) {
	credential := channel.Credential{Token: carillon.Secret(token)}
	tests := []struct {
		name     string
		settings slack.Settings
		want     string // the field and a part of the message; empty: nothing is wrong
	}{
		{"complete", slack.Settings{Credential: credential, Channel: "C0123456789"}, ""},
		{"private channel", slack.Settings{Credential: credential, Channel: "G0123456789"}, ""},
		{"another server", slack.Settings{Credential: credential, Channel: "C1", APIURL: "http://127.0.0.1:8083/slack/api/"}, "channel: "},
		{"another server, whole", slack.Settings{Credential: credential, Channel: "C0123", APIURL: "http://127.0.0.1:8083/slack/api"}, ""},
		{"no token", slack.Settings{Channel: "C0123456789"}, "token: is missing"},
		{"no channel", slack.Settings{Credential: credential}, "channel: is missing"},
		{"a name", slack.Settings{Credential: credential, Channel: "#press"}, "write the ID"},
		{"no address", slack.Settings{Credential: credential, Channel: "C0123456789", APIURL: "slack"}, "api_url: is not the base"},
		{"a query", slack.Settings{Credential: credential, Channel: "C0123456789", APIURL: "https://slack.com/api/?a=b"}, "api_url: is not the base"},
		{"a password", slack.Settings{Credential: credential, Channel: "C0123456789", APIURL: "https://a:secret@slack.com/api/"}, "api_url: holds"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.settings.Validate().Error()
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if strings.Contains(got, "secret") || strings.Contains(got, token) {
				t.Errorf("a secret shows: %s", got)
			}
		})
	}
}

func TestDestinationNamesChannelAndServer(t *testing.T) {
	for want, s := range map[string]slack.Settings{
		"C0123456789 at slack.com":      {Channel: "C0123456789"},
		"C0123456789 at 127.0.0.1:8083": {Channel: "C0123456789", APIURL: "http://127.0.0.1:8083/slack/api"},
	} {
		if got := s.Destination(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestStaffTextIsCheckedNotChanged(t *testing.T) {
	c := edition(carillon.KindNews, "en", "Title", "Body")
	c.Edition.Texts = map[string]carillon.Text{"slack": {Text: strings.Repeat("a", 3001)}}
	_, err := slack.Compose(channel.Limits{}, c)
	if err == nil || !strings.Contains(err.Error(), "3001") || !strings.Contains(err.Error(), "3000") {
		t.Errorf("got %v, want an error that names the length and the limit", err)
	}
	c.Edition.Texts["slack"] = carillon.Text{Text: strings.Repeat("a", 3000)}
	if _, err := slack.Compose(channel.Limits{}, c); err != nil {
		t.Errorf("3000 characters: %v", err)
	}
}
