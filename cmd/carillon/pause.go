package main

import (
	"time"

	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

const pauseLong = `Send nothing to a channel until 'carillon resume'. Calls that have begun end.
What is due waits, in order, corrections and withdrawals among it. A pause
outlives restarts.`

// paused is one channel as 'pause' and 'resume' print it with --json.
type paused struct {
	Channel string     `json:"channel"`
	Paused  bool       `json:"paused"`
	Changed bool       `json:"changed"`
	Since   *time.Time `json:"since"`
	By      string     `json:"by"`
}

func pausedOf(list []*carillonv1.ChannelPause) []paused {
	channels := []paused{}
	for _, m := range list {
		channels = append(channels, paused{
			Channel: m.GetChannel(), Paused: m.GetPause() != nil, Changed: m.GetChanged(), Since: instant(m.GetPause().GetTime()), By: m.GetPause().GetBy(),
		})
	}
	return channels
}

func newPauseCommand(a *app) *cobra.Command {
	req := &carillonv1.PauseChannelsRequest{}
	var asJSON bool
	cmd := &cobra.Command{
		Use: "pause CHANNEL... | --all", Short: "send nothing to a channel for now", Long: pauseLong, GroupID: groupOffice,
		Example:           "  carillon pause mastodon-en\n  carillon pause --all",
		Args:              channelsOrAll(&req.All),
		ValidArgsFunction: a.completeChannel,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			req.Channels = args
			answer, err := ask(cmd.Context(), c, keyed, c.PauseChannels, req)
			if err != nil {
				return err
			}
			channels := pausedOf(answer.GetChannels())
			if asJSON {
				return a.json(channels)
			}
			for _, p := range channels {
				if p.Changed {
					a.printf("%s: paused\n", p.Channel)
				} else {
					a.printf("%s: paused already, since %s by %s\n", p.Channel, moment(p.Since), p.By)
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&req.All, "all", false, "every channel")
	jsonFlag(cmd, &asJSON)
	return cmd
}

// channelsOrAll asks for names, or for --all.
func channelsOrAll(all *bool) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case *all && len(args) > 0:
			return misused(cmd, "--all means every channel: name none")
		case !*all && len(args) == 0:
			return misused(cmd, "CHANNEL is missing: name one, or say --all")
		}
		return nil
	}
}
