package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

const statusLong = `Show how the deliveries of a post stand, or of all posts.

waiting    it will be sent, or tried again; or it became older than a day while
           the channel was away, and waits for a decision: 'carillon send'
sending    a call to the channel is under way
delivered  the channel shows it
rejected   the channel will never accept it as it is: correct it
uncertain  it may have been sent: look at the channel, then 'carillon resolve'
withdrawn  the channel showed it and does not any more
skipped    it is not sent, for the reason given

Channels that are paused or down are named first: there everything waits.`

func newStatusCommand(a *app) *cobra.Command {
	var asJSON, undecided bool
	cmd := &cobra.Command{
		Use: "status [POST]", Short: "show how deliveries stand", Long: statusLong, GroupID: groupPosts,
		Example: `  carillon status
  carillon status world-health-day
  carillon status world-health-day --json
  carillon status --undecided`,
		Args:              atMostOne("POST"),
		ValidArgsFunction: a.completePost,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.statusOfAll(cmd.Context(), c, asJSON, undecided)
			}
			answer, err := ask(cmd.Context(), c, reading, c.GetPost, &carillonv1.GetPostRequest{Slug: args[0]})
			if err != nil {
				return err
			}
			deliveries := deliveriesOf(answer.GetDeliveries())
			if undecided {
				deliveries = onlyUndecided(deliveries)
			}
			if asJSON {
				return a.json(deliveries)
			}
			state := scheduleOf(answer.GetSchedule()).standing(postStateName(answer.GetState()))
			a.printf("%s: %s, revision %d%s\n", answer.GetPost().GetSlug(), state, answer.GetPost().GetRevision(), besides(answer.GetDraft()))
			if len(deliveries) == 0 {
				a.advise("no channel carries it\n")
				return nil
			}
			if err := a.printAway(cmd.Context(), c); err != nil {
				return err
			}
			deliveryTable(deliveries, false).print(a.out, a.screen.width)
			return nil
		},
	}
	cmd.Flags().BoolVar(&undecided, "undecided", false, "only those that wait for a decision")
	jsonFlag(cmd, &asJSON)
	return cmd
}

// onlyUndecided are the deliveries that wait for a decision.
func onlyUndecided(deliveries []delivery) []delivery {
	return slices.DeleteFunc(deliveries, func(d delivery) bool { return !d.Undecided })
}

// printAway names the channels that are paused or down.
func (a *app) printAway(ctx context.Context, c *client) error {
	answer, err := ask(ctx, c, reading, c.ListChannels, &carillonv1.ListChannelsRequest{})
	if err != nil {
		return err
	}
	for _, m := range answer.GetChannels() {
		one := configuredOf(m)
		switch {
		case one.Paused:
			a.printf("%s is paused, since %s by %s: 'carillon resume %s' sends again\n", one.Name, moment(one.PausedSince), one.PausedBy, one.Name)
		case one.Down:
			a.printf("%s is down: %s\n", one.Name, one.Reason)
		}
	}
	return nil
}

func (a *app) statusOfAll(ctx context.Context, c *client, asJSON, undecided bool) error {
	deliveries, err := allDeliveries(ctx, c)
	if undecided {
		deliveries = onlyUndecided(deliveries)
	}
	switch {
	case err != nil:
		return err
	case asJSON:
		return a.json(deliveries)
	case len(deliveries) == 0 && undecided:
		a.advise("nothing waits for a decision\n")
		return nil
	case len(deliveries) == 0:
		a.advise("there are no deliveries yet\n")
		return nil
	}
	if err := a.printAway(ctx, c); err != nil {
		return err
	}
	deliveryTable(deliveries, true).print(a.out, a.screen.width)
	return nil
}

// allDeliveries pages through the deliveries of all posts.
func allDeliveries(ctx context.Context, c *client) ([]delivery, error) {
	deliveries := []delivery{}
	req := &carillonv1.ListDeliveriesRequest{PageSize: pageSize}
	for {
		answer, err := ask(ctx, c, reading, c.ListDeliveries, req)
		if err != nil {
			return nil, err
		}
		deliveries = append(deliveries, deliveriesOf(answer.GetDeliveries())...)
		if done, err := lastPage(c, req.GetPageToken(), answer.GetNextPageToken()); done || err != nil {
			return deliveries, err
		}
		req.PageToken = answer.GetNextPageToken()
	}
}

// besides says that there is a draft beside what is public.
func besides(draft bool) string {
	if draft {
		return " (a draft, beside what is public)"
	}
	return ""
}
