package mastodon

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/mattn/go-mastodon"

	"carillon.example/pkg/channel"
)

// absent doubts that a status is not there, unless the server says so of the record itself: servers that cannot edit answer
// 404 as well, and who took them at their word would give up what people still see. It asks for the status once.
func (d *driver) absent(ctx context.Context, id mastodon.ID, s step, v channel.Verdict, c *call) channel.Verdict {
	if v.Meaning != channel.NotThere || c.said == recordNotFound {
		return v
	}
	ctx, c, err := d.begin(ctx, "")
	if err != nil {
		return noToken(err)
	}
	var status struct {
		ID string `json:"id"`
	}
	err = c.do(ctx, http.MethodGet, "/api/v1/statuses/"+string(id), &status)
	switch {
	case err == nil && status.ID != "":
		return cannot(s, v)
	case c.exchange.status == http.StatusNotFound:
		return v
	case err == nil:
		err = errNoID
	}
	doubt := d.verdict(look, c, err)
	if doubt.Meaning != channel.ChannelDown {
		doubt.Meaning = channel.Retry
	}
	doubt.Reason = "whether the status is there is not known: " + doubt.Reason
	return doubt
}

// cannot says of a status that is there what the server does not do with it.
func cannot(s step, v channel.Verdict) channel.Verdict {
	_, code, _ := strings.Cut(v.Reason, " (")
	why := "the server does not take replies to the status before it"
	switch s {
	case edit:
		why = "it cannot be edited there: the server has no edits (Mastodon has them since 3.5)"
	case withdraw:
		why = "it cannot be deleted there: the server does not do it"
	default:
	}
	return channel.Verdict{Meaning: channel.Rejected, Reason: why + " (" + code}
}

// do makes a request that go-mastodon has no call for, or none that reads the answer.
func (c *call) do(ctx context.Context, method, path string, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.api.Config.Server, "/")+path, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	resp, err := c.api.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusOK {
		return json.NewDecoder(resp.Body).Decode(into)
	}
	var said struct {
		Error string `json:"error"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&said); err != nil {
		return fmt.Errorf("the answer has status %d", resp.StatusCode)
	}
	return &mastodon.APIError{StatusCode: resp.StatusCode, Message: said.Error}
}
