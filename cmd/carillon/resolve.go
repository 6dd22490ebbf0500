package main

import (
	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

const resolveLong = `Say what you found when you looked for a delivery that is uncertain.

A delivery is uncertain when the answer of a channel was lost and Carillon
cannot look for itself. Open the channel and look for the post:

It is there: give its address with --there. On Mastodon that is the address of
the status (open it by its date); on Slack the message's 'Copy link'. From then
on corrections and withdrawals go there.

It is not there: say --not-there. If the post is still wanted it is sent again.

Of a thread the part in doubt is meant; the parts before it are known.`

func newResolveCommand(a *app) *cobra.Command {
	req := &carillonv1.ResolveDeliveryRequest{}
	var there string
	var notThere, asJSON bool
	cmd := &cobra.Command{
		Use: "resolve POST --channel CHANNEL (--there URL | --not-there)", Short: "say what you found where a delivery is uncertain",
		Long: resolveLong, GroupID: groupPosts,
		Example: `  carillon resolve water-day --channel toots --there https://example.org/@un/98
  carillon resolve water-day --channel slack-press --language en --not-there`,
		Args:              exactlyOne("POST"),
		ValidArgsFunction: a.completePost,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case req.GetChannel() == "":
				return misused(cmd, "--channel is missing: say on which channel you looked")
			case (there != "") == notThere:
				return misused(cmd, "say what you found: either --there with its address, or --not-there")
			}
			req.Slug = args[0]
			req.Answer = &carillonv1.ResolveDeliveryRequest_There{There: there}
			if notThere {
				req.Answer = &carillonv1.ResolveDeliveryRequest_NotThere{NotThere: true}
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			answer, err := ask(cmd.Context(), c, keyed, c.ResolveDelivery, req)
			if err != nil {
				return err
			}
			d := deliveryOf(answer.GetDelivery())
			if asJSON {
				return a.json(d)
			}
			if notThere {
				a.printf("%s (%s) on %s: not there; if it is still wanted it is sent again\n", d.Post, d.Language, d.Channel)
			} else {
				a.printf("%s (%s) on %s: there, at %s\n", d.Post, d.Language, d.Channel, d.Link)
			}
			a.advise("'carillon status %s' shows how it goes on\n", d.Post)
			return nil
		},
	}
	cmd.Flags().StringVar(&req.Channel, "channel", "", "the channel on which you looked")
	cmd.Flags().StringVar(&req.Language, "language", "", "the edition, if several are uncertain there")
	cmd.Flags().StringVar(&there, "there", "", "it is there, at this address")
	cmd.Flags().BoolVar(&notThere, "not-there", false, "you looked, and it is not there")
	_ = cmd.RegisterFlagCompletionFunc("language", a.completeLanguage) // fails only for a flag that is not there
	_ = cmd.RegisterFlagCompletionFunc("channel", a.completeChannel)
	jsonFlag(cmd, &asJSON)
	return cmd
}
