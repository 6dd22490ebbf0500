package ingest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	"carillon.example/pkg/markdown"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// PublishPost implements the staff API.
func (s *Service) PublishPost(ctx context.Context, req *carillonv1.PublishPostRequest) (*carillonv1.PublishPostResponse, error) {
	given, err := s.given(ctx, req.GetPost())
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	if !carillon.ValidSlug(given.Slug) { // it could not even be looked up
		return nil, s.answer(ctx, s.validate(given))
	}
	say, err := s.intention(req.GetRelease(), req.GetNow())
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	answer := &carillonv1.PublishPostResponse{}
	err = s.once(ctx, req, answer, given.Slug, func(ctx context.Context, id string) error {
		after, changed, err := s.publish(ctx, given, int(req.GetBasedOn()), say, id)
		if err != nil {
			return err
		}
		s.publishAnswer(answer, after.decision, changed)
		return nil
	}, func(d *event.Decision) { s.publishAnswer(answer, d, true) })
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return answer, nil
}

func (s *Service) publishAnswer(answer *carillonv1.PublishPostResponse, d *event.Decision, changed bool) {
	answer.Post = event.PostToProto(&d.Post)
	answer.Changed = changed
	answer.Deliveries = s.planned(&d.Post)
	answer.Links = s.links(&d.Post)
	answer.State, answer.Schedule = stateOf(d, nil), s.schedule(d)
}

// given is what the caller wrote, with the site's defaults filled in and everything only we may set taken out.
func (s *Service) given(ctx context.Context, m *carillonv1.Post) (*carillon.Post, error) {
	post, err := event.PostFromProto(m)
	var unread carillon.Mistakes
	if err != nil && !errors.As(err, &unread) {
		return nil, err
	}
	if post.Event != nil && post.Event.Zone == "" {
		post.Event.Zone = s.Office.Site.Zone.String()
	}
	if !post.Until.IsZero() {
		if post.Until, err = s.moment(m.GetUntil()); err != nil {
			unread.Add("until", "%s", err)
		}
	}
	wrong, err := s.fillMedia(ctx, post)
	if err != nil {
		return nil, err
	}
	unread = append(unread, wrong...)
	post.Revision, post.Withdrawn = 0, nil
	for i := range post.Editions {
		e := &post.Editions[i]
		e.ID, e.Revision, e.Published, e.Updated = "", 0, time.Time{}, time.Time{}
		e.Body = strings.ReplaceAll(e.Body, "\r\n", "\n")
	}
	parts, err := s.partMistakes(ctx, post)
	if err != nil {
		return nil, err
	}
	if unread = append(unread, parts...); len(unread) > 0 {
		return nil, s.allMistakes(ctx, post, unread)
	}
	return post, nil
}

// allMistakes adds to the fields that could not be read what else is wrong with the post as it would be released.
func (s *Service) allMistakes(ctx context.Context, given *carillon.Post, unread carillon.Mistakes) error {
	post := given
	if carillon.ValidSlug(given.Slug) {
		before, err := s.standing(ctx, given.Slug)
		if err != nil {
			return err
		}
		post = merge(before.decision, given)
	}
	all := slices.Clone(unread)
	for _, m := range s.validate(post) {
		// A field that could not be read counts as missing; it is named once.
		if !slices.ContainsFunc(unread, func(u carillon.Mistake) bool { return u.Field == m.Field }) {
			all = append(all, m)
		}
	}
	return all
}

// maxStoredBytes is how large a decision may be; the log takes 1 MiB a message, headers included.
const maxStoredBytes = 960 << 10

