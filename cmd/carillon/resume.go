package main

import (
	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

const resumeLong = `Send again to a channel that was paused, and try one that is down at once.

What became older than a day meanwhile is not sent without asking:
'carillon status --undecided' lists it, 'carillon send' sends it.`

func newResumeCommand(a *app) *cobra.Command {
	req := &carillonv1.ResumeChannelsRequest{}
	var asJSON bool
	cmd := &cobra.Command{
		Use: "resume CHANNEL... | --all", Short: "send to a channel again", Long: resumeLong, GroupID: groupOffice,
		Example:           "  carillon resume mastodon-en\n  carillon resume --all",
		Args:              channelsOrAll(&req.All),
		ValidArgsFunction: a.completeChannel,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			req.Channels = args
			answer, err := ask(cmd.Context(), c, keyed, c.ResumeChannels, req)
			if err != nil {
				return err
			}
			channels := pausedOf(answer.GetChannels())
			if asJSON {
				return a.json(channels)
			}
			for _, p := range channels {
				if p.Changed {
					a.printf("%s: resumed\n", p.Channel)
				} else {
					a.printf("%s: was not paused; tried at once if it is down\n", p.Channel)
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&req.All, "all", false, "every channel")
	jsonFlag(cmd, &asJSON)
	return cmd
}
