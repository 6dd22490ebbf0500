package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	carillonv1 "carillon.example/proto/carillon/v1"
)

const (
	publishers   = 16
	acceptRounds = 5
	roundTime    = 2 * time.Second
)

// quiet is an office without channels: what is measured is accepting, and making public.
const quiet = `
site:
  title: {en: Office}
  url: http://localhost
  languages: [en, ru]
  timezone: Asia/Almaty
`

// accept measures how many posts a second the API accepts for good, as a share of what the same server stores of the same
// bytes when they are published straight to it.
func accept(ctx context.Context, binary string, r *report) error {
	for _, mode := range []struct{ name, sync string }{{"synced", "always"}, {"buffered", "2m"}} {
		if err := acceptWith(ctx, binary, r, mode.name, mode.sync); err != nil {
			return fmt.Errorf("%s: %w", mode.name, err)
		}
	}
	return nil
}

func acceptWith(ctx context.Context, binary string, r *report, name, sync string) error {
	o, err := startOffice(ctx, binary, quiet, sync)
	if err != nil {
		return err
	}
	defer o.stop()
	raw, err := openRaw(ctx, o)
	if err != nil {
		return err
	}
	defer raw.nc.Close()
	var ratios, ours, theirs, empty []float64
	var n atomic.Int64
	for range acceptRounds {
		accepted, err := rate(ctx, func(ctx context.Context) error {
			_, err := o.api.PublishPost(ctx, &carillonv1.PublishPostRequest{Post: samplePost(fmt.Sprintf("post-%d", n.Add(1)))})
			return err
		})
		if err != nil {
			return err
		}
		stored, err := rate(ctx, func(ctx context.Context) error {
			_, err := raw.js.Publish(ctx, fmt.Sprintf("bench.post-%d", n.Add(1)), raw.payload)
			return err
		})
		if err != nil {
			return err
		}
		// What the API can answer at all, with these clients on this machine.
		asked, err := rate(ctx, func(ctx context.Context) error {
			_, err := o.api.ListTokens(ctx, &carillonv1.ListTokensRequest{})
			return err
		})
		if err != nil {
			return err
		}
		empty = append(empty, asked)
		ratios, ours, theirs = append(ratios, accepted/stored), append(ours, accepted), append(theirs, stored)
	}
	r.add("publish_vs_jetstream_"+name, median(ratios), "ratio")
	r.add("publish_"+name+"_per_s", median(ours), "posts/s")
	r.add("jetstream_"+name+"_per_s", median(theirs), "messages/s")
	r.add("api_reads_"+name+"_per_s", median(empty), "calls/s")
	return nil
}

// rate calls f from 16 goroutines for a round, and returns how often a second it was done.
func rate(ctx context.Context, f func(context.Context) error) (float64, error) {
	var group sync.WaitGroup
	var done atomic.Int64
	var failed atomic.Pointer[error]
	began := time.Now()
	for range publishers {
		group.Go(func() {
			for time.Since(began) < roundTime && failed.Load() == nil {
				if err := f(ctx); err != nil {
					failed.Store(&err)
					return
				}
				done.Add(1)
			}
		})
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(done.Load()) / time.Since(began).Seconds(), nil
}

// raw is the embedded server, spoken to without Carillon.
type raw struct {
	nc      *nats.Conn
	js      jetstream.JetStream
	payload []byte
}

// openRaw connects to an office's own server and makes a stream there like DESK.
func openRaw(ctx context.Context, o *office) (*raw, error) {
	password, err := os.ReadFile(filepath.Join(o.dir, "data", "nats-password"))
	if err != nil {
		return nil, err
	}
	nc, err := nats.Connect(o.run.NATS, nats.UserInfo("carillon", strings.TrimSpace(string(password))))
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	if _, err := js.CreateStream(ctx, jetstream.StreamConfig{
		Name: "BENCH", Subjects: []string{"bench.*"}, Storage: jetstream.FileStorage, AllowDirect: true, DenyDelete: true,
	}); err != nil {
		return nil, err
	}
	payload, err := proto.Marshal(&carillonv1.Decision{Number: 1, By: "admin", Post: samplePost("post-0")})
	return &raw{nc, js, payload}, err
}

// samplePost is a post in two languages of about the size that the office's messages have.
func samplePost(slug string) *carillonv1.Post {
	body := strings.Repeat("We believe that every day in the calendar is a chance to explain what the organisation does. ", 18)
	return &carillonv1.Post{
		Slug: slug, Kind: "message", Tags: []string{"health", "rights"}, Authors: []string{"Information Office"},
		Editions: []*carillonv1.Edition{
			{Language: "en", Title: "Message of the day", Body: body},
			{Language: "ru", Title: "Послание дня", Body: "Каждый день календаря — повод рассказать о нашей работе. " + body[:400]},
		},
	}
}
