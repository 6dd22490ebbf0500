package mastodon

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/mattn/go-mastodon"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/outbound"
)

// step is what a call was for.
type step int

const (
	create step = iota
	reply       // a create that names what it replies to
	edit
	withdraw
	upload
	ready
	look  // Find
	probe // Probe
)

// repeatable reports whether the step may simply be made again if its answer was lost. An edit makes the status what it
// already is, and a deletion finds it gone; a picture that no status shows is forgotten. Only a second create may be a
// second status.
func (s step) repeatable() bool { return s != create && s != reply }

var errNoID = errors.New("the answer names no status")

// verdict says what a call that failed means.
func (d *driver) verdict(s step, c *call, err error) channel.Verdict {
	status := c.exchange.status
	var private *outbound.PrivateError
	switch {
	case errors.As(err, &private):
		return channel.Verdict{Meaning: channel.ChannelDown, Reason: sentence(private.Error())}
	case status == 0 && !c.progress.Sent():
		return channel.Verdict{Meaning: channel.Retry, Reason: "nothing was sent: " + c.why(err)}
	case status == 0:
		return lost(s, "the answer was lost: "+c.why(err))
	case status/100 == 2:
		return lost(s, "the answer cannot be read: "+c.why(err))
	}
	var said *mastodon.APIError
	words := ""
	if errors.As(err, &said) {
		words = sentence(outbound.RedactText(said.Message, c.token))
	}
	c.said = words
	return answered(s, status, c.exchange.header, words, d.now())
}

// why is an error for people, without secrets.
func (c *call) why(err error) string { return sentence(outbound.RedactText(err.Error(), c.token)) }

// lost is the verdict when it may have been done.
func lost(s step, reason string) channel.Verdict {
	if s.repeatable() {
		return channel.Verdict{Meaning: channel.Retry, Reason: reason}
	}
	return channel.Verdict{Meaning: channel.Uncertain, Reason: reason}
}

// answered is the table of what a status code other than 2xx means: https://docs.joinmastodon.org/methods/statuses/
// words is what the server said about it.
func answered(s step, status int, h http.Header, words string, now time.Time) channel.Verdict {
	code := fmt.Sprint(status)
	if words != "" {
		code += ": " + words
	}
	say := func(m channel.Meaning, reason string) channel.Verdict {
		return channel.Verdict{Meaning: m, Reason: reason + " (" + code + ")"}
	}
	switch {
	case status == http.StatusUnauthorized:
		return say(channel.ChannelDown, "the server refuses the token")
	case status == http.StatusForbidden:
		return forbidden(s, words, say)
	case status == http.StatusNotFound && words == "":
		// Mastodon, and whatever speaks its API, says so in JSON. This is something before it, which knows of no status.
		return say(channel.ChannelDown, "the server has no such address: is it a Mastodon server?")
	case status == http.StatusNotFound && (s == edit || s == withdraw):
		return say(channel.NotThere, "the status does not exist")
	case status == http.StatusNotFound && s == ready:
		return say(channel.NotThere, "the server has the picture no more")
	case status == http.StatusNotFound && (s == create || s == reply) && words == recordNotFound:
		return say(channel.Rejected, "somebody deleted the status on the server less than an hour ago, and the server remembers its key")
	case status == http.StatusNotFound && s == reply:
		return say(channel.NotThere, "the status it is to reply to does not exist")
	case status == http.StatusNotFound:
		return say(channel.ChannelDown, "the server has no such address: is it a Mastodon server?")
	case status == http.StatusGone:
		return say(channel.ChannelDown, "the server or the account is gone")
	case status == http.StatusTooManyRequests:
		v := say(channel.Retry, "the server asks for a pause")
		v.After = outbound.Pause(h, now)
		return v
	case status == http.StatusServiceUnavailable && h.Get("Retry-After") != "":
		v := say(channel.Retry, "the server is not available")
		v.After = outbound.Pause(h, now)
		return v
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return say(channel.Retry, "the server did not take the request")
	case status >= 500:
		// Mastodon stores a status first and then does the rest, and a proxy answers while it still works.
		v := lost(s, "")
		return say(v.Meaning, "the server failed, perhaps after it was done")
	case status/100 == 3:
		return say(channel.ChannelDown, "the server sends us elsewhere: write its present address as server")
	case s == look || s == probe:
		return say(channel.ChannelDown, "the server does not answer the question")
	}
	if s == upload || s == ready {
		return say(channel.Rejected, "the server does not accept the picture")
	}
	// 400, 413, 422 and whatever else it may have against this content.
	return say(channel.Rejected, "the server does not accept it")
}

// forbidden is what 403 means: the token may not do this, or the account may do nothing.
func forbidden(s step, words string, say func(channel.Meaning, string) channel.Verdict) channel.Verdict {
	scopes := map[step]string{
		create: "write:statuses", reply: "write:statuses", edit: "write:statuses", withdraw: "write:statuses",
		upload: "write:media", ready: "write:media", look: "read:statuses", probe: "read:accounts",
	}
	const again = ": make a token that has it"
	switch {
	case strings.Contains(words, outsideScopes) && s == look:
		// It may post and not look. That is no reason to stop posting.
		return say(channel.Rejected, "the token lacks the scope "+scopes[s]+" to look for the status"+again)
	case strings.Contains(words, outsideScopes):
		return say(channel.ChannelDown, "the token lacks the scope "+scopes[s]+again)
	case s == upload || s == ready:
		return say(channel.ChannelDown, "the server does not take pictures from us: the token may lack the scope write:media")
	}
	return say(channel.ChannelDown, "the server does not allow it: the account may be suspended, limited or moved to another server, or the token lacks the scope read or write")
}

// outsideScopes is what Mastodon says of a token that may do other things (Api::BaseController).
const outsideScopes = "outside the authorized scopes"

// recordNotFound is what Mastodon itself says of what is not there. To a new status it says so only if the
// Idempotency-Key belongs to one that has been deleted since (PostStatusService).
const recordNotFound = "Record not found"

// maxSentence is how much of what others say is worth repeating, in characters.
const maxSentence = 300

// sentence makes what others said one short line without a full stop.
func sentence(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	if r := []rune(s); len(r) > maxSentence {
		s = string(r[:maxSentence]) + "…"
	}
	return strings.TrimRight(s, ".")
}
