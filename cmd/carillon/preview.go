package main

import (
	"fmt"
	"strings"

	carillonv1 "carillon.example/proto/carillon/v1"
)

// previewed is what publishing a post would do, as 'publish --dry-run --json' prints it.
type previewed struct {
	Post     string    `json:"post"`
	State    string    `json:"state"`    // where it would stand
	Revision uint32    `json:"revision"` // the one it would be
	Changed  bool      `json:"changed"`
	Schedule *schedule `json:"schedule"`
	Previews []preview `json:"previews"`
}

// preview is exactly what a channel would show of an edition.
type preview struct {
	Channel     string   `json:"channel"`
	Language    string   `json:"language"`
	Text        string   `json:"text"`
	Count       uint32   `json:"count"`
	Limit       uint32   `json:"limit"`
	Notes       []string `json:"notes"`
	Problem     string   `json:"problem"`
	LimitsKnown bool     `json:"limits_known"`
}

func previewedOf(m *carillonv1.PreviewPostResponse) previewed {
	p := previewed{
		Post: m.GetPost().GetSlug(), State: postStateName(m.GetState()), Revision: m.GetPost().GetRevision(), Changed: m.GetChanged(),
		Schedule: scheduleOf(m.GetSchedule()), Previews: []preview{},
	}
	for _, one := range m.GetPreviews() {
		p.Previews = append(p.Previews, preview{
			Channel: one.GetChannel(), Language: one.GetLanguage(), Text: one.GetText(), Count: one.GetCount(), Limit: one.GetLimit(),
			Notes: list(one.GetNotes()), Problem: one.GetProblem(), LimitsKnown: one.GetLimitsKnown(),
		})
	}
	return p
}

// showPreviews prints what publishing would show. That a channel would reject something is an error of the input.
func (a *app) showPreviews(answers []*carillonv1.PreviewPostResponse, asJSON bool) error {
	posts := make([]previewed, len(answers))
	rejected := 0
	for i, m := range answers {
		posts[i] = previewedOf(m)
		for _, p := range posts[i].Previews {
			if p.Problem != "" {
				rejected++
			}
		}
	}
	var err error
	switch {
	case asJSON && len(posts) == 1:
		err = a.json(posts[0])
	case asJSON:
		err = a.json(posts)
	default:
		for i := range posts {
			if i > 0 {
				a.printf("\n")
			}
			a.printPreview(&posts[i])
		}
	}
	if err == nil && rejected > 0 {
		return fail(exitInput, "%s would be rejected; nothing was published", count(rejected, "delivery", "deliveries"))
	}
	return err
}

func (a *app) printPreview(p *previewed) {
	switch {
	case !p.Changed:
		a.printf("%s: publishing it would change nothing (the content is the same)\n", p.Post)
	case p.State != "released":
		a.printf("%s: would be %s, revision %d\n", p.Post, p.Schedule.standing(p.State), p.Revision)
	case p.Revision > 1:
		a.printf("%s: would be corrected, revision %d\n", p.Post, p.Revision)
	default:
		a.printf("%s: would be published, revision %d\n", p.Post, p.Revision)
	}
	if len(p.Previews) == 0 {
		a.printf("no channel carries it\n")
	}
	for i := range p.Previews {
		one := &p.Previews[i]
		a.printf("\n%s, %s: %s\n", one.Channel, one.Language, one.length())
		a.printf("%s\n", quote(one.Text))
		for _, n := range one.Notes {
			a.printf("  note: %s\n", oneLine(n))
		}
		if one.Problem != "" {
			a.printf("  would be rejected: %s\n", oneLine(one.Problem))
		}
		if !one.LimitsKnown {
			a.printf("  note: the limit is the usual one: the channel has not been asked for its own yet\n")
		}
	}
}

func (p *preview) length() string {
	if p.Limit == 0 {
		return fmt.Sprintf("%d characters", p.Count)
	}
	return fmt.Sprintf("%d of %d characters", p.Count, p.Limit)
}

// quote puts a bar before every line, so that it is seen where the text begins and ends.
func quote(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight("  | "+l, " ")
	}
	return strings.Join(lines, "\n")
}