// validate collects the mistakes of a post as it would be released.
func (s *Service) validate(post *carillon.Post) carillon.Mistakes {
	mistakes := carillon.Validate(post, s.rules)
	if size := proto.Size(event.PostToProto(post)); len(mistakes) == 0 && size > maxStoredBytes {
		mistakes.Add("post", "is %d KiB with all its facts, the limit is %d KiB: shorten its lists, or attach the long part as a file", size>>10, maxStoredBytes>>10)
	}
	for i := range post.Editions {
		e := &post.Editions[i]
		if len(e.Body) > carillon.MaxPostBytes { // refused already
			continue
		}
		for _, finding := range markdown.Check(e.Body) {
			mistakes = append(mistakes, carillon.Mistake{
				Field: "editions[" + e.Language + "].body", Line: finding.Line, Message: finding.Message,
			})
		}
	}
	return append(mistakes, mediaMistakes(post)...)
}

// publish releases a post, schedules it, or corrects it where it stands.
func (s *Service) publish(ctx context.Context, given *carillon.Post, basedOn int, say intention, id string) (standing, bool, error) {
	// A new post is the usual case: it is claimed without reading first. The lock says if it was not new.
	if basedOn == 0 {
		post := merge(nil, given)
		if mistakes := s.validate(post); len(mistakes) == 0 {
			after, err := s.publishOver(ctx, standing{}, nil, post, say, id, s.Now())
			if !errors.Is(err, bus.ErrConflict) && !isMistakes(err) {
				return after, true, err
			}
		}
	}
	before, err := s.standing(ctx, given.Slug)
	if err != nil {
		return standing{}, false, err
	}
	now := s.Now() // after what was read: a correction is never dated before the release it corrects
	if err := before.basedOn(basedOn); err != nil {
		return standing{}, false, err
	}
	public, err := s.publicPost(ctx, before)
	if err != nil {
		return standing{}, false, err
	}
	if err := s.coversDraft(before, public, given); err != nil {
		return standing{}, false, err
	}
	post := merge(before.decision, given)
	if err := s.validate(post).Err(); err != nil {
		return standing{}, false, err
	}
	if same, err := s.unchanged(before, public, post, say, now); same || err != nil {
		return before, false, err
	}
	after, err := s.publishOver(ctx, before, public, post, say, id, now)
	if errors.Is(err, bus.ErrConflict) {
		return standing{}, false, s.overtaken(ctx, before, given.Slug)
	}
	return after, true, err
}

// publishOver decides what publishing a post comes to, against the lock of what was read.
func (s *Service) publishOver(ctx context.Context, before standing, public *carillon.Post, post *carillon.Post, say intention, id string, now time.Time) (standing, error) {
	d, err := s.timed(before.decision, isPublic(public), post, say, now)
	if err != nil {
		return standing{}, err
	}
	if err := untilAfter(d, now, isPublic(public)); err != nil {
		return standing{}, err
	}
	stamp(d, now)
	return s.decide(ctx, before, d, id, now)
}

// isPublic reports whether anything of a post can be read.
func isPublic(public *carillon.Post) bool { return public != nil && len(public.Editions) > 0 }

// untilAfter refuses to begin a sending that is over before it begins.
func untilAfter(d *event.Decision, now time.Time, public bool) error {
	if d.Post.Until.IsZero() || public {
		return nil
	}
	until, err := d.Post.Until.Instant()
	if err != nil {
		return invalid("until", err.Error())
	}
	begins := now
	if at, err := d.Release.Instant(); err == nil && !d.Release.IsZero() {
		begins = at
	}
	if !until.After(begins) {
		return invalid("until", d.Post.Until.String()+" is not after the release: no channel would be sent it; correct it, or remove it")
	}
	return nil
}

// basedOn is an error if the caller has read another revision than the current one; 0: the caller does not say.
func (st standing) basedOn(revision int) error {
	if revision != 0 && (st.decision == nil || st.decision.Post.Revision != revision) {
		return &conflictError{basedOn: revision, current: st}
	}
	return nil
}

// unchanged reports whether publishing would change nothing: neither what the post says nor when that is public.
func (s *Service) unchanged(before standing, public, post *carillon.Post, say intention, now time.Time) (bool, error) {
	was := before.decision
	switch {
	case was == nil || !post.SameContent(&was.Post):
		return false, nil
	case was.Kind.Public():
		return isPublic(public), nil
	}
	d, err := s.timed(was, isPublic(public), post, say, now)
	if err != nil {
		return false, err
	}
	return d.Kind == was.Kind && d.Release == was.Release && d.Awaiting == was.Awaiting, nil
}

