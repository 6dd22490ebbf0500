package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

// record is one decision, and a line of 'log --json'.
type record struct {
	Time     *time.Time `json:"time"`
	Post     string     `json:"post"`
	Number   uint64     `json:"number"` // counts the decisions about the post, from 1
	Decision string     `json:"decision"`
	Revision uint32     `json:"revision"`
	BasedOn  uint32     `json:"based_on"` // the revision that was there before; 0: none
	By       string     `json:"by"`       // the token's name; empty: Carillon itself
	ByID     string     `json:"by_id"`    // the token's id
	Release  string     `json:"release"`  // as it was said; a local time has its zone behind it
	Reason   string     `json:"reason"`
}

func recordOf(m *carillonv1.DecisionRecord) record {
	return record{
		Time: instant(m.GetTime()), Post: m.GetPost(), Number: m.GetNumber(), Decision: decisionName(m.GetKind()),
		Revision: m.GetRevision(), BasedOn: m.GetBasedOn(), By: m.GetBy(), ByID: m.GetById(),
		Release: strings.TrimSpace(m.GetRelease().GetTime() + " " + m.GetRelease().GetZone()), Reason: m.GetReason(),
	}
}

// who decided, for people.
func (d *record) who() string {
	if d.By == "" && d.Decision != "released" {
		return "Carillon" // it holds what was missed
	}
	return decider(d.By)
}

// note is what else there is to say: when the post is to be released, unless that has happened, and why.
func (d *record) note() string {
	var parts []string
	if d.Release != "" && d.Decision != "released" && d.Decision != "withdrawn" {
		parts = append(parts, "for "+d.Release)
	}
	if d.Reason != "" {
		parts = append(parts, d.Reason)
	}
	return strings.Join(parts, "; ")
}

// from is the revision that was there before.
func (d *record) from() string {
	if d.BasedOn == 0 {
		return ""
	}
	return fmt.Sprint(d.BasedOn)
}

func decisionName(kind carillonv1.DecisionKind) string {
	switch kind {
	case carillonv1.DecisionKind_DECISION_KIND_SAVED:
		return "saved"
	case carillonv1.DecisionKind_DECISION_KIND_SCHEDULED:
		return "scheduled"
	case carillonv1.DecisionKind_DECISION_KIND_HELD:
		return "held"
	case carillonv1.DecisionKind_DECISION_KIND_RELEASED:
		return "released"
	case carillonv1.DecisionKind_DECISION_KIND_WITHDRAWN:
		return "withdrawn"
	case carillonv1.DecisionKind_DECISION_KIND_UNSPECIFIED:
	}
	return "unknown"
}

func newLogCommand(a *app) *cobra.Command {
	var asJSON bool
	var limit int
	cmd := &cobra.Command{
		Use: "log [POST]", Short: "say who decided what, the last first", GroupID: groupPosts,
		Long: `Say who decided what, when, from which revision and with which token: about one
post, or about all. Nothing is ever taken out of this log.

With --json it is printed as JSON Lines, one decision a line, the first first:
what was exported yesterday is the beginning of what is exported today.`,
		Example: "  carillon log world-health-day\n  carillon log --limit 20\n  carillon log --json >decisions.jsonl",
		Args:    atMostOne("POST"), ValidArgsFunction: a.completePost,
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 0 {
				return misused(cmd, "--limit is %d: write how many decisions to list, or 0 for all", limit)
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			slug := strings.Join(args, "")
			decisions, err := allDecisions(cmd.Context(), c, slug, limit)
			switch {
			case err != nil:
				return err
			case asJSON:
				return a.jsonLines(decisions)
			case len(decisions) == 0:
				a.advise("nothing has been decided yet; 'carillon publish FILE...' publishes a post\n")
				return nil
			}
			logTable(decisions, slug == "").print(a.out, a.screen.width)
			return nil
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 0, "list this many at most, the last; 0: all")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON Lines: a decision a line, the first first")
	return cmd
}

// logTable lays decisions out; that of one post does not repeat its name.
func logTable(decisions []record, posts bool) *table {
	t := &table{head: []string{"TIME", "POST", "DECISION", "REVISION", "FROM", "BY", "TOKEN"}}
	if !posts {
		t.head = slices.Delete(t.head, 1, 2)
	}
	for i := range decisions {
		d := &decisions[i]
		cells := []string{moment(d.Time), d.Post, d.Decision, fmt.Sprint(d.Revision), d.from(), d.who(), d.ByID}
		if !posts {
			cells = slices.Delete(cells, 1, 2)
		}
		t.add(d.note(), cells...)
	}
	return t
}

// jsonLines prints decisions for programs, the first first.
func (a *app) jsonLines(decisions []record) error {
	lines := json.NewEncoder(a.out)
	lines.SetEscapeHTML(false)
	for i := len(decisions) - 1; i >= 0; i-- {
		if err := lines.Encode(&decisions[i]); err != nil {
			return err
		}
	}
	return nil
}

// allDecisions pages through the decisions about a post, or about all, up to a limit; 0 is none.
func allDecisions(ctx context.Context, c *client, slug string, limit int) ([]record, error) {
	var decisions []record
	req := &carillonv1.ListDecisionsRequest{Slug: slug}
	for {
		req.PageSize = pageSize
		if limit > 0 {
			req.PageSize = uint32(min(pageSize, limit-len(decisions)))
		}
		answer, err := ask(ctx, c, reading, c.ListDecisions, req)
		if err != nil {
			return nil, err
		}
		for _, m := range answer.GetDecisions() {
			decisions = append(decisions, recordOf(m))
		}
		if limit > 0 && len(decisions) >= limit {
			return decisions[:limit], nil
		}
		if done, err := lastPage(c, req.GetPageToken(), answer.GetNextPageToken()); done || err != nil {
			return decisions, err
		}
		req.PageToken = answer.GetNextPageToken()
	}
}
