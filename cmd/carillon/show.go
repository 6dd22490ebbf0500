package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"carillon.example/pkg/wording"
	carillonv1 "carillon.example/proto/carillon/v1"
)

const showLong = `Show a post: its facts, its editions, where they are and how their deliveries
stand. With --language it shows the words of that edition, too. What it 'lacks'
are editions in other languages of the site.`

// shown is a post as 'show --json' prints it.
type shown struct {
	Post        string            `json:"post"`
	State       string            `json:"state"`
	Revision    uint32            `json:"revision"`
	Draft       bool              `json:"draft"` // it is not public, beside an earlier revision that is
	Schedule    *schedule         `json:"schedule"`
	Until       string            `json:"until"`
	Kind        string            `json:"kind"`
	Date        string            `json:"date"`
	Authors     []string          `json:"authors"`
	Tags        []string          `json:"tags"`
	Observance  string            `json:"observance"`
	Event       *shownEvent       `json:"event"`
	Deadline    string            `json:"deadline"`
	Contact     *shownContact     `json:"contact"`
	Attachments []shownAttachment `json:"attachments"`
	Links       []shownLink       `json:"links"`
	Editions    []shownEdition    `json:"editions"`
	Withdrawn   []shownWithdrawal `json:"withdrawn"`
	Missing     []string          `json:"missing_languages"`
	Decided     *time.Time        `json:"decided"`
	DecidedBy   string            `json:"decided_by"`
	Deliveries  []delivery        `json:"deliveries"`
}

type shownEvent struct {
	Start string `json:"start"`
	End   string `json:"end"`
	Zone  string `json:"timezone"`
	Place string `json:"place"`
	URL   string `json:"url"`
}

type shownContact struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
	Email string `json:"email"`
}

type shownAttachment struct {
	File     string `json:"file"`
	Title    string `json:"title"`
	Language string `json:"language"`
	Size     int64  `json:"size"`
}

type shownLink struct {
	URL   string `json:"url"`
	Title string `json:"title"`
}

type shownEdition struct {
	ID        string               `json:"id"`
	Language  string               `json:"language"`
	Link      string               `json:"link"`
	Title     string               `json:"title"`
	Summary   string               `json:"summary"`
	Body      string               `json:"body"`
	Channels  map[string]shownText `json:"channels"`
	Revision  uint32               `json:"revision"`
	Published *time.Time           `json:"published"`
	Updated   *time.Time           `json:"updated"`
}

type shownText struct {
	Text    string `json:"text"`
	Warning string `json:"cw"`
}

type shownWithdrawal struct {
	ID        string     `json:"id"`
	Language  string     `json:"language"`
	Published *time.Time `json:"published"`
	Withdrawn *time.Time `json:"withdrawn"`
	Revision  uint32     `json:"revision"`
}

func newShowCommand(a *app) *cobra.Command {
	var asJSON bool
	var language string
	req := &carillonv1.GetPostRequest{}
	cmd := &cobra.Command{
		Use: "show POST", Short: "show a post", Long: showLong, GroupID: groupPosts,
		Example: `  carillon show world-health-day
  carillon show world-health-day --language ru
  carillon show world-health-day --revision 1 --json`,
		Args:              exactlyOne("POST"),
		ValidArgsFunction: a.completePost,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.client()
			if err != nil {
				return err
			}
			req.Slug = args[0]
			answer, err := ask(cmd.Context(), c, reading, c.GetPost, req)
			if err != nil {
				return err
			}
			s := shownOf(answer)
			if err := s.only(language); err != nil {
				return err
			}
			if asJSON {
				return a.json(s)
			}
			a.show(&s, language != "")
			return nil
		},
	}
	cmd.Flags().Uint32Var(&req.Revision, "revision", 0, "show this revision; 0: the current one")
	cmd.Flags().StringVar(&language, "language", "", "show only the edition in this language, in full")
	_ = cmd.RegisterFlagCompletionFunc("language", a.completeLanguage) // fails only for a flag that is not there
	jsonFlag(cmd, &asJSON)
	return cmd
}

func shownOf(m *carillonv1.GetPostResponse) shown {
	p := m.GetPost()
	s := shown{
		Post: p.GetSlug(), State: postStateName(m.GetState()), Revision: p.GetRevision(), Kind: p.GetKind(), Date: p.GetDate(),
		Draft: m.GetDraft(), Schedule: scheduleOf(m.GetSchedule()), Until: strings.TrimSpace(p.GetUntil().GetTime() + " " + p.GetUntil().GetZone()),
		Authors: list(p.GetAuthors()), Tags: list(p.GetTags()), Observance: p.GetObservance(), Deadline: p.GetDeadline(),
		Attachments: []shownAttachment{}, Links: []shownLink{}, Editions: []shownEdition{}, Withdrawn: []shownWithdrawal{},
		Missing: list(m.GetMissingLanguages()), Decided: instant(m.GetDecided()), DecidedBy: m.GetDecidedBy(),
		Deliveries: deliveriesOf(m.GetDeliveries()),
	}
	if e := p.GetEvent(); e != nil {
		s.Event = &shownEvent{Start: e.GetStart(), End: e.GetEnd(), Zone: e.GetZone(), Place: e.GetPlace(), URL: e.GetUrl()}
	}
	if c := p.GetContact(); c != nil {
		s.Contact = &shownContact{Name: c.GetName(), Phone: c.GetPhone(), Email: c.GetEmail()}
	}
	for _, a := range p.GetAttachments() {
		s.Attachments = append(s.Attachments, shownAttachment{File: a.GetFile(), Title: a.GetTitle(), Language: a.GetLanguage(), Size: a.GetSize()})
	}
	for _, l := range p.GetLinks() {
		s.Links = append(s.Links, shownLink{URL: l.GetUrl(), Title: l.GetTitle()})
	}
	for _, e := range p.GetEditions() {
		s.Editions = append(s.Editions, shownEditionOf(e, m.GetLinks()[e.GetLanguage()]))
	}
	for _, w := range p.GetWithdrawn() {
		s.Withdrawn = append(s.Withdrawn, shownWithdrawal{
			ID: w.GetEditionId(), Language: w.GetLanguage(), Published: instant(w.GetPublished()), Withdrawn: instant(w.GetAt()), Revision: w.GetRevision(),
		})
	}
	return s
}

