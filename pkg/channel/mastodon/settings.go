package mastodon

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
)

// Name is the type's name in the configuration and in an edition's texts.
const Name = "mastodon"

// Type is the channel type.
func Type() channel.Type {
	return channel.Type{
		Name:        Name,
		Warnings:    true,
		Threads:     true,
		NewSettings: func() channel.Settings { return &Settings{Visibility: "public"} },
		Compose:     compose,
		Open: func(s channel.Settings, client *http.Client) (channel.Driver, error) {
			return open(s, client)
		},
		Receipt: receiptAt,
	}
}

// Settings are what a channel's configuration says.
type Settings struct {
	channel.Credential `yaml:",inline"`

	Server     string `yaml:"server"`     // https://social.example.org
	Visibility string `yaml:"visibility"` // public, unlisted or private
}

// visibilities leaves out "direct": a status that nobody is shown is no publication.
func visibilities() []string { return []string{"public", "unlisted", "private"} }

// Validate names what is missing or wrong.
func (s *Settings) Validate() carillon.Mistakes {
	m := s.Credential.Validate()
	u, err := url.Parse(s.Server)
	switch {
	case s.Server == "":
		m.Add("server", "is missing: write the address of the Mastodon server, such as https://social.example.org")
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		m.Add("server", "is not a web address: write it whole, such as https://social.example.org")
	case u.User != nil, u.RawQuery != "", u.Fragment != "":
		m.Add("server", "has more than an address: write it without user, query and fragment")
	}
	if !slices.Contains(visibilities(), s.Visibility) {
		m.Add("visibility", "%.40q is not a visibility: one of %s", s.Visibility, strings.Join(visibilities(), ", "))
	}
	return m
}

// Destination is the server's host.
func (s *Settings) Destination() string {
	u, err := url.Parse(s.Server)
	if err != nil {
		return ""
	}
	return u.Host
}

// Addresses lists the one address the driver calls.
func (s *Settings) Addresses() []string { return []string{s.Server} }
