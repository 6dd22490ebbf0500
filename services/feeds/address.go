package feeds

import (
	"net/url"
	"slices"
	"strings"

	"carillon.example/pkg/carillon"
)

// kind says what sort of document an address names. It is a label of the metrics.
type kind string

const (
	kindHome     kind = "home"     // /
	kindLanguage kind = "language" // /en/
	kindPost     kind = "post"     // /en/posts/slug
	kindFeed     kind = "feed"     // /feed.atom, /en/feed.atom
	kindFile     kind = "file"     // /style.css, /icon.svg, /robots.txt
	kindMedia    kind = "media"    // /media/HASH/NAME
	kindNone     kind = "none"     // nothing we have
)

func documents() []kind {
	return []kind{kindHome, kindLanguage, kindPost, kindFeed, kindFile, kindMedia, kindNone}
}

// address is what a path names.
type address struct {
	kind     kind
	language string // empty: all
	slug     string
	name     string // of a feed or a file
	hash     string // of a file of a post
}

// path writes the address as it is served.
func (a address) path() string {
	p := "/"
	if a.language != "" {
		p += a.language + "/"
	}
	if a.kind == kindMedia {
		return p + mediaPrefix + "/" + a.hash + "/" + url.PathEscape(a.name)
	}
	if a.kind == kindPost {
		return p + "posts/" + a.slug
	}
	return p + a.name
}

// The files of a list, by format.
const (
	feedAtom = "feed.atom"
	feedRSS  = "feed.rss"
	feedJSON = "feed.json"
)

// mediaPrefix begins the addresses of the files of posts. No language is called so.
const mediaPrefix = "media"

const (
	styleFile  = "style.css"
	robotsFile = "robots.txt"
	iconFile   = "icon.svg"
)

// parse finds out what a path names. elsewhere is the address under which people should ask, if it is another one. The
// language of an address that names nothing is the one to say so in, if it has one.
func parse(path string, languages []string) (a address, elsewhere string) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) == 1 && slices.Contains(languages, parts[0]) {
		a = address{kind: kindLanguage, language: parts[0]}
		return a, a.path()
	}
	if len(parts) == 1 {
		switch parts[0] {
		case "":
			return address{kind: kindHome}, ""
		case styleFile, robotsFile, iconFile:
			return address{kind: kindFile, name: parts[0]}, ""
		case feedAtom, feedRSS, feedJSON:
			return address{kind: kindFeed, name: parts[0]}, ""
		}
		return address{kind: kindNone}, ""
	}
	if len(parts) == 3 && parts[0] == mediaPrefix && hashPattern.MatchString(parts[1]) && parts[2] != "" {
		return address{kind: kindMedia, hash: parts[1], name: parts[2]}, ""
	}
	language := parts[0]
	ours := slices.Contains(languages, language)
	switch {
	case len(parts) == 2 && ours:
		switch parts[1] {
		case "":
			return address{kind: kindLanguage, language: language}, ""
		case feedAtom, feedRSS, feedJSON:
			return address{kind: kindFeed, language: language, name: parts[1]}, ""
		}
	case (len(parts) == 3 || len(parts) == 4 && parts[3] == "") && parts[1] == "posts":
		// A page stays where it is, even if the site no longer has its language.
		a := address{kind: kindPost, language: language, slug: parts[2]}
		if !carillon.ValidLanguage(language) || !carillon.ValidSlug(a.slug) {
			break
		}
		if len(parts) == 4 {
			return a, a.path()
		}
		return a, ""
	}
	if ours {
		return address{kind: kindNone, language: language}, ""
	}
	return address{kind: kindNone}, ""
}
