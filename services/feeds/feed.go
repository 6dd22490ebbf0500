package feeds

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"time"

	"carillon.example/pkg/event"
	"carillon.example/pkg/feed"
)

// feedCache lets proxies and readers keep a feed for a minute: readers poll no sooner than it says, so more would delay
// news.
const feedCache = "public, max-age=60"

// format is one way to write a feed.
type format struct {
	name     string // of the file
	mimeType string // with its parameters
	title    string // as people call it
	write    func(*feed.Feed) ([]byte, error)
}

// formats are all of them, the one we recommend first.
func formats() []format {
	return []format{
		{feedAtom, feed.AtomType, "Atom", feed.Atom},
		{feedRSS, feed.RSSType, "RSS", feed.RSS},
		{feedJSON, feed.JSONType, "JSON Feed", feed.JSON},
	}
}

// feed renders a feed.
func (s *Service) feed(ctx context.Context, a address) (*document, error) {
	var l list
	if err := s.projection.Read(ctx, func(tx *sql.Tx) (err error) {
		l, err = s.newest(ctx, tx, a.language)
		return err
	}); err != nil {
		return nil, err
	}
	home := address{kind: kindHome}
	if a.language != "" {
		home = address{kind: kindLanguage, language: a.language}
	}
	f := &feed.Feed{
		ID:       s.site.URL + home.path(),
		Title:    s.site.TitleIn(a.language),
		Language: a.language,
		SiteURL:  s.site.URL + home.path(),
		SelfURL:  s.site.URL + a.path(),
		Updated:  l.changed,
	}
	if f.Updated.IsZero() {
		// Nothing was ever published: the log has been open since it was made, on every replica.
		f.Updated = s.projection.Progress(event.PostsStream).Created
	}
	for i := range l.entries {
		e, err := s.entry(&l.entries[i])
		if err != nil {
			return nil, err
		}
		f.Entries = append(f.Entries, e)
	}
	for _, format := range formats() {
		if format.name != a.name {
			continue
		}
		body, err := format.write(f)
		if err != nil {
			return nil, err
		}
		d := &document{
			status: http.StatusOK, mimeType: format.mimeType, cache: feedCache, language: a.language, shared: true,
			modified: latest(l.decided, l.changed), body: body,
		}
		return d.seal(), nil
	}
	return nil, fmt.Errorf("there is no format %s", a.name)
}

func (s *Service) entry(e *shown) (feed.Entry, error) {
	link := s.site.Permalink(e.Edition.Language, e.Post.Slug)
	t, err := s.pages.texts(e)
	if err != nil {
		return feed.Entry{}, err
	}
	entry := feed.Entry{
		ID:         "urn:uuid:" + e.Edition.ID,
		Title:      e.Edition.Title,
		Link:       link,
		Language:   e.Edition.Language,
		Summary:    t.summary,
		HTML:       t.content,
		Authors:    e.Post.Authors,
		Categories: e.Post.Tags,
		Published:  e.Published,
		Updated:    e.Updated,
	}
	for _, language := range e.Languages {
		if language != e.Edition.Language {
			entry.Alternates = append(entry.Alternates, feed.Alternate{Language: language, URL: s.site.Permalink(language, e.Post.Slug)})
		}
	}
	s.feedMedia(&entry, e)
	return entry, nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
