package main

import (
	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

const sendLong = `Send a post that is public to a channel that would not carry it by itself: it
was released before the channel was there, its 'until' is over, its kind or tags
do not go there, or it waits for a decision because it became older than a day
while the channel was away ('carillon status --undecided').

It is sent in the languages that the channel carries, or in those that
--language names. From then on corrections and withdrawals go there as well.`

func newSendCommand(a *app) *cobra.Command {
	req := &carillonv1.SendPostRequest{}
	var asJSON bool
	cmd := &cobra.Command{
		Use: "send POST --to CHANNEL", Short: "send an older post to a channel", Long: sendLong, GroupID: groupPosts,
		Example:           "  carillon send water-day --to mastodon-en\n  carillon send water-day --to slack-press --language ru,kk",
		Args:              exactlyOne("POST"),
		ValidArgsFunction: a.completePost,
		RunE: func(cmd *cobra.Command, args []string) error {
			if req.GetChannel() == "" {
				return misused(cmd, "--to is missing: say to which channel; 'carillon channels' shows all")
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			req.Slug = args[0]
			answer, err := ask(cmd.Context(), c, keyed, c.SendPost, req)
			if err != nil {
				return err
			}
			done := askedOf(args[0], answer.GetDeliveries(), answer.GetUntouched())
			if asJSON {
				return a.json(done)
			}
			a.printAsked(done, "is sent now", "nothing to send")
			return nil
		},
	}
	cmd.Flags().StringVar(&req.Channel, "to", "", "the channel")
	cmd.Flags().StringSliceVar(&req.Languages, "language", nil, "these editions only, with commas between them")
	_ = cmd.RegisterFlagCompletionFunc("language", a.completeLanguage) // fails only for a flag that is not there
	_ = cmd.RegisterFlagCompletionFunc("to", a.completeChannel)
	jsonFlag(cmd, &asJSON)
	return cmd
}
