package ingest

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	"carillon.example/pkg/projection"
	carillonv1 "carillon.example/proto/carillon/v1"
)

const (
	defaultPageSize = 50
	maxPageSize     = 500
	// freshWithin is how long a list waits for what was decided just before it was asked for.
	freshWithin = time.Second
)

// lists is the desk's projection: what a list needs of every post and every delivery.
type lists struct {
	projection *projection.Projection
	log        *slog.Logger
}

const listsSchema = `
CREATE TABLE posts (
	slug TEXT PRIMARY KEY,
	number INTEGER NOT NULL,
	updated INTEGER NOT NULL,
	state INTEGER NOT NULL,
	decision BLOB NOT NULL, -- the last one
	public BLOB             -- the last public one, if there is another
) WITHOUT ROWID;
CREATE INDEX posts_by_update ON posts (updated DESC, slug);
CREATE INDEX posts_by_state ON posts (state, updated DESC, slug);
CREATE TABLE deliveries (
	slug TEXT NOT NULL,
	language TEXT NOT NULL,
	channel TEXT NOT NULL,
	delivery BLOB NOT NULL,
	PRIMARY KEY (slug, language, channel)
) WITHOUT ROWID;
`

func openLists(path string, log *slog.Logger) (*lists, error) {
	p, err := projection.Open(path, projection.Schema{SQL: listsSchema + decisionsSchema, Version: 1}, log)
	if err != nil {
		return nil, err
	}
	return &lists{p, log}, nil
}

// Close closes the file.
func (l *lists) Close() { l.projection.Close() }

func (l *lists) follow(ctx context.Context, b *bus.Bus) error {
	ended := make(chan error, 2)
	go func() { ended <- l.projection.Follow(ctx, b, event.DeskStream, l.applyDecisions) }()
	go func() { ended <- l.projection.Follow(ctx, b, event.DeliveriesStream, l.applyDeliveries) }()
	return errors.Join(<-ended, <-ended)
}

func (l *lists) applyDecisions(ctx context.Context, tx *sql.Tx, batch []*bus.Message) error {
	for _, m := range batch {
		st, err := standingOf(m)
		if err != nil {
			l.log.Error("a decision cannot be listed", "position", m.Sequence, "error", err)
			continue
		}
		if err := l.applyDecision(ctx, tx, st.decision); err != nil {
			return err
		}
		if err := noteDecision(ctx, tx, m.Sequence, st.decision); err != nil {
			return err
		}
	}
	return nil
}

// applyDecision keeps a decision, and the public one before it if this one is not.
func (l *lists) applyDecision(ctx context.Context, tx *sql.Tx, d *event.Decision) error {
	short := *d
	short.Post = *withoutBodies(&d.Post)
	data, err := event.MarshalDecision(&short)
	if err != nil {
		return err
	}
	public, err := publicBefore(ctx, tx, d)
	if err != nil {
		return err
	}
	var publicData []byte
	var publicPost *carillon.Post
	if public != nil {
		publicPost = &public.Post
		if publicData, err = event.MarshalDecision(public); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO posts (slug, number, updated, state, decision, public) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (slug) DO UPDATE SET number = excluded.number, updated = excluded.updated, state = excluded.state,
			decision = excluded.decision, public = excluded.public
		WHERE excluded.number > number`, d.Post.Slug, d.Number, d.Time.UnixMicro(), stateOf(d, publicPost), data, publicData)
	return err
}

// publicBefore is the last public decision about a post beside one that is not; nil: there is none, or it is that one.
func publicBefore(ctx context.Context, tx *sql.Tx, d *event.Decision) (*event.Decision, error) {
	if d.Kind.Public() {
		return nil, nil
	}
	var last, public []byte
	err := tx.QueryRowContext(ctx, "SELECT decision, public FROM posts WHERE slug = ?", d.Post.Slug).Scan(&last, &public)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	row, err := readRow(last, public)
	return row.public, err
}

// row is a post as the lists know it.
type row struct {
	last   *event.Decision
	public *event.Decision // the last public one; nil: there is none
}

func readRow(last, public []byte) (row, error) {
	d, err := event.UnmarshalDecision(last)
	if err != nil {
		return row{}, err
	}
	switch {
	case d.Kind.Public():
		return row{d, d}, nil
	case public == nil:
		return row{d, nil}, nil
	}
	p, err := event.UnmarshalDecision(public)
	return row{d, p}, err
}

// publicPost is what the public knows of the post, or nil.
func (r row) publicPost() *carillon.Post {
	if r.public == nil {
		return nil
	}
	return &r.public.Post
}

func (l *lists) applyDeliveries(ctx context.Context, tx *sql.Tx, batch []*bus.Message) error {
	for _, m := range batch {
		item, err := event.ParseItem(m.Subject)
		if err != nil || !item.IsPost() {
			continue // the condition of a channel, a reminder or a notice
		}
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO deliveries (slug, language, channel, delivery) VALUES (?, ?, ?, ?)`,
			item.Post, item.Language, item.Channel, m.Data)
		if err != nil {
			return err
		}
	}
	return nil
}

