package builtin

import (
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/mastodon"
	"carillon.example/pkg/channel/slack"
)

// Types lists the types, in the order of their names.
func Types() []channel.Type {
	return []channel.Type{
		mastodon.Type(),
		slack.Type(),
	}
}
