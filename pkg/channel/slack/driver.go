package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"carillon.example/pkg/channel"
)

// eventType marks the metadata of our messages: https://docs.slack.dev/messaging/message-metadata.
const eventType = "carillon_edition"

// Find's reach into the channel's history.
const (
	clockSkew = 30 * time.Minute // how far the other end's clock may be behind what it says of it, and ours have been wrong
	pageSize  = 100              // messages a request; Slack recommends no more than 200
)

// courtesy is how long the question for a message's link may take: the message itself is there already.
const courtesy = 5 * time.Second

// Driver makes one Slack channel show things.
type Driver struct {
	settings *Settings
	client   *http.Client
	now      func() time.Time
}

// Open makes a driver. Nothing is sent.
func Open(settings *Settings, client *http.Client) (*Driver, error) {
	if err := settings.Validate().Err(); err != nil {
		return nil, err
	}
	if client == nil {
		return nil, errors.New("slack: there is no http client")
	}
	return &Driver{settings: settings, client: client, now: time.Now}, nil
}

// call is one request to the API on its way.
type call struct {
	*wire
	api   *slack.Client
	token string
	step  step
}

// begin prepares a call with the token as it is now. slack-go's own retries and log are off unless asked for.
func (d *Driver) begin(s step) (*call, error) {
	token, err := d.settings.Read()
	if err != nil {
		return nil, err
	}
	w := &wire{client: d.client, now: d.now}
	return &call{
		wire: w,
		api: slack.New(token.Reveal(),
			slack.OptionHTTPClient(w), slack.OptionAPIURL(d.settings.api()), slack.OptionDebug(false)),
		token: token.Reveal(),
		step:  s,
	}, nil
}

func noToken(err error) channel.Verdict {
	return channel.Verdict{Meaning: channel.ChannelDown, Reason: fmt.Sprintf("the token cannot be read: %s", err)}
}

// Probe asks who the token is (auth.test).
func (d *Driver) Probe(ctx context.Context) (channel.Condition, channel.Verdict) {
	c, err := d.begin(stepProbe)
	if err != nil {
		return channel.Condition{}, noToken(err)
	}
	who, err := c.api.AuthTestContext(ctx)
	if err != nil {
		return channel.Condition{}, c.failed(err)
	}
	if who.User == "" {
		return channel.Condition{}, c.unreadable()
	}
	if scopes := who.Header.Get("X-OAuth-Scopes"); scopes != "" && !slices.Contains(splitScopes(scopes), scopePost) {
		return channel.Condition{}, channel.Verdict{
			Meaning: channel.ChannelDown,
			Reason:  "the token may not post: give the app the scope " + scopePost + " and install it again",
		}
	}
	return channel.Condition{
		Account: "@" + who.User + " in " + who.Team,
		Limits:  channel.Limits{Characters: maxSection},
	}, channel.Verdict{Meaning: channel.Delivered}
}

// Create posts a message (chat.postMessage) and asks for its link.
func (d *Driver) Create(ctx context.Context, a channel.Attempt) channel.Verdict {
	options, err := messageOptions(a)
	if err != nil {
		return channel.Verdict{Meaning: channel.Rejected, Reason: err.Error()}
	}
	s := stepCreate
	if len(a.Before) > 0 {
		_, ts, ok := ids(a.Before[0])
		if !ok {
			return badReceipt(a.Before[0])
		}
		options, s = append(options, slack.MsgOptionTS(ts)), stepReply
	}
	c, err := d.begin(s)
	if err != nil {
		return noToken(err)
	}
	where, ts, err := c.api.PostMessageContext(ctx, d.settings.Channel, options...)
	if err != nil {
		return c.failed(err)
	}
	if ts == "" {
		return c.unreadable()
	}
	if where == "" {
		where = d.settings.Channel
	}
	return d.delivered(ctx, where, ts, "")
}

// Edit replaces a message (chat.update), its metadata too.
func (d *Driver) Edit(ctx context.Context, r channel.Receipt, a channel.Attempt) channel.Verdict {
	where, ts, ok := ids(r)
	if !ok {
		return badReceipt(r)
	}
	options, err := messageOptions(a)
	if err != nil {
		return channel.Verdict{Meaning: channel.Rejected, Reason: err.Error()}
	}
	c, err := d.begin(stepEdit)
	if err != nil {
		return noToken(err)
	}
	_, updated, _, err := c.api.UpdateMessageContext(ctx, where, ts, options...)
	if err != nil {
		return c.failed(err)
	}
	if updated == "" {
		return c.unreadable()
	}
	return d.delivered(ctx, where, ts, r.Link)
}

