package fault

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Effect is what a fault does to a request.
type Effect string

// Effects that act on the connection and the answer, whatever the API. One request suffers one of them.
const (
	// DropBefore ends the connection without an answer; the request has no effect.
	DropBefore Effect = "drop-before"
	// DropAfter lets the request have its effect and ends the connection without an answer.
	DropAfter Effect = "drop-after"
	// Late never answers. The request has its effect a while after the client gave up: see Fault.DelayMS.
	Late Effect = "late"
	// GatewayTimeout lets the request have its effect and answers 504 with a web page, as a proxy that waited too long.
	GatewayTimeout Effect = "gateway-timeout"
	// Status answers with the fault's status, headers and body; the request has no effect.
	Status Effect = "status"
	// StatusAfter lets the request have its effect and answers with the fault's status, headers and body all the same,
	// as a proxy does that has given up waiting.
	StatusAfter Effect = "status-after"
	// RateLimit answers 429 and says when to come again as the fault's Limit says; the request has no effect.
	RateLimit Effect = "rate-limit"
	// Delay answers as usual, only late.
	Delay Effect = "delay"
	// Drip lets the request have its effect at once and sends the answer in small pieces: see Fault.DelayMS.
	Drip Effect = "drip"
	// Truncate lets the request have its effect, sends half of the answer and ends the connection.
	Truncate Effect = "truncate"
	// HTML lets the request have its effect and answers 200 with a web page.
	HTML Effect = "html"
	// Garbage lets the request have its effect and answers 200 with what says that it is JSON and is not.
	Garbage Effect = "garbage"
)

// Effects by which the service itself behaves otherwise. A request may suffer several, besides one of the others. Each is
// counted when it acts.
const (
	// KeysIgnored makes the service take no notice of Idempotency-Key.
	KeysIgnored Effect = "keys-ignored"
	// ReplayFails answers a request whose Idempotency-Key is known with the fault's status, and does nothing again.
	ReplayFails Effect = "replay-fails"
	// MediaStuck makes uploaded files stay in processing (202, then 206).
	MediaStuck Effect = "media-stuck"
	// HistoryDenied refuses to show what was posted, for want of a scope.
	HistoryDenied Effect = "history-denied"
	// HistoryBare shows what was posted without its metadata.
	HistoryBare Effect = "history-bare"
	// HistoryLags does not show what was posted a short while ago: see Fault.DelayMS.
	HistoryLags Effect = "history-lags"
	// ClockOff puts the service's clock wrong by the fault's SkewMS: the Date of every answer and the times of what is
	// posted.
	ClockOff Effect = "clock-off"
	// StampsOff puts only the times of what is posted wrong, by the fault's SkewMS: the Date of the answers is that of a
	// proxy whose clock is right.
	StampsOff Effect = "stamps-off"
	// EditsRefused makes the service refuse every edit, as one that cannot.
	EditsRefused Effect = "edits-refused"
	// AccountSuspended and AccountMoved make it refuse the account.
	AccountSuspended Effect = "account-suspended"
	AccountMoved     Effect = "account-moved"
)

// Description says what an effect does, for people.
type Description struct {
	Effect Effect
	// Says is a sentence without a full stop.
	Says string
	// Inside: the service itself behaves otherwise, so chance cannot choose it for a request.
	Inside bool
	// Delay is what DelayMS is if it is 0; 0: nothing.
	Delay time.Duration
}

