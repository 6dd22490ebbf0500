package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress chooses how to show progress: not at all, in place on a terminal, or a line a change.
func (a *app) progress(quiet bool, deliveries []delivery, timeout time.Duration) progress {
	posts := len(slugs(deliveries)) > 1
	switch {
	case quiet:
		return silence{}
	case a.live.terminal:
		return &liveView{w: a.err, screen: a.live, now: a.now, until: a.now().Add(timeout), posts: posts}
	}
	return &plainView{w: a.err, posts: posts}
}

// silence shows nothing.
type silence struct{}

func (silence) begin([]delivery)        {}
func (silence) changed([]delivery, int) {}
func (silence) tick([]delivery)         {}
func (silence) end()                    {}

// plainView prints a line for each change.
type plainView struct {
	w     io.Writer
	posts bool
}

func (v *plainView) begin([]delivery) {}
func (v *plainView) tick([]delivery)  {}
func (v *plainView) end()             {}

func (v *plainView) changed(deliveries []delivery, which int) {
	d := &deliveries[which]
	line := d.Channel + " " + d.Language + ": " + d.State
	if v.posts {
		line = d.Post + ": " + line
	}
	if why := d.why(); why != "" {
		line += ": " + why
	}
	_, _ = fmt.Fprintln(v.w, oneLine(line)) // progress that nobody can see is no failure
}

// liveView keeps a line for each delivery on a terminal and rewrites it in place (ECMA-48: CUU, EL, ED). It takes itself
// away at the end, when the table takes its place.
type liveView struct {
	w      io.Writer
	screen screen
	now    func() time.Time
	until  time.Time
	posts  bool

	drawn int // lines on the screen
}

func (v *liveView) begin(deliveries []delivery)          { v.draw(deliveries) }
func (v *liveView) changed(deliveries []delivery, _ int) { v.draw(deliveries) }
func (v *liveView) tick(deliveries []delivery)           { v.draw(deliveries) }

func (v *liveView) end() {
	_, _ = io.WriteString(v.w, v.back()+"\x1b[J")
	v.drawn = 0
}

// back moves to the first line that was drawn.
func (v *liveView) back() string {
	if v.drawn == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\r", v.drawn)
}

func (v *liveView) draw(deliveries []delivery) {
	lines := v.lines(deliveries)
	var b strings.Builder
	b.WriteString(v.back())
	for _, l := range lines {
		b.WriteString(l + "\x1b[K\n")
	}
	b.WriteString("\x1b[J")
	_, _ = io.WriteString(v.w, b.String())
	v.drawn = len(lines)
}

// lines are what fits on the screen: a line that wraps or scrolls away could not be rewritten. Where not all deliveries
// fit, those that are not settled come first.
func (v *liveView) lines(deliveries []delivery) []string {
	left := max(0, v.until.Sub(v.now())).Round(time.Second)
	footer := fmt.Sprintf("%d of %d settled, %s left", len(deliveries)-unsettled(deliveries), len(deliveries), left)
	shown := deliveries
	if room := v.screen.height - 2; v.screen.height > 0 && len(deliveries) > max(room, 1) {
		shown = firstUnsettled(deliveries, max(room, 1))
		footer = fmt.Sprintf("… and %d more; %s", len(deliveries)-len(shown), footer)
	}
	t := &table{head: []string{"", "", ""}}
	for i := range shown {
		d := &shown[i]
		name, state := d.Channel, d.State
		if v.posts {
			name = d.Post + " " + name
		}
		if why := d.why(); why != "" {
			state += ": " + why
		}
		t.add("", name, d.Language, state)
	}
	limit := v.screen.width - 1 // the last column makes some terminals wrap
	widths := t.widths()
	lines := make([]string, 0, len(shown)+1)
	for _, r := range t.rows {
		var b strings.Builder
		line(&b, r.cells, widths)
		lines = append(lines, strings.TrimSuffix(b.String(), "\n"))
	}
	lines = append(lines, footer)
	for i := range lines {
		if limit > 0 {
			lines[i] = clip(lines[i], limit)
		}
	}
	return lines
}

// firstUnsettled is at most n deliveries in their order, those that are settled only if there is room.
func firstUnsettled(deliveries []delivery, n int) []delivery {
	settledToo := n - min(n, unsettled(deliveries))
	shown := make([]delivery, 0, n)
	for i := range deliveries {
		switch {
		case len(shown) == n:
		case !deliveries[i].Settled:
			shown = append(shown, deliveries[i])
		case settledToo > 0:
			settledToo--
			shown = append(shown, deliveries[i])
		}
	}
	return shown
}
