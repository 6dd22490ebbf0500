package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	"carillon.example/pkg/postfile"
	carillonv1 "carillon.example/proto/carillon/v1"
)

const publishLong = `Publish posts from Markdown files, or correct them.

A file is one edition, named STEM.LANG.md; files with one STEM are the editions
of one post. Editions that are not named stay as they are. Publishing a post
again with other content corrects it everywhere; with the same content it
changes nothing.

All files are read and checked first, by Carillon too. If anything is wrong in
any of them, every mistake is printed with its file and line, nothing is
published, and the exit code is 2.`

// published is what became of one post, as 'publish --json' prints it.
type published struct {
	Post       string            `json:"post"`
	Revision   uint32            `json:"revision"`
	Changed    bool              `json:"changed"`
	Links      map[string]string `json:"links"`
	Deliveries []delivery        `json:"deliveries"`
}

// publishing is one 'publish' command.
type publishing struct {
	app    *app
	client *client

	waiting waitFlags
	dryRun  bool
	json    bool
}

func newPublishCommand(a *app) *cobra.Command {
	p := &publishing{app: a}
	cmd := &cobra.Command{
		Use: "publish FILE...", Short: "publish posts from Markdown files, or correct them", Long: publishLong, GroupID: groupPosts,
		Example: `  carillon publish world-health-day.*.md
  carillon publish world-health-day.*.md --dry-run
  carillon publish world-health-day.ru.md --wait --timeout 2m`,
		Args: atLeastOne("FILE"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"md"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := p.waiting.check(cmd); err != nil {
				return err
			}
			if p.dryRun && p.waiting.wait {
				return misused(cmd, "--dry-run publishes nothing that could be waited for: leave --wait out")
			}
			return p.run(cmd.Context(), files)
		},
	}
	p.waiting.add(cmd, "follow the deliveries until each is settled")
	cmd.Flags().BoolVar(&p.dryRun, "dry-run", false, "print what each channel would show, and publish nothing")
	jsonFlag(cmd, &p.json)
	return cmd
}

func (p *publishing) run(ctx context.Context, files []string) error {
	sources, err := postfile.Read(files)
	if err != nil {
		return err
	}
	if p.client, err = p.app.client(); err != nil {
		return err
	}
	previews, err := p.check(ctx, sources)
	if err != nil {
		return err
	}
	if p.dryRun {
		p.noteSlugs(sources, previews)
		return p.app.showPreviews(previews, p.json)
	}
	p.warn(previews)
	p.noteSlugs(sources, previews)
	done, err := p.publish(ctx, sources)
	if err == nil {
		err = p.follow(ctx, done)
	}
	if p.json && len(done) > 0 {
		if len(sources) == 1 {
			return errors.Join(err, p.app.json(done[0]))
		}
		return errors.Join(err, p.app.json(done))
	}
	return err
}

// check asks what publishing each post would do, before any is published. The error is all that is wrong with any.
func (p *publishing) check(ctx context.Context, sources []postfile.Source) ([]*carillonv1.PreviewPostResponse, error) {
	var mistakes carillon.Mistakes
	previews := make([]*carillonv1.PreviewPostResponse, 0, len(sources))
	for i := range sources {
		s := &sources[i]
		preview, err := ask(ctx, p.client, reading, p.client.PreviewPost, &carillonv1.PreviewPostRequest{Post: event.PostToProto(&s.Post)})
		var wrong carillon.Mistakes
		switch {
		case errors.As(err, &wrong):
			mistakes = append(mistakes, s.Locate(wrong)...)
		case err != nil:
			return nil, err
		default:
			previews = append(previews, preview)
		}
	}
	return previews, mistakes.Err()
}

// warn names the channels that will refuse a post. The others still get it.
func (p *publishing) warn(previews []*carillonv1.PreviewPostResponse) {
	for _, preview := range previews {
		for _, one := range preview.GetPreviews() {
			if one.GetProblem() != "" {
				p.app.advise("carillon: %s: %s will reject the %s edition: %s\n", preview.GetPost().GetSlug(), one.GetChannel(), one.GetLanguage(), one.GetProblem())
			}
		}
	}
}

// noteSlugs names the slugs that new posts get from names in another script: they stay for ever.
func (p *publishing) noteSlugs(sources []postfile.Source, previews []*carillonv1.PreviewPostResponse) {
	for i, preview := range previews {
		if s := &sources[i]; s.SlugNote != "" && preview.GetChanged() && preview.GetPost().GetRevision() <= 1 {
			p.app.advise("carillon: %s: the slug %s\n", s.Files[0], s.SlugNote)
		}
	}
}

