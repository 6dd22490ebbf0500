package mastodon

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"carillon.example/pkg/channel"
)

// statusPath is the path of a status' page: /@office/1, /@office@elsewhere.example/1, /web/statuses/1, /users/office/statuses/1,
// /deck/@office/1. Ids are numbers on Mastodon, and letters and digits on servers that speak its API.
var statusPath = regexp.MustCompile(`^(?:/web|/deck)?(?:/@[^/]+|/statuses|/users/[^/]+/statuses)/([0-9A-Za-z]+)/?$`)

// receiptAt is channel.Type.Receipt: the id stands in the address of the status on the channel's own server.
func receiptAt(s channel.Settings, address string) (channel.Receipt, error) {
	settings, ok := s.(*Settings)
	if !ok {
		return channel.Receipt{}, fmt.Errorf("%T are not the settings of a Mastodon channel", s)
	}
	server := settings.Destination()
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return channel.Receipt{}, fmt.Errorf("is not the address of a status: write it whole, as https://%s/@office/109876543210", server)
	}
	if !strings.EqualFold(u.Host, server) {
		return channel.Receipt{}, fmt.Errorf("leads to %s, and the channel is at %s: open the status there and copy its address", u.Host, server)
	}
	m := statusPath.FindStringSubmatch(u.Path)
	if m == nil {
		return channel.Receipt{}, fmt.Errorf("is not the address of a status: open the status by its date and copy the address, such as https://%s/@office/109876543210", server)
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	return channel.Receipt{IDs: []string{m[1]}, Link: u.String()}, nil
}
