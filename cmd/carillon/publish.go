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

A post is released at once, or at the time that its files say as 'release:' or
that --at gives. Until then nobody outside sees anything of it. A post that is
scheduled or held stays so when it is published again. --draft only saves it;
'carillon release' releases it.

The image, the pictures in the body and the attachments are sent with it, each
once: name them by their paths from the file's folder. Every picture needs its
words (image: {file: cover.jpg, alt: A bridge in fog}), unless it is decorative.

All files are read and checked first, by Carillon too. If anything is wrong in
any of them, every mistake is printed with its file and line, nothing is
published, and the exit code is 2.`

// published is what became of one post, as 'publish --json' prints it.
type published struct {
	Post       string            `json:"post"`
	State      string            `json:"state"`
	Revision   uint32            `json:"revision"`
	Changed    bool              `json:"changed"`
	Schedule   *schedule         `json:"schedule"`
	Links      map[string]string `json:"links"`
	Deliveries []delivery        `json:"deliveries"`
}

// publishing is one 'publish' command.
type publishing struct {
	app    *app
	client *client

	waiting waitFlags
	dryRun  bool
	draft   bool
	now     bool
	at      string
	json    bool
}

func newPublishCommand(a *app) *cobra.Command {
	p := &publishing{app: a}
	cmd := &cobra.Command{
		Use: "publish FILE...", Short: "publish posts from Markdown files, or correct them", Long: publishLong, GroupID: groupPosts,
		Example: `  carillon publish world-health-day.*.md
  carillon publish world-health-day.*.md --dry-run
  carillon publish world-health-day.*.md --at 2019-04-07T09:00
  carillon publish world-health-day.ru.md --wait --timeout 2m`,
		Args: atLeastOne("FILE"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"md"}, cobra.ShellCompDirectiveFilterFileExt
		},
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := p.waiting.check(cmd); err != nil {
				return err
			}
			switch {
			case p.dryRun && p.waiting.wait:
				return misused(cmd, "--dry-run publishes nothing that could be waited for: leave --wait out")
			case p.draft && p.waiting.wait:
				return misused(cmd, "--draft publishes nothing that could be waited for: leave --wait out")
			case p.now && (p.draft || p.at != ""):
				return misused(cmd, "--now releases at once: leave --draft and --at out")
			}
			return p.run(cmd.Context(), files)
		},
	}
	p.waiting.add(cmd, "follow the deliveries until each is settled")
	cmd.Flags().StringVar(&p.at, "at", "", "release at this time, as 2019-04-07T09:00 on the site's clocks")
	cmd.Flags().BoolVar(&p.now, "now", false, "release at once, whatever time the files say")
	cmd.Flags().BoolVar(&p.draft, "draft", false, "save it, and release nothing")
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
	if err := p.client.sendMedia(ctx, sources); err != nil {
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
		preview, err := ask(ctx, p.client, reading, p.client.PreviewPost, &carillonv1.PreviewPostRequest{
			Post: event.PostToProto(&s.Post), Release: p.release(s), Now: p.now, Draft: p.draft,
		})
		var wrong carillon.Mistakes
		switch {
		case errors.As(err, &wrong):
			mistakes = append(mistakes, s.Locate(wrong)...)
		case err != nil:
			return nil, err
		case p.at != "" && public(preview.GetPost()):
			return nil, fail(exitInput, "%s is public already, and a correction cannot wait for a time: leave --at out to correct it now, or save it with --draft", s.Post.Slug)
		default:
			previews = append(previews, preview)
		}
	}
	return previews, mistakes.Err()
}

// public reports whether anything of a post can be read already.
func public(post *carillonv1.Post) bool {
	return slices.ContainsFunc(post.GetEditions(), func(e *carillonv1.Edition) bool { return e.GetPublished() != nil })
}

// release is when a post is to be released: --at says it, or its files.
func (p *publishing) release(s *postfile.Source) *carillonv1.Moment {
	if p.at != "" {
		return atFlag(p.at)
	}
	return event.MomentToProto(s.Release)
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
		one, err := p.send(ctx, s)
		var wrong carillon.Mistakes
		if errors.As(err, &wrong) {
			return done, s.Locate(wrong)
		}
		if err != nil {
			return done, stopped(sources[i:], err)
		}
		if one.Links == nil {
			one.Links = map[string]string{}
		}
		one.Deliveries = list(one.Deliveries)
		done = append(done, one)
		if !p.json {
			p.print(&one)
		}
	}
	return done, nil
}

// send publishes a post, or saves it.
func (p *publishing) send(ctx context.Context, s *postfile.Source) (published, error) {
	post := event.PostToProto(&s.Post)
	if p.draft {
		answer, err := ask(ctx, p.client, keyed, p.client.SavePost, &carillonv1.SavePostRequest{Post: post, Release: p.release(s)})
		return published{
			Post: s.Post.Slug, State: "draft", Revision: answer.GetPost().GetRevision(), Changed: answer.GetChanged(),
			Schedule: scheduleOf(answer.GetSchedule()),
		}, err
	}
	answer, err := ask(ctx, p.client, keyed, p.client.PublishPost, &carillonv1.PublishPostRequest{Post: post, Release: p.release(s), Now: p.now})
	return published{
		Post: s.Post.Slug, State: postStateName(answer.GetState()), Revision: answer.GetPost().GetRevision(), Changed: answer.GetChanged(),
		Schedule: scheduleOf(answer.GetSchedule()), Links: answer.GetLinks(), Deliveries: planned(s.Post.Slug, answer.GetDeliveries()),
	}, err
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
		a.printf("%s: unchanged, %srevision %d (the content is the same)\n", one.Post, notPublic(one), one.Revision)
	case one.State != "released":
		a.printf("%s: %s, revision %d\n", one.Post, one.Schedule.standing(one.State), one.Revision)
	case one.Revision > 1:
		a.printf("%s: corrected, revision %d\n", one.Post, one.Revision)
	default:
		a.printf("%s: published, revision %d\n", one.Post, one.Revision)
	}
	a.printLinks(one.Links, one.State)
	switch {
	case one.State == "draft":
		a.advise("'carillon release %s' releases it\n", one.Post)
	case one.State == "held":
		a.advise("'carillon release %s' releases it; 'carillon show %s' says more\n", one.Post, one.Post)
	case len(one.Deliveries) == 0:
		a.advise("no channel carries it\n")
	case one.State == "scheduled":
		a.advise("%s then; 'carillon status %s' lists them, 'carillon hold %s' stops it\n", count(len(one.Deliveries), "delivery", "deliveries"), one.Post, one.Post)
	case one.Changed && !p.waiting.wait:
		a.advise("%s to come; 'carillon status %s' shows how they go\n", count(len(one.Deliveries), "delivery", "deliveries"), one.Post)
	}
}

// notPublic says where a post stands that is not public, before something else.
func notPublic(one *published) string {
	if one.State == "released" {
		return ""
	}
	return one.Schedule.standing(one.State) + ", "
}

// printLinks prints the pages of a post that are served.
func (a *app) printLinks(links map[string]string, state string) {
	if state != "released" {
		return
	}
	var f facts
	for _, language := range slices.Sorted(maps.Keys(links)) {
		f.add(language, links[language])
	}
	f.print(a.out, a.screen.width)
}

// comesWithin reports whether deliveries are worth waiting for; if not, it says why.
func (a *app) comesWithin(state string, s *schedule, timeout time.Duration) bool {
	switch {
	case state == "released":
		return true
	case state == "scheduled" && s != nil && s.At != nil && s.At.Before(a.now().Add(timeout)):
		return true
	}
	a.advise("not waited for: it is %s\n", s.standing(state))
	return false
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
	var coming []*published
	for i := range done {
		if p.app.comesWithin(done[i].State, done[i].Schedule, p.waiting.timeout) {
			coming = append(coming, &done[i])
			all = append(all, done[i].Deliveries...)
		}
	}
	err := p.app.waitAndPrint(ctx, p.client, all, p.waiting.timeout, p.json)
	for _, one := range coming {
		n := len(one.Deliveries)
		one.Deliveries, all = all[:n:n], all[n:]
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