// Withdraw deletes a message (chat.delete).
func (d *Driver) Withdraw(ctx context.Context, r channel.Receipt) channel.Verdict {
	where, ts, ok := ids(r)
	if !ok {
		return badReceipt(r)
	}
	c, err := d.begin(stepWithdraw)
	if err != nil {
		return noToken(err)
	}
	_, deleted, err := c.api.DeleteMessageContext(ctx, where, ts)
	if err != nil {
		return c.failed(err)
	}
	if deleted == "" {
		return c.unreadable()
	}
	return channel.Verdict{Meaning: channel.Delivered, Receipt: r}
}

// Find looks through the channel's history (conversations.history), or through the thread of a later part
// (conversations.replies), since shortly before an attempt began for the message that carries its key. Of several it is the
// first that was posted.
func (d *Driver) Find(ctx context.Context, a channel.Attempt, began time.Time) channel.Verdict {
	if len(a.Before) > 0 {
		return d.findReply(ctx, a)
	}
	params := slack.GetConversationHistoryParameters{
		ChannelID:          d.settings.Channel,
		Oldest:             timestamp(began.Add(-clockSkew)),
		Inclusive:          true,
		Limit:              pageSize,
		IncludeAllMetadata: true,
	}
	var sent payload
	_ = json.Unmarshal(a.Part.Payload, &sent) // what cannot be read is looked for by its key and its link
	found, lookalike := "", false
	behind := false // the other end's clock is, so we look further back
	for {
		c, err := d.begin(stepFind)
		if err != nil {
			return noToken(err)
		}
		page, err := c.api.GetConversationHistoryContext(ctx, &params)
		if err != nil {
			return c.failed(err)
		}
		if !page.Ok {
			return c.unreadable()
		}
		if c.skew < -time.Minute && !behind { // a Date has no fractions of a second: less is no skew
			behind = true
			params.Oldest, params.Cursor = timestamp(began.Add(c.skew-clockSkew)), ""
			continue
		}
		for i := range page.Messages { // the newest first
			m := &page.Messages[i]
			switch {
			case hasKey(m, a.Key):
				found = m.Timestamp
			case m.Metadata.EventType == "" && m.BotID != "" && (a.Permalink != "" && linksTo(m, a.Permalink) || m.Text == sent.Text):
				lookalike = true
			}
		}
		next := page.ResponseMetaData.NextCursor
		if next == "" && !page.HasMore {
			break
		}
		if next == "" || next == params.Cursor {
			return channel.Verdict{Meaning: channel.Retry, Reason: "Slack did not show the whole history of the channel"}
		}
		params.Cursor = next
	}
	switch {
	case found != "":
		return d.delivered(ctx, d.settings.Channel, found, "")
	case lookalike:
		return channel.Verdict{
			Meaning: channel.Rejected,
			Reason: "there is a message with the same link or text whose metadata cannot be read, so only a person can tell; " +
				"give the app the scope metadata.message:read",
		}
	}
	return channel.Verdict{Meaning: channel.NotThere, Reason: "no message in the channel carries the attempt's key"}
}

// findReply looks through the thread that an attempt belongs to.
func (d *Driver) findReply(ctx context.Context, a channel.Attempt) channel.Verdict {
	where, ts, ok := ids(a.Before[0])
	if !ok {
		return badReceipt(a.Before[0])
	}
	params := slack.GetConversationRepliesParameters{ChannelID: where, Timestamp: ts, Limit: pageSize, IncludeAllMetadata: true}
	var sent payload
	_ = json.Unmarshal(a.Part.Payload, &sent) // what cannot be read is looked for by its key alone
	found, unreadable := "", false
	for {
		c, err := d.begin(stepFind)
		if err != nil {
			return noToken(err)
		}
		page, more, next, err := c.api.GetConversationRepliesContext(ctx, &params)
		if err != nil {
			return c.failed(err)
		}
		for i := range page { // the oldest first
			m := &page[i]
			switch {
			case hasKey(m, a.Key) && found == "":
				found = m.Timestamp
			case m.Timestamp != ts && m.Metadata.EventType == "" && m.BotID != "" && m.Text == sent.Text:
				unreadable = true
			}
		}
		if next == "" && !more {
			break
		}
		if next == "" || next == params.Cursor {
			return channel.Verdict{Meaning: channel.Retry, Reason: "Slack did not show the whole thread"}
		}
		params.Cursor = next
	}
	switch {
	case found != "":
		return d.delivered(ctx, where, found, "")
	case unreadable:
		return channel.Verdict{
			Meaning: channel.Rejected,
			Reason: "there is a message in the thread whose metadata cannot be read, so only a person can tell; " +
				"give the app the scope metadata.message:read",
		}
	}
	return channel.Verdict{Meaning: channel.NotThere, Reason: "no message in the thread carries the attempt's key"}
}

