package main

import (
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/suggest"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// tokenInfo is a token as --json prints it. The secret is there only when it was made.
type tokenInfo struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Role    string     `json:"role"`
	Created *time.Time `json:"created"`
	// Expires: null is never.
	Expires *time.Time `json:"expires"`
	Expired bool       `json:"expired"`
	// LastUsed is exact to a minute; null is never.
	LastUsed *time.Time `json:"last_used"`
	Secret   string     `json:"secret,omitempty"`
}

func (a *app) tokenInfoOf(m *carillonv1.Token) tokenInfo {
	info := tokenInfo{
		ID: m.GetId(), Name: m.GetName(), Role: roleName(m.GetRole()), Created: instant(m.GetCreated()),
		Expires: instant(m.GetExpires()), LastUsed: instant(m.GetLastUsed()),
	}
	info.Expired = info.Expires != nil && !a.now().Before(*info.Expires)
	return info
}

// expires is the cell of a table.
func (i *tokenInfo) expires() string {
	if i.Expired {
		return moment(i.Expires) + " (expired)"
	}
	return momentOrNever(i.Expires)
}

func momentOrNever(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return moment(t)
}

func newTokenCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "make, list and revoke tokens", GroupID: groupOffice,
		Long: `Make, list and revoke the tokens with which people and programs use the staff
API. Give each their own, so that it can be revoked, and the smallest role that
does: an author reads and keeps drafts; an editor also publishes, releases,
holds and withdraws; an administrator also makes and revokes tokens.`,
		Example: "  carillon token create press-desk --role editor --expires 90d\n  carillon token list\n  carillon token revoke press-desk",
	}
	cmd.AddCommand(newTokenCreateCommand(a), newTokenListCommand(a), newTokenRevokeCommand(a))
	return cmd
}

func newTokenCreateCommand(a *app) *cobra.Command {
	var asJSON bool
	var role, expires string
	cmd := &cobra.Command{
		Use: "create NAME", Short: "make a token",
		Long: `Make a token for whoever NAME says. The secret is printed on standard output,
alone, now and never again.`,
		Example: `  carillon token create press-desk >press-desk.token
  carillon token create intern --role author --expires 90d
  carillon token create ops --role administrator --expires 2027-01-31`,
		Args: exactlyOne("NAME"), ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			req, err := a.tokenRequest(cmd, args[0], role, expires)
			if err != nil {
				return err
			}
			c, err := a.client()
			if err != nil {
				return err
			}
			answer, err := ask(cmd.Context(), c, unkeyed, c.CreateToken, req)
			if err != nil {
				return err
			}
			info := a.tokenInfoOf(answer.GetToken())
			if asJSON {
				info.Secret = answer.GetSecret()
				return a.json(info)
			}
			until := ""
			if info.Expires != nil {
				until = ", until " + moment(info.Expires)
			}
			a.advise("token %s for %q, %s%s; it is not shown again. Set CARILLON_TOKEN to use it:\n", info.ID, info.Name, info.Role, until)
			a.printf("%s\n", answer.GetSecret())
			return nil
		},
	}
	cmd.Flags().StringVar(&role, "role", string(carillon.Editor), "author, editor or administrator")
	cmd.Flags().StringVar(&expires, "expires", "", "when it ends: 90d, 12h, 2027-01-31 (that day\nincluded) or an instant as RFC 3339; default: never")
	_ = cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(roleNames(), cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	jsonFlag(cmd, &asJSON)
	return cmd
}

// tokenRequest reads the command line of 'token create'.
func (a *app) tokenRequest(cmd *cobra.Command, name, role, expires string) (*carillonv1.CreateTokenRequest, error) {
	req := &carillonv1.CreateTokenRequest{Name: name, Role: roleOf(role)}
	if req.GetRole() == carillonv1.Role_ROLE_UNSPECIFIED {
		if meant, ok := suggest.Nearest(role, roleNames()); ok {
			return nil, misused(cmd, "--role is %q: did you mean %s?", role, meant)
		}
		return nil, misused(cmd, "--role is %q: write author, editor or administrator", role)
	}
	if cmd.Flags().Changed("expires") {
		at, err := parseExpiry(expires, a.now())
		if err != nil {
			return nil, misused(cmd, "--expires is %q: %s", expires, err)
		}
		req.Expires = timestamppb.New(at)
	}
	return req, nil
}

func roleNames() []string {
	var names []string
	for _, role := range carillon.Roles() {
		names = append(names, string(role))
	}
	return names
}

func roleOf(name string) carillonv1.Role {
	switch carillon.Role(name) {
	case carillon.Author:
		return carillonv1.Role_ROLE_AUTHOR
	case carillon.Editor:
		return carillonv1.Role_ROLE_EDITOR
	case carillon.Administrator:
		return carillonv1.Role_ROLE_ADMINISTRATOR
	}
	return carillonv1.Role_ROLE_UNSPECIFIED
}

// roleName is the role's name; "unknown" is a role of a newer server.
func roleName(m carillonv1.Role) string {
	for _, name := range roleNames() {
		if roleOf(name) == m {
			return name
		}
	}
	return "unknown"
}

func newTokenListCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "list the tokens, those that have expired among them", Args: cobra.NoArgs,
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
			t := &table{head: []string{"ID", "ROLE", "CREATED", "EXPIRES", "LAST USED", "NAME"}}
			for i, m := range answer.GetTokens() {
				tokens[i] = a.tokenInfoOf(m)
				one := &tokens[i]
				t.add("", one.ID, one.Role, moment(one.Created), one.expires(), momentOrNever(one.LastUsed), one.Name)
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
				return a.json(a.tokenInfoOf(answer.GetToken()))
			}
			a.printf("token %s (%s): revoked\n", answer.GetToken().GetId(), oneLine(answer.GetToken().GetName()))
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}
