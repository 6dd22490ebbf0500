package channeltest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/fault"
)

// sufferAll runs every fault of the table against every step of a driver.
func sufferAll(t *testing.T, h Harness) {
	steps := []step{stepCreate, stepEdit, stepWithdraw, stepLook}
	if h.Media {
		steps = append(steps, stepUpload)
	}
	if h.Type.Threads {
		steps = append(steps, stepPart)
	}
	for n, line := range table(Fake{}) {
		for _, s := range steps {
			t.Run(strings.ReplaceAll(line.name, " ", "_")+"/"+string(s), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, h)
				suffers := map[step]func(*rig, row){
					stepCreate: sufferCreate, stepEdit: sufferEdit, stepWithdraw: sufferWithdraw, stepLook: sufferLook,
					stepUpload: sufferUpload, stepPart: sufferPart,
				}
				suffers[s](r, table(r.fake)[n])
			})
		}
	}
}

// arrivals is more requests than any call makes.
const arrivals = 1000

// suffer makes one call that suffers the fault of a row, and returns its verdict once everything has had its effect and the
// fault is gone. A request that shows, changes or takes back arrives once, whatever the library beneath would do.
func (r *rig) suffer(line row, s step, match string, call func(context.Context) channel.Verdict) channel.Verdict {
	r.Helper()
	f := line.fault
	f.Match, f.Times = match, arrivals
	if err := r.fake.Faults.Add(f); err != nil {
		r.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if line.leaves {
		arrived := r.fake.Faults.Await(1)
		go func() {
			select {
			case <-arrived:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	v := call(ctx)
	<-r.fake.Faults.Await(0)
	list := r.fake.Faults.List()
	r.fake.Faults.Clear()
	if len(list) == 0 {
		r.Fatalf("%d requests arrived", arrivals)
	}
	if came := arrivals - list[0].Times; match != "" && came != 1 {
		r.Errorf("%d requests arrived, want 1", came)
	}
	r.want(string(s), v, line.wants(s).meanings()...)
	if says := line.says[s]; v.Meaning != channel.Delivered && !strings.Contains(v.Reason, says) {
		r.Errorf("the reason does not say %q: %s", says, v.Reason)
	}
	if off := v.After - line.after; v.Meaning == channel.Retry && line.after > 0 && (off < -2*time.Second || off > 2*time.Second) {
		r.Errorf("it asks to be left alone for %s, want %s", v.After, line.after)
	}
	return v
}

// inside reports whether the service itself behaves otherwise: then every request counts, not only one kind of it.
func (line *row) inside() bool {
	for _, d := range fault.Effects() {
		if d.Effect == line.fault.Effect {
			return d.Inside
		}
	}
	return false
}

// match is which requests suffer: those that the step is known by, or all.
func (line *row) match(m string) string {
	if line.inside() {
		return ""
	}
	return m
}

// truthful checks a verdict about something that is now done, or not.
func (r *rig) truthful(v channel.Verdict, done bool) {
	r.Helper()
	switch {
	case done && (v.Meaning == channel.Rejected || v.Meaning == channel.ChannelDown):
		r.Errorf("it says %q (%s) of what was done", v.Meaning, v.Reason)
	case !done && (v.Meaning == channel.Delivered || v.Meaning == channel.NotThere):
		r.Errorf("it says %q (%s) of what was not done", v.Meaning, v.Reason)
	}
}

func sufferCreate(r *rig, line row) {
	start, a := began(), r.attempt(1)
	v := r.suffer(line, stepCreate, line.match(r.fake.Create), func(ctx context.Context) channel.Verdict { return r.driver.Create(ctx, a) })
	r.created(line, v, a, start, r.fake.Texts, 1)
}

// created checks what a create left, and goes on as services/deliver does: in the end it is there once.
func (r *rig) created(line row, v channel.Verdict, a channel.Attempt, start time.Time, seen func() []string, want int) {
	r.Helper()
	done := len(seen()) == want
	if done != line.effect {
		r.Fatalf("people see %q", seen())
	}
	r.truthful(v, done)
	if done && v.Meaning == channel.Retry {
		r.Errorf("a create that was done is to be retried: %s", v.Reason)
	}
	found := r.driver.Find(r.Context(), a, start)
	if done {
		r.want("find", found, channel.Delivered)
		if v.Meaning == channel.Delivered {
			r.sameReceipt(v, found)
		}
	} else {
		r.want("find", found, channel.NotThere)
		r.want("create again", r.driver.Create(r.Context(), a), channel.Delivered)
	}
	if n := len(seen()); n != want {
		r.Errorf("in the end people see %d, want %d: %q", n, want, seen())
	}
}

func sufferEdit(r *rig, line row) {
	v := r.driver.Create(r.Context(), r.attempt(1))
	r.want("create", v, channel.Delivered)
	edited := r.suffer(line, stepEdit, line.match(r.fake.Edit), func(ctx context.Context) channel.Verdict {
		return r.driver.Edit(ctx, v.Receipt, r.corrected(1))
	})
	done := strings.Contains(strings.Join(r.fake.Texts(), "\n"), correctedTitle)
	if want := line.effect && line.edit != "X"; done != want {
		r.Fatalf("people see %q", r.fake.Texts())
	}
	r.truthful(edited, done)
	r.want("edit again", r.driver.Edit(r.Context(), v.Receipt, r.corrected(1)), channel.Delivered)
	r.sees(correctedTitle)
}

func sufferWithdraw(r *rig, line row) {
	v := r.driver.Create(r.Context(), r.attempt(1))
	r.want("create", v, channel.Delivered)
	gone := r.suffer(line, stepWithdraw, line.match(r.fake.Withdraw), func(ctx context.Context) channel.Verdict {
		return r.driver.Withdraw(ctx, v.Receipt)
	})
	done := len(r.fake.Texts()) == 0
	if done != line.effect {
		r.Fatalf("people see %q", r.fake.Texts())
	}
	r.truthful(gone, done)
	again := r.driver.Withdraw(r.Context(), v.Receipt)
	switch {
	case done:
		r.want("withdraw again", again, channel.NotThere)
	case again.Meaning != channel.Delivered:
		r.Errorf("withdraw again: got %q (%s)", again.Meaning, again.Reason)
	}
	r.sees()
}

// sufferLook looks for what was shown under the fault, while the fault lasts and after it.
func sufferLook(r *rig, line row) {
	start, a := began(), r.attempt(1)
	var v channel.Verdict
	if line.inside() && line.create == "D" {
		v = r.underFault(line, func() channel.Verdict { return r.driver.Create(r.Context(), a) })
	} else {
		v = r.driver.Create(r.Context(), a)
	}
	r.want("create", v, channel.Delivered)
	r.suffer(line, stepLook, "", func(ctx context.Context) channel.Verdict { return r.driver.Find(ctx, a, start) })
	found := r.driver.Find(r.Context(), a, start)
	r.want("find", found, channel.Delivered)
	r.sameReceipt(v, found)
}

func (r *rig) underFault(line row, call func() channel.Verdict) channel.Verdict {
	r.Helper()
	r.fault("", line.fault)
	defer r.fake.Faults.Clear()
	return call()
}

func sufferUpload(r *rig, line row) {
	m := r.compose(pictured(alt)).Part.Media[0]
	v := r.suffer(line, stepUpload, line.match(r.fake.Upload), func(ctx context.Context) channel.Verdict {
		return r.driver.uploader().Upload(ctx, upload(m))
	})
	if line.fault.Effect == fault.MediaStuck {
		r.stuck(line, v.Receipt)
	}
	r.want("create", r.driver.Create(r.Context(), r.hand(alt)), channel.Delivered)
	r.seesAlts(alt)
}

// stuck asks for a picture that is never ready, and is ready when the fault is gone.
func (r *rig) stuck(line row, id channel.Receipt) {
	r.Helper()
	for n := range 10 {
		v := r.underFault(line, func() channel.Verdict { return r.driver.uploader().Ready(r.Context(), id) })
		r.want(fmt.Sprintf("ready, time %d", n+1), v, channel.Pending)
	}
	for n := 0; ; n++ {
		v := r.driver.uploader().Ready(r.Context(), id)
		if v.Meaning == channel.Delivered {
			return
		}
		if r.want("ready", v, channel.Pending); n == 10 {
			r.Fatal("the picture is never ready")
		}
	}
}

func sufferPart(r *rig, line row) {
	start, attempts := began(), r.thread(long())
	a := attempts[1]
	a.Before = r.show(attempts[:1])
	v := r.suffer(line, stepPart, line.match(r.fake.Create), func(ctx context.Context) channel.Verdict { return r.driver.Create(ctx, a) })
	r.created(line, v, a, start, r.fake.Thread, 2)
}

// failedReplay is a server that knows the key and fails: what it has is found by looking.
func failedReplay(r *rig) {
	start, a := began(), r.attempt(1)
	r.fault(r.fake.Create, fault.Fault{Effect: fault.ReplayFails})
	r.fault(r.fake.Create, fault.Fault{Effect: fault.DropAfter, Times: 1})
	r.want("create", r.driver.Create(r.Context(), a), channel.Uncertain)
	r.want("create again", r.driver.Create(r.Context(), a), channel.Uncertain)
	r.want("find", r.driver.Find(r.Context(), a, start), channel.Delivered)
	r.sees(title(1))
}

// lagThenKey is a server that shows late what it has, asked again under the same key in between.
func lagThenKey(r *rig) {
	start, a := began(), r.attempt(1)
	r.fault("", fault.Fault{Effect: fault.HistoryLags})
	r.fault(r.fake.Create, fault.Fault{Effect: fault.DropAfter, Times: 1})
	r.want("create", r.driver.Create(r.Context(), a), channel.Uncertain)
	r.want("the first look", r.driver.Find(r.Context(), a, start), channel.NotThere)
	r.want("create again", r.driver.Create(r.Context(), a), channel.Delivered)
	r.fake.Faults.Clear()
	r.want("the second look", r.driver.Find(r.Context(), a, start), channel.Delivered)
	r.sees(title(1))
}

// reusedConnection is a request on a connection that was used before and breaks when the request has been read. net/http
// on its own would send it again.
func reusedConnection(r *rig) {
	_, v := r.driver.Probe(r.Context())
	if v.Meaning != channel.Delivered {
		r.Fatalf("probe: got %q (%s)", v.Meaning, v.Reason)
	}
	first := r.driver.Create(r.Context(), r.attempt(1))
	r.want("create", first, channel.Delivered)
	for _, c := range []struct {
		match string
		call  func() channel.Verdict
	}{
		{r.fake.Create, func() channel.Verdict { return r.driver.Create(r.Context(), r.attempt(2)) }},
		{r.fake.Edit, func() channel.Verdict { return r.driver.Edit(r.Context(), first.Receipt, r.corrected(1)) }},
		{r.fake.Withdraw, func() channel.Verdict { return r.driver.Withdraw(r.Context(), first.Receipt) }},
	} {
		r.want("a look leaves a connection to reuse", r.driver.Find(r.Context(), r.attempt(7), began()), channel.NotThere)
		r.fault(c.match, fault.Fault{Effect: fault.DropBefore, Times: arrivals})
		r.want(c.match, c.call(), channel.Uncertain, channel.Retry)
		if came := arrivals - r.fake.Faults.List()[0].Times; came != 1 {
			r.Errorf("%s: the request arrived %d times, want once", c.match, came)
		}
		r.fake.Faults.Clear()
	}
}
