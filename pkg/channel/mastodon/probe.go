package mastodon

import (
	"context"
	"net/http"
	"net/url"

	"github.com/mattn/go-mastodon"

	"carillon.example/pkg/channel"
)

// Probe asks who we are and what the instance accepts.
func (d *driver) Probe(ctx context.Context) (channel.Condition, channel.Verdict) {
	reqCtx, c, err := d.begin(ctx, "")
	if err != nil {
		return channel.Condition{}, noToken(err)
	}
	me, v, ok := d.me(reqCtx, c, probe)
	if !ok {
		return channel.Condition{}, v
	}
	limits, v := d.limits(ctx)
	if v.Meaning != channel.Delivered {
		return channel.Condition{}, v
	}
	return channel.Condition{Account: "@" + me.Username + "@" + d.host(me.URL), Limits: limits}, v
}

// me is the account that the token is of. One that has moved away may no longer post.
func (d *driver) me(ctx context.Context, c *call, s step) (*mastodon.Account, channel.Verdict, bool) {
	me, err := c.api.GetAccountCurrentUser(ctx)
	switch {
	case err != nil:
		return nil, d.verdict(s, c, err), false
	case me.ID == "":
		return nil, d.verdict(s, c, errNoID), false
	case me.Moved != nil:
		return nil, channel.Verdict{
			Meaning: channel.ChannelDown,
			Reason:  "the account has moved to " + sentence("@"+me.Moved.Acct) + ": write its server and a token of it in the configuration",
		}, false
	}
	return me, channel.Verdict{}, true
}

// host is the part of an account's name behind its second @: of its page rather than of the server, which may be reached
// under another name.
func (d *driver) host(page string) string {
	if u, err := url.Parse(page); err == nil && u.Host != "" {
		return u.Host
	}
	return d.settings.Destination()
}

// limits reads what the instance accepts: https://docs.joinmastodon.org/entities/Instance/#configuration. Instances
// older than version 4 say it at the first version of the address, and those before 3.4.2 do not say it at all.
func (d *driver) limits(ctx context.Context) (channel.Limits, channel.Verdict) {
	var answer struct {
		Configuration struct {
			Statuses struct {
				Characters int `json:"max_characters"`
				PerURL     int `json:"characters_reserved_per_url"`
				Media      int `json:"max_media_attachments"`
			} `json:"statuses"`
			Media struct {
				Bytes       int64 `json:"image_size_limit"`
				Pixels      int64 `json:"image_matrix_limit"`
				Description int   `json:"description_limit"`
			} `json:"media_attachments"`
		} `json:"configuration"`
		// Servers that speak Mastodon's API and were there before it said so.
		Characters int `json:"max_toot_chars"`
	}
	for _, path := range []string{"/api/v2/instance", "/api/v1/instance"} {
		reqCtx, c, err := d.begin(ctx, "")
		if err != nil {
			return channel.Limits{}, noToken(err)
		}
		err = c.do(reqCtx, http.MethodGet, path, &answer)
		if err == nil {
			break
		}
		if path == "/api/v2/instance" && c.exchange.status == http.StatusNotFound {
			continue
		}
		return channel.Limits{}, d.verdict(probe, c, err)
	}
	statuses, pictures := answer.Configuration.Statuses, answer.Configuration.Media
	l := channel.Limits{
		Characters: statuses.Characters, CharactersPerURL: statuses.PerURL,
		Media: statuses.Media, MediaBytes: pictures.Bytes, MediaPixels: pictures.Pixels, Description: pictures.Description,
	}
	if l.Characters <= 0 {
		l.Characters = answer.Characters
	}
	if l.Characters <= 0 {
		l.Characters = DefaultCharacters
	}
	if l.CharactersPerURL <= 0 {
		l.CharactersPerURL = DefaultCharactersPerURL
	}
	return l, channel.Verdict{Meaning: channel.Delivered}
}
