package main

import (
	"time"

	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

// tokenInfo is a token as --json prints it. The secret is there only when it was made.
type tokenInfo struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Created *time.Time `json:"created"`
	Secret  string     `json:"secret,omitempty"`
}

func tokenInfoOf(m *carillonv1.Token) tokenInfo {
	return tokenInfo{ID: m.GetId(), Name: m.GetName(), Created: instant(m.GetCreated())}
}

func newTokenCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "make, list and revoke tokens", GroupID: groupOffice,
		Long: `Make, list and revoke the tokens with which people and programs use the staff
API. A token allows everything; give each its own, so that it can be revoked.`,
		Example: "  carillon token create press-desk\n  carillon token list\n  carillon token revoke press-desk",
	}
	cmd.AddCommand(newTokenCreateCommand(a), newTokenListCommand(a), newTokenRevokeCommand(a))
	return cmd
}

func newTokenCreateCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "create NAME", Short: "make a token",
		Long: `Make a token for whoever NAME says. The secret is printed on standard output,
alone, now and never again.`,
		Example: "  carillon token create press-desk\n  carillon token create press-desk >press-desk.token",
		Args:    exactlyOne("NAME"), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			answer, err := ask(cmd.Context(), c, unkeyed, c.CreateToken, &carillonv1.CreateTokenRequest{Name: args[0]})
			if err != nil {
				return err
			}
			if asJSON {
				info := tokenInfoOf(answer.GetToken())
				info.Secret = answer.GetSecret()
				return a.json(info)
			}
			a.advise("token %s for %q; it is not shown again. Set CARILLON_TOKEN to use it:\n", answer.GetToken().GetId(), answer.GetToken().GetName())
			a.printf("%s\n", answer.GetSecret())
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newTokenListCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "list the tokens that are valid", Args: cobra.NoArgs,
		Example: "  carillon token list\n  carillon token list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			answer, err := ask(cmd.Context(), c, reading, c.ListTokens, &carillonv1.ListTokensRequest{})
			if err != nil {
				return err
			}
			tokens := make([]tokenInfo, len(answer.GetTokens()))
			t := &table{head: []string{"ID", "CREATED", "NAME"}}
			for i, m := range answer.GetTokens() {
				tokens[i] = tokenInfoOf(m)
				t.add("", tokens[i].ID, moment(tokens[i].Created), tokens[i].Name)
			}
			if asJSON {
				return a.json(tokens)
			}
			t.print(a.out, a.screen.width)
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newTokenRevokeCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "revoke TOKEN", Short: "end a token at once, named by its id or its name",
		Example:           "  carillon token revoke press-desk",
		Args:              exactlyOne("TOKEN"),
		ValidArgsFunction: a.completeToken,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			answer, err := ask(cmd.Context(), c, unkeyed, c.RevokeToken, &carillonv1.RevokeTokenRequest{Token: args[0]})
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(tokenInfoOf(answer.GetToken()))
			}
			a.printf("token %s (%s): revoked\n", answer.GetToken().GetId(), oneLine(answer.GetToken().GetName()))
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}
