package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// each calls f for every command, the hidden ones and cobra's own left out.
func each(cmd *cobra.Command, f func(*cobra.Command)) {
	if cmd.Hidden || cmd.Name() == "completion" {
		return
	}
	f(cmd)
	for _, sub := range cmd.Commands() {
		each(sub, f)
	}
}

func helpOf(t *testing.T, cmd *cobra.Command) string {
	t.Helper()
	var b strings.Builder
	cmd.SetOut(&b)
	cmd.InitDefaultHelpFlag()
	if err := cmd.Help(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEveryHelpTextFitsEightyColumns(t *testing.T) {
	each(newRoot(&app{}), func(cmd *cobra.Command) {
		for l := range strings.SplitSeq(helpOf(t, cmd), "\n") {
			if width(l) > 80 {
				t.Errorf("%s: %d columns: %s", cmd.CommandPath(), width(l), l)
			}
		}
	})
}

func TestEveryCommandHasAnExample(t *testing.T) {
	each(newRoot(&app{}), func(cmd *cobra.Command) {
		if cmd.Runnable() && cmd.Example == "" {
			t.Errorf("%s has none", cmd.CommandPath())
		}
		if cmd.Short == "" {
			t.Errorf("%s does not say in a line what it does", cmd.CommandPath())
		}
		for l := range strings.Lines(cmd.Example) {
			if !strings.HasPrefix(l, "  ") || !strings.Contains(l, "carillon") {
				t.Errorf("%s: %q is not an example: two spaces, then a command", cmd.CommandPath(), l)
			}
		}
	})
}

func TestEveryReadingAndWritingCommandHasJSON(t *testing.T) {
	each(newRoot(&app{}), func(cmd *cobra.Command) {
		if cmd.HasSubCommands() || cmd.Name() == "help" || cmd.GroupID == groupServices || !cmd.Runnable() {
			return
		}
		if cmd.Flags().Lookup("json") == nil {
			t.Errorf("%s has no --json", cmd.CommandPath())
		}
	})
}

func TestCommandsAreListedInAGroup(t *testing.T) {
	for _, cmd := range newRoot(&app{}).Commands() {
		if cmd.IsAvailableCommand() && cmd.GroupID == "" {
			t.Errorf("%s is in no group, so 'carillon help' does not list it", cmd.Name())
		}
	}
}
