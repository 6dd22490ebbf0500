package bus

import (
	"context"
	"time"
)

const (
	// compareEvery is how often a service compares what is wanted with what is there, besides at its start and whenever
	// the connection is back.
	compareEvery = time.Hour
	// compareAgain is how soon a comparison that failed is made again.
	compareAgain = 30 * time.Second
)

// CompareOften calls compare at once, after every reconnection and every hour, until the context ends. Wake-ups are hints
// and may be lost: this is what finds those that were. A comparison that fails is logged as what it was to do, and made
// again soon.
func (b *Bus) CompareOften(ctx context.Context, what string, compare func(context.Context) error) error {
	tick := time.NewTicker(compareEvery)
	defer tick.Stop()
	reconnected := b.Reconnected()
	for {
		var again <-chan time.Time
		if err := compare(ctx); err != nil && ctx.Err() == nil {
			b.log.Error("a comparison failed, trying again", "comparison", what, "error", err)
			again = time.After(compareAgain)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		case <-again:
		case <-reconnected:
		}
	}
}
