package markdown_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/net/html"

	"carillon.example/examples"
	"carillon.example/pkg/markdown"
)

// FuzzHTML gives HTML anything. What comes out, read as a browser reads it, must hold nothing that acts, and be the same
// when it is read and written again.
func FuzzHTML(f *testing.F) {
	paths, err := examples.Posts()
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := examples.FS.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	for _, body := range []string{
		"<script>alert(1)</script>", "<svg><style><img src=x onerror=x>", "[a](javascript:x)", "<a href='java\nscript:x'>", "[^1]\n\n[^1]: x",
		"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=x&gt;\">", "<noscript><p title=\"</noscript><img onerror=x>\">",
		"<table><td><div></table><b>", "</p></div>", "<!--", "<![CDATA[ x", "<?php", "<p title='", "&#0;&#xD800;", "<a><a>", "<select><option><script>x",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if len(body) > 16<<10 {
			return
		}
		out := markdown.HTMLAt(body, "https://news.example.org/en/posts/x", nil)
		if !utf8.ValidString(out) {
			t.Fatalf("not valid UTF-8: %q", out)
		}
		inspect(t, out)
		inspect(t, markdown.HTML(body, nil))
		for _, finding := range markdown.Check(body) {
			if finding.Line < 1 || finding.Line > 1+strings.Count(body, "\n") || strings.ContainsAny(finding.Message, "\n\r\x00") {
				t.Errorf("finding %+v", finding)
			}
		}
		if n := uniseg.GraphemeClusterCount(markdown.Summary(body, 40)); n > 40 {
			t.Errorf("the summary has %d graphemes", n)
		}
		if strings.Contains(markdown.Text(body), "\n\n\n\n\n") && !strings.Contains(body, "\n\n") {
			t.Errorf("Text has holes")
		}
	})
}

// inspect reads HTML as a browser does.
func inspect(t *testing.T, out string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader("<!DOCTYPE html><body><main>" + out + "</main>"))
	if err != nil {
		t.Fatalf("cannot be parsed: %v", err)
	}
	mains := 0
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode {
			t.Fatalf("a comment came out of %q", out)
		}
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "style", "iframe", "object", "embed", "form", "input", "svg", "math", "noscript", "template", "base", "meta", "link":
			t.Fatalf("<%s> came out: %s", n.Data, out)
		case "main":
			mains++
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
				t.Fatalf("%s=%q came out: %s", a.Key, a.Val, out)
			}
			if a.Key == "href" || a.Key == "src" || a.Key == "cite" {
				v := strings.ToLower(strings.TrimSpace(a.Val))
				if strings.HasPrefix(v, "javascript:") || strings.HasPrefix(v, "data:") || strings.HasPrefix(v, "vbscript:") {
					t.Fatalf("%s=%q came out: %s", a.Key, a.Val, out)
				}
			}
		}
	}
	if mains != 1 {
		t.Fatalf("the page came apart: %s", out)
	}
}
