package deliver

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"carillon.example/pkg/channel"
)

// pages asks whether the page a status links to is served, before the link goes out.
type pages struct {
	client  *http.Client
	timeout time.Duration // 0: do not ask
	log     *slog.Logger
}

const (
	firstPageWait = 5 * time.Millisecond
	longPageWait  = 40 * time.Millisecond
)

// served waits until a page is there, for as long as the time-out. Retry: the site answers, and not with the page. A site
// that cannot be reached from here, or that fails, is noted and holds nothing.
func (p *pages) served(ctx context.Context, address string) channel.Verdict {
	if p.timeout == 0 || address == "" {
		return channel.Verdict{Meaning: channel.Delivered}
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	missing := false
	for wait := firstPageWait; ; wait = min(2*wait, longPageWait) {
		status, err := p.ask(ctx, address)
		switch {
		case err != nil && missing:
			return channel.Verdict{Meaning: channel.Retry, Reason: "it is not served yet: " + address}
		case err != nil:
			p.log.Warn("the public site cannot be reached from here; the link goes out unchecked", "url", address, "error", err)
			return channel.Verdict{Meaning: channel.Delivered}
		case status == http.StatusNotFound || status == http.StatusGone || status == http.StatusServiceUnavailable:
			missing = true
		default:
			return channel.Verdict{Meaning: channel.Delivered}
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return channel.Verdict{Meaning: channel.Retry, Reason: "it is not served yet: " + address}
		}
	}
}

func (p *pages) ask(ctx context.Context, address string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	if err != nil {
		return 0, err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
