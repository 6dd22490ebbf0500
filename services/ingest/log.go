package ingest

import (
	"context"
	"database/sql"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// decisionsSchema keeps every decision without the post, by its position on the desk: the order in which they were made.
const decisionsSchema = `
CREATE TABLE decisions (
	position INTEGER PRIMARY KEY,
	record BLOB NOT NULL
);
`

// noteDecision lists a decision.
func noteDecision(ctx context.Context, tx *sql.Tx, position uint64, d *event.Decision) error {
	record, err := proto.Marshal(decisionRecord(d))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO decisions (position, record) VALUES (?, ?)", int64(position), record)
	return err
}

// decisionRecord is who decided what, without the words of the post.
func decisionRecord(d *event.Decision) *carillonv1.DecisionRecord {
	return &carillonv1.DecisionRecord{
		Post: d.Post.Slug, Number: d.Number, Kind: d.Kind.Proto(), Time: timestamppb.New(d.Time), By: d.By, ById: d.ByID,
		Revision: uint32(d.Post.Revision), BasedOn: uint32(d.BasedOn), Release: event.MomentToProto(d.Release), Reason: d.Reason,
	}
}

// ListDecisions implements the staff API. The decisions about one post come from its desk; those about all from the lists.
// Either way a page goes on before the position that its
// token names.
func (s *Service) ListDecisions(ctx context.Context, req *carillonv1.ListDecisionsRequest) (*carillonv1.ListDecisionsResponse, error) {
	before, err := decisionsToken(req.GetPageToken())
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	answer, size := &carillonv1.ListDecisionsResponse{}, pageSize(req.GetPageSize())
	if slug := req.GetSlug(); slug != "" {
		err = s.decisionsOf(ctx, answer, slug, before, size)
	} else {
		err = s.allDecisions(ctx, answer, before, size)
	}
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return answer, nil
}

// decisionsOf reads the desk of one post.
func (s *Service) decisionsOf(ctx context.Context, answer *carillonv1.ListDecisionsResponse, slug string, before uint64, size int) error {
	if !carillon.ValidSlug(slug) {
		return notFound(slug)
	}
	history, err := s.Bus.History(ctx, event.DeskSubject(slug))
	if err != nil {
		return err
	}
	if len(history) == 0 {
		return notFound(slug)
	}
	for i := len(history) - 1; i >= 0; i-- {
		if history[i].Sequence >= before {
			continue
		}
		if len(answer.GetDecisions()) == size {
			answer.NextPageToken = token64(strconv.FormatUint(history[i+1].Sequence, 10))
			return nil
		}
		st, err := standingOf(history[i])
		if err != nil {
			return err
		}
		answer.Decisions = append(answer.Decisions, decisionRecord(st.decision))
	}
	return nil
}

// allDecisions reads the lists.
func (s *Service) allDecisions(ctx context.Context, answer *carillonv1.ListDecisionsResponse, before uint64, size int) error {
	if err := s.fresh(ctx, event.DeskStream); err != nil {
		return err
	}
	return s.lists.projection.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT position, record FROM decisions WHERE position < ? ORDER BY position DESC LIMIT ?", int64(before), size+1)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		var last int64
		for rows.Next() {
			if len(answer.GetDecisions()) == size {
				answer.NextPageToken = token64(strconv.FormatInt(last, 10))
				return nil
			}
			var data []byte
			if err := rows.Scan(&last, &data); err != nil {
				return err
			}
			record := &carillonv1.DecisionRecord{}
			if err := proto.Unmarshal(data, record); err != nil {
				return err
			}
			answer.Decisions = append(answer.Decisions, record)
		}
		return rows.Err()
	})
}

// decisionsToken reads before which position of the desk a page begins.
func decisionsToken(token string) (uint64, error) {
	if token == "" {
		return 1<<63 - 1, nil
	}
	text, err := parseToken64(token)
	if err != nil {
		return 0, err
	}
	position, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, invalid("page_token", "is not one of ours: leave it out to begin with the first page")
	}
	return position, nil
}
