package slack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/slack-go/slack"

	"carillon.example/pkg/channel"
)

// step is what a call was for: the same answer means different things to different steps.
type step int

const (
	stepProbe step = iota
	stepCreate
	stepReply // a create in a thread
	stepEdit
	stepWithdraw
	stepFind
	stepLink
)

// scopePost is the OAuth scope to post, change and delete one's own messages.
const scopePost = "chat:write"

// answer is what one of Slack's error strings means. Strings and meanings:
// https://docs.slack.dev/reference/methods/chat.postMessage#errors, and the same of chat.update, chat.delete and
// conversations.history.
type answer struct {
	meaning channel.Meaning
	reason  string
}

// answers are the errors that mean the same to every step. What is missing here is Rejected with Slack's own word.
var answers = map[string]answer{
	"ratelimited":                {channel.Retry, "Slack asks to be left alone for a while (rate limit)"},
	"rate_limited":               {channel.Retry, "Slack asks to be left alone for a while (rate limit)"},
	"message_limit_exceeded":     {channel.Retry, "the workspace has reached its limit of messages"},
	"request_timeout":            {channel.Retry, "the request did not arrive whole"},
	"team_added_to_org":          {channel.Retry, "the workspace is being moved to an Enterprise organisation"},
	"external_channel_migrating": {channel.Retry, "the channel is being moved"},

	"not_authed":                               {channel.ChannelDown, "Slack saw no token"},
	"invalid_auth":                             {channel.ChannelDown, "Slack does not accept the token: renew it, or allow this server's address in the app's settings"},
	"token_expired":                            {channel.ChannelDown, "the token has expired: renew it"},
	"token_revoked":                            {channel.ChannelDown, "the token was revoked: install the app again"},
	"account_inactive":                         {channel.ChannelDown, "the token belongs to a bot or a workspace that was removed"},
	"missing_scope":                            {channel.ChannelDown, "the token lacks a scope"},
	"no_permission":                            {channel.ChannelDown, "the token has not the permissions this needs"},
	"not_allowed_token_type":                   {channel.ChannelDown, "this is the wrong type of token: use the bot token (xoxb-…)"},
	"access_denied":                            {channel.ChannelDown, "Slack denies access"},
	"accesslimited":                            {channel.ChannelDown, "access is limited on this network"},
	"two_factor_setup_required":                {channel.ChannelDown, "the workspace wants two-factor authentication to be set up"},
	"org_login_required":                       {channel.ChannelDown, "the workspace is being moved to an Enterprise organisation and closed until then"},
	"enterprise_is_restricted":                 {channel.ChannelDown, "the organisation does not allow this"},
	"team_access_not_granted":                  {channel.ChannelDown, "the app has no access to this workspace: ask an administrator of the organisation"},
	"team_not_found":                           {channel.ChannelDown, "the token's workspace does not exist"},
	"ekm_access_denied":                        {channel.ChannelDown, "administrators have suspended posting (Enterprise Key Management)"},
	"channel_not_found":                        {channel.ChannelDown, "there is no such channel, or it is private and the bot is no member"},
	"not_in_channel":                           {channel.ChannelDown, "the bot is not in the channel: invite it"},
	"is_archived":                              {channel.ChannelDown, "the channel is archived"},
	"channel_type_not_supported":               {channel.ChannelDown, "this type of conversation is not supported"},
	"method_not_supported_for_channel_type":    {channel.ChannelDown, "this type of conversation is not supported"},
	"posting_to_channel_denied":                {channel.ChannelDown, "the bot may not post in this channel"},
	"restricted_action":                        {channel.ChannelDown, "a workspace setting keeps the bot from posting"},
	"restricted_action_read_only_channel":      {channel.ChannelDown, "the channel is read-only"},
	"restricted_action_thread_only_channel":    {channel.ChannelDown, "the channel takes answers in threads only"},
	"restricted_action_non_threadable_channel": {channel.ChannelDown, "a workspace setting keeps the bot from posting"},
	"invalid_arg_name":                         {channel.ChannelDown, "the server does not understand the call: is api_url a Slack API?"},
	"unknown_method":                           {channel.ChannelDown, "the server does not know the call: is api_url a Slack API?"},
	"method_deprecated":                        {channel.ChannelDown, "Slack has retired this call: update Carillon"},
	"deprecated_endpoint":                      {channel.ChannelDown, "Slack has retired this call: update Carillon"},

	"no_text":                             {channel.Rejected, "Slack found no text in the message"},
	"msg_too_long":                        {channel.Rejected, "the message is too long for Slack"},
	"msg_blocks_too_long":                 {channel.Rejected, "the message is too long for Slack"},
	"invalid_blocks":                      {channel.Rejected, "Slack does not accept the layout of the message"},
	"invalid_blocks_format":               {channel.Rejected, "Slack cannot read the layout of the message"},
	"metadata_too_large":                  {channel.Rejected, "the message's metadata is too large"},
	"invalid_metadata_format":             {channel.Rejected, "Slack cannot read the message's metadata"},
	"invalid_metadata_schema":             {channel.Rejected, "Slack cannot read the message's metadata"},
	"message_not_found":                   {channel.NotThere, "the message is gone"},
	"thread_not_found":                    {channel.NotThere, "the message that the thread hangs on is gone"},
	"cannot_reply_to_message":             {channel.Rejected, "Slack allows no replies to the message that the thread hangs on"},
	"cant_update_message":                 {channel.Rejected, "it cannot be edited there: it was posted by somebody else; withdraw the post and release it again, or correct it there by hand"},
	"edit_window_closed":                  {channel.Rejected, "it cannot be edited there: the workspace allows no changes this long after posting; withdraw the post and release it again to show the new words"},
	"is_inactive":                         {channel.Rejected, "it cannot be edited there: the channel of the message is frozen or deleted"},
	"cant_delete_message":                 {channel.Rejected, "the token may not delete this message: it was posted by somebody else"},
	"compliance_exports_prevent_deletion": {channel.Rejected, "the workspace keeps every message (compliance exports), so it cannot be deleted"},
}

