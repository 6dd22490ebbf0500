package channeltest

import (
	"context"
	"strings"
	"testing"
	"time"

	"carillon.example/pkg/channel"
)

// watched is a driver whose verdicts are searched for the secret.
type watched struct {
	t      *testing.T
	driver channel.Driver
	secret string
}

func (w *watched) watch(v channel.Verdict) channel.Verdict {
	w.t.Helper()
	if w.secret != "" && strings.Contains(v.Reason, w.secret) {
		w.t.Errorf("a verdict shows the token: %s", strings.ReplaceAll(v.Reason, w.secret, "<TOKEN>"))
	}
	return v
}

func (w *watched) Probe(ctx context.Context) (channel.Condition, channel.Verdict) {
	w.t.Helper()
	c, v := w.driver.Probe(ctx)
	return c, w.watch(v)
}

func (w *watched) Create(ctx context.Context, a channel.Attempt) channel.Verdict {
	w.t.Helper()
	return w.watch(w.driver.Create(ctx, a))
}

func (w *watched) Edit(ctx context.Context, r channel.Receipt, a channel.Attempt) channel.Verdict {
	w.t.Helper()
	return w.watch(w.driver.Edit(ctx, r, a))
}

func (w *watched) Withdraw(ctx context.Context, r channel.Receipt) channel.Verdict {
	w.t.Helper()
	return w.watch(w.driver.Withdraw(ctx, r))
}

func (w *watched) Find(ctx context.Context, a channel.Attempt, began time.Time) channel.Verdict {
	w.t.Helper()
	return w.watch(w.driver.Find(ctx, a, began))
}

// uploader is the driver as one that hands over pictures, watched as well.
func (w *watched) uploader() channel.Uploader {
	w.t.Helper()
	u, ok := w.driver.(channel.Uploader)
	if !ok {
		w.t.Fatal("the driver hands over no pictures")
	}
	return watchedUploader{w, u}
}

type watchedUploader struct {
	w *watched
	u channel.Uploader
}

func (w watchedUploader) Upload(ctx context.Context, u channel.Upload) channel.Verdict {
	w.w.t.Helper()
	return w.w.watch(w.u.Upload(ctx, u))
}

func (w watchedUploader) Ready(ctx context.Context, r channel.Receipt) channel.Verdict {
	w.w.t.Helper()
	return w.w.watch(w.u.Ready(ctx, r))
}
