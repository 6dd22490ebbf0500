package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"carillon.example/examples"
	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
	"carillon.example/pkg/office"
	"carillon.example/pkg/postfile"
	carillonv1 "carillon.example/proto/carillon/v1"
	"carillon.example/services/sandbox"
)

// demoConfig is the configuration of the demonstration. %[1]s is the sandbox.
const demoConfig = `
site:
  title: {en: Information Office, fr: Bureau d’information, es: Oficina de información, ru: Информационный офис, ar: المكتب الإعلامي, zh: 新闻处, kk: Ақпарат бөлімі}
  url: http://localhost
  languages: [en, fr, es, ru, ar, zh, kk]
  timezone: Asia/Almaty
channels:
  - name: mastodon-demo
    type: mastodon
    server: %[1]s
    token: ${MASTODON}
  - name: slack-demo
    type: slack
    api_url: %[1]s/slack/api/
    token: ${SLACK}
    channel: ${SLACK_PRESS}
  - name: slack-staff
    type: slack
    api_url: %[1]s/slack/api/
    token: ${SLACK}
    channel: ${SLACK_STAFF}
    posts: false
    reminders: {leads: [14d, 7d, 1d], at: "09:00"}
    notices: true
`

// examplesKey stands in OFFICE once the examples have been published: they come once, even if a start was interrupted.
const examplesKey = "demonstration.examples"

func demoOffice(types []channel.Type, publicURL, sandboxURL string) (*office.Office, error) {
	secrets := map[string]string{
		"MASTODON": sandbox.MastodonToken, "SLACK": sandbox.SlackToken,
		"SLACK_PRESS": sandbox.PressChannel, "SLACK_STAFF": sandbox.StaffChannel,
	}
	o, err := office.Parse("the demonstration", []byte(fmt.Sprintf(demoConfig, sandboxURL)), types, func(name string) (string, bool) {
		s, ok := secrets[name]
		return s, ok
	})
	if err != nil {
		return nil, err
	}
	o.Site.URL = publicURL // if empty: where the site listens
	return o, nil
}

// greet waits until everything works, publishes the examples of a new demonstration, and says where everything is.
func greet(ctx context.Context, p *process, info runInfo, token string, demo bool, out io.Writer) error {
	if err := awaitReady(ctx, p); err != nil {
		return err
	}
	if demo {
		if err := publishExamples(ctx, p.buses[0], info.Staff, token); err != nil {
			return fmt.Errorf("publish the examples: %w", err)
		}
	}
	site := p.office.Site.URL
	lines := [][2]string{
		{"site", site + "/"},
		{"feeds", site + "/feed.atom  /feed.rss  /feed.json"},
		{"staff API", info.Staff},
		{"ops", info.Ops + "/readyz  /metrics"},
	}
	if info.Sandbox != "" {
		lines = append(lines, [2]string{"sandbox", info.Sandbox + "/  (Mastodon and Slack timelines)"})
	}
	lines = append(lines, [2]string{"next", nextCommand(demo)})
	var b strings.Builder
	b.WriteString("\nCarillon is up.\n\n")
	for _, l := range lines {
		fmt.Fprintf(&b, "  %-10s %s\n", l[0], l[1])
	}
	b.WriteString("\n  Ctrl-C stops it; nothing is lost.\n\n")
	_, err := io.WriteString(out, b.String())
	return err
}

func nextCommand(demo bool) string {
	self := "carillon"
	if strings.Contains(os.Args[0], "/") {
		self = os.Args[0]
	}
	if demo {
		return self + " status"
	}
	return self + " channels"
}

// awaitReady waits until every service says that it is ready.
func awaitReady(ctx context.Context, p *process) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if len(p.health.Waiting()) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// publishExamples publishes the embedded posts by the staff API, as anybody would.
func publishExamples(ctx context.Context, b *bus.Bus, staff, tokenPath string) error {
	bucket, err := b.Bucket(ctx, event.OfficeBucket)
	if err != nil {
		return err
	}
	if _, err := bucket.Get(ctx, examplesKey); !errors.Is(err, bus.ErrNotFound) {
		return err
	}
	token, err := os.ReadFile(tokenPath)
	if err != nil {
		return err
	}
	names, err := examples.Posts()
	if err != nil {
		return err
	}
	sources, err := postfile.ReadFS(examples.FS, names)
	if err != nil {
		return err
	}
	client := newClient(place{staff, carillon.Secret(strings.TrimSpace(string(token)))}, time.After)
	if err := client.sendMedia(ctx, sources); err != nil {
		return err
	}
	for i := range sources {
		if _, err := client.PublishPost(ctx, &carillonv1.PublishPostRequest{Post: event.PostToProto(&sources[i].Post)}); err != nil {
			return fmt.Errorf("%s: %w", sources[i].Stem, err)
		}
	}
	_, err = bucket.Create(ctx, examplesKey, []byte(uuid.NewString()), 0)
	return err
}