// coversDraft refuses to release, or to lose, what somebody has saved and not released, unless all of it is given anew.
func (s *Service) coversDraft(before standing, public, given *carillon.Post) error {
	if before.decision == nil || before.decision.Kind != event.Saved || !isPublic(public) {
		return nil
	}
	d := before.decision
	var drafted []string
	whole := true
	for i := range d.Post.Editions {
		e := &d.Post.Editions[i]
		if _, anew := given.Edition(e.Language); anew {
			continue
		}
		whole = false
		if was, known := public.Edition(e.Language); !known || !e.SameContent(was) {
			drafted = append(drafted, e.Language)
		}
	}
	if !whole && !d.Post.SameShared(public) {
		drafted = append(drafted, "what its editions share")
	}
	if len(drafted) == 0 {
		return nil
	}
	return precondition(
		"%s has a draft that is not public: %s saved revision %d (%s) at %s; 'carillon release %s' makes it public, or publish those editions, too",
		d.Post.Slug, d.By, d.Post.Revision, strings.Join(drafted, ", "), d.Time.UTC().Format("2006-01-02 15:04:05 UTC"), d.Post.Slug)
}

// overtaken is the error of an editor who was second.
func (s *Service) overtaken(ctx context.Context, read standing, slug string) error {
	current, err := s.standing(ctx, slug)
	if err != nil {
		return err
	}
	basedOn := 0
	if read.decision != nil {
		basedOn = read.decision.Post.Revision
	}
	return &conflictError{basedOn: basedOn, current: current}
}

// merge is the post after what is given has been laid over what was there. Editions that are not given stay as they are;
// shared facts that are not given stay too, unless every edition is given: then what is given is the whole post. An edition
// that says something new has no time of update yet, and one that was never public none of publication: released sets them.
func merge(before *event.Decision, given *carillon.Post) *carillon.Post {
	post := *given
	post.Editions = slices.Clone(given.Editions)
	var old carillon.Post
	if before != nil {
		old = before.Post
		whole := true
		for i := range old.Editions {
			if _, ok := given.Edition(old.Editions[i].Language); !ok {
				whole = false
				post.Editions = append(post.Editions, old.Editions[i])
			}
		}
		if !whole {
			keepShared(&post, &old)
		}
	}
	slices.SortStableFunc(post.Editions, func(a, b carillon.Edition) int { return strings.Compare(a.Language, b.Language) })
	keepUsed(&post)
	post.Revision = old.Revision + 1
	post.Withdrawn = slices.Clone(old.Withdrawn)
	sameShared := before != nil && post.SameShared(&old)
	for i := range post.Editions {
		e := &post.Editions[i]
		if known, ok := old.Edition(e.Language); ok {
			e.ID, e.Published, e.Revision, e.Updated = known.ID, known.Published, known.Revision, known.Updated
			if sameShared && e.SameContent(known) {
				continue
			}
		}
		e.Revision, e.Updated = post.Revision, time.Time{}
		if e.ID != "" {
			continue
		}
		e.ID = newEditionID()
		// An edition that was public once is the same entry again.
		post.Withdrawn = slices.DeleteFunc(post.Withdrawn, func(w carillon.Withdrawal) bool {
			if w.Language == e.Language {
				e.ID, e.Published = w.EditionID, w.Published
			}
			return w.Language == e.Language
		})
	}
	return &post
}

func newEditionID() string { return uuid.Must(uuid.NewV7()).String() }

