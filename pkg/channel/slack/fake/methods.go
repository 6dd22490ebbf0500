package fake

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"carillon.example/pkg/channel/fault"
)

func (s *Server) authTest(r *request) (reply, error) {
	return reply{
		"url": s.base(r.Request) + "/", "team": s.opts.Team, "team_id": teamID,
		"user": s.opts.Bot, "user_id": userID, "bot_id": botID, "is_enterprise_install": false,
	}, nil
}

// base is the scheme and host of permalinks.
func (s *Server) base(r *http.Request) string {
	switch {
	case s.opts.URL != "":
		return strings.TrimRight(s.opts.URL, "/")
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// postMessage is https://docs.slack.dev/reference/methods/chat.postMessage.
func (s *Server) postMessage(r *request) (reply, error) {
	c, err := s.writable(r)
	if err != nil {
		return nil, err
	}
	m := Message{Channel: c.ID, Text: r.args["text"]}
	if ts := r.args["thread_ts"]; ts != "" {
		parent, ok := s.log.find(c.ID, ts)
		if !ok {
			return nil, refuse("thread_not_found")
		}
		if m.ThreadTS = parent.TS; parent.ThreadTS != "" { // a reply's own timestamp leads to its thread
			m.ThreadTS = parent.ThreadTS
		}
	}
	if m.Blocks, err = parseBlocks(r.args["blocks"]); err != nil {
		return nil, err
	}
	if err := checkLength(m.Text, m.Blocks); err != nil {
		return nil, err
	}
	if m.Metadata, err = parseMetadata(r.args["metadata"]); err != nil {
		return nil, err
	}
	posted, err := s.log.post(m, s.now(r))
	if err != nil {
		return nil, err
	}
	return reply{"channel": c.ID, "ts": posted.TS, "message": s.show(&posted, true)}, nil
}

// update is https://docs.slack.dev/reference/methods/chat.update: what the call does not name stays as it was.
func (s *Server) update(r *request) (reply, error) {
	c, err := s.writable(r)
	if err != nil {
		return nil, err
	}
	m, ok := s.log.find(c.ID, r.args["ts"])
	switch {
	case !ok:
		return nil, refuse("message_not_found")
	case fault.Acts(r.Request, fault.EditsRefused):
		return nil, refuse("edit_window_closed")
	}
	if t, given := r.args["text"]; given {
		m.Text = t
	}
	if b, given := r.args["blocks"]; given {
		if m.Blocks, err = parseBlocks(b); err != nil {
			return nil, err
		}
	}
	if err := checkLength(m.Text, m.Blocks); err != nil {
		return nil, err
	}
	if meta, given := r.args["metadata"]; given {
		if m.Metadata, err = parseMetadata(meta); err != nil {
			return nil, err
		}
	}
	m.Edited = s.now(r).UTC()
	if err := s.log.update(m); err != nil {
		return nil, err
	}
	return reply{"channel": c.ID, "ts": m.TS, "text": m.Text, "message": s.show(&m, true)}, nil
}

// delete is https://docs.slack.dev/reference/methods/chat.delete.
func (s *Server) delete(r *request) (reply, error) {
	c, err := s.channel(r)
	if err != nil {
		return nil, err
	}
	if _, ok := s.log.find(c.ID, r.args["ts"]); !ok {
		return nil, refuse("message_not_found")
	}
	if err := s.log.delete(c.ID, r.args["ts"]); err != nil {
		return nil, err
	}
	return reply{"channel": c.ID, "ts": r.args["ts"]}, nil
}

func (s *Server) writable(r *request) (*Channel, error) {
	c, err := s.channel(r)
	switch {
	case err != nil:
		return nil, err
	case c.Archived:
		return nil, refuse("is_archived")
	case c.NotMember:
		return nil, refuse("not_in_channel")
	}
	return c, nil
}

func (s *Server) getPermalink(r *request) (reply, error) {
	c, err := s.channel(r)
	if err != nil {
		return nil, err
	}
	m, ok := s.log.find(c.ID, r.args["message_ts"])
	if !ok {
		return nil, refuse("message_not_found")
	}
	return reply{"channel": c.ID, "permalink": s.base(r.Request) + s.Permalink(&m)}, nil
}

// Slack's page sizes: https://docs.slack.dev/reference/methods/conversations.history.
const (
	defaultPage = 100
	maxPage     = 999
)

func (s *Server) history(r *request) (reply, error) {
	c, err := s.channel(r)
	if err != nil {
		return nil, err
	}
	if err := s.readable(r, c); err != nil {
		return nil, err
	}
	limit, before, err := paging(r)
	if err != nil {
		return nil, err
	}
	page, more := s.log.page(c.ID, span{
		oldest: r.args["oldest"], latest: r.args["latest"], inclusive: isTrue(r.args["inclusive"]), before: before,
		until: fault.Shown(r.Request, s.now(r)),
	}, limit)
	messages, metadata := make([]reply, len(page)), metadataIn(r)
	for i := range page {
		messages[i] = s.show(&page[i], metadata)
	}
	answer := reply{"messages": messages, "has_more": more, "pin_count": 0}
	if more {
		answer["response_metadata"] = reply{"next_cursor": cursor(page[len(page)-1].TS)}
	}
	return answer, nil
}

// replies is https://docs.slack.dev/reference/methods/conversations.replies: the message itself, then the replies to it, the
// oldest first. Like Slack it says so on every page.
func (s *Server) replies(r *request) (reply, error) {
	c, err := s.channel(r)
	if err != nil {
		return nil, err
	}
	if err := s.readable(r, c); err != nil {
		return nil, err
	}
	parent, ok := s.log.find(c.ID, r.args["ts"])
	if !ok {
		return nil, refuse("thread_not_found")
	}
	limit, after, err := paging(r)
	if err != nil {
		return nil, err
	}
	page, more := s.log.thread(c.ID, parent.TS, after, fault.Shown(r.Request, s.now(r)), limit)
	metadata := metadataIn(r)
	messages := []reply{s.show(&parent, metadata)}
	for i := range page {
		messages = append(messages, s.show(&page[i], metadata))
	}
	answer := reply{"messages": messages, "has_more": more}
	if more {
		answer["response_metadata"] = reply{"next_cursor": cursor(page[len(page)-1].TS)}
	}
	return answer, nil
}

// readable says why a channel's history is not shown.
func (s *Server) readable(r *request, c *Channel) error {
	switch {
	case c.NotMember:
		return refuse("not_in_channel")
	case fault.Acts(r.Request, fault.HistoryDenied):
		return &refusal{word: "missing_scope", needed: historyScope(r)}
	}
	return nil
}

// metadataIn reports whether an answer holds the messages' metadata: it is asked for, and the app may read it.
func metadataIn(r *request) bool {
	return isTrue(r.args["include_all_metadata"]) && !fault.Acts(r.Request, fault.HistoryBare)
}

func cursor(ts string) string { return base64.URLEncoding.EncodeToString([]byte("next_ts:" + ts)) }

// paging reads how many messages a page may have, and where the last one ended.
func paging(r *request) (limit int, ended string, err error) {
	limit = defaultPage
	if l := r.args["limit"]; l != "" {
		if limit, err = strconv.Atoi(l); err != nil || limit < 1 || limit > maxPage {
			return 0, "", refuse("invalid_limit")
		}
	}
	if c := r.args["cursor"]; c != "" {
		b, err := base64.URLEncoding.DecodeString(c)
		if err != nil || !strings.HasPrefix(string(b), "next_ts:") {
			return 0, "", refuse("invalid_cursor")
		}
		ended = strings.TrimPrefix(string(b), "next_ts:")
	}
	return limit, ended, nil
}

func (s *Server) info(r *request) (reply, error) {
	c, err := s.channel(r)
	if err != nil {
		return nil, err
	}
	return reply{"channel": describe(c)}, nil
}

func (s *Server) list(*request) (reply, error) {
	channels := make([]reply, len(s.opts.Channels))
	for i := range s.opts.Channels {
		channels[i] = describe(&s.opts.Channels[i])
	}
	return reply{"channels": channels, "response_metadata": reply{"next_cursor": ""}}, nil
}

func describe(c *Channel) reply {
	private := strings.HasPrefix(c.ID, "G")
	return reply{
		"id": c.ID, "name": c.Name, "name_normalized": c.Name, "is_channel": !private, "is_group": private,
		"is_private": private, "is_archived": c.Archived, "is_member": !c.NotMember, "context_team_id": teamID,
	}
}

// show is a message as the API gives it.
func (s *Server) show(m *Message, metadata bool) reply {
	shown := reply{
		"type": "message", "user": userID, "bot_id": botID, "app_id": appID, "team": teamID,
		"text": m.Text, "ts": m.TS,
		"bot_profile": reply{"id": botID, "app_id": appID, "name": s.opts.Bot, "team_id": teamID, "deleted": false},
	}
	if len(m.Blocks) > 0 {
		shown["blocks"] = m.Blocks
	}
	if m.ThreadTS != "" {
		shown["thread_ts"], shown["parent_user_id"] = m.ThreadTS, userID
	} else if n := s.log.replies(m.Channel, m.TS); n > 0 {
		shown["thread_ts"], shown["reply_count"] = m.TS, n
	}
	if !m.Edited.IsZero() {
		shown["edited"] = reply{"user": userID, "ts": formatTS(m.Edited.UnixMicro())}
	}
	if metadata && m.Metadata != nil {
		shown["metadata"] = m.Metadata
	}
	return shown
}

func isTrue(s string) bool { return s == "1" || s == "true" }

// parseMetadata reads https://docs.slack.dev/messaging/message-metadata; an empty object is none.
func parseMetadata(s string) (*Metadata, error) {
	if s == "" {
		return nil, nil // none is a fine answer
	}
	var m Metadata
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		return nil, refuse("invalid_metadata_format")
	}
	if m.EventType == "" && len(m.EventPayload) == 0 {
		return nil, nil // an empty object takes the metadata away
	}
	if m.EventType == "" || m.EventPayload == nil {
		return nil, refuse("invalid_metadata_schema")
	}
	return &m, nil
}
