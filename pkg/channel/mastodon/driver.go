package mastodon

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mattn/go-mastodon"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/outbound"
)

// driver shows statuses of one account. It keeps nothing between calls.
type driver struct {
	settings Settings
	client   *http.Client
	now      func() time.Time
}

func open(s channel.Settings, client *http.Client) (*driver, error) {
	settings, ok := s.(*Settings)
	if !ok {
		return nil, fmt.Errorf("%T are not the settings of a Mastodon channel", s)
	}
	if err := settings.Validate().Err(); err != nil {
		return nil, err
	}
	return &driver{settings: *settings, client: client, now: time.Now}, nil
}

// call is one request through go-mastodon, and what is known about how it went.
type call struct {
	api      *mastodon.Client
	exchange *exchange
	progress *outbound.Progress
	token    carillon.Secret
	said     string // what the server said about an error, once there is a verdict
}

// begin prepares a request. The token is read each time: a renewed one needs no restart.
func (d *driver) begin(ctx context.Context, key string) (context.Context, *call, error) {
	token, err := d.settings.Read()
	if err != nil {
		return nil, nil, err
	}
	ctx, progress := outbound.Track(ctx)
	x := &exchange{next: d.client.Transport, key: key}
	if x.next == nil {
		x.next = http.DefaultTransport
	}
	client := *d.client
	client.Transport = x
	return ctx, &call{
		api: &mastodon.Client{
			Client: client,
			Config: &mastodon.Config{Server: strings.TrimSuffix(d.settings.Server, "/"), AccessToken: token.Reveal()},
		},
		exchange: x, progress: progress, token: token,
	}, nil
}

func (d *driver) Create(ctx context.Context, a channel.Attempt) channel.Verdict {
	p, err := payloadOf(a.Part)
	if err != nil {
		return channel.Verdict{Meaning: channel.Rejected, Reason: err.Error()}
	}
	toot, s := p.toot(), create
	toot.MediaIDs = mediaIDs(a.Media)
	if n := len(a.Before); n > 0 {
		id, v, ok := idOf(a.Before[n-1])
		if !ok {
			return v
		}
		toot.InReplyToID, s = id, reply
	}
	ctx, c, err := d.begin(ctx, a.Key)
	if err != nil {
		return noToken(err)
	}
	status, err := c.api.PostStatus(ctx, toot)
	return d.absent(ctx, toot.InReplyToID, s, d.shown(s, c, status, err), c)
}

func mediaIDs(ids []string) []mastodon.ID {
	var list []mastodon.ID
	for _, id := range ids {
		list = append(list, mastodon.ID(id))
	}
	return list
}

func (d *driver) Edit(ctx context.Context, r channel.Receipt, a channel.Attempt) channel.Verdict {
	p, err := payloadOf(a.Part)
	if err != nil {
		return channel.Verdict{Meaning: channel.Rejected, Reason: err.Error()}
	}
	toot := p.toot()
	toot.MediaIDs = mediaIDs(a.Media) // what is not named is taken off the status
	id, v, ok := idOf(r)
	if !ok {
		return v
	}
	ctx, c, err := d.begin(ctx, "")
	if err != nil {
		return noToken(err)
	}
	c.exchange.form = mediaAttributes(a)
	status, err := c.api.UpdateStatus(ctx, toot, id)
	return d.absent(ctx, id, edit, d.shown(edit, c, status, err), c)
}

func (d *driver) Withdraw(ctx context.Context, r channel.Receipt) channel.Verdict {
	id, v, ok := idOf(r)
	if !ok {
		return v
	}
	ctx, c, err := d.begin(ctx, "")
	if err != nil {
		return noToken(err)
	}
	// go-mastodon does not read the answer, and whatever stands between us and the server may say 200, too.
	var gone struct {
		ID string `json:"id"`
	}
	if err := c.do(ctx, http.MethodDelete, "/api/v1/statuses/"+string(id), &gone); err != nil {
		return d.absent(ctx, id, withdraw, d.verdict(withdraw, c, err), c)
	}
	if gone.ID == "" {
		return d.verdict(withdraw, c, errNoID)
	}
	return channel.Verdict{Meaning: channel.Delivered, Receipt: r}
}

// shown is the verdict of a call that answers with a status.
func (d *driver) shown(s step, c *call, status *mastodon.Status, err error) channel.Verdict {
	if err != nil {
		return d.verdict(s, c, err)
	}
	if status.ID == "" {
		return d.verdict(s, c, errNoID)
	}
	return channel.Verdict{Meaning: channel.Delivered, Receipt: receiptOf(status)}
}

func receiptOf(s *mastodon.Status) channel.Receipt {
	r := channel.Receipt{IDs: []string{string(s.ID)}}
	for _, link := range []string{s.URL, s.URI} {
		if strings.HasPrefix(link, "https://") || strings.HasPrefix(link, "http://") {
			r.Link = link
			break
		}
	}
	return r
}

// idOf is the status that a receipt names, ready to stand in a path.
func idOf(r channel.Receipt) (mastodon.ID, channel.Verdict, bool) {
	if len(r.IDs) != 1 || r.IDs[0] == "" {
		return "", channel.Verdict{
			Meaning: channel.Rejected, Reason: fmt.Sprintf("the receipt names %d statuses instead of one", len(r.IDs)),
		}, false
	}
	return mastodon.ID(url.PathEscape(r.IDs[0])), channel.Verdict{}, true
}

func noToken(err error) channel.Verdict {
	return channel.Verdict{Meaning: channel.ChannelDown, Reason: "the token cannot be read: " + sentence(err.Error())}
}
