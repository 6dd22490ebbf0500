package acceptance_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	slackfake "carillon.example/pkg/channel/slack/fake"
	"carillon.example/services/sandbox"
)

// status is a status as a follower reads it, and what names it.
type status struct {
	ID, Account, Edited string
	Permalink           string // the last link of its text
	Sight
}

var nextPage = regexp.MustCompile(`<([^>]+)>; rel="next"`)

// timeline pages through the public timeline, the oldest status first. An account may be named.
func timeline(t *testing.T, instance, account string) []status {
	t.Helper()
	var all []status
	for address := instance + "/api/v1/timelines/public?limit=7"; address != ""; {
		a := get(t, address)
		var page []struct {
			ID, Content, Language, Visibility string
			Warning                           string  `json:"spoiler_text"`
			Edited                            *string `json:"edited_at"`
			Account                           struct{ Acct string }
		}
		decode(t, a.body, &page)
		for _, s := range page {
			if account != "" && s.Account.Acct != account {
				continue
			}
			text, link := readStatus(t, s.Content)
			one := status{ID: s.ID, Account: s.Account.Acct, Permalink: link, Sight: Sight{
				Text: text, Warning: s.Warning, Language: s.Language, Visibility: s.Visibility,
			}}
			if s.Edited != nil {
				one.Edited = *s.Edited
			}
			one.Post = link[strings.LastIndexByte(link, '/')+1:]
			all = append(all, one)
		}
		address = ""
		if next := nextPage.FindStringSubmatch(a.header.Get("Link")); next != nil {
			address = next[1]
		}
	}
	slices.Reverse(all)
	return all
}

// readStatus is the text of a status as people see it, and the last address it links to.
func readStatus(t *testing.T, content string) (text, link string) {
	t.Helper()
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

// message is a message as a reader of Slack gets it, and what names it.
type message struct {
	TS, Key string
	Channel string // of ours, as the key says
	Edited  bool
	Sight
}

// history pages through a channel of the workspace, the oldest message first.
func history(t *testing.T, instance, where string) []message {
	t.Helper()
	var all []message
	form := url.Values{"channel": {where}, "limit": {"7"}, "include_all_metadata": {"true"}}
	for {
		var page struct {
			OK       bool
			Error    string
			Messages []struct {
				TS, Text string
				Blocks   any
				Metadata slackfake.Metadata
				Edited   *struct{ TS string }
			}
			Metadata struct {
				Next string `json:"next_cursor"`
			} `json:"response_metadata"`
		}
		call(t, instance+sandbox.SlackAPI+"conversations.history", sandbox.SlackToken, form, &page)
		if !page.OK {
			t.Fatalf("conversations.history: %s", page.Error)
		}
		for _, m := range page.Messages {
			said := m.Metadata.EventPayload
			one := message{TS: m.TS, Key: text(said["key"]), Edited: m.Edited != nil, Sight: Sight{
				Post: text(said["post"]), Language: text(said["language"]), Text: m.Text, Blocks: m.Blocks,
			}}
			revision, _ := said["revision"].(float64)
			one.Revision = int(revision)
			if parts := keyPattern.FindStringSubmatch(one.Key); parts != nil {
				one.Channel = parts[1]
			}
			all = append(all, one)
		}
		if page.Metadata.Next == "" {
			slices.Reverse(all)
			return all
		}
		form.Set("cursor", page.Metadata.Next)
	}
}

// keyPattern finds the channel in a key: the test's channels are named type-something.
var keyPattern = regexp.MustCompile(`^carillon-((?:slack|mastodon)-[a-z]+)-`)

func text(v any) string {
	s, _ := v.(string)
	return s
}

// of are the messages of one of our channels.
func of(all []message, channel string) []message {
	return slices.DeleteFunc(slices.Clone(all), func(m message) bool { return m.Channel != channel })
}

// newcomer makes an account at the sandbox and returns its token, as an application does for somebody who logs in.
func newcomer(t *testing.T, instance, name string) string {
	t.Helper()
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	call(t, instance+"/api/v1/apps", "", url.Values{"client_name": {"Carillon"}, "redirect_uris": {"urn:ietf:wg:oauth:2.0:oob"}}, &app)
	var token struct {
		Token string `json:"access_token"`
	}
	call(t, instance+"/oauth/token", "", url.Values{
		"grant_type": {"password"}, "client_id": {app.ID}, "client_secret": {app.Secret}, "username": {name}, "password": {"any"},
	}, &token)
	return token.Token
}

var htmlTag = regexp.MustCompile(`<html[^>]* lang="([^"]+)"`)

// checkPage follows a link as a reader does.
func checkPage(t *testing.T, address, language, title string) {
	t.Helper()
	a := get(t, address)
	tag := htmlTag.FindSubmatch(a.body)
	if tag == nil || string(tag[1]) != language {
		t.Errorf("%s: the page's language is %q, want %s", address, tag, language)
	}
	if !strings.Contains(html.UnescapeString(string(a.body)), title) {
		t.Errorf("%s: the page does not show the title %q", address, title)
	}
}

// checkGone follows the link to something that was withdrawn.
func checkGone(t *testing.T, address string) {
	t.Helper()
	await(t, address+" is gone", func() string {
		if a := ask(t, http.MethodGet, address, nil, nil); a.status != http.StatusGone {
			return a.String()
		}
		return ""
	})
}
