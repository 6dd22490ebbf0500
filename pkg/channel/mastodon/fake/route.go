package fake

import (
	"io"
	"net/http"
	"strings"

	"carillon.example/pkg/channel/fault"
)

// avatar is everybody's picture: a bell.
const avatar = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#2f6f9f" d="M0 0h32v32H0z"/>` +
	`<path fill="#fff" d="M16 6a7 7 0 0 0-7 7v6l-2 3h18l-2-3v-6a7 7 0 0 0-7-7zm-3 17a3 3 0 0 0 6 0z"/></svg>`

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/apps", s.createApp)
	mux.HandleFunc("/oauth/authorize", s.authorize)
	mux.HandleFunc("/oauth/authorize/{$}", s.authorize)
	mux.HandleFunc("POST /oauth/token", s.createToken)
	mux.HandleFunc("POST /oauth/revoke", s.revokeToken)

	mux.HandleFunc("GET /api/v1/instance", func(w http.ResponseWriter, r *http.Request) { answer(w, s.instanceV1(r)) })
	mux.HandleFunc("GET /api/v2/instance", func(w http.ResponseWriter, r *http.Request) { answer(w, s.instanceV2(r)) })
	mux.HandleFunc("GET /.well-known/nodeinfo", s.nodeinfoLinks)
	mux.HandleFunc("GET /nodeinfo/2.0", s.nodeinfo)

	mux.HandleFunc("GET /api/v1/apps/verify_credentials", s.verifyApp)
	mux.HandleFunc("GET /api/v1/accounts/verify_credentials", s.user(s.verifyCredentials))
	mux.HandleFunc("GET /api/v1/accounts/lookup", s.lookup)
	mux.HandleFunc("GET /api/v1/accounts/search", s.user(s.searchAccounts))
	mux.HandleFunc("GET /api/v2/search", s.user(s.search))
	mux.HandleFunc("GET /api/v1/accounts/{id}", s.showAccount)
	mux.HandleFunc("GET /api/v1/accounts/{id}/statuses", s.accountStatuses)

	mux.HandleFunc("POST /api/v2/media", s.user(s.createMedia))
	mux.HandleFunc("GET /api/v1/media/{id}", s.user(s.showMedium))
	mux.HandleFunc("PUT /api/v1/media/{id}", s.user(s.editMedium))
	mux.HandleFunc("GET /system/media_attachments/{id}", s.serveMedium)

	mux.HandleFunc("POST /api/v1/statuses", s.user(s.createStatus))
	mux.HandleFunc("GET /api/v1/statuses/{id}", s.showStatus)
	mux.HandleFunc("PUT /api/v1/statuses/{id}", s.user(s.editStatus))
	mux.HandleFunc("DELETE /api/v1/statuses/{id}", s.user(s.deleteStatus))
	mux.HandleFunc("GET /api/v1/statuses/{id}/context", s.statusContext)
	mux.HandleFunc("GET /api/v1/statuses/{id}/source", s.user(s.statusSource))
	mux.HandleFunc("GET /api/v1/statuses/{id}/history", s.statusHistory)

	mux.HandleFunc("GET /api/v1/timelines/public", s.publicTimeline)
	mux.HandleFunc("GET /api/v1/timelines/tag/{tag}", s.tagTimeline)
	mux.HandleFunc("GET /api/v1/timelines/home", s.user(s.homeTimeline))
	for _, empty := range []string{"notifications", "markers", "lists", "filters", "custom_emojis", "followed_tags", "announcements"} {
		mux.HandleFunc("GET /api/v1/"+empty, func(w http.ResponseWriter, _ *http.Request) { answer(w, []any{}) })
	}
	mux.HandleFunc("GET /avatar.svg", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = io.WriteString(w, avatar)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { notFound(w) })
	return mux
}

// user lets a request through that has the token of an account.
func (s *Server) user(next func(http.ResponseWriter, *http.Request, account)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, known := s.whoIs(r)
		switch {
		case !known:
			fail(w, http.StatusUnauthorized, "The access token is invalid")
		case id == "":
			fail(w, http.StatusUnprocessableEntity, "This method requires an authenticated user")
		case fault.Acts(r, fault.AccountSuspended), r.Method != http.MethodGet && fault.Acts(r, fault.AccountMoved):
			fail(w, http.StatusForbidden, "Your login is currently disabled")
		default:
			next(w, r, s.store.accountByID(id))
		}
	}
}

// whoIs finds the account of a request's token: none is "". known is false if there is no such token.
func (s *Server) whoIs(r *http.Request) (id string, known bool) {
	t := bearer(r)
	if id, ok := s.presets[t]; ok {
		return id, true
	}
	found, ok := s.store.token(t)
	return found.AccountID, ok
}

func (s *Server) nodeinfoLinks(w http.ResponseWriter, r *http.Request) {
	answer(w, object{"links": []object{{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0", "href": base(r) + "/nodeinfo/2.0"}}})
}

func (s *Server) nodeinfo(w http.ResponseWriter, _ *http.Request) {
	answer(w, object{
		"version": "2.0", "software": object{"name": "mastodon", "version": version4}, "protocols": []string{"activitypub"},
		"services": object{"outbound": []any{}, "inbound": []any{}}, "openRegistrations": false, "metadata": object{},
		"usage": object{"users": object{"total": len(s.store.accountNames())}},
	})
}

func (s *Server) verifyApp(w http.ResponseWriter, r *http.Request) {
	t, ok := s.store.token(bearer(r))
	if _, preset := s.presets[bearer(r)]; !ok && !preset {
		fail(w, http.StatusUnauthorized, "The access token is invalid")
		return
	}
	answer(w, object{"name": t.AppName, "website": nil, "vapid_key": ""})
}

func (s *Server) verifyCredentials(w http.ResponseWriter, r *http.Request, a account) {
	o := s.accountJSON(r, a)
	o["source"] = object{"privacy": "public", "sensitive": false, "language": nil, "note": "", "fields": []any{}, "follow_requests_count": 0}
	if fault.Acts(r, fault.AccountMoved) {
		o["moved"] = object{"id": "1", "username": a.Name, "acct": a.Name + "@new.example", "url": "https://new.example/@" + a.Name}
	}
	answer(w, o)
}

func (s *Server) lookup(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Query().Get("acct"), "@"), "@")
	a, ok := s.store.accountByName(name)
	if !ok {
		notFound(w)
		return
	}
	answer(w, s.accountJSON(r, a))
}

func (s *Server) found(r *http.Request) []object {
	q, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Query().Get("q"), "@"), "@")
	list := []object{}
	for _, name := range s.store.accountNames() {
		if q != "" && strings.HasPrefix(strings.ToLower(name), strings.ToLower(q)) {
			a, _ := s.store.accountByName(name)
			list = append(list, s.accountJSON(r, a))
		}
	}
	return list
}

func (s *Server) searchAccounts(w http.ResponseWriter, r *http.Request, _ account) {
	answer(w, s.found(r))
}

func (s *Server) search(w http.ResponseWriter, r *http.Request, _ account) {
	answer(w, object{"accounts": s.found(r), "statuses": []any{}, "hashtags": []any{}})
}

func (s *Server) showAccount(w http.ResponseWriter, r *http.Request) {
	a := s.store.accountByID(r.PathValue("id"))
	if a.ID == "" {
		notFound(w)
		return
	}
	answer(w, s.accountJSON(r, a))
}
