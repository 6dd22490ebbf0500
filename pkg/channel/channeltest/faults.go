package channeltest

import (
	"net/http"
	"time"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/outbound"
)

// step is a call of a driver that suffers a fault.
type step string

const (
	stepCreate   step = "create"
	stepEdit     step = "edit"
	stepWithdraw step = "withdraw"
	stepLook     step = "look"
	stepUpload   step = "upload"
	stepPart     step = "part" // creating the second part of a thread
)

// verdicts are the meanings that a step's verdict may have, a letter each.
type verdicts string

// meanings are the letters of the table.
func (v verdicts) meanings() []channel.Meaning {
	letters := map[rune]channel.Meaning{
		'D': channel.Delivered, 'P': channel.Pending, 'R': channel.Retry, 'X': channel.Rejected,
		'C': channel.ChannelDown, 'U': channel.Uncertain, 'N': channel.NotThere,
	}
	var list []channel.Meaning
	for _, l := range v {
		list = append(list, letters[l])
	}
	return list
}

// row is one line of the table: a fault, whether the request has its effect all the same, and what each step may say of it.
type row struct {
	name   string
	fault  fault.Fault
	effect bool

	create, edit, withdraw, look, upload, part verdicts

	// says is part of the reason that a step gives, by step: what to do has to be named.
	says map[step]string
	// after is how long a Retry asks to be left alone, to within two seconds; 0: it is not said.
	after time.Duration
	// leaves: the client gives up as soon as the request has arrived.
	leaves bool
}

func (r *row) wants(s step) verdicts {
	return map[step]verdicts{
		stepCreate: r.create, stepEdit: r.edit, stepWithdraw: r.withdraw, stepLook: r.look, stepUpload: r.upload, stepPart: r.part,
	}[s]
}

func status(code int, body string, headers ...string) fault.Fault {
	f := fault.Fault{Effect: fault.Status, Status: code, Body: body, Headers: map[string]string{}}
	for i := 0; i+1 < len(headers); i += 2 {
		f.Headers[headers[i]] = headers[i+1]
	}
	return f
}

func skewed(e fault.Effect, d time.Duration) fault.Fault {
	return fault.Fault{Effect: e, SkewMS: d.Milliseconds()}
}

const (
	webPage = "<html><body><h1>Welcome to the network of this hotel</h1></body></html>"
	asked   = 90 * time.Second // how long the rate limits of the table ask for
)

func limit(form fault.Limit) fault.Fault {
	return fault.Fault{Effect: fault.RateLimit, Limit: form, DelayMS: int(asked.Milliseconds())}
}

