package fake

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"carillon.example/pkg/channel/fault"
)

// The sizes of a page: https://docs.joinmastodon.org/methods/timelines/#query-parameters
const (
	defaultPage = 20
	maxPage     = 40
)

// page cuts the statuses that a request asks for out of all, which are the newest first, and answers with them. The next
// page is named in the Link header: https://docs.joinmastodon.org/api/guidelines/#pagination
func (s *Server) page(w http.ResponseWriter, r *http.Request, all []status) {
	q := r.URL.Query()
	limit := defaultPage
	if n, err := strconv.Atoi(q.Get("limit")); err == nil && n > 0 {
		limit = min(n, maxPage)
	}
	list := slices.DeleteFunc(all, func(st status) bool {
		return (q.Get("max_id") != "" && !earlier(st.ID, q.Get("max_id"))) ||
			(q.Get("since_id") != "" && !earlier(q.Get("since_id"), st.ID)) ||
			(q.Get("min_id") != "" && !earlier(q.Get("min_id"), st.ID))
	})
	more := len(list) > limit
	switch {
	case !more:
	case q.Get("min_id") != "": // the ones next to it, not the newest
		list = list[len(list)-limit:]
	default:
		list = list[:limit]
	}
	if len(list) > 0 {
		links := []string{link(r, "prev", "min_id", list[0].ID)}
		// Like Mastodon it promises another page whenever this one is full.
		if len(list) == limit {
			links = append([]string{link(r, "next", "max_id", list[len(list)-1].ID)}, links...)
		}
		w.Header().Set("Link", strings.Join(links, ", "))
	}
	answer(w, s.statusesJSON(r, list))
}

func link(r *http.Request, rel, key, id string) string {
	q := r.URL.Query()
	for _, old := range []string{"max_id", "since_id", "min_id"} {
		q.Del(old)
	}
	q.Set(key, id)
	u := url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
	return fmt.Sprintf("<%s%s>; rel=%q", base(r), u.String(), rel)
}

// earlier compares ids as numbers.
func earlier(a, b string) bool {
	x, _ := strconv.ParseInt(a, 10, 64)
	y, _ := strconv.ParseInt(b, 10, 64)
	return x < y
}

func (s *Server) publicTimeline(w http.ResponseWriter, r *http.Request) {
	remote := r.URL.Query().Get("remote")
	s.page(w, r, s.store.statuses(func(st *status) bool {
		return st.Visibility == "public" && remote != "true" && remote != "1"
	}))
}

func (s *Server) tagTimeline(w http.ResponseWriter, r *http.Request) {
	tag := strings.ToLower(strings.TrimPrefix(r.PathValue("tag"), "#"))
	s.page(w, r, s.store.statuses(func(st *status) bool {
		return st.Visibility == "public" && slices.ContainsFunc(tagsOf(st.Text), func(t string) bool { return strings.ToLower(t) == tag })
	}))
}

func (s *Server) homeTimeline(w http.ResponseWriter, r *http.Request, a account) {
	s.page(w, r, s.store.statuses(func(st *status) bool { return st.AccountID == a.ID }))
}

func (s *Server) accountStatuses(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if s.store.accountByID(id).ID == "" {
		notFound(w)
		return
	}
	asks, _ := s.whoIs(r)
	if asks != "" && fault.Acts(r, fault.HistoryDenied) {
		outsideScopes(w)
		return
	}
	until := fault.Shown(r, s.now(r))
	pinned := r.URL.Query().Get("pinned") == "true"
	s.page(w, r, s.store.statuses(func(st *status) bool {
		return st.AccountID == id && !pinned && !st.Created.After(until) && (asks == id || st.Visibility == "public" || st.Visibility == "unlisted")
	}))
}