func shownEditionOf(e *carillonv1.Edition, link string) shownEdition {
	texts := map[string]shownText{}
	for name, t := range e.GetTexts() {
		texts[name] = shownText{t.GetText(), t.GetWarning()}
	}
	return shownEdition{
		ID: e.GetId(), Language: e.GetLanguage(), Link: link, Title: e.GetTitle(), Summary: e.GetSummary(), Body: e.GetBody(),
		Channels: texts, Revision: e.GetRevision(), Published: instant(e.GetPublished()), Updated: instant(e.GetUpdated()),
	}
}

// only takes away what is not in a language; "" leaves everything.
func (s *shown) only(language string) error {
	if language == "" {
		return nil
	}
	languages := make([]string, len(s.Editions))
	for i := range s.Editions {
		languages[i] = s.Editions[i].Language
	}
	if !slices.Contains(languages, language) {
		if len(languages) == 0 {
			return fmt.Errorf("%s has no edition that is public", s.Post)
		}
		return fmt.Errorf("%s has no edition in %q; it has %s", s.Post, language, strings.Join(languages, ", "))
	}
	s.Editions = slices.DeleteFunc(s.Editions, func(e shownEdition) bool { return e.Language != language })
	s.Deliveries = slices.DeleteFunc(s.Deliveries, func(d delivery) bool { return d.Language != language })
	return nil
}

// show prints a post for people, with its words or without.
func (a *app) show(s *shown, words bool) {
	a.printf("%s: %s, revision %d%s\n", s.Post, s.Schedule.standing(s.State), s.Revision, besides(s.Draft))
	s.facts().print(a.out, a.screen.width)
	for i := range s.Editions {
		e := &s.Editions[i]
		a.printf("\n%s: %s\n", e.Language, oneLine(e.Title))
		var f facts
		f.add("page", e.Link)
		f.add("summary", e.Summary)
		f.add("published", moment(e.Published))
		if e.Updated != nil && e.Published != nil && !e.Updated.Equal(*e.Published) {
			f.add("updated", fmt.Sprintf("%s, revision %d", moment(e.Updated), e.Revision))
		}
		if words {
			for _, name := range slices.Sorted(maps.Keys(e.Channels)) {
				f.add(name+" warning", e.Channels[name].Warning)
				f.add("on "+name, e.Channels[name].Text)
			}
		}
		f.print(a.out, a.screen.width)
		if words {
			a.printf("\n%s\n", quote(strings.TrimRight(e.Body, "\n")))
		}
	}
	for _, w := range s.Withdrawn {
		a.printf("\n%s: withdrawn %s\n", w.Language, moment(w.Withdrawn))
	}
	if len(s.Deliveries) > 0 {
		a.printf("\n")
		deliveryTable(s.Deliveries, false).print(a.out, a.screen.width)
	}
}

func (s *shown) facts() facts {
	var f facts
	f.add("kind", s.Kind)
	f.add("date", s.Date)
	f.add("authors", strings.Join(s.Authors, ", "))
	f.add("tags", strings.Join(s.Tags, ", "))
	f.add("observance", s.Observance)
	if e := s.Event; e != nil {
		when := e.Start
		if e.End != "" {
			when += " to " + e.End
		}
		f.add("event", joined(", ", when, e.Zone, e.Place, e.URL))
	}
	f.add("deadline", s.Deadline)
	f.add("until", s.Until)
	if c := s.Contact; c != nil {
		f.add("contact", joined(", ", c.Name, c.Phone, c.Email))
	}
	for _, a := range s.Attachments {
		f.add("attachment", joined(", ", a.File, a.Title, a.Language))
	}
	for _, l := range s.Links {
		f.add("link", joined(", ", l.URL, l.Title))
	}
	f.add("decided", moment(s.Decided)+" by "+decider(s.DecidedBy))
	if s.Schedule != nil && s.State != "scheduled" { // which its first line says
		f.add("release", s.Schedule.when())
	}
	if len(s.Editions) > 0 {
		f.add("lacks", s.lacks())
	}
	return f
}

// lacks names the site's languages in which the post has no edition: "ar (العربية), zh (中文)".
func (s *shown) lacks() string {
	var lacks []string
	for _, language := range s.Missing {
		if name := wording.Language(language); name != language {
			language += " (" + name + ")"
		}
		lacks = append(lacks, language)
	}
	return strings.Join(lacks, ", ")
}

// joined is the parts that are not empty.
func joined(by string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), by)
}

// decider is who decided: nobody's token means that a time had come.
func decider(by string) string {
	if by == "" {
		return "Carillon, at its time"
	}
	return by
}
