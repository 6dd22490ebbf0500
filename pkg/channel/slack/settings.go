package slack

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
)

// defaultAPI is where Slack's Web API is: https://docs.slack.dev/apis/web-api.
const defaultAPI = "https://slack.com/api/"

// channelID is what Slack calls a conversation that has members: C… or, for older private channels, G….
var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,30}$`)

// Settings are the keys of a channel of type slack in carillon.yaml.
type Settings struct {
	channel.Credential `yaml:",inline"`

	// Channel is the ID of the channel to post in. The bot must be a member.
	Channel string `yaml:"channel"`
	// APIURL is the base address of another server that speaks Slack's Web API; empty: Slack's own.
	APIURL string `yaml:"api_url"`
	// Pace is how long two messages are apart at the least.
	Pace time.Duration `yaml:"pace"`
}

// defaultPace is Slack's own limit: one message a second in a channel (https://docs.slack.dev/apis/web-api/rate-limits).
const defaultPace = time.Second

// maxPace is more than any server asks for.
const maxPace = time.Minute

// Validate names what is missing or wrong.
func (s *Settings) Validate() carillon.Mistakes {
	m := s.Credential.Validate()
	switch {
	case s.Channel == "":
		m.Add("channel", "is missing: write the channel's ID, such as C0123456789 (in Slack: open the channel's details, at the bottom)")
	case !channelID.MatchString(s.Channel):
		m.Add("channel", "%q is not a channel's ID: names change, so write the ID, such as C0123456789 (in Slack: open the channel's details, at the bottom)", s.Channel)
	}
	if s.Pace < 0 || s.Pace > maxPace {
		m.Add("pace", "is %s: write how long two messages are apart, from 0s to %s; Slack's own limit is 1s", s.Pace, maxPace)
	}
	if s.APIURL != "" {
		u, err := url.Parse(s.APIURL)
		switch {
		case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
			m.Add("api_url", "is not the base of an API: write it as https://slack.com/api/")
		case u.User != nil:
			m.Add("api_url", "holds a user name or password: remove it, the token is enough")
		}
	}
	return m
}

// Destination says where the channel leads: "C0123456789 at slack.com".
func (s *Settings) Destination() string {
	host := ""
	if u, err := url.Parse(s.api()); err == nil {
		host = u.Host
	}
	return s.Channel + " at " + host
}

// Addresses lists the one address the driver calls.
func (s *Settings) Addresses() []string { return []string{s.api()} }

// api is the base address of the API, with the slash at its end that slack-go expects.
func (s *Settings) api() string {
	if s.APIURL == "" {
		return defaultAPI
	}
	return strings.TrimRight(s.APIURL, "/") + "/"
}