// withoutBodies is a post without the words that no list shows.
func withoutBodies(p *carillon.Post) *carillon.Post {
	short := *p
	short.Editions = slices.Clone(p.Editions)
	for i := range short.Editions {
		short.Editions[i].Body, short.Editions[i].Summary, short.Editions[i].Texts = "", "", nil
		short.Editions[i].ImageAlt = ""
	}
	return &short
}

// fresh waits until the lists have what stood in a stream when it was called, for a moment at the most: who publishes and
// then lists sees what was published.
func (s *Service) fresh(ctx context.Context, stream string) error {
	info, err := s.Bus.Info(ctx, stream)
	if err != nil {
		return err
	}
	deadline := time.NewTimer(freshWithin)
	defer deadline.Stop()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for {
		p := s.lists.projection.Progress(stream)
		switch {
		case p.CaughtUp && p.Position >= info.Last:
			return nil
		case info.Last == 0:
			return nil
		}
		select {
		case <-look.C:
		case <-deadline.C:
			if p.CaughtUp {
				return nil
			}
			return connect.NewError(connect.CodeUnavailable, errors.New("the lists are being made from the log; try again in a moment"))
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// ListPosts implements the staff API.
func (s *Service) ListPosts(ctx context.Context, req *carillonv1.ListPostsRequest) (*carillonv1.ListPostsResponse, error) {
	size := pageSize(req.GetPageSize())
	after, afterSlug, err := postsToken(req.GetPageToken())
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	if err := s.fresh(ctx, event.DeskStream); err != nil {
		return nil, s.answer(ctx, err)
	}
	states, err := statesAsked(req.GetStates())
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	answer := &carillonv1.ListPostsResponse{}
	err = s.lists.projection.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT slug, updated, decision, public FROM posts
			WHERE (updated < ? OR updated = ? AND slug > ?) AND state IN (SELECT value FROM json_each(?))
			ORDER BY updated DESC, slug LIMIT ?`, after, after, afterSlug, states, size+1)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		var last string
		for rows.Next() {
			var slug string
			var updated int64
			var decision, public []byte
			if err := rows.Scan(&slug, &updated, &decision, &public); err != nil {
				return err
			}
			if len(answer.Posts) == size {
				answer.NextPageToken = last
				break
			}
			row, err := readRow(decision, public)
			if err != nil {
				return err
			}
			answer.Posts = append(answer.Posts, s.summary(row, updated))
			last = token64(strconv.FormatInt(updated, 10) + " " + slug)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return answer, nil
}

// statesAsked are the states a list is asked for, as a JSON array; none: all of them.
func statesAsked(states []carillonv1.PostState) (string, error) {
	if len(states) == 0 {
		for number := range carillonv1.PostState_name {
			states = append(states, carillonv1.PostState(number))
		}
	}
	for _, state := range states {
		if _, ok := carillonv1.PostState_name[int32(state)]; !ok {
			return "", invalid("states", fmt.Sprintf("%d is not a state we know: leave it out", state))
		}
	}
	list, err := json.Marshal(states)
	return string(list), err
}

func (s *Service) summary(r row, updated int64) *carillonv1.PostSummary {
	post := &r.last.Post
	return &carillonv1.PostSummary{
		Slug: post.Slug, State: stateOf(r.last, r.publicPost()), Revision: uint32(post.Revision), Kind: string(post.Kind),
		Title: s.titleOf(post), Languages: post.Languages(), Updated: timestamppb.New(time.UnixMicro(updated)),
		Schedule: s.schedule(r.last),
	}
}

// titleOf is the post's title in the site's first language that it has.
func (s *Service) titleOf(post *carillon.Post) string {
	for _, language := range s.Office.Site.Languages {
		if e, ok := post.Edition(language); ok {
			return e.Title
		}
	}
	return ""
}

// ListDeliveries implements the staff API.
func (s *Service) ListDeliveries(ctx context.Context, req *carillonv1.ListDeliveriesRequest) (*carillonv1.ListDeliveriesResponse, error) {
	if slug := req.GetSlug(); slug != "" {
		post, err := s.GetPost(ctx, &carillonv1.GetPostRequest{Slug: slug})
		if err != nil {
			return nil, err
		}
		return &carillonv1.ListDeliveriesResponse{Deliveries: post.GetDeliveries()}, nil
	}
	size := pageSize(req.GetPageSize())
	after, err := parseToken64(req.GetPageToken())
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	for _, stream := range []string{event.DeskStream, event.DeliveriesStream} {
		if err := s.fresh(ctx, stream); err != nil {
			return nil, s.answer(ctx, err)
		}
	}
	answer := &carillonv1.ListDeliveriesResponse{}
	// Pages end between posts, so that one post's deliveries come together, those that have not begun among them.
	err = s.lists.projection.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT slug, decision, public FROM posts WHERE slug > ? ORDER BY slug`, after)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var slug string
			var decision, public []byte
			if err := rows.Scan(&slug, &decision, &public); err != nil {
				return err
			}
			row, err := readRow(decision, public)
			if err != nil {
				return err
			}
			list, err := s.listed(ctx, tx, row)
			if err != nil {
				return err
			}
			if len(answer.Deliveries) > 0 && len(answer.Deliveries)+len(list) > size {
				answer.NextPageToken = token64(after)
				return nil
			}
			answer.Deliveries = append(answer.Deliveries, list...)
			after = slug
		}
		return rows.Err()
	})
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return answer, nil
}

