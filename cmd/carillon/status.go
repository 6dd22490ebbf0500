package main

import (
	"context"

	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

const statusLong = `Show how the deliveries of a post stand, or of all posts.

waiting    it will be sent, or tried again
sending    a call to the channel is under way
delivered  the channel shows it
rejected   the channel will never accept it as it is: correct it
uncertain  it may have been sent: look at the channel
withdrawn  the channel showed it and does not any more
skipped    it is not sent, for the reason given`

func newStatusCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status [POST]", Short: "show how deliveries stand", Long: statusLong, GroupID: groupPosts,
		Example: `  carillon status
  carillon status world-health-day
  carillon status world-health-day --json`,
		Args:              atMostOne("POST"),
		ValidArgsFunction: a.completePost,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.statusOfAll(cmd.Context(), c, asJSON)
			}
			answer, err := ask(cmd.Context(), c, reading, c.GetPost, &carillonv1.GetPostRequest{Slug: args[0]})
			if err != nil {
				return err
			}
			deliveries := deliveriesOf(answer.GetDeliveries())
			if asJSON {
				return a.json(deliveries)
			}
			state := scheduleOf(answer.GetSchedule()).standing(postStateName(answer.GetState()))
			a.printf("%s: %s, revision %d%s\n", answer.GetPost().GetSlug(), state, answer.GetPost().GetRevision(), besides(answer.GetDraft()))
			if len(deliveries) == 0 {
				a.advise("no channel carries it\n")
				return nil
			}
			deliveryTable(deliveries, false).print(a.out, a.screen.width)
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (a *app) statusOfAll(ctx context.Context, c *client, asJSON bool) error {
	deliveries, err := allDeliveries(ctx, c)
	switch {
	case err != nil:
		return err
	case asJSON:
		return a.json(deliveries)
	case len(deliveries) == 0:
		a.advise("there are no deliveries yet\n")
		return nil
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
