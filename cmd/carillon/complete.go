package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

// Limits of what a shell is told when somebody presses the tab key: it must not wait.
const (
	completeWithin = time.Second
	completeAtMost = 200
)

// completePost completes the slug of a post, among those that changed last.
func (a *app) completePost(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.complete(cmd, func(ctx context.Context, c *client) ([]string, error) {
		answer, err := c.ListPosts(ctx, &carillonv1.ListPostsRequest{PageSize: completeAtMost})
		var words []string
		for _, p := range answer.GetPosts() {
			words = append(words, p.GetSlug()+"\t"+oneLine(p.GetTitle()))
		}
		return words, err
	})
}

// completeLanguage completes the language of one of a post's editions.
func (a *app) completeLanguage(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.complete(cmd, func(ctx context.Context, c *client) ([]string, error) {
		answer, err := c.GetPost(ctx, &carillonv1.GetPostRequest{Slug: args[0]})
		var words []string
		for _, e := range answer.GetPost().GetEditions() {
			words = append(words, e.GetLanguage()+"\t"+oneLine(e.GetTitle()))
		}
		return words, err
	})
}

// completeChannel completes the name of a channel.
func (a *app) completeChannel(cmd *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	return a.complete(cmd, func(ctx context.Context, c *client) ([]string, error) {
		answer, err := c.ListChannels(ctx, &carillonv1.ListChannelsRequest{})
		var words []string
		for _, m := range answer.GetChannels() {
			if !slices.Contains(given, m.GetName()) {
				words = append(words, m.GetName()+"\t"+oneLine(m.GetDestination()))
			}
		}
		return words, err
	})
}

// completeToken completes the id of a token.
func (a *app) completeToken(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.complete(cmd, func(ctx context.Context, c *client) ([]string, error) {
		answer, err := c.ListTokens(ctx, &carillonv1.ListTokensRequest{})
		var words []string
		for _, t := range answer.GetTokens() {
			words = append(words, t.GetId()+"\t"+oneLine(t.GetName()))
		}
		return words, err
	})
}

// complete asks Carillon, once and briefly; if it cannot be asked there is nothing to offer, and nobody to tell.
func (a *app) complete(cmd *cobra.Command, words func(context.Context, *client) ([]string, error)) ([]string, cobra.ShellCompDirective) {
	c, err := a.client()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completeWithin)
	defer cancel()
	list, err := words(ctx, c)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}
