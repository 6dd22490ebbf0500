package channeltest

import (
	"fmt"
	"strings"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/fault"
)

func threadTests() []named {
	return []named{
		{"ThreadIsSeenInOrder", threadInOrder},
		{"LostPartOfAThreadIsFound", lostPart},
		{"PartIsEditedAndTakenBackByItself", partByItself},
		{"ReplyToWhatIsGoneIsNotThere", replyToNothing},
	}
}

// sentences is how many the long content has: many parts on Mastodon, several on Slack.
const sentences = 108

// long is a content of several parts, whatever a part may hold.
func long() channel.Content {
	c := content(1)
	var body strings.Builder
	for n := range sentences {
		fmt.Fprintf(&body, "This is sentence number %d of a long text about wells and rivers. ", n+1)
		if n%6 == 5 {
			body.WriteString("\n\n")
		}
	}
	c.Edition.Summary, c.Edition.Body = "", body.String()
	return c
}

// thread composes the parts of the long content, as attempts.
func (r *rig) thread(c channel.Content) []channel.Attempt {
	r.Helper()
	c.Edition.Texts = map[string]carillon.Text{r.kind.Name: {Thread: true}}
	a := r.appearance(c)
	if len(a.Parts) < 3 {
		r.Fatalf("a long text has %d parts, want 3 or more", len(a.Parts))
	}
	if got := strings.Count(a.Text, channel.PartBreak) + 1; got != len(a.Parts) {
		r.Errorf("the text for people has %d parts of %d", got, len(a.Parts))
	}
	attempts := make([]channel.Attempt, len(a.Parts))
	seen := map[string]bool{}
	for i := range a.Parts {
		attempts[i] = channel.Attempt{
			Key: fmt.Sprintf("key-%d", i+1), Part: a.Parts[i], Post: c.Post.Slug, Language: c.Language, Revision: 1, Permalink: c.Permalink,
		}
		if f := a.Parts[i].Fingerprint(); seen[f] {
			r.Errorf("part %d looks like an earlier one", i+1)
		} else {
			seen[f] = true
		}
	}
	return attempts
}

// show creates parts one after the other and returns their receipts.
func (r *rig) show(attempts []channel.Attempt) []channel.Receipt {
	r.Helper()
	var before []channel.Receipt
	for i, a := range attempts {
		a.Before = before
		v := r.driver.Create(r.Context(), a)
		r.want(fmt.Sprintf("create part %d", i+1), v, channel.Delivered)
		before = append(before, v.Receipt)
	}
	return before
}

func threadInOrder(r *rig) {
	attempts := r.thread(long())
	r.show(attempts)
	seen := r.fake.Thread()
	if len(seen) != len(attempts) || !strings.Contains(seen[0], title(1)) {
		r.Fatalf("people see a thread of %d, want %d: %q", len(seen), len(attempts), seen)
	}
	all := strings.Join(seen, "\n")
	last := -1
	for n := range sentences {
		at := strings.Index(all, fmt.Sprintf("sentence number %d of", n+1))
		if at <= last {
			r.Fatalf("sentence %d is not where it belongs:\n%s", n+1, all)
		}
		last = at
	}
}

func lostPart(r *rig) {
	start, attempts := began(), r.thread(long())
	before := r.show(attempts[:1])
	lost := attempts[1]
	lost.Before = before
	r.fault(r.fake.Create, fault.Fault{Effect: fault.DropAfter, Times: 1})
	r.want("create", r.driver.Create(r.Context(), lost), channel.Uncertain)
	found := r.driver.Find(r.Context(), lost, start)
	r.want("find", found, channel.Delivered)
	next := attempts[2]
	next.Before = append(before, found.Receipt)
	r.want("find the next", r.driver.Find(r.Context(), next, start), channel.NotThere)
	r.want("create the next", r.driver.Create(r.Context(), next), channel.Delivered)
	again := r.driver.Find(r.Context(), lost, start)
	r.want("find again", again, channel.Delivered)
	r.sameReceipt(found, again)
	if seen := r.fake.Thread(); len(seen) != 3 {
		r.Errorf("people see a thread of %d, want 3: %q", len(seen), seen)
	}
	first := r.driver.Find(r.Context(), attempts[0], start)
	r.want("find the first", first, channel.Delivered)
	r.sameReceipt(channel.Verdict{Receipt: before[0]}, first)
}

func partByItself(r *rig) {
	attempts := r.thread(long())
	receipts := r.show(attempts)
	c := long()
	c.Edition.Body = strings.Replace(c.Edition.Body, "sentence number 107 ", "sentence cvii ", 1)
	corrected := r.thread(c)
	if len(corrected) != len(attempts) {
		r.Fatalf("the corrected thread has %d parts, want %d", len(corrected), len(attempts))
	}
	changed := 0
	for i := range corrected {
		if corrected[i].Part.Fingerprint() == attempts[i].Part.Fingerprint() {
			continue
		}
		changed++
		a := corrected[i]
		a.Before = receipts[:i]
		r.want("edit", r.driver.Edit(r.Context(), receipts[i], a), channel.Delivered)
	}
	if changed != 1 {
		r.Errorf("one word changes %d parts, want 1", changed)
	}
	if seen := r.fake.Thread(); len(seen) != len(attempts) || !strings.Contains(strings.Join(seen, "\n"), "sentence cvii") {
		r.Errorf("people see: %q", seen)
	}
	for i := len(receipts) - 1; i >= 0; i-- {
		if v := r.driver.Withdraw(r.Context(), receipts[i]); v.Meaning != channel.Delivered {
			r.Fatalf("withdraw part %d: got %q (%s)", i+1, v.Meaning, v.Reason)
		}
		if seen := r.fake.Texts(); len(seen) != i {
			r.Fatalf("people see %d texts, want %d", len(seen), i)
		}
	}
}

func replyToNothing(r *rig) {
	attempts := r.thread(long())
	receipts := r.show(attempts[:1])
	if v := r.driver.Withdraw(r.Context(), receipts[0]); v.Meaning != channel.Delivered {
		r.Fatalf("withdraw: got %q (%s)", v.Meaning, v.Reason)
	}
	a := attempts[1]
	a.Before = receipts
	r.want("reply to nothing", r.driver.Create(r.Context(), a), channel.NotThere)
	r.sees()
}
