package channel

import (
	"context"
	"net/http"
	"os"
	"strings"
	"time"

	"carillon.example/pkg/carillon"
)

// Type is one type of channel, as channel/builtin lists it.
type Type struct {
	Name string

	// Warnings says that the type shows content warnings; elsewhere one is refused, not ignored.
	Warnings bool
	// Threads says that the type can show one content in several parts.
	Threads bool

	// NewSettings returns a pointer to the type's own settings, a struct with yaml tags, filled with its defaults. The
	// configuration decodes a channel's remaining keys into it.
	NewSettings func() Settings

	// Compose says what a channel of this type shows. It is pure. An edition that the channel can never show (a text of
	// the staff's own that is too long) is an error; it becomes Rejected.
	Compose func(Settings, Limits, Content) (Appearance, error)

	// Open makes a driver. The client is the only way out it may use.
	Open func(Settings, *http.Client) (Driver, error)

	// Notices says that what a channel of this type shows can be for staff alone, so that it can be told what needs them.
	Notices bool

	// Receipt reads from the address at which people see a part what the other end calls it. It is pure. The error says what
	// an address looks like. nil: an address does not tell.
	Receipt func(s Settings, address string) (Receipt, error)

	// Pace is how long two calls that show something on one channel are apart at the least. nil, or 0: no such rule.
	Pace func(Settings) time.Duration
}

// Settings are what a channel's configuration says to its driver.
type Settings interface {
	// Validate names what is missing or wrong, by its key.
	Validate() carillon.Mistakes
	// Destination says in a few words where the channel leads, for people: "social.example.org". It holds no secret.
	Destination() string
	// Addresses lists the URLs the driver calls. Somebody configured them, so they may lead to private networks.
	Addresses() []string
}

// Driver makes one channel show things. A call is about one part of an appearance. Every call makes at most the requests that belong to one step, honours the
// context's deadline, and answers with a verdict. Calls may run at the same time.
type Driver interface {
	// Probe asks, without changing anything, whether the credentials work and what the channel accepts.
	Probe(context.Context) (Condition, Verdict)
	// Create shows a part that is not there yet. Delivered carries the receipt. NotThere: what it replies to is gone.
	Create(context.Context, Attempt) Verdict
	// Edit makes what the receipt names show another part. NotThere: it is gone, and the driver is sure of it. Rejected: it
	// is there and cannot be edited, or not like this; the reason says so.
	Edit(context.Context, Receipt, Attempt) Verdict
	// Withdraw takes back what the receipt names. NotThere: it is gone already, and the driver is sure of it.
	Withdraw(context.Context, Receipt) Verdict
	// Find looks for what an attempt may have left. Delivered carries its receipt; NotThere says that the whole time
	// since the attempt began was searched, allowing for clocks that are wrong; Rejected says that looking is not possible
	// and why, and which scope would make it so.
	Find(ctx context.Context, attempt Attempt, began time.Time) Verdict
}

// Uploader is what a driver is besides whose parts have media.
type Uploader interface {
	// Upload hands over a picture that no part shows yet. The receipt of Delivered, and of Pending, holds its id. A picture
	// that is handed over and never shown does no harm, so a lost answer is Retry.
	Upload(context.Context, Upload) Verdict
	// Ready asks whether a picture that was handed over can be shown: Delivered, or Pending. NotThere: the other end has
	// it no more. Rejected: it cannot be shown, ever.
	Ready(context.Context, Receipt) Verdict
}

// Condition is what a probe learnt.
type Condition struct {
	Account string // who we are there, for people: "@office@social.example.org"
	Limits  Limits
}

// Credential is a token as the configuration gives it: in place, or as a file that is read again at every use, so that a
// renewed token needs no restart. Drivers embed it in their settings.
type Credential struct {
	Token     carillon.Secret `yaml:"token"`
	TokenFile string          `yaml:"token_file"`
}

// maxTokenBytes is more than any token has.
const maxTokenBytes = 16 << 10

// Validate says whether there is exactly one of both.
func (c *Credential) Validate() carillon.Mistakes {
	var m carillon.Mistakes
	switch {
	case c.Token == "" && c.TokenFile == "":
		m.Add("token", "is missing: write token: ${NAME} to take it from the environment, or token_file")
	case c.Token != "" && c.TokenFile != "":
		m.Add("token", "and token_file are both given: keep one")
	}
	return m
}

// Read returns the token. The error names the file and holds no part of the token.
func (c *Credential) Read() (carillon.Secret, error) {
	if c.TokenFile == "" {
		return c.Token, nil
	}
	b, err := os.ReadFile(c.TokenFile)
	if err != nil {
		return "", err
	}
	if len(b) > maxTokenBytes {
		b = b[:maxTokenBytes]
	}
	return carillon.Secret(strings.TrimSpace(string(b))), nil
}