// Effects lists all there are, in the order in which people should read about them.
func Effects() []Description {
	return []Description{
		{Effect: DropBefore, Says: "the connection ends without an answer; nothing is done"},
		{Effect: DropAfter, Says: "it is done; the connection ends without an answer"},
		{Effect: Late, Says: "it is never answered, and done 30 s after the client gave up (delay: another time)", Delay: 30 * time.Second},
		{Effect: GatewayTimeout, Says: "it is done; the answer is 504 with a web page"},
		{Effect: Status, Says: "nothing is done; the answer is the fault's status (500), headers and body"},
		{Effect: StatusAfter, Says: "it is done; the answer is the fault's status (500), headers and body"},
		{Effect: RateLimit, Says: "nothing is done; the answer is 429, with its limit as seconds, date, reset or none"},
		{Effect: Delay, Says: "it is done and answered as usual, after its delay"},
		{Effect: Drip, Says: "it is done at once; the answer takes 30 s to arrive (delay: another time)", Delay: 30 * time.Second},
		{Effect: Truncate, Says: "it is done; the connection ends in the middle of the answer"},
		{Effect: HTML, Says: "it is done; the answer is 200 with a web page"},
		{Effect: Garbage, Says: "it is done; the answer is 200 with JSON that is broken"},
		{Effect: KeysIgnored, Says: "the same Idempotency-Key again is another status", Inside: true},
		{Effect: ReplayFails, Says: "the same Idempotency-Key again is answered with the fault's status (500); there is still one status", Inside: true},
		{Effect: MediaStuck, Says: "pictures stay in processing (206)", Inside: true},
		{Effect: HistoryDenied, Says: "the token lacks the scope to read what was posted", Inside: true},
		{Effect: HistoryBare, Says: "Slack shows no metadata of messages", Inside: true},
		{Effect: HistoryLags, Says: "what was posted less than 60 s ago is not shown yet (delay: another time)", Inside: true, Delay: time.Minute},
		{Effect: ClockOff, Says: "the clock is 10 minutes ahead (skew: another time; negative: behind)", Inside: true},
		{Effect: StampsOff, Says: "the times of what is posted are 10 minutes ahead (skew: another time), the Date of the answers is right", Inside: true},
		{Effect: EditsRefused, Says: "nothing can be edited", Inside: true},
		{Effect: AccountSuspended, Says: "the account is suspended (Slack: the bot was removed)", Inside: true},
		{Effect: AccountMoved, Says: "the account has moved to another server (Slack: the workspace is being moved)", Inside: true},
	}
}

// describe finds an effect.
func describe(e Effect) (Description, bool) {
	all := Effects()
	i := slices.IndexFunc(all, func(d Description) bool { return d.Effect == e })
	if i < 0 {
		return Description{}, false
	}
	return all[i], true
}

// Limit is the form in which a service says when to come again.
type Limit string

const (
	// Seconds is a Retry-After of seconds, as Slack and most others write it.
	Seconds Limit = "seconds"
	// Date is a Retry-After with an HTTP date.
	Date Limit = "date"
	// Reset is Mastodon's own: X-RateLimit-Limit, -Remaining and -Reset, and no Retry-After.
	Reset Limit = "reset"
	// None is a 429 that says nothing.
	None Limit = "none"
	// Word is what Slack documents for its oldest methods: 200, and ok:false with the error ratelimited.
	Word Limit = "word"
)

// Limits lists all forms.
func Limits() []Limit { return []Limit{Seconds, Date, Reset, None, Word} }

// pause is how long a rate limit asks for if the fault does not say.
const pause = 5 * time.Second

// limited answers a request that came too early.
func (f *Fault) limited(w http.ResponseWriter, now time.Time) {
	wait := pause
	if f.DelayMS > 0 {
		wait = time.Duration(f.DelayMS) * time.Millisecond
	}
	h, status := w.Header(), http.StatusTooManyRequests
	h.Set("Content-Type", "application/json; charset=utf-8")
	seconds := max(1, int(wait.Round(time.Second).Seconds()))
	switch f.Limit {
	case Seconds, "":
		h.Set("Retry-After", strconv.Itoa(seconds))
	case Date:
		h.Set("Retry-After", now.Add(wait).UTC().Format(http.TimeFormat))
	case Reset:
		h.Set("X-RateLimit-Limit", "300")
		h.Set("X-RateLimit-Remaining", "0")
		h.Set("X-RateLimit-Reset", now.Add(wait).UTC().Format("2006-01-02T15:04:05.000000Z"))
	case Word:
		status = http.StatusOK
	case None:
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"ok":false,"error":"ratelimited"}`)
}