// publish publishes one post after the other and stops at the first that fails; the error says which were not tried.
func (p *publishing) publish(ctx context.Context, sources []postfile.Source) ([]published, error) {
	var done []published
	for i := range sources {
		s := &sources[i]
		answer, err := ask(ctx, p.client, keyed, p.client.PublishPost, &carillonv1.PublishPostRequest{Post: event.PostToProto(&s.Post)})
		var wrong carillon.Mistakes
		if errors.As(err, &wrong) {
			return done, s.Locate(wrong)
		}
		if err != nil {
			return done, stopped(sources[i:], err)
		}
		one := published{
			Post: answer.GetPost().GetSlug(), Revision: answer.GetPost().GetRevision(), Changed: answer.GetChanged(),
			Links: answer.GetLinks(), Deliveries: planned(answer.GetPost().GetSlug(), answer.GetDeliveries()),
		}
		if one.Links == nil {
			one.Links = map[string]string{}
		}
		done = append(done, one)
		if !p.json {
			p.print(&one)
		}
	}
	return done, nil
}

// stopped is the error of the first of some posts. Those after it were not tried.
func stopped(sources []postfile.Source, err error) error {
	var later []string
	for i := range sources[1:] {
		later = append(later, sources[i+1].Post.Slug)
	}
	if len(later) == 0 {
		return fmt.Errorf("%s: %w", sources[0].Post.Slug, err)
	}
	return fmt.Errorf("%s: %w\nnot published after that: %s", sources[0].Post.Slug, err, strings.Join(later, ", "))
}

func (p *publishing) print(one *published) {
	a := p.app
	switch {
	case !one.Changed:
		a.printf("%s: unchanged, revision %d (the content is the same)\n", one.Post, one.Revision)
	case one.Revision > 1:
		a.printf("%s: corrected, revision %d\n", one.Post, one.Revision)
	default:
		a.printf("%s: published, revision %d\n", one.Post, one.Revision)
	}
	var f facts
	for _, language := range slices.Sorted(maps.Keys(one.Links)) {
		f.add(language, one.Links[language])
	}
	f.print(a.out, a.screen.width)
	switch {
	case len(one.Deliveries) == 0:
		a.advise("no channel carries it\n")
	case one.Changed && !p.waiting.wait:
		a.advise("%s to come; 'carillon status %s' shows how they go\n", count(len(one.Deliveries), "delivery", "deliveries"), one.Post)
	}
}

// follow completes what was published with its deliveries: as they end, with --wait, else as they are now.
func (p *publishing) follow(ctx context.Context, done []published) error {
	if !p.waiting.wait {
		if p.json {
			p.lookUp(ctx, done)
		}
		return nil
	}
	var all []delivery
	for i := range done {
		all = append(all, done[i].Deliveries...)
	}
	err := p.app.waitAndPrint(ctx, p.client, all, p.waiting.timeout, p.json)
	for i := range done {
		n := len(done[i].Deliveries)
		done[i].Deliveries, all = all[:n:n], all[n:]
	}
	return err
}

// lookUp fills in how the deliveries stand. They are no reason to say that publishing failed, so where Carillon does not
// answer any more they stay as they were planned.
func (p *publishing) lookUp(ctx context.Context, done []published) {
	for i := range done {
		answer, err := ask(ctx, p.client, reading, p.client.GetPost, &carillonv1.GetPostRequest{Slug: done[i].Post})
		if err != nil {
			return
		}
		for _, d := range deliveriesOf(answer.GetDeliveries()) {
			update(done[i].Deliveries, d)
		}
	}
}

// waitAndPrint follows deliveries, prints how they ended, and returns an error if that is not well.
func (a *app) waitAndPrint(ctx context.Context, c *client, deliveries []delivery, timeout time.Duration, quiet bool) error {
	if err := a.wait(ctx, c, deliveries, timeout, quiet); err != nil {
		return err
	}
	if !quiet && len(deliveries) > 0 {
		a.printf("\n")
		deliveryTable(deliveries, len(slugs(deliveries)) > 1).print(a.out, a.screen.width)
	}
	return verdict(deliveries, timeout)
}

// waitFlags are --wait and --timeout.
type waitFlags struct {
	wait    bool
	timeout time.Duration
}

func (f *waitFlags) add(cmd *cobra.Command, usage string) {
	cmd.Flags().BoolVar(&f.wait, "wait", false, usage)
	cmd.Flags().DurationVar(&f.timeout, "timeout", time.Minute, "how long to wait, such as 90s or 5m")
}

func (f *waitFlags) check(cmd *cobra.Command) error {
	switch {
	case cmd.Flags().Changed("timeout") && !f.wait:
		return misused(cmd, "--timeout says how long to wait: give --wait, too")
	case f.timeout <= 0:
		return misused(cmd, "--timeout is %s: write how long to wait, such as 90s or 5m", f.timeout)
	}
	return nil
}