// table is what every driver has to say of every fault. D delivered, P pending, R retry, X rejected, C channel down, U
// uncertain, N not there. Where a row has several letters, a driver may know more than others.
//
// The runner holds each verdict against what people see: no driver may say that nothing was done when it was, or that it
// was done when it was not.
func table(f Fake) []row {
	const done, undone = true, false
	lost := func(name string, f fault.Fault, effect bool) row {
		return row{name: name, fault: f, effect: effect, create: "U", edit: "R", withdraw: "R", look: "R", upload: "R", part: "U"}
	}
	all := func(name string, f fault.Fault, v verdicts, after time.Duration) row {
		return row{name: name, fault: f, create: v, edit: v, withdraw: v, look: v, upload: v, part: v, after: after}
	}
	fine := func(name string, f fault.Fault) row {
		return row{name: name, fault: f, effect: done, create: "D", edit: "D", withdraw: "D", look: "D", upload: "DP", part: "D"}
	}
	but := func(r row, change func(*row)) row { change(&r); return r }
	leaving := func(r *row) { r.leaves = true }
	return []row{
		// The connection.
		lost("dropped before", fault.Fault{Effect: fault.DropBefore}, undone),
		lost("dropped after", fault.Fault{Effect: fault.DropAfter}, done),
		but(lost("late", fault.Fault{Effect: fault.Late, DelayMS: 50}, done), leaving),
		but(lost("dripping for too long", fault.Fault{Effect: fault.Drip}, done), leaving),
		fine("dripping", fault.Fault{Effect: fault.Drip, DelayMS: 40}),
		lost("truncated", fault.Fault{Effect: fault.Truncate}, done),

		// What stands before the service.
		lost("504 after", fault.Fault{Effect: fault.GatewayTimeout}, done),
		lost("502", status(http.StatusBadGateway, webPage), undone),
		lost("web page after", fault.Fault{Effect: fault.HTML}, done),
		lost("web page of a hotel", status(http.StatusOK, webPage, "Content-Type", "text/html"), undone),
		lost("broken JSON after", fault.Fault{Effect: fault.Garbage}, done),
		lost("nothing", status(http.StatusOK, ""), undone),
		lost("an empty object", status(http.StatusOK, "{}", "Content-Type", "application/json"), undone),

		// What the service says.
		lost("500", status(http.StatusInternalServerError, ""), undone),
		lost("503", status(http.StatusServiceUnavailable, ""), undone),
		but(all("503 until later", status(http.StatusServiceUnavailable, "", "Retry-After", "90"), "R", 0), func(r *row) {
			r.create, r.part = "RU", "RU"
		}),
		all("401", status(http.StatusUnauthorized, ""), "C", 0),
		all("403", status(http.StatusForbidden, ""), "C", 0),
		but(all("404", status(http.StatusNotFound, `{"error":"Not Found"}`), "C", 0), func(r *row) {
			r.edit, r.withdraw, r.part = "CX", "CX", "CX" // what it names is there all the same
		}),
		all("404 by who knows whom", status(http.StatusNotFound, webPage), "C", 0),
		all("410", status(http.StatusGone, ""), "C", 0),
		but(all("422", status(http.StatusUnprocessableEntity, `{"error":"Validation failed: Text is bad"}`), "X", 0), func(r *row) { r.look = "CX" }),
		but(all("413", status(http.StatusRequestEntityTooLarge, ""), "X", 0), func(r *row) { r.look = "CX" }),
		all("429 in seconds", limit(fault.Seconds), "R", asked),
		all("429 with a date", limit(fault.Date), "R", asked),
		all("429 with a reset", limit(fault.Reset), "R", asked),
		all("429", limit(fault.None), "R", 0),
		all("429 for a year", status(http.StatusTooManyRequests, "", "Retry-After", "31536000"), "R", outbound.MaxRetryAfter),
		but(all("ratelimited in a 200", limit(fault.Word), "R", 0), func(r *row) { r.create, r.part = "RU", "RU" }),

		// The service itself.
		fine("keys ignored", fault.Fault{Effect: fault.KeysIgnored}),
		but(fine("media stuck", fault.Fault{Effect: fault.MediaStuck}), func(r *row) { r.upload = "P" }),
		but(fine("history denied", fault.Fault{Effect: fault.HistoryDenied}), func(r *row) {
			r.look, r.says = "X", map[step]string{stepLook: f.HistoryScope}
		}),
		but(fine("history without metadata", fault.Fault{Effect: fault.HistoryBare}), func(r *row) {
			r.look, r.says = "DX", map[step]string{stepLook: f.MetadataScope}
		}),
		but(fine("history lags", fault.Fault{Effect: fault.HistoryLags}), func(r *row) { r.look = "N" }),
		fine("clock ahead", skewed(fault.ClockOff, 20*time.Minute)),
		fine("clock behind", skewed(fault.ClockOff, -20*time.Minute)),
		fine("stamps ahead", skewed(fault.StampsOff, 20*time.Minute)),
		fine("stamps behind", skewed(fault.StampsOff, -20*time.Minute)),
		but(fine("edits refused", fault.Fault{Effect: fault.EditsRefused}), func(r *row) {
			r.edit, r.says = "X", map[step]string{stepEdit: "cannot be edited there"}
		}),
		but(all("account suspended", fault.Fault{Effect: fault.AccountSuspended}, "C", 0), func(r *row) {
			r.says = map[step]string{stepCreate: f.Suspended, stepEdit: f.Suspended}
		}),
		but(all("account moved", fault.Fault{Effect: fault.AccountMoved}, "C", 0), func(r *row) {
			r.says = map[step]string{stepCreate: "moved"}
		}),
	}
}
