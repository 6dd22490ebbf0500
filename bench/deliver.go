package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"carillon.example/pkg/event"
	carillonv1 "carillon.example/proto/carillon/v1"
)

const (
	fanoutRounds  = 3
	fanoutCalls   = 400 // in one round, on all channels together, at the least
	overheads     = 300 // deliveries
	overheadGap   = 20 * time.Millisecond
	settledWithin = 2 * time.Minute
)

// deliver measures what deliveries cost: how many a second go to 1, 10 and 100 channels that answer at once, what one adds
// to the HTTP call, and how soon another replica goes on when a channel's owner is killed.
func deliver(ctx context.Context, binary string, r *report) error {
	rates := map[int]float64{}
	for _, channels := range []int{1, 10, 100} {
		rate, err := fanout(ctx, binary, channels)
		if err != nil {
			return fmt.Errorf("%d channels: %w", channels, err)
		}
		rates[channels] = rate
		r.add(fmt.Sprintf("fanout_deliveries_per_s_%d", channels), rate, "deliveries/s")
	}
	r.add("fanout_10_vs_1", rates[10]/rates[1], "ratio")
	r.add("fanout_100_vs_1", rates[100]/rates[1], "ratio")
	if err := overhead(ctx, binary, r); err != nil {
		return err
	}
	return failover(ctx, binary, r)
}

// officeWith runs an office with channels that lead to a server.
func officeWith(ctx context.Context, binary, server string, channels int) (*office, error) {
	public, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := fmt.Sprintf("site: {title: {en: Office}, url: http://%s, languages: [en, ru], timezone: Asia/Almaty}\nchannels:\n", public)
	for i := range channels {
		config += fmt.Sprintf("  - {name: bench-%d, type: mastodon, server: %s, token: bench, languages: [en]}\n", i, server)
	}
	return startOffice(ctx, binary, config, "always", "CARILLON_PUBLIC_ADDR="+public)
}

// fanout publishes posts while the channels hold their first call, lets them go, and returns how many deliveries a second
// they take from then on: the median of a few rounds.
func fanout(ctx context.Context, binary string, channels int) (float64, error) {
	remote := newInstant()
	defer remote.close()
	address, err := remote.listen()
	if err != nil {
		return 0, err
	}
	o, err := officeWith(ctx, binary, address, channels)
	if err != nil {
		return 0, err
	}
	defer o.stop()
	posts := max(fanoutCalls/channels, 5)
	var rates []float64
	done := 0
	for round := range fanoutRounds {
		letGo := remote.hold()
		for i := range posts {
			post := &carillonv1.PublishPostRequest{Post: samplePost(fmt.Sprintf("fanout-%d-%d", round, i))}
			if _, err := o.api.PublishPost(ctx, post); err != nil {
				letGo()
				return 0, err
			}
		}
		if _, err := remote.after(ctx, done+channels-1, arriveIn); err != nil { // every channel holds one
			letGo()
			return 0, err
		}
		rest(ctx, time.Second) // what was published is routed, and applied to the site
		began := time.Now()
		letGo()
		done += channels * posts
		calls, err := remote.after(ctx, done-1, settledWithin)
		if err != nil {
			return 0, err
		}
		rates = append(rates, float64(channels*(posts-1))/calls[done-1].at.Sub(began).Seconds())
	}
	return median(rates), nil
}

// overhead measures, one post at a time, how long it takes from a post that stands in POSTS to its receipt in the ledger,
// less what the bare call takes.
func overhead(ctx context.Context, binary string, r *report) error {
	remote := newInstant()
	defer remote.close()
	address, err := remote.listen()
	if err != nil {
		return err
	}
	o, err := officeWith(ctx, binary, address, 1)
	if err != nil {
		return err
	}
	defer o.stop()
	raw, err := openRaw(ctx, o)
	if err != nil {
		return err
	}
	defer raw.nc.Close()
	queued, err := lastOf(ctx, raw.js, event.QueueStream)
	if err != nil {
		return err
	}
	ledger, err := raw.js.OrderedConsumer(ctx, event.DeliveriesStream, jetstream.OrderedConsumerConfig{FilterSubjects: []string{"deliveries.*.post.>"}})
	if err != nil {
		return err
	}
	steps, err := ledger.Messages()
	if err != nil {
		return err
	}
	defer steps.Stop()
	var added, bare []float64
	written := 0
	for i := range overheads {
		slug := fmt.Sprintf("overhead-%d", i)
		if _, err := o.api.PublishPost(ctx, &carillonv1.PublishPostRequest{Post: samplePost(slug)}); err != nil {
			return err
		}
		settled, n, err := receipt(steps)
		if err != nil {
			return err
		}
		written += n
		released, err := storedAt(ctx, raw.js, event.PostsStream, event.PostsSubject(slug))
		if err != nil {
			return err
		}
		call, err := bareCall(ctx, address)
		if err != nil {
			return err
		}
		bare, added = append(bare, milliseconds(call)), append(added, milliseconds(settled.Sub(released)-call))
		rest(ctx, overheadGap)
	}
	last, err := lastOf(ctx, raw.js, event.QueueStream)
	if err != nil {
		return err
	}
	r.add("deliver_bare_call_p50_ms", median(bare), "ms")
	r.add("deliver_overhead_p50_ms", median(added), "ms")
	r.add("deliver_overhead_p99_ms", percentile(added, 0.99), "ms")
	r.add("ledger_messages_per_delivery", float64(written)/overheads, "messages")
	r.add("messages_per_delivery", (float64(written)+float64(last-queued))/overheads, "messages")
	return nil
}

// receipt reads the ledger up to the next delivery's last step, and returns when that was stored and how many steps it took.
func receipt(steps jetstream.MessagesContext) (time.Time, int, error) {
	for n := 1; ; n++ {
		m, err := steps.Next(jetstream.NextMaxWait(arriveIn))
		if err != nil {
			return time.Time{}, 0, err
		}
		d, err := event.UnmarshalDelivery(m.Data())
		if err != nil {
			return time.Time{}, 0, err
		}
		if d.State == event.Delivered {
			meta, err := m.Metadata()
			if err != nil {
				return time.Time{}, 0, err
			}
			return meta.Timestamp, n, nil
		}
	}
}

func storedAt(ctx context.Context, js jetstream.JetStream, stream, subject string) (time.Time, error) {
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return time.Time{}, err
	}
	m, err := s.GetLastMsgForSubject(ctx, subject)
	if err != nil {
		return time.Time{}, err
	}
	return m.Time, nil
}

// lastOf is the position of a stream's last message.
func lastOf(ctx context.Context, js jetstream.JetStream, stream string) (uint64, error) {
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return 0, err
	}
	return s.CachedInfo().State.LastSeq, nil
}

// bareCall makes the same kind of call without Carillon: on a connection of its own, as deliver does.
func bareCall(ctx context.Context, address string) (time.Duration, error) {
	form := url.Values{"status": {strings.Repeat("words ", 60)}, "language": {"en"}, "visibility": {"public"}}.Encode()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	began := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address+"/api/v1/statuses", strings.NewReader(form))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	return time.Since(began), resp.Body.Close()
}
