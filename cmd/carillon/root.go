package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"carillon.example/pkg/suggest"
)

// The groups under which 'carillon help' lists the commands.
const (
	groupPosts    = "posts"
	groupOffice   = "office"
	groupServices = "services"
)

// usageTemplate is cobra's, without its repetition, and wrapped at 80 columns.
const usageTemplate = `Usage:
  {{if .HasAvailableSubCommands}}{{.CommandPath}} COMMAND{{else}}{{.UseLine}}{{end}}
{{- if .HasExample}}

Examples:
{{.Example}}{{end}}
{{- if .HasAvailableSubCommands}}{{$commands := .Commands}}
{{- if .Groups}}{{range $group := .Groups}}

{{.Title}}{{range $commands}}{{if and (eq .GroupID $group.ID) .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}
{{- else}}

Commands:{{range $commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{end}}
{{- if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsagesWrapped 80 | trimTrailingWhitespaces}}{{end}}
{{- if .HasHelpSubCommands}}

More to read:{{range .Commands}}{{if .IsAdditionalHelpTopicCommand}}
  {{rpad .CommandPath .CommandPathPadding}} {{.Short}}{{end}}{{end}}{{end}}
{{- if .HasAvailableSubCommands}}

'{{.CommandPath}} COMMAND --help' says more about a command.{{end}}
`

const rootLong = `Carillon publishes a post once: in every language, to every channel, and says
what became of it.

The commands for posts and the office talk to the staff API of a running
Carillon. On the machine where 'carillon up' runs they find it by themselves,
in the data folder (CARILLON_DATA_DIR, ./data by default). Anywhere else set
CARILLON_URL to its address and CARILLON_TOKEN to a token.

Exit codes: 0 done; 1 it failed; 2 the input is wrong; 3 accepted, but a
delivery was rejected, is uncertain or did not settle in time; 4 Carillon
cannot be reached or does not allow it.`

// newRoot makes the whole command line.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use: "carillon", Short: "publish once, to every channel, in every language",
		Long: rootLong,
		Example: `  carillon publish world-health-day.en.md world-health-day.ru.md --wait
  carillon status world-health-day`,
		SilenceErrors: true, SilenceUsage: true,
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetUsageTemplate(usageTemplate)
	root.SetFlagErrorFunc(flagError)
	root.AddGroup(
		&cobra.Group{ID: groupPosts, Title: "Posts:"},
		&cobra.Group{ID: groupOffice, Title: "The office:"},
		&cobra.Group{ID: groupServices, Title: "Running Carillon:"},
	)
	root.AddCommand(
		newPublishCommand(a), newStatusCommand(a), newListCommand(a), newShowCommand(a), newReleaseCommand(a), newHoldCommand(a),
		newRescheduleCommand(a), newWithdrawCommand(a), newRetryCommand(a), newResolveCommand(a), newSendCommand(a), newLogCommand(a),
		newChannelsCommand(a), newPauseCommand(a), newResumeCommand(a), newTokenCommand(a), newEnvCommand(a), newVersionCommand(a),
	)
	root.AddCommand(newServiceCommands(a)...)
	root.SetHelpCommand(newHelpCommand(a))
	root.SetHelpCommandGroupID(groupOffice)
	root.SetCompletionCommandGroupID(groupOffice)
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Short = "make the script with which a shell completes commands"
	}
	refuseSurplus(root)
	return root
}

// refuseSurplus makes every mistake in the arguments of any command an error of usage. Groups of commands refuse the
// names they do not know, and by themselves say how they are used.
func refuseSurplus(cmd *cobra.Command) {
	check := cmd.Args
	switch {
	case cmd.HasSubCommands():
		cmd.Args = unknownCommand
		if !cmd.Runnable() {
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	case cmd.Runnable():
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if check == nil {
				check = cobra.NoArgs
			}
			if err := check(cmd, args); err != nil {
				return asUsage(cmd, err, args)
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		refuseSurplus(sub)
	}
}

// asUsage words cobra's complaint about arguments.
func asUsage(cmd *cobra.Command, err error, args []string) error {
	var usage usageError
	switch {
	case errors.As(err, &usage):
		return err
	case strings.HasPrefix(err.Error(), "unknown command"): // of NoArgs
		return misused(cmd, "%q is too much: '%s' takes no arguments", args[0], cmd.CommandPath())
	}
	return misused(cmd, "%s", err)
}

func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	names := []string{"help"}
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	if meant, ok := suggest.Nearest(args[0], names); ok {
		return misused(cmd, "there is no command %q: did you mean '%s %s'?", args[0], cmd.CommandPath(), meant)
	}
	return misused(cmd, "there is no command %q", args[0])
}

func flagError(cmd *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		return misused(cmd, "--%s is %q: %s", value.GetFlag().Name, value.GetValue(), howToWrite(value.GetFlag().Value.Type()))
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedName() == "" {
		return misused(cmd, "%s", err)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	name := unknown.GetSpecifiedName()
	if meant, ok := suggest.Nearest(name, names); ok {
		return misused(cmd, "there is no flag --%s: did you mean --%s?", name, meant)
	}
	return misused(cmd, "there is no flag --%s", name)
}

// howToWrite says how the value of a flag of a type is written.
func howToWrite(kind string) string {
	switch kind {
	case "duration":
		return "write a time with its unit, such as 90s or 5m"
	case "bool":
		return "write true or false, or the flag alone"
	case "stringSlice":
		return "write names with commas between them"
	case "float64":
		return "write a number such as 0.1"
	}
	return "write a number such as 3"
}

// newHelpCommand is cobra's, but a command that does not exist is an error.
func newHelpCommand(a *app) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "help [COMMAND]", Short: "say how a command is used", GroupID: groupOffice,
		Example: "  carillon help publish\n  carillon help env",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if len(args) == 0 {
				for _, c := range cmd.Root().Commands() {
					names = append(names, c.Name()+"\t"+c.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil {
				return misused(cmd.Root(), "%s", err)
			}
			if len(rest) > 0 {
				if err := unknownCommand(found, rest); err != nil {
					return err
				}
			}
			if found.Name() == "env" {
				return a.printVariables(asJSON)
			}
			found.InitDefaultHelpFlag()
			return found.Help()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the variables of 'help env' as one JSON document")
	return cmd
}

// jsonFlag gives a command its --json.
func jsonFlag(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print one JSON document")
}

// json prints a value as one JSON document.
func (a *app) json(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printf prints results. What stands in them from elsewhere is made safe. A failed write is kept by results.
func (a *app) printf(format string, args ...any) {
	_, _ = fmt.Fprint(a.out, clean(fmt.Sprintf(format, args...)))
}

// advise prints what is said besides the results: advice, warnings, progress.
func (a *app) advise(format string, args ...any) {
	_, _ = fmt.Fprint(a.err, clean(fmt.Sprintf(format, args...)))
}
