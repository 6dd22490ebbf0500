package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

const releaseLong = `Release what the desk has of a post: a draft, or a post that is held.

It is released at its time if it has one that is still to come, else at once.
With --now it is released at once, whatever time was said.`

const holdLong = `Stop the release of a post that is scheduled.

Once the command says that the post is held, it is not released until somebody
says so: 'carillon release' or 'carillon reschedule'. If the release was
faster, the command says that, and the exit code is 1: then 'carillon withdraw'
takes the post back.`

const rescheduleLong = `Give a post that is not public yet another time of release.

The time is on the clocks of the site, as 2019-04-07T09:00, unless it says its
zone (2019-04-07T09:00 Asia/Almaty) or its offset (2019-04-07T09:00+05:00). A
post that was held is scheduled again.`

// decided is what became of a post, as 'release', 'hold' and 'reschedule' print it with --json.
type decided struct {
	Post       string            `json:"post"`
	State      string            `json:"state"`
	Revision   uint32            `json:"revision"`
	Changed    bool              `json:"changed"`
	Schedule   *schedule         `json:"schedule"`
	Links      map[string]string `json:"links"`
	Deliveries []delivery        `json:"deliveries"`
}

func newReleaseCommand(a *app) *cobra.Command {
	req := &carillonv1.ReleasePostRequest{}
	var waiting waitFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use: "release POST", Short: "release a draft or a post that is held", Long: releaseLong, GroupID: groupPosts,
		Example:           "  carillon release world-health-day\n  carillon release world-health-day --now --wait",
		Args:              exactlyOne("POST"),
		ValidArgsFunction: a.completePost,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := waiting.check(cmd); err != nil {
				return err
			}
			req.Slug = args[0]
			return a.release(cmd.Context(), req, &waiting, asJSON)
		},
	}
	cmd.Flags().BoolVar(&req.Now, "now", false, "release it at once, whatever time was said")
	waiting.add(cmd, "follow the deliveries until each is settled")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (a *app) release(ctx context.Context, req *carillonv1.ReleasePostRequest, waiting *waitFlags, asJSON bool) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	answer, err := ask(ctx, c, keyed, c.ReleasePost, req)
	if err != nil {
		return err
	}
	done := decided{
		Post: req.GetSlug(), State: postStateName(answer.GetState()), Revision: answer.GetPost().GetRevision(), Changed: answer.GetChanged(),
		Schedule: scheduleOf(answer.GetSchedule()), Links: answer.GetLinks(), Deliveries: planned(req.GetSlug(), answer.GetDeliveries()),
	}
	if !asJSON {
		a.printf("%s: %s, revision %d%s\n", done.Post, done.Schedule.standing(done.State), done.Revision, unchanged(done.Changed))
		a.printLinks(done.Links, done.State)
	}
	if waiting.wait && a.comesWithin(done.State, done.Schedule, waiting.timeout) {
		err = a.waitAndPrint(ctx, c, done.Deliveries, waiting.timeout, asJSON)
	}
	if asJSON {
		err = errors.Join(err, a.json(done))
	}
	return err
}

func unchanged(changed bool) string {
	if changed {
		return ""
	}
	return " (it is already, nothing changed)"
}

func newHoldCommand(a *app) *cobra.Command {
	req := &carillonv1.HoldPostRequest{}
	var asJSON bool
	cmd := &cobra.Command{
		Use: "hold POST", Short: "stop the release of a post", Long: holdLong, GroupID: groupPosts,
		Example:           `  carillon hold world-health-day --reason "waits for the minister"`,
		Args:              exactlyOne("POST"),
		ValidArgsFunction: a.completePost,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			req.Slug = args[0]
			answer, err := ask(cmd.Context(), c, keyed, c.HoldPost, req)
			if err != nil {
				return err
			}
			return a.printDecided(&decided{
				Post: req.GetSlug(), State: "held", Revision: answer.GetPost().GetRevision(), Changed: answer.GetChanged(), Schedule: scheduleOf(answer.GetSchedule()),
			}, asJSON)
		},
	}
	cmd.Flags().StringVar(&req.Reason, "reason", "", "why, for your colleagues")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newRescheduleCommand(a *app) *cobra.Command {
	req := &carillonv1.ReschedulePostRequest{}
	var at string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "reschedule POST --at TIME", Short: "give a post another time of release", Long: rescheduleLong, GroupID: groupPosts,
		Example:           "  carillon reschedule world-health-day --at 2019-04-07T10:00",
		Args:              exactlyOne("POST"),
		ValidArgsFunction: a.completePost,
		RunE: func(cmd *cobra.Command, args []string) error {
			if at == "" {
				return misused(cmd, "--at is missing: write when, as --at 2019-04-07T10:00")
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			req.Slug, req.Release = args[0], atFlag(at)
			answer, err := ask(cmd.Context(), c, keyed, c.ReschedulePost, req)
			if err != nil {
				return err
			}
			done := &decided{
				Post: req.GetSlug(), State: "scheduled", Revision: answer.GetPost().GetRevision(), Changed: answer.GetChanged(),
				Schedule: scheduleOf(answer.GetSchedule()), Deliveries: planned(req.GetSlug(), answer.GetDeliveries()),
			}
			if done.Schedule == nil {
				done.State = "released" // its time has come this moment
			}
			return a.printDecided(done, asJSON)
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "when, as 2019-04-07T10:00")
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (a *app) printDecided(d *decided, asJSON bool) error {
	if asJSON {
		if d.Links == nil {
			d.Links = map[string]string{}
		}
		d.Deliveries = list(d.Deliveries)
		return a.json(d)
	}
	a.printf("%s: %s, revision %d%s\n", d.Post, d.Schedule.standing(d.State), d.Revision, unchanged(d.Changed))
	return nil
}
