package feeds

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
)

// listed is how many editions a feed or a page lists.
const listed = 50

// shown is an edition with what surrounds it.
type shown struct {
	Post      *carillon.Post
	Edition   *carillon.Edition
	Published time.Time // as it is shown and ordered
	Updated   time.Time
	Languages []string // in which the post can be read
	number    uint64   // of the decision
	decided   time.Time
}

// list is the newest editions of one language, or of all.
type list struct {
	entries []shown
	changed time.Time // when anything in it last changed, a withdrawal too; zero: nothing was ever there
	decided time.Time // when anything about it was last decided
}

// found is what stands at the address of an edition's page.
type found struct {
	edition   *shown   // nil: there is none
	languages []string // in which the post can be read
	withdrawn bool     // there was an edition
	decided   time.Time
}

// newest reads a list. The language may be empty: all.
func (s *Service) newest(ctx context.Context, tx *sql.Tx, language string) (list, error) {
	where, args := "withdrawn = 0", []any{}
	scope := "TRUE"
	if language != "" {
		where, scope, args = "language = ? AND withdrawn = 0", "language = ?", []any{language}
	}
	l, err := times(ctx, tx, scope, args)
	if err != nil {
		return list{}, err
	}
	names, err := editionNames(ctx, tx, "SELECT slug, language FROM edition WHERE "+where+" ORDER BY published DESC, id DESC LIMIT ?", append(args, listed)...)
	if err != nil {
		return list{}, err
	}
	l.entries, err = s.load(ctx, tx, names)
	return l, err
}

// newestPosts reads the newest posts, each by its first edition in the order of the site's languages.
func (s *Service) newestPosts(ctx context.Context, tx *sql.Tx) (list, error) {
	l, err := times(ctx, tx, "TRUE", nil)
	if err != nil {
		return list{}, err
	}
	names, err := editionNames(
		ctx, tx, "SELECT slug, '' FROM edition WHERE withdrawn = 0 GROUP BY slug ORDER BY max(published) DESC, max(id) DESC LIMIT ?", listed,
	)
	if err != nil {
		return list{}, err
	}
	for i := range names {
		public, err := post(ctx, tx, names[i].slug)
		if err != nil {
			return list{}, err
		}
		editions := s.editions(public)
		if len(editions) > 0 {
			l.entries = append(l.entries, editions[0])
		}
	}
	return l, nil
}

// page reads what stands at the address of an edition's page.
func (s *Service) page(ctx context.Context, tx *sql.Tx, language, slug string) (found, error) {
	public, err := post(ctx, tx, slug)
	if errors.Is(err, sql.ErrNoRows) {
		return found{}, nil
	}
	if err != nil {
		return found{}, err
	}
	f := found{decided: public.Time}
	for _, e := range s.editions(public) {
		f.languages = e.Languages
		if e.Edition.Language == language {
			f.edition = &e
		}
	}
	for _, w := range public.Post.Withdrawn {
		f.withdrawn = f.withdrawn || w.Language == language
	}
	return f, nil
}

// times reads when a list last changed, and when anything about it was last decided.
func times(ctx context.Context, tx *sql.Tx, scope string, args []any) (list, error) {
	var changed, decided sql.NullInt64
	// Two statements, so that each is one look into an index.
	if err := tx.QueryRowContext(ctx, "SELECT max(changed) FROM edition WHERE "+scope, args...).Scan(&changed); err != nil {
		return list{}, fmt.Errorf("read when the list changed: %w", err)
	}
	if err := tx.QueryRowContext(ctx, "SELECT max(decided) FROM edition WHERE "+scope, args...).Scan(&decided); err != nil {
		return list{}, fmt.Errorf("read when the list was decided about: %w", err)
	}
	return list{changed: instant(changed), decided: instant(decided)}, nil
}

func instant(milliseconds sql.NullInt64) time.Time {
	if t := time.UnixMilli(milliseconds.Int64).UTC(); milliseconds.Valid && writable(t) {
		return t
	}
	return time.Time{}
}

type editionName struct{ slug, language string }

func editionNames(ctx context.Context, tx *sql.Tx, query string, args ...any) ([]editionName, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list the editions: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var names []editionName
	for rows.Next() {
		var n editionName
		if err := rows.Scan(&n.slug, &n.language); err != nil {
			return nil, fmt.Errorf("list the editions: %w", err)
		}
		names = append(names, n)
	}
	return names, rows.Err()
}

// load reads editions whole, in the order of their names.
func (s *Service) load(ctx context.Context, tx *sql.Tx, names []editionName) ([]shown, error) {
	posts := map[string][]shown{}
	all := make([]shown, 0, len(names))
	for _, n := range names {
		editions, ok := posts[n.slug]
		if !ok {
			public, err := post(ctx, tx, n.slug)
			if err != nil {
				return nil, err
			}
			editions = s.editions(public)
			posts[n.slug] = editions
		}
		for _, e := range editions {
			if e.Edition.Language == n.language {
				all = append(all, e)
			}
		}
	}
	return all, nil
}

// post reads what is public of a post; sql.ErrNoRows if there is none.
func post(ctx context.Context, tx *sql.Tx, slug string) (*event.PublicPost, error) {
	var content []byte
	if err := tx.QueryRowContext(ctx, "SELECT content FROM post WHERE slug = ?", slug).Scan(&content); err != nil {
		return nil, fmt.Errorf("read the post %s: %w", slug, err)
	}
	public, err := event.UnmarshalPublicPost(content)
	if err != nil {
		return nil, fmt.Errorf("read the post %s: %w", slug, err)
	}
	return public, nil
}

// editions are the editions of a post that can be shown, in the order of the site's languages.
func (s *Service) editions(public *event.PublicPost) []shown {
	var all []shown
	seen := map[string]bool{}
	for _, row := range s.rows(public) {
		e, ok := public.Post.Edition(row.language)
		if row.problem != "" || row.withdrawn || !ok || seen[row.language] {
			continue
		}
		seen[row.language] = true
		all = append(all, shown{Post: &public.Post, Edition: e, Published: row.published, Updated: row.changed, number: public.Number, decided: public.Time})
	}
	s.inSiteOrder(all)
	languages := make([]string, len(all))
	for i := range all {
		languages[i] = all[i].Edition.Language
	}
	for i := range all {
		all[i].Languages = languages
	}
	return all
}