// delivered is the verdict for a message that is there. Its link is a courtesy: without one it is there all the same.
func (d *Driver) delivered(ctx context.Context, where, ts, link string) channel.Verdict {
	if link == "" {
		if c, err := d.begin(stepLink); err == nil {
			ctx, cancel := context.WithTimeout(ctx, courtesy)
			defer cancel()
			if l, err := c.api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: where, Ts: ts}); err == nil {
				link = l
			}
		}
	}
	return channel.Verdict{Meaning: channel.Delivered, Receipt: channel.Receipt{IDs: []string{where, ts}, Link: link}}
}

// messageOptions is an attempt as slack-go sends it: the appearance as it was composed, and the metadata beside it.
func messageOptions(a channel.Attempt) ([]slack.MsgOption, error) {
	var p struct {
		Text   string            `json:"text"`
		Blocks []json.RawMessage `json:"blocks"`
	}
	if err := json.Unmarshal(a.Part.Payload, &p); err != nil {
		return nil, fmt.Errorf("the appearance is not one of Slack's: %w", err)
	}
	blocks := make([]slack.Block, len(p.Blocks))
	for i, b := range p.Blocks {
		blocks[i] = rawBlock{b}
	}
	return []slack.MsgOption{
		slack.MsgOptionText(p.Text, false), // escaped when it was composed
		slack.MsgOptionBlocks(blocks...),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
		slack.MsgOptionParse(false), // chat.update would look for names and channels otherwise
		slack.MsgOptionMetadata(slack.SlackMetadata{
			EventType: eventType,
			EventPayload: map[string]any{
				"key":      a.Key,
				"post":     a.Post,
				"language": a.Language,
				"revision": a.Revision,
			},
		}),
	}, nil
}

// rawBlock is a block as it was composed.
type rawBlock struct{ json.RawMessage }

// BlockType is for slack-go, which sends it as it stands.
func (rawBlock) BlockType() slack.MessageBlockType { return "" }

// ID is for slack-go as well.
func (rawBlock) ID() string { return "" }

func hasKey(m *slack.Message, key string) bool {
	got, ok := m.Metadata.EventPayload["key"].(string)
	return ok && m.Metadata.EventType == eventType && got == key
}

// linksTo reports whether a message has a button to an address.
func linksTo(m *slack.Message, address string) bool {
	for _, b := range m.Blocks.BlockSet {
		actions, ok := b.(*slack.ActionBlock)
		if !ok || actions.Elements == nil {
			continue
		}
		for _, e := range actions.Elements.ElementSet {
			if button, ok := e.(*slack.ButtonBlockElement); ok && button.URL == address {
				return true
			}
		}
	}
	return false
}

// ids are the channel and the timestamp that name a message.
func ids(r channel.Receipt) (where, ts string, ok bool) {
	if len(r.IDs) != 2 || r.IDs[0] == "" || r.IDs[1] == "" {
		return "", "", false
	}
	return r.IDs[0], r.IDs[1], true
}

func badReceipt(r channel.Receipt) channel.Verdict {
	return channel.Verdict{
		Meaning: channel.Rejected,
		Reason:  fmt.Sprintf("the receipt %q does not name a message in Slack: it needs a channel and a timestamp", strings.Join(r.IDs, " ")),
	}
}

// timestamp is a time as Slack writes it: seconds and microseconds.
func timestamp(t time.Time) string {
	return strconv.FormatInt(t.Unix(), 10) + fmt.Sprintf(".%06d", t.Nanosecond()/1000)
}

func splitScopes(s string) []string {
	scopes := strings.Split(s, ",")
	for i := range scopes {
		scopes[i] = strings.TrimSpace(scopes[i])
	}
	return scopes
}
