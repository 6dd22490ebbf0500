package acceptance_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"carillon.example/test/reader"
)

// What people outside see.
type (
	// Sight is what one channel shows of one edition.
	Sight   = reader.Sight
	status  = reader.Status
	message = reader.Message
)

// pageOf is how many statuses or messages are asked for at a time: so few that one has to turn pages.
const pageOf = "7"

func timeline(t *testing.T, instance, account string) []status {
	t.Helper()
	return reader.Timeline(t, instance, account, pageOf)
}

func history(t *testing.T, instance, where string) []message {
	t.Helper()
	return reader.History(t, instance, where, pageOf)
}

func newcomer(t *testing.T, instance, name string) string {
	t.Helper()
	return reader.Newcomer(t, instance, name)
}

// of are the messages of one of our channels.
func of(all []message, channel string) []message {
	return slices.DeleteFunc(slices.Clone(all), func(m message) bool { return m.Channel != channel })
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
