package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

// pageSize is how many are asked for at once: the most that the API gives.
const pageSize = 500

// listed is one post of 'list --json'.
type listed struct {
	Post      string     `json:"post"`
	State     string     `json:"state"`
	Revision  uint32     `json:"revision"`
	Kind      string     `json:"kind"`
	Title     string     `json:"title"`
	Languages []string   `json:"languages"`
	Updated   *time.Time `json:"updated"`
	Schedule  *schedule  `json:"schedule"`
}

func newListCommand(a *app) *cobra.Command {
	var asJSON, scheduled bool
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "list the posts, the last changed first", GroupID: groupPosts, Args: cobra.NoArgs,
		Example: "  carillon list\n  carillon list --scheduled\n  carillon list --limit 10 --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 0 {
				return misused(cmd, "--limit is %d: write how many posts to list, or 0 for all", limit)
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			var states []carillonv1.PostState
			if scheduled {
				states = []carillonv1.PostState{carillonv1.PostState_POST_STATE_SCHEDULED, carillonv1.PostState_POST_STATE_HELD}
			}
			posts, err := allPosts(cmd.Context(), c, limit, states)
			switch {
			case err != nil:
				return err
			case asJSON:
				return a.json(posts)
			case scheduled:
				a.printScheduled(posts)
				return nil
			case len(posts) == 0:
				a.advise("there are no posts yet; 'carillon publish FILE...' publishes one\n")
				return nil
			}
			t := &table{head: []string{"POST", "STATE", "REVISION", "KIND", "LANGUAGES", "UPDATED", "TITLE"}}
			for i := range posts {
				p := &posts[i]
				t.add("", p.Post, p.State, fmt.Sprint(p.Revision), p.Kind, strings.Join(p.Languages, " "), moment(p.Updated), p.Title)
			}
			t.print(a.out, a.screen.width)
			return nil
		},
	}
	cmd.Flags().BoolVar(&scheduled, "scheduled", false, "list what is scheduled or held, the next to be released first")
	cmd.Flags().IntVar(&limit, "limit", 0, "list this many at most; 0: all")
	jsonFlag(cmd, &asJSON)
	return cmd
}

// printScheduled prints what is to be released, in the order of their times; what has none comes last.
func (a *app) printScheduled(posts []listed) {
	if len(posts) == 0 {
		a.advise("nothing is scheduled or held\n")
		return
	}
	slices.SortStableFunc(posts, func(x, y listed) int {
		switch at, other := x.Schedule.at(), y.Schedule.at(); {
		case at == nil || other == nil:
			return cmp.Compare(len(y.Schedule.when()), len(x.Schedule.when()))
		default:
			return at.Compare(*other)
		}
	})
	t := &table{head: []string{"RELEASE", "POST", "STATE", "LANGUAGES", "TITLE"}}
	for i := range posts {
		p := &posts[i]
		why := ""
		if p.Schedule != nil {
			why = p.Schedule.Reason
		}
		t.add(why, p.Schedule.when(), p.Post, p.State, strings.Join(p.Languages, " "), p.Title)
	}
	t.print(a.out, a.screen.width)
}

// allPosts pages through the posts, up to a limit; 0 is none.
func allPosts(ctx context.Context, c *client, limit int, states []carillonv1.PostState) ([]listed, error) {
	posts := []listed{}
	req := &carillonv1.ListPostsRequest{States: states}
	for {
		req.PageSize = pageSize
		if limit > 0 {
			req.PageSize = uint32(min(pageSize, limit-len(posts)))
		}
		answer, err := ask(ctx, c, reading, c.ListPosts, req)
		if err != nil {
			return nil, err
		}
		for _, m := range answer.GetPosts() {
			posts = append(posts, listed{
				Post: m.GetSlug(), State: postStateName(m.GetState()), Revision: m.GetRevision(), Kind: m.GetKind(),
				Title: m.GetTitle(), Languages: list(m.GetLanguages()), Updated: instant(m.GetUpdated()),
				Schedule: scheduleOf(m.GetSchedule()),
			})
		}
		if limit > 0 && len(posts) >= limit {
			return posts[:limit], nil
		}
		if done, err := lastPage(c, req.GetPageToken(), answer.GetNextPageToken()); done || err != nil {
			return posts, err
		}
		req.PageToken = answer.GetNextPageToken()
	}
}

// lastPage reports whether there is no next page. A page that names itself as the next would never end.
func lastPage(c *client, this, next string) (bool, error) {
	if next != "" && next == this {
		return true, fmt.Errorf("the answer of Carillon at %s has no end: it names the same page twice", c.url)
	}
	return next == "", nil
}
