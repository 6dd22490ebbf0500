package main

import (
	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

const retryLong = `Try the deliveries of a post again at once: those that wait, those that were
rejected, and those that wait for a decision.

What somebody deleted on the channel stays deleted, unless --again says to post
it anew. What is uncertain is not tried again, since it could then be there
twice: look there, and say with 'carillon resolve' what you found.`

// asked is what became of a wish, as 'retry' and 'send' print it with --json.
type asked struct {
	Post       string      `json:"post"`
	Deliveries []delivery  `json:"deliveries"`
	Untouched  []untouched `json:"untouched"`
}

type untouched struct {
	Channel  string `json:"channel"`
	Language string `json:"language"`
	Reason   string `json:"reason"`
}

func askedOf(post string, deliveries []*carillonv1.DeliveryStatus, rest []*carillonv1.UntouchedDelivery) *asked {
	done := &asked{Post: post, Deliveries: deliveriesOf(deliveries), Untouched: []untouched{}}
	for _, u := range rest {
		done.Untouched = append(done.Untouched, untouched{u.GetChannel(), u.GetLanguage(), u.GetReason()})
	}
	return done
}

// print says what is done, and what is left alone and why.
func (a *app) printAsked(done *asked, doing, nothing string) {
	for _, d := range done.Deliveries {
		a.printf("%s (%s) on %s: %s\n", d.Post, d.Language, d.Channel, doing)
	}
	for _, u := range done.Untouched {
		a.printf("%s (%s) on %s: left alone: %s\n", done.Post, u.Language, u.Channel, u.Reason)
	}
	if len(done.Deliveries) == 0 {
		a.printf("%s: %s\n", done.Post, nothing)
		return
	}
	a.advise("'carillon status %s' shows how they go on\n", done.Post)
}

func newRetryCommand(a *app) *cobra.Command {
	req := &carillonv1.RetryDeliveriesRequest{}
	var asJSON bool
	cmd := &cobra.Command{
		Use: "retry POST", Short: "try deliveries again at once", Long: retryLong, GroupID: groupPosts,
		Example:           "  carillon retry water-day\n  carillon retry water-day --channel mastodon-en --language ru",
		Args:              exactlyOne("POST"),
		ValidArgsFunction: a.completePost,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			req.Slug = args[0]
			answer, err := ask(cmd.Context(), c, keyed, c.RetryDeliveries, req)
			if err != nil {
				return err
			}
			done := askedOf(args[0], answer.GetDeliveries(), answer.GetUntouched())
			if asJSON {
				return a.json(done)
			}
			a.printAsked(done, "tried again now", "nothing to retry")
			return nil
		},
	}
	cmd.Flags().StringVar(&req.Channel, "channel", "", "on this channel only")
	cmd.Flags().StringVar(&req.Language, "language", "", "this edition only")
	cmd.Flags().BoolVar(&req.Again, "again", false, "also post anew what somebody deleted there")
	_ = cmd.RegisterFlagCompletionFunc("language", a.completeLanguage) // fails only for a flag that is not there
	_ = cmd.RegisterFlagCompletionFunc("channel", a.completeChannel)
	jsonFlag(cmd, &asJSON)
	return cmd
}
