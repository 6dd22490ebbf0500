//go:build outside

package browser_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const within = 60 * time.Second

// demonstration is a running 'carillon up' in an empty folder.
type demonstration struct{ Public, Sandbox string }

func start(t *testing.T) demonstration {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "carillon")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "carillon.example/cmd/carillon")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	data := t.TempDir()
	cmd := exec.Command(binary, "up") // stopped by a signal, below
	cmd.Dir = data
	cmd.Env = append(os.Environ(), "CARILLON_DATA_DIR="+data, "CARILLON_PUBLIC_ADDR=127.0.0.1:0", "CARILLON_STAFF_ADDR=127.0.0.1:0",
		"CARILLON_OPS_ADDR=127.0.0.1:0", "CARILLON_SANDBOX_ADDR=127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ctrl-C") { // the end of the greeting
			break
		}
	}
	go func() {
		for lines.Scan() { // so that the process is never held up
		}
	}()
	b, err := os.ReadFile(filepath.Join(data, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	var d demonstration
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func browser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true), chromedp.WindowSize(360, 800))
	allocated, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, within)
	t.Cleanup(cancel)
	return ctx
}

// complaints listens to what the browser says against the pages.
func complaints(t *testing.T, ctx context.Context) func() []string {
	t.Helper()
	var mu sync.Mutex
	var lines []string
	note := func(e any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := e.(type) {
		case *log.EventEntryAdded:
			lines = append(lines, e.Entry.URL+": "+e.Entry.Text)
		case *runtime.EventExceptionThrown:
			lines = append(lines, e.ExceptionDetails.Text)
		}
	}
	if err := chromedp.Listen(ctx, note); err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return lines
	}
}

// ask evaluates an expression in the page.
func ask[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Every kind of page, at the width of a telephone: the browser has nothing to complain of, nothing sticks out to the side,
// and the text runs as its language does.
func TestOutsidePagesInABrowser(t *testing.T) {
	d := start(t)
	ctx := browser(t)
	heard := complaints(t, ctx)
	for name, page := range map[string]struct{ address, lang, dir string }{
		"home":            {d.Public + "/", "en", "ltr"},
		"English":         {d.Public + "/en/", "en", "ltr"},
		"Arabic":          {d.Public + "/ar/", "ar", "rtl"},
		"Russian post":    {d.Public + "/ru/posts/year-in-figures", "ru", "ltr"},
		"Arabic post":     {d.Public + "/ar/posts/water-essay-call", "ar", "rtl"},
		"event":           {d.Public + "/en/posts/road-victims-exhibition", "en", "ltr"},
		"sandbox":         {d.Sandbox + "/", "en", "ltr"},
		"sandbox account": {d.Sandbox + "/@office", "en", "ltr"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := chromedp.Do(ctx, chromedp.Navigate(page.address), chromedp.WaitReady(chromedp.CSS("main"))); err != nil {
				t.Fatal(err)
			}
			lang := ask[string](t, ctx, `document.documentElement.lang`)
			dir := ask[string](t, ctx, `getComputedStyle(document.documentElement).direction`)
			title := ask[string](t, ctx, `document.title`)
			wide := ask[int](t, ctx, `document.documentElement.scrollWidth - document.documentElement.clientWidth`)
			feeds := ask[[]string](t, ctx, `[...document.querySelectorAll('link[rel=alternate][type="application/atom+xml"]')].map(l => l.href)`)
			if lang != page.lang || dir != page.dir || title == "" || wide > 0 {
				t.Errorf("lang %q, direction %q, title %q, %d pixels too wide", lang, dir, title, wide)
			}
			if strings.HasPrefix(page.address, d.Public) && len(feeds) == 0 {
				t.Error("no feed can be discovered")
			}
		})
	}
	for _, line := range heard() {
		t.Errorf("the browser complains: %s", line)
	}
}

// A reader of the site finds a post from the home page, and its other language from there.
func TestOutsideReaderFindsAPostAndItsOtherLanguage(t *testing.T) {
	d := start(t)
	ctx := browser(t)
	err := chromedp.Do(ctx, chromedp.Navigate(d.Public+"/en/"),
		chromedp.Click(chromedp.CSS(`main a[href$="/en/posts/year-in-figures"]`)),
		chromedp.WaitReady(chromedp.CSS(`article a[hreflang=ru], main a[hreflang=ru]`)))
	if err != nil {
		t.Fatal(err)
	}
	english := ask[string](t, ctx, `location.pathname`)
	err = chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`main a[hreflang=ru]`)), chromedp.WaitReady(chromedp.CSS(`html[lang=ru] article`)))
	if err != nil {
		t.Fatal(err)
	}
	if russian := ask[string](t, ctx, `location.pathname`); english != "/en/posts/year-in-figures" || russian != "/ru/posts/year-in-figures" {
		t.Errorf("went from %s to %s", english, russian)
	}
}
