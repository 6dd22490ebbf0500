package main

import "github.com/spf13/cobra"

// atLeastOne asks for one or more arguments, by the name they have in the usage line.
func atLeastOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return misused(cmd, "%s is missing", name)
		}
		return nil
	}
}

// exactlyOne asks for one argument.
func exactlyOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 || args[0] == "":
			return misused(cmd, "%s is missing", name)
		case len(args) > 1:
			return misused(cmd, "%q is too much: name one %s", args[1], name)
		}
		return nil
	}
}

// atMostOne asks for one argument or none.
func atMostOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return exactlyOne(name)(cmd, args)
	}
}