// keepShared fills in the shared facts that were not given.
func keepShared(post, old *carillon.Post) {
	if post.Kind == "" {
		post.Kind = old.Kind
	}
	if post.Date.IsZero() {
		post.Date = old.Date
	}
	if len(post.Authors) == 0 {
		post.Authors = old.Authors
	}
	if len(post.Tags) == 0 {
		post.Tags = old.Tags
	}
	if post.Observance == "" {
		post.Observance = old.Observance
	}
	if post.Event == nil {
		post.Event = old.Event
	}
	if post.Deadline.IsZero() {
		post.Deadline = old.Deadline
	}
	if post.Contact == nil {
		post.Contact = old.Contact
	}
	if len(post.Attachments) == 0 {
		post.Attachments = old.Attachments
	}
	if len(post.Links) == 0 {
		post.Links = old.Links
	}
	if post.Until.IsZero() {
		post.Until = old.Until
	}
	post.LanguagesWait = post.LanguagesWait || old.LanguagesWait
	if post.Image == nil {
		post.Image = old.Image
	}
	for _, m := range old.Media { // editions that stay show theirs
		if _, ok := post.Medium(m.Name); !ok {
			post.Media = append(post.Media, m)
		}
	}
	slices.SortStableFunc(post.Media, func(a, b carillon.Media) int { return strings.Compare(a.Name, b.Name) })
}

// planned is what a release asks of the channels.
func (s *Service) planned(post *carillon.Post) []*carillonv1.PlannedDelivery {
	var planned []*carillonv1.PlannedDelivery
	for i := range s.Office.Channels {
		c := &s.Office.Channels[i]
		for j := range post.Editions {
			e := &post.Editions[j]
			fresh := e.Published.IsZero() || !e.Published.Before(s.sights.of(c.LedgerName()))
			if c.Carries(post, e.Language) && fresh {
				planned = append(planned, &carillonv1.PlannedDelivery{Channel: c.Name, Language: e.Language})
			}
		}
	}
	return planned
}

func (s *Service) links(post *carillon.Post) map[string]string {
	links := make(map[string]string, len(post.Editions))
	for i := range post.Editions {
		language := post.Editions[i].Language
		links[language] = s.Office.Site.Permalink(language, post.Slug)
	}
	return links
}

// answer makes an error fit for the caller, and logs what is not the caller's.
func (s *Service) answer(ctx context.Context, err error) error {
	var known *connect.Error
	if errors.As(err, &known) {
		return err
	}
	var mistakes carillon.Mistakes
	var conflict *conflictError
	switch {
	case errors.As(err, &mistakes):
		s.metrics.refused.WithLabelValues(reasonMistakes).Inc()
		return mistakesError(mistakes)
	case errors.As(err, &conflict):
		s.metrics.refused.WithLabelValues(reasonConflict).Inc()
		return s.conflictAnswer(ctx, conflict)
	case errors.Is(err, context.Canceled):
		return connect.NewError(connect.CodeCanceled, errors.New("the call was given up"))
	case errors.Is(err, context.DeadlineExceeded):
		return connect.NewError(connect.CodeUnavailable, errors.New("the log does not answer: the call may or may not have happened; repeat it with the same Idempotency-Key"))
	}
	s.Log.ErrorContext(ctx, "a call failed", "error", err)
	return connect.NewError(connect.CodeInternal, errors.New("something went wrong here; the log of ingest says what"))
}

func mistakesError(mistakes carillon.Mistakes) error {
	err := connect.NewError(connect.CodeInvalidArgument, mistakes)
	detail := &carillonv1.Mistakes{}
	for _, m := range mistakes {
		detail.Mistakes = append(detail.Mistakes, &carillonv1.Mistake{Field: m.Field, Message: m.Message, Line: uint32(m.Line)})
	}
	if d, derr := connect.NewErrorDetail(detail); derr == nil {
		err.AddDetail(d)
	}
	return err
}

func invalid(field, message string) error {
	return carillon.Mistakes{{Field: field, Message: message}}
}

func notFound(slug string) error {
	return connect.NewError(connect.CodeNotFound, errors.New("there is no post \""+slug+"\"; 'carillon list' shows all"))
}
