package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/service"
)

// serviceCommand is one row of the table of services: what a process of this service alone needs.
type serviceCommand struct {
	name  string
	short string
	log   bool // needs the log and the configuration
	add   func(p *process, types []string) error
}

func services() []serviceCommand {
	return []serviceCommand{
		{"ingest", "the staff API", true, func(p *process, _ []string) error { return p.addIngest("") }},
		{"feeds", "the public site", true, func(p *process, _ []string) error { return p.addFeeds() }},
		{"deliver", "the channels", true, func(p *process, types []string) error { return p.addDeliver(types) }},
		{"remind", "the reminders", true, func(p *process, _ []string) error { return p.addRemind() }},
		{"sandbox", "servers like Mastodon and Slack, to try on", false, func(p *process, _ []string) error { return p.addSandbox() }},
	}
}

// newServiceCommands makes the commands that run Carillon: 'up' for all in one process, and one for each service. The
// sandbox's also controls one that is running.
func newServiceCommands(a *app) []*cobra.Command {
	commands := []*cobra.Command{newUpCommand()}
	for _, s := range services() {
		cmd := newServiceCommand(s)
		if s.name == "sandbox" {
			cmd.AddCommand(newFaultCommand(a))
			cmd.Long = sandboxLong
			cmd.Example = "  carillon sandbox\n  carillon sandbox fault add drop-after --times 1"
		}
		commands = append(commands, cmd)
	}
	return commands
}

const sandboxLong = `Run the sandbox alone: servers like Mastodon and Slack, to try things on. By
itself it needs neither a log nor a configuration. 'carillon up' runs one, too,
where there is no carillon.yaml or --sandbox asks for it.

'carillon sandbox fault' makes one that is running fail.`

func newServiceCommand(s serviceCommand) *cobra.Command {
	var types []string
	cmd := &cobra.Command{
		Use: s.name, Short: "run one service alone: " + s.short, Args: cobra.NoArgs, GroupID: groupServices,
		Example: "  CARILLON_NATS_URL=nats://127.0.0.1:4222 carillon " + s.name,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, err := newProcess(os.Stderr)
			if err != nil {
				return err
			}
			ctx, stop := service.UntilSignal(cmd.Context(), p.log)
			defer stop()
			if s.log {
				if p.settings.NATSURL == "" {
					return usageError{fmt.Errorf("CARILLON_NATS_URL is missing: %s runs against a NATS server, as nats://127.0.0.1:4222; 'carillon up' brings its own", s.name)}
				}
				if err := p.loadOffice(); err != nil {
					return err
				}
			}
			if err := p.addOps(); err != nil {
				return err
			}
			// Ops can ask how it is while it waits for the log, and it is not ready before its own part says so.
			started := make(chan struct{})
			p.health.Add("start", func() error {
				select {
				case <-started:
					return nil
				default:
				}
				if s.log {
					return errors.New("waits for the log")
				}
				return errors.New("starts")
			})
			opsEnded := make(chan error, 1)
			go func() { opsEnded <- p.ops.Run(ctx) }()
			p.needed = nil
			p.connect = func(name string) (*bus.Bus, error) {
				return bus.Connect(ctx, bus.Options{
					URL: p.settings.NATSURL, Creds: p.settings.NATSCreds, Name: "carillon " + name,
					Replicas: p.settings.Replicas, Log: p.log,
				})
			}
			if err := s.add(p, types); err != nil {
				if ctx.Err() != nil { // stopped while it waited
					return <-opsEnded
				}
				return err
			}
			close(started)
			err = p.run(ctx)
			stop()
			return errors.Join(err, <-opsEnded)
		},
	}
	if s.name == "deliver" {
		cmd.Flags().StringSliceVar(&types, "types", nil, "drive only channels of these types, as mastodon,slack")
	}
	return cmd
}
