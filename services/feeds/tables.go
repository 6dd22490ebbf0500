package feeds

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	"carillon.example/pkg/projection"
)

// tables hold the public posts whole, and what lists are ordered by. Times are in milliseconds since 1970.
const tables = `
CREATE TABLE post (
	slug    TEXT PRIMARY KEY,
	number  INTEGER NOT NULL, -- of the decision shown: the highest there is
	content BLOB    NOT NULL  -- as it stands in the log
) STRICT;
CREATE TABLE edition (
	slug      TEXT    NOT NULL,
	language  TEXT    NOT NULL,
	id        TEXT    NOT NULL,
	withdrawn INTEGER NOT NULL, -- 0: it is public
	published INTEGER NOT NULL, -- the publication date
	changed   INTEGER NOT NULL, -- its update or its withdrawal
	decided   INTEGER NOT NULL, -- the decision shown
	PRIMARY KEY (slug, language)
) STRICT, WITHOUT ROWID;
CREATE INDEX edition_newest ON edition (withdrawn, published DESC, id DESC);
CREATE INDEX edition_newest_of_language ON edition (language, withdrawn, published DESC, id DESC);
CREATE INDEX edition_changed ON edition (changed);
CREATE INDEX edition_changed_of_language ON edition (language, changed);
CREATE INDEX edition_decided ON edition (decided);
CREATE INDEX edition_decided_of_language ON edition (language, decided);` + mediaTable

// schema of the projection. Publication dates are days of the office's calendar, so another time zone makes other rows.
func schema(zone *time.Location) projection.Schema {
	return projection.Schema{SQL: tables + "\n-- days begin as in " + zone.String()}
}

// apply brings the rows up to date with what was released and withdrawn.
func (s *Service) apply(ctx context.Context, tx *sql.Tx, batch []*bus.Message) error {
	for _, m := range batch {
		if err := s.applyOne(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) applyOne(ctx context.Context, tx *sql.Tx, m *bus.Message) error {
	log := s.Log.With("post", event.Slug(m.Subject), "position", m.Sequence)
	public, err := event.UnmarshalPublicPost(m.Data)
	if err != nil {
		s.metrics.ignored.WithLabelValues(ignoredUnreadable).Inc()
		log.Error("message ignored: it cannot be read", "error", err)
		return nil
	}
	if slug := public.Post.Slug; slug != event.Slug(m.Subject) || !carillon.ValidSlug(slug) {
		s.metrics.ignored.WithLabelValues(ignoredSlug).Inc()
		log.Error("message ignored: its content names another post than its subject", "named", slug)
		return nil
	}
	result, err := tx.ExecContext(
		ctx,
		`INSERT INTO post (slug, number, content) VALUES (?, ?, ?)
		ON CONFLICT (slug) DO UPDATE SET number = excluded.number, content = excluded.content WHERE excluded.number > post.number`,
		public.Post.Slug, int64(public.Number), m.Data,
	)
	if err != nil {
		return fmt.Errorf("keep the post %s: %w", public.Post.Slug, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		s.metrics.ignored.WithLabelValues(ignoredOlder).Inc()
		log.Info("message ignored: a later decision is shown already", "number", public.Number)
		return err
	}
	if err := s.applyMedia(ctx, tx, public); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM edition WHERE slug = ?", public.Post.Slug); err != nil {
		return fmt.Errorf("keep the editions of %s: %w", public.Post.Slug, err)
	}
	for _, row := range s.rows(public) {
		if row.problem != "" {
			log.Error("edition ignored", "language", row.language, "reason", row.problem)
			continue
		}
		if _, err := tx.ExecContext(
			ctx,
			"INSERT INTO edition (slug, language, id, withdrawn, published, changed, decided) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			public.Post.Slug, row.language, row.id, row.withdrawn, row.published.UnixMilli(), row.changed.UnixMilli(), public.Time.UnixMilli(),
		); err != nil {
			return fmt.Errorf("keep the edition %s of %s: %w", row.language, public.Post.Slug, err)
		}
	}
	return nil
}

// row is an edition as lists know it, or the problem with it.
type row struct {
	language  string
	id        string
	withdrawn bool
	published time.Time
	changed   time.Time
	problem   string
}

// rows lists the editions of a post: those that can be read first, since one that was released again is not withdrawn.
func (s *Service) rows(public *event.PublicPost) []row {
	var rows []row
	for i := range public.Post.Editions {
		e := &public.Post.Editions[i]
		rows = append(rows, row{
			language: e.Language, id: e.ID, published: publication(&public.Post, e, s.site.Zone), changed: lastChange(e),
		})
	}
	for _, w := range public.Post.Withdrawn {
		rows = append(rows, row{language: w.Language, id: w.EditionID, withdrawn: true, published: w.Published, changed: w.At})
	}
	for i := range rows {
		r := &rows[i]
		switch {
		case !carillon.ValidLanguage(r.language):
			r.problem = "its language is not one"
		case uuid.Validate(r.id) != nil:
			r.problem = "its id is not a UUID"
		case !r.withdrawn && !writable(r.published):
			r.problem = "it has no time of publication"
		}
	}
	return rows
}

// publication is the time by which an edition is shown and ordered: the day staff gave it if that is another one than the
// day of its release, which is exact.
func publication(p *carillon.Post, e *carillon.Edition, zone *time.Location) time.Time {
	if p.Date.IsZero() || p.Date == carillon.DateOf(e.Published.In(zone)) {
		return e.Published
	}
	if day := p.Date.In(zone); writable(day) {
		return day
	}
	return e.Published
}

// lastChange is when the edition last said something else.
func lastChange(e *carillon.Edition) time.Time {
	if e.Updated.After(e.Published) {
		return e.Updated
	}
	return e.Published
}

// writable reports whether a time can be written in a feed.
func writable(t time.Time) bool {
	year := t.UTC().Year()
	return !t.IsZero() && year >= 1 && year <= 9999
}
