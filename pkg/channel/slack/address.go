package slack

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"carillon.example/pkg/channel"
)

// messagePath is the path of a message's link: the channel's ID, and the timestamp without its point.
var messagePath = regexp.MustCompile(`/archives/([A-Z0-9]+)/p([0-9]{10})([0-9]{6})/?$`)

// receiptAt is channel.Type.Receipt: channel and timestamp stand in a message's link. What leads there by a redirection of
// Slack's own cannot be told without asking.
func receiptAt(s channel.Settings, address string) (channel.Receipt, error) {
	settings, err := own(s)
	if err != nil {
		return channel.Receipt{}, err
	}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return channel.Receipt{}, errors.New(notALink)
	}
	m := messagePath.FindStringSubmatch(u.Path)
	if m == nil {
		return channel.Receipt{}, errors.New(notALink)
	}
	if m[1] != settings.Channel {
		return channel.Receipt{}, fmt.Errorf("is a message in %s, and this is the channel %s: copy the link of the message there", m[1], settings.Channel)
	}
	u.Fragment, u.User = "", nil // the query says in which thread it is
	return channel.Receipt{IDs: []string{m[1], m[2] + "." + m[3]}, Link: u.String()}, nil
}

const notALink = "is not the link of a message: in Slack, 'Copy link' in the message's menu gives it, such as https://office.slack.com/archives/C0123456789/p1712345678901234"
