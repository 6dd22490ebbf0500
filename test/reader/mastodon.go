package reader

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Status is a status as a follower reads it, and what names it.
type Status struct {
	ID, Account, Edited string
	ReplyTo             string // the status it replies to
	Permalink           string // the last link of its text
	Sight
}

var nextPage = regexp.MustCompile(`<([^>]+)>; rel="next"`)

// Timeline pages through the public timeline, the oldest status first. An account may be named. limit is the size of a
// page.
func Timeline(t testing.TB, instance, account, limit string) []Status {
	t.Helper()
	var all []Status
	for address := instance + "/api/v1/timelines/public?limit=" + limit; address != ""; {
		a := Get(t, address)
		var page []struct {
			ID, Content, Language, Visibility string
			Warning                           string  `json:"spoiler_text"`
			Edited                            *string `json:"edited_at"`
			ReplyTo                           *string `json:"in_reply_to_id"`
			Account                           struct{ Acct string }
		}
		Decode(t, a.Body, &page)
		for _, s := range page {
			if account != "" && s.Account.Acct != account {
				continue
			}
			text, link := readStatus(s.Content)
			one := Status{ID: s.ID, Account: s.Account.Acct, Permalink: link, Sight: Sight{
				Text: text, Warning: s.Warning, Language: s.Language, Visibility: s.Visibility,
			}}
			if s.Edited != nil {
				one.Edited = *s.Edited
			}
			if s.ReplyTo != nil {
				one.ReplyTo = *s.ReplyTo
			}
			one.Post = link[strings.LastIndexByte(link, '/')+1:]
			all = append(all, one)
		}
		address = ""
		if next := nextPage.FindStringSubmatch(a.Header.Get("Link")); next != nil {
			address = next[1]
		}
	}
	slices.Reverse(all)
	return all
}

// readStatus is the text of a status as people see it, and the last address it links to.
func readStatus(content string) (text, link string) {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(content))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return b.String(), link
		}
		token := z.Token()
		switch {
		case kind == html.TextToken:
			b.WriteString(token.Data)
		case token.Data == "br":
			b.WriteByte('\n')
		case token.Data == "p" && kind == html.StartTagToken && b.Len() > 0:
			b.WriteString("\n\n")
		case token.Data == "a" && kind == html.StartTagToken:
			for _, attribute := range token.Attr {
				if attribute.Key == "href" {
					link = attribute.Val
				}
			}
		}
	}
}

// Newcomer makes an account at the sandbox and returns its token, as an application does for somebody who logs in.
func Newcomer(t testing.TB, instance, name string) string {
	t.Helper()
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	Call(t, instance+"/api/v1/apps", "", url.Values{"client_name": {"Carillon"}, "redirect_uris": {"urn:ietf:wg:oauth:2.0:oob"}}, &app)
	var token struct {
		Token string `json:"access_token"`
	}
	Call(t, instance+"/oauth/token", "", url.Values{
		"grant_type": {"password"}, "client_id": {app.ID}, "client_secret": {app.Secret}, "username": {name}, "password": {"any"},
	}, &token)
	return token.Token
}