// listed is every delivery of one post, from the projection.
func (s *Service) listed(ctx context.Context, tx *sql.Tx, r row) ([]*carillonv1.DeliveryStatus, error) {
	slug := r.last.Post.Slug
	rows, err := tx.QueryContext(ctx, `SELECT language, channel, delivery FROM deliveries WHERE slug = ?`, slug)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var entries []ledgerEntry
	for rows.Next() {
		e := ledgerEntry{item: event.Item{Post: slug}}
		var delivery []byte
		if err := rows.Scan(&e.item.Language, &e.item.Channel, &delivery); err != nil {
			return nil, err
		}
		if e.delivery, err = event.UnmarshalDelivery(delivery); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return s.statuses(entries, r.last, r.publicPost()), rows.Err()
}

func pageSize(asked uint32) int {
	if asked == 0 {
		return defaultPageSize
	}
	return int(min(asked, maxPageSize))
}

func token64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func parseToken64(token string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", invalid("page_token", "is not one of ours: leave it out to begin with the first page")
	}
	return string(b), nil
}

// postsToken reads where a page of posts begins: after a time and a slug.
func postsToken(token string) (int64, string, error) {
	if token == "" {
		return 1<<63 - 1, "", nil
	}
	s, err := parseToken64(token)
	if err != nil {
		return 0, "", err
	}
	at, slug, _ := strings.Cut(s, " ")
	updated, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return 0, "", invalid("page_token", fmt.Sprintf("is not one of ours (%q): leave it out to begin with the first page", at))
	}
	return updated, slug, nil
}
