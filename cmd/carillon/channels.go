package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

// configured is one channel of 'channels --json'.
type configured struct {
	Name             string     `json:"name"`
	Type             string     `json:"type"`
	Destination      string     `json:"destination"`
	Posts            bool       `json:"posts"`
	Languages        []string   `json:"languages"` // empty: all
	Kinds            []string   `json:"kinds"`     // empty: all
	Tags             []string   `json:"tags"`      // empty: all
	NotTags          []string   `json:"not_tags"`
	Reminders        []string   `json:"reminders"`
	Notices          bool       `json:"notices"`
	Checked          bool       `json:"checked"` // false: not asked yet, and the rest says nothing
	Works            bool       `json:"works"`
	Reason           string     `json:"reason"`
	Account          string     `json:"account"`
	Characters       uint32     `json:"characters"`
	CharactersPerURL uint32     `json:"characters_per_url"`
	Time             *time.Time `json:"time"`
	Down             bool       `json:"down"` // it refuses our account
	Paused           bool       `json:"paused"`
	PausedSince      *time.Time `json:"paused_since"`
	PausedBy         string     `json:"paused_by"`
}

func newChannelsCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "channels", Short: "show the channels and whether they work", GroupID: groupOffice, Args: cobra.NoArgs,
		Long: `Show the channels that are configured, what each carries and accepts, and
whether its credentials work. Secrets are never shown.`,
		Example: "  carillon channels\n  carillon channels --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			answer, err := ask(cmd.Context(), c, reading, c.ListChannels, &carillonv1.ListChannelsRequest{})
			if err != nil {
				return err
			}
			channels := make([]configured, len(answer.GetChannels()))
			for i, m := range answer.GetChannels() {
				channels[i] = configuredOf(m)
			}
			switch {
			case asJSON:
				return a.json(channels)
			case len(channels) == 0:
				a.advise("no channel is configured: carillon.yaml names them under 'channels'\n")
			}
			for i := range channels {
				if i > 0 {
					a.printf("\n")
				}
				a.printf("%s: %s, %s\n", channels[i].Name, channels[i].Type, channels[i].condition())
				channels[i].facts().print(a.out, a.screen.width)
			}
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func configuredOf(m *carillonv1.ChannelStatus) configured {
	c := m.GetCondition()
	return configured{
		Name: m.GetName(), Type: m.GetType(), Destination: m.GetDestination(), Posts: m.GetPosts(),
		Languages: list(m.GetLanguages()), Kinds: list(m.GetKinds()), Tags: list(m.GetTags()), NotTags: list(m.GetNotTags()),
		Reminders: list(m.GetReminders()), Notices: m.GetNotices(), Checked: m.GetChecked(),
		Works: c.GetWorks(), Reason: c.GetReason(), Account: c.GetAccount(),
		Characters: c.GetCharacters(), CharactersPerURL: c.GetCharactersPerUrl(), Time: instant(c.GetTime()),
		Down: c.GetDown(), Paused: m.GetPause() != nil, PausedSince: instant(m.GetPause().GetTime()), PausedBy: m.GetPause().GetBy(),
	}
}

func (c *configured) condition() string {
	switch {
	case c.Paused:
		return "paused"
	case !c.Checked:
		return "not asked yet"
	case c.Down:
		return "down"
	case c.Works:
		return "works"
	}
	return "does not work"
}

func (c *configured) facts() facts {
	var f facts
	f.add("leads to", c.Destination)
	f.add("account", c.Account)
	if !c.Works || c.Down {
		f.add("because", c.Reason)
	}
	if c.Paused {
		f.add("paused", moment(c.PausedSince)+" by "+c.PausedBy)
	}
	f.add("carries", c.carries())
	if c.Characters > 0 {
		accepts := fmt.Sprintf("%d characters", c.Characters)
		if c.CharactersPerURL > 0 {
			accepts += fmt.Sprintf(", a link counts as %d", c.CharactersPerURL)
		}
		f.add("accepts", accepts)
	}
	f.add("reminders", strings.Join(c.Reminders, ", "))
	if c.Notices {
		f.add("notices", "yes")
	}
	f.add("asked", moment(c.Time))
	return f
}

// carries says which posts go there.
func (c *configured) carries() string {
	if !c.Posts {
		return "no posts"
	}
	parts := []string{"all languages", "all kinds"}
	if len(c.Languages) > 0 {
		parts[0] = strings.Join(c.Languages, " ")
	}
	if len(c.Kinds) > 0 {
		parts[1] = strings.Join(c.Kinds, " ")
	}
	if len(c.Tags) > 0 {
		parts = append(parts, "tagged "+strings.Join(c.Tags, " or "))
	}
	if len(c.NotTags) > 0 {
		parts = append(parts, "not tagged "+strings.Join(c.NotTags, " or "))
	}
	return strings.Join(parts, "; ")
}
