package fake

import (
	"net/http"
	"strings"
	"time"
)

// The JSON forms of https://docs.joinmastodon.org/entities/.

type object = map[string]any

func timestamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// base is the instance's own address, as the request says it.
func base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

func (s *Server) accountJSON(r *http.Request, a account) object {
	last := any(nil)
	if st, ok := s.store.last(a.ID); ok {
		last = st.Created.Format(time.DateOnly)
	}
	home := base(r) + "/@" + a.Name
	picture := base(r) + "/avatar.svg"
	return object{
		"id": a.ID, "username": a.Name, "acct": a.Name, "display_name": a.Display, "locked": false, "bot": a.Bot,
		"discoverable": true, "group": false, "created_at": timestamp(a.Created), "note": "", "url": home,
		"uri": base(r) + "/users/" + a.Name, "avatar": picture, "avatar_static": picture, "header": picture,
		"header_static": picture, "followers_count": 0, "following_count": 0, "statuses_count": s.store.count(a.ID), "last_status_at": last,
		"emojis": []any{}, "fields": []any{}, "roles": []any{},
	}
}

func (s *Server) statusJSON(r *http.Request, st status) object {
	a := s.store.accountByID(st.AccountID)
	tags := []object{}
	for _, name := range tagsOf(st.Text) {
		tags = append(tags, object{"name": strings.ToLower(name), "url": base(r) + "/tags/" + strings.ToLower(name)})
	}
	media := []object{}
	for _, m := range s.store.mediaOf(st.Media) {
		media = append(media, s.mediumJSON(r, m))
	}
	replyTo, replyAccount := any(nil), any(nil)
	if above, ok := s.store.status(st.ReplyTo); ok {
		replyTo, replyAccount = above.ID, above.AccountID
	}
	o := object{
		"id": st.ID, "created_at": timestamp(st.Created), "edited_at": timestamp(st.Edited), "in_reply_to_id": replyTo,
		"in_reply_to_account_id": replyAccount, "sensitive": st.Sensitive, "spoiler_text": st.Warning, "visibility": st.Visibility,
		"language": st.Language, "uri": base(r) + "/users/" + a.Name + "/statuses/" + st.ID,
		"url": base(r) + statusPath(a, st), "replies_count": 0, "reblogs_count": 0, "favourites_count": 0,
		"favourited": false, "reblogged": false, "muted": false, "bookmarked": false, "pinned": false, "filtered": []any{},
		"content": render(st.Text, base(r), s.store.accountByName), "reblog": nil, "account": s.accountJSON(r, a),
		"media_attachments": media, "mentions": []any{}, "tags": tags, "emojis": []any{}, "card": nil, "poll": nil,
	}
	if st.App != "" {
		o["application"] = object{"name": st.App, "website": nil}
	}
	return o
}

func (s *Server) statusesJSON(r *http.Request, list []status) []object {
	out := make([]object, len(list))
	for i, st := range list {
		out[i] = s.statusJSON(r, st)
	}
	return out
}

const version4 = "4.3.0"

func (s *Server) configuration() object {
	return object{
		"accounts": object{"max_featured_tags": 10},
		"statuses": object{"max_characters": s.options.Characters, "max_media_attachments": maxAttachments, "characters_reserved_per_url": charactersPerURL},
		"media_attachments": object{
			"supported_mime_types": mediaTypes(), "image_size_limit": maxImageBytes, "image_matrix_limit": maxImagePixels,
			"description_limit": maxDescription, "video_size_limit": 0, "video_frame_rate_limit": 0, "video_matrix_limit": 0,
		},
		"polls": object{"max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2629746},
		"urls":  object{},
	}
}

func (s *Server) instanceV1(r *http.Request) object {
	return object{
		"uri": r.Host, "title": s.options.Title, "short_description": s.options.Title, "description": s.options.Title,
		"email": "", "version": version4, "urls": object{}, "stats": object{
			"user_count": len(s.store.accountNames()), "status_count": s.store.count(""), "domain_count": 1,
		},
		"languages": []string{"en"}, "registrations": false, "approval_required": false, "invites_enabled": false,
		"configuration": s.configuration(), "contact_account": nil, "rules": []any{}, "thumbnail": base(r) + "/avatar.svg",
	}
}

func (s *Server) instanceV2(r *http.Request) object {
	return object{
		"domain": r.Host, "title": s.options.Title, "version": version4, "source_url": "", "description": s.options.Title,
		"usage": object{"users": object{"active_month": len(s.store.accountNames())}}, "thumbnail": object{"url": base(r) + "/avatar.svg"},
		"languages": []string{"en"}, "configuration": s.configuration(), "registrations": object{"enabled": false, "approval_required": false},
		"contact": object{"email": "", "account": nil}, "rules": []any{},
	}
}
