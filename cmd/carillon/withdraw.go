package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	carillonv1 "carillon.example/proto/carillon/v1"
)

const withdrawLong = `Take a post back from everywhere, or only its editions in some languages.

Its entries leave the feeds, its pages say that it was withdrawn, and the
channels delete it where they can. What people have read or copied cannot be
taken back. Withdrawing twice changes nothing.`

// withdrawn is what became of a post, as 'withdraw --json' prints it.
type withdrawn struct {
	Post       string     `json:"post"`
	Revision   uint32     `json:"revision"`
	Changed    bool       `json:"changed"`
	Languages  []string   `json:"languages"` // still public
	Withdrawn  []string   `json:"withdrawn"` // languages in which it was public once
	Deliveries []delivery `json:"deliveries"`
}

// withdrawing is one 'withdraw' command.
type withdrawing struct {
	app    *app
	client *client

	languages []string
	waiting   waitFlags
	json      bool
}

func newWithdrawCommand(a *app) *cobra.Command {
	w := &withdrawing{app: a}
	cmd := &cobra.Command{
		Use: "withdraw POST", Short: "take a post back from everywhere", Long: withdrawLong, GroupID: groupPosts,
		Example: `  carillon withdraw world-health-day --wait
  carillon withdraw world-health-day --language ru --language kk`,
		Args:              exactlyOne("POST"),
		ValidArgsFunction: a.completePost,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := w.waiting.check(cmd); err != nil {
				return err
			}
			return w.run(cmd.Context(), args[0])
		},
	}
	cmd.Flags().StringSliceVar(&w.languages, "language", nil, "withdraw only this edition; may be given several times")
	_ = cmd.RegisterFlagCompletionFunc("language", a.completeLanguage) // fails only for a flag that is not there
	w.waiting.add(cmd, "wait until every channel has let it go")
	jsonFlag(cmd, &w.json)
	return cmd
}

func (w *withdrawing) run(ctx context.Context, slug string) error {
	c, err := w.app.client()
	if err != nil {
		return err
	}
	w.client = c
	answer, err := ask(ctx, c, keyed, c.WithdrawPost, &carillonv1.WithdrawPostRequest{Slug: slug, Languages: w.languages})
	if err != nil {
		return err
	}
	done := withdrawn{
		Post: slug, Revision: answer.GetPost().GetRevision(), Changed: answer.GetChanged(), Languages: []string{}, Withdrawn: []string{},
	}
	for _, e := range answer.GetPost().GetEditions() {
		done.Languages = append(done.Languages, e.GetLanguage())
	}
	for _, e := range answer.GetPost().GetWithdrawn() {
		done.Withdrawn = append(done.Withdrawn, e.GetLanguage())
	}
	slices.Sort(done.Withdrawn)
	if done.Deliveries, err = w.deliveries(ctx, slug, answer); err != nil {
		return err
	}
	if !w.json {
		w.print(&done)
	}
	if w.waiting.wait {
		err = w.app.waitAndPrint(ctx, c, done.Deliveries, w.waiting.timeout, w.json)
	}
	if w.json {
		err = errors.Join(err, w.app.json(done))
	}
	return err
}

// deliveries are what the withdrawal asks of the channels. Asked a second time, they are those of the first.
func (w *withdrawing) deliveries(ctx context.Context, slug string, answer *carillonv1.WithdrawPostResponse) ([]delivery, error) {
	asked := planned(slug, answer.GetDeliveries())
	if answer.GetChanged() && !w.json || !w.json && !w.waiting.wait {
		return asked, nil
	}
	standing, err := ask(ctx, w.client, reading, w.client.GetPost, &carillonv1.GetPostRequest{Slug: slug})
	if err != nil {
		return nil, err
	}
	now := deliveriesOf(standing.GetDeliveries())
	if !answer.GetChanged() {
		return slices.DeleteFunc(now, func(d delivery) bool { return !w.about(&d, answer.GetPost()) }), nil
	}
	for _, d := range now {
		update(asked, d)
	}
	return asked, nil
}

// about reports whether a delivery is one of an edition that was withdrawn.
func (w *withdrawing) about(d *delivery, post *carillonv1.Post) bool {
	if len(w.languages) > 0 && !slices.Contains(w.languages, d.Language) {
		return false
	}
	return slices.ContainsFunc(post.GetWithdrawn(), func(e *carillonv1.Withdrawal) bool { return e.GetLanguage() == d.Language })
}

func (w *withdrawing) print(done *withdrawn) {
	what := done.Post
	if len(w.languages) > 0 {
		what += " (" + strings.Join(w.languages, ", ") + ")"
	}
	if !done.Changed {
		w.app.printf("%s: withdrawn already, nothing changed\n", what)
		return
	}
	w.app.printf("%s: withdrawn\n", what)
	if len(done.Languages) > 0 {
		w.app.printf("still public: %s\n", strings.Join(done.Languages, ", "))
	}
	if !w.waiting.wait && len(done.Deliveries) > 0 {
		w.app.advise("%s to undo; 'carillon status %s' shows how they go\n", count(len(done.Deliveries), "delivery", "deliveries"), done.Post)
	}
}
