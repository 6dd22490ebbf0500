package deliver

import (
	"fmt"
	"slices"
	"time"
)

// Config is the service's part of the environment.
type Config struct {
	Types       []string      `ignored:"true"` // of channels this process drives; empty: all. The flag --types sets it
	Blind       bool          `ignored:"true"` // looks find nothing. No setting reaches it: the crash test shows with it what it can find
	CallTimeout time.Duration `envconfig:"CALL_TIMEOUT" default:"10s" desc:"how long one call to a channel may take"`
	LookMargin  time.Duration `envconfig:"LOOK_MARGIN" default:"5s" desc:"how long after a lost call's deadline the channel is looked at"`
	LookAgain   time.Duration `envconfig:"LOOK_AGAIN" default:"1m" desc:"how long after a look that found nothing the second one follows"`
	PageTimeout time.Duration `envconfig:"PAGE_TIMEOUT" default:"2s" desc:"how long a page may take to be served before its link goes out; 0 does not ask"`
	DownAgain   time.Duration `envconfig:"DOWN_AGAIN" default:"30s" desc:"how often a channel that refuses our credentials is tried"`
	Overdue     time.Duration `envconfig:"OVERDUE" default:"2m" desc:"how long what is due may be not out before staff are told"`
}

// Validate says what is wrong.
func (c *Config) Validate(known []string) error {
	for _, t := range c.Types {
		if !slices.Contains(known, t) {
			return fmt.Errorf("--types: %q is not a type of channel: one of %v", t, known)
		}
	}
	for name, d := range map[string]time.Duration{"CALL_TIMEOUT": c.CallTimeout, "LOOK_AGAIN": c.LookAgain, "DOWN_AGAIN": c.DownAgain, "OVERDUE": c.Overdue} {
		if d <= 0 {
			return fmt.Errorf("CARILLON_%s is %s: write a time such as 10s", name, d)
		}
	}
	if c.LookMargin < 0 || c.PageTimeout < 0 {
		return fmt.Errorf("CARILLON_LOOK_MARGIN and CARILLON_PAGE_TIMEOUT cannot be negative")
	}
	return nil
}