// perhaps are the errors after which a call may have had its effect: Slack says "it's possible some aspect of the operation
// succeeded before the error was raised".
var perhaps = map[string]bool{"fatal_error": true, "internal_error": true, "service_unavailable": true}

// failed says what an error of a call means.
func (c *call) failed(err error) channel.Verdict {
	var refused slack.SlackErrorResponse
	switch {
	case c.status == 0:
		return c.unanswered(err)
	case c.status == http.StatusTooManyRequests:
		return channel.Verdict{Meaning: channel.Retry, After: c.after, Reason: answers["ratelimited"].reason}
	case c.status != http.StatusOK:
		return c.badStatus()
	case errors.As(err, &refused):
		return c.refused(refused)
	}
	return c.unreadable()
}

// refused reads Slack's own error.
func (c *call) refused(r slack.SlackErrorResponse) channel.Verdict {
	word := c.redact(r.Err)
	if perhaps[word] {
		return c.perhaps("Slack failed while working on it (" + word + ")")
	}
	a, known := answers[word]
	if !known {
		return channel.Verdict{Meaning: channel.Rejected, Reason: "Slack refused it: " + word}
	}
	v := channel.Verdict{Meaning: a.meaning, Reason: a.reason + " (" + word + ")"}
	switch {
	case a.meaning == channel.Retry:
		v.After = c.after
	case word == "missing_scope":
		if r.Needed != "" {
			v.Reason = fmt.Sprintf("the token lacks the scope %s: add it to the app and install it again", c.redact(r.Needed))
		}
		if c.step == stepFind {
			v.Meaning = channel.Rejected // it may post, but not look
		}
	case word == "message_not_found" && (c.step == stepCreate || c.step == stepFind || c.step == stepProbe):
		v.Meaning = channel.Rejected
	case a.meaning == channel.Rejected && len(r.ResponseMetadata.Messages) > 0:
		v.Reason += ": " + c.redact(clip(strings.Join(r.ResponseMetadata.Messages, "; ")))
	}
	return v
}

// badStatus reads an answer that does not come from Slack's code but from something before it.
func (c *call) badStatus() channel.Verdict {
	said := fmt.Sprintf("%d %s", c.status, http.StatusText(c.status))
	switch {
	case c.status >= 500:
		v := c.perhaps("the server failed (" + said + ")")
		if v.Meaning == channel.Retry {
			v.After = c.after
		}
		return v
	case c.status == http.StatusUnauthorized || c.status == http.StatusForbidden:
		return channel.Verdict{Meaning: channel.ChannelDown, Reason: "the server denies access (" + said + ")"}
	case c.status == http.StatusGone:
		return channel.Verdict{Meaning: channel.ChannelDown, Reason: "the server or the account is gone (" + said + ")"}
	case c.status == http.StatusNotFound || c.status == http.StatusMethodNotAllowed || c.status < 400:
		return channel.Verdict{Meaning: channel.ChannelDown, Reason: "there is no Slack API at this address (" + said + "): check api_url"}
	case c.status == http.StatusRequestTimeout:
		return channel.Verdict{Meaning: channel.Retry, After: c.after, Reason: answers["request_timeout"].reason}
	}
	return channel.Verdict{Meaning: channel.Rejected, Reason: "the server refused the request (" + said + ")"}
}

// unanswered is a call without an answer. What was not written had no effect.
func (c *call) unanswered(err error) channel.Verdict {
	why := "the connection failed: " + c.redact(clip(cause(err)))
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout()) {
		why = "no answer came in time"
	} else if errors.Is(err, context.Canceled) {
		why = "the call was given up"
	}
	if !c.sent() {
		return channel.Verdict{Meaning: channel.Retry, Reason: why + "; nothing was sent"}
	}
	return c.perhaps(why)
}

// unreadable is an answer that says neither yes nor no.
func (c *call) unreadable() channel.Verdict {
	if c.html {
		return c.perhaps("the answer is a web page, not Slack's")
	}
	return c.perhaps("the answer could not be read")
}

// perhaps is the verdict where the call may have had its effect. A change and a deletion can simply be done again.
func (c *call) perhaps(why string) channel.Verdict {
	if c.step == stepCreate || c.step == stepReply {
		return channel.Verdict{Meaning: channel.Uncertain, Reason: why + "; it may have been posted"}
	}
	return channel.Verdict{Meaning: channel.Retry, Reason: why}
}

// cause is the error without the address that net/http puts before it.
func cause(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return err.Error()
}

// redact keeps the token out of what people read, whoever put it there.
func (c *call) redact(s string) string {
	if c.token == "" {
		return s
	}
	return strings.ReplaceAll(s, c.token, "[redacted]")
}

func clip(s string) string { return cutText(oneLine(s), 300) }
