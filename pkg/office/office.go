package office

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
)

// Office is a whole configuration, checked.
type Office struct {
	Site     Site
	Channels []Channel
}

// Site is what the public sees.
type Site struct {
	Title     map[string]string // by language
	URL       string            // without a slash at the end
	Languages []string          // the first is the default
	Zone      *time.Location
}

// Channel is one configured destination.
type Channel struct {
	carillon.Channel
	Driver   channel.Type
	Settings channel.Settings
}

// TitleIn is the site's title in a language, or in the default one.
func (s *Site) TitleIn(language string) string {
	if t, ok := s.Title[language]; ok {
		return t
	}
	return s.Title[s.Languages[0]]
}

// Permalink is the address of an edition's page, for ever.
func (s *Site) Permalink(language, slug string) string {
	return s.URL + "/" + language + "/posts/" + slug
}

// MediaURL is the public address of a file. It is served only while something public names it.
func (s *Site) MediaURL(hash, name string) string {
	return s.URL + "/media/" + hash + "/" + url.PathEscape(name)
}

// Channel finds a channel by its name or its ledger's.
func (o *Office) Channel(name string) (*Channel, bool) {
	i := slices.IndexFunc(o.Channels, func(c Channel) bool { return c.Name == name || c.LedgerName() == name })
	if i < 0 {
		return nil, false
	}
	return &o.Channels[i], true
}

// LedgerNames lists the names under which the channels keep their ledgers and queues.
func (o *Office) LedgerNames() []string {
	names := make([]string, len(o.Channels))
	for i := range o.Channels {
		names[i] = o.Channels[i].LedgerName()
	}
	return names
}

// Types lists the types of channels for which staff may write texts.
func Types(types []channel.Type) []string {
	names := make([]string, len(types))
	for i := range types {
		names[i] = types[i].Name
	}
	return names
}

// WarningTypes lists those of the types that show content warnings.
func WarningTypes(types []channel.Type) []string {
	var names []string
	for i := range types {
		if types[i].Warnings {
			names = append(names, types[i].Name)
		}
	}
	return names
}

// ThreadTypes lists those of the types that can show a post in several parts.
func ThreadTypes(types []channel.Type) []string {
	var names []string
	for i := range types {
		if types[i].Threads {
			names = append(names, types[i].Name)
		}
	}
	return names
}

// siteURL checks a public address and takes the slash at its end away.
func siteURL(s string) (string, string) {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return "", "is missing: the address at which the public finds the site, with https://"
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return "", "is not an address: write it as https://news.example.org"
	}
	return strings.TrimRight(s, "/"), ""
}
