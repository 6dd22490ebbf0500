package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	carillonv1 "carillon.example/proto/carillon/v1"
)

const (
	lonely      = 40   // posts that are due alone
	crowd       = 1000 // posts that are due at the same moment
	lonelyGap   = 370 * time.Millisecond
	crowdComes  = 10 * time.Second // is scheduled within this, at the latest
	scheduledBy = 8                // callers
)

// release measures how long after its time a post is released: when it is due alone, and with a thousand others. The time
// of a release is the one the desk decided at, against the lock; nothing of it is public before.
func release(ctx context.Context, binary string, r *report) error {
	o, err := startOffice(ctx, binary, `
site:
  title: {en: Office}
  url: http://127.0.0.1
  languages: [en, ru]
  timezone: Asia/Almaty
`, "always")
	if err != nil {
		return err
	}
	defer o.stop()
	first := time.Now().Add(2 * time.Second)
	due := func(i int) time.Time { return first.Add(time.Duration(i) * lonelyGap) }
	alone, err := o.lateness(ctx, "alone", lonely, due)
	if err != nil {
		return err
	}
	at := time.Now().Add(crowdComes)
	together, err := o.lateness(ctx, "together", crowd, func(int) time.Time { return at })
	if err != nil {
		return err
	}
	r.add("release_late_p50_ms", median(alone), "ms")
	r.add("release_late_p99_ms", percentile(alone, 0.99), "ms")
	r.add("release_late_1000_p50_ms", median(together), "ms")
	r.add("release_late_1000_p99_ms", percentile(together, 0.99), "ms")
	return nil
}

// lateness schedules posts and returns how late each was released, in milliseconds.
func (o *office) lateness(ctx context.Context, name string, n int, due func(i int) time.Time) ([]float64, error) {
	group, scheduling := errgroup.WithContext(ctx)
	group.SetLimit(scheduledBy)
	for i := range n {
		group.Go(func() error {
			_, err := o.api.PublishPost(scheduling, &carillonv1.PublishPostRequest{
				Post:    samplePost(fmt.Sprintf("%s-%d", name, i)),
				Release: &carillonv1.Moment{Time: due(i).UTC().Format(time.RFC3339Nano)},
			})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if time.Now().After(due(0)) {
		return nil, fmt.Errorf("scheduling %d posts took until after the first was due", n)
	}
	rest(ctx, time.Until(due(n-1)))
	var late []float64
	for i := range n {
		decided, err := o.awaitRelease(ctx, fmt.Sprintf("%s-%d", name, i))
		if err != nil {
			return nil, err
		}
		if decided.Before(due(i)) {
			return nil, fmt.Errorf("%s-%d was released %s before its time", name, i, due(i).Sub(decided))
		}
		late = append(late, milliseconds(decided.Sub(due(i))))
	}
	return late, nil
}

func (o *office) awaitRelease(ctx context.Context, slug string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, arriveIn)
	defer cancel()
	for {
		answer, err := o.api.GetPost(ctx, &carillonv1.GetPostRequest{Slug: slug})
		if err != nil {
			return time.Time{}, err
		}
		if answer.GetState() == carillonv1.PostState_POST_STATE_RELEASED {
			return answer.GetDecided().AsTime(), nil
		}
		rest(ctx, 5*time.Millisecond)
	}
}
