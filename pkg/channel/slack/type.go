package slack

import (
	"fmt"
	"net/http"
	"time"

	"carillon.example/pkg/channel"
)

// Name is the name of the type in carillon.yaml and in an edition's texts.
const Name = "slack"

// Type is the channel type for Slack.
func Type() channel.Type {
	return channel.Type{
		Name:        Name,
		Threads:     true,
		NewSettings: func() channel.Settings { return &Settings{Pace: defaultPace} },
		Compose: func(s channel.Settings, limits channel.Limits, content channel.Content) (channel.Appearance, error) {
			if _, err := own(s); err != nil {
				return channel.Appearance{}, err
			}
			return Compose(limits, content)
		},
		Open: func(s channel.Settings, client *http.Client) (channel.Driver, error) {
			settings, err := own(s)
			if err != nil {
				return nil, err
			}
			return Open(settings, client)
		},
		Notices: true,
		Receipt: receiptAt,
		Pace: func(s channel.Settings) time.Duration {
			settings, err := own(s)
			if err != nil {
				return 0
			}
			return settings.Pace
		},
	}
}

func own(s channel.Settings) (*Settings, error) {
	settings, ok := s.(*Settings)
	if !ok {
		return nil, fmt.Errorf("slack: settings of another type: %T", s)
	}
	return settings, nil
}
