package markdown_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/markdown"
)

var update = flag.Bool("update", false, "write what comes out as what is wanted")

// golden compares what came out with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSuffix(string(want), "\n"), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestBodyBecomesHTMLAndText(t *testing.T) {
	bodies, err := filepath.Glob("testdata/*.md")
	if err != nil || len(bodies) == 0 {
		t.Fatalf("no bodies in testdata: %v", err)
	}
	for _, path := range bodies {
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".html", markdown.HTML(string(body), nil))
			golden(t, name+".at.html", markdown.HTMLAt(string(body), "https://news.example.org/en/posts/health-day", nil))
			golden(t, name+".txt", markdown.Text(string(body)))
		})
	}
}

func TestWhatIsUnsafeIsTakenOut(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"script", "a <script>alert(1)</script> b", "<p>a  b</p>"},
		{"script block", "<script>\nalert(1)\n</script>\n\nb", "<p>b</p>"},
		{"style", "<style>p{}</style>\n\nb", "<p>b</p>"},
		{"iframe", "<iframe src=\"https://x.example\"></iframe>\n\nb", "<p>b</p>"},
		{"handler", `<b onclick="x()">a</b>`, "<p><b>a</b></p>"},
		{"javascript link", "[a](javascript:alert(1))", "<p>a</p>"},
		{"javascript link in disguise", "[a](java&#115;cript&colon;alert(1))", "<p>a</p>"},
		{"data link", "[a](data:text/html,x)", "<p>a</p>"},
		{"raw javascript link", `<a href=" javascript:x">a</a>`, "<p>a</p>"},
		{"data image", "![a](data:image/png;base64,AAAA)", `<p><img alt="a"/></p>`},
		{"image by mail", "![a](mailto:x@example.org)", `<p><img alt="a"/></p>`},
		{"style attribute", `<p style="position:fixed">a</p>`, "<p>a</p>"},
		{"id of the page", `<p id="header">a</p>`, "<p>a</p>"},
		{"form", `<form action="/x"><input name="y"></form>`, ""},
		{"svg", `<svg><script>x</script></svg>a`, "<p>a</p>"},
		{"comment", "a <!-- b --> c", "<p>a  c</p>"},
		{"stray end tags", "a\n\n</div></div></main>\n\nb", "<p>a</p>\n\n<p>b</p>"},
		{"open element", "<div>\n\na", "<div>\n<p>a</p>\n</div>"},
		{"null and invalid bytes", "a\x00b\xffc", "<p>a\uFFFDb\uFFFDc</p>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, markdown.HTML(tt.body, nil)); diff != "" {
				t.Errorf("HTML (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatEditorsNeedStays(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"web link", "[a](https://example.org/?a=1&b=2)", `<p><a href="https://example.org/?a=1&amp;b=2" rel="noopener">a</a></p>`},
		{"mail link", "[a](mailto:x@example.org)", `<p><a href="mailto:x@example.org">a</a></p>`},
		{"bare address", "See https://example.org.", `<p>See <a href="https://example.org" rel="noopener">https://example.org</a>.</p>`},
		{"relative link", "[a](../b)", `<p><a href="../b">a</a></p>`},
		{"image", `![a](https://example.org/a.jpg "T")`, `<p><img src="https://example.org/a.jpg" alt="a" title="T"/></p>`},
		{"other direction", `<span lang="ar" dir="rtl">سلام</span>`, `<p><span lang="ar" dir="rtl">سلام</span></p>`},
		{"small marks", "H<sub>2</sub>O, x<sup>2</sup><br>y", "<p>H<sub>2</sub>O, x<sup>2</sup><br/>y</p>"},
		{"language of code", "```go\na < b\n```", "<pre><code class=\"language-go\">a &lt; b\n</code></pre>"},
		{"space before a link on the next line", "a\n[b](../c)", "<p>a\n<a href=\"../c\">b</a></p>"},
		{"Chinese code", "    中\n    文", "<pre><code>中\n文\n</code></pre>"},
		{"Chinese lines", "中文\n句子", "<p>中文句子</p>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, markdown.HTML(tt.body, nil)); diff != "" {
				t.Errorf("HTML (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFootnotesOfTwoBodiesDoNotClash(t *testing.T) {
	const note = "[^1]\n\n[^1]: note"
	id := func(html string) string {
		_, rest, _ := strings.Cut(html, `id="`)
		id, _, _ := strings.Cut(rest, `"`)
		return id
	}
	a, b := id(markdown.HTML("One"+note, nil)), id(markdown.HTML("Two"+note, nil))
	if a == "" || a == b {
		t.Errorf("ids %q and %q, want two different ones", a, b)
	}
	if again := id(markdown.HTML("One"+note, nil)); again != a {
		t.Errorf("the same body gave %q and %q", a, again)
	}
}

func TestBodyThatNobodyCouldParseIsShownAsItIs(t *testing.T) {
	for _, body := range []string{strings.Repeat("> ", 100000), strings.Repeat("[a](", 20000), strings.Repeat("<div>", 2000)} {
		if html := markdown.HTML(body, nil); !strings.HasPrefix(html, "<pre>") || strings.Contains(html, "<div>") {
			t.Errorf("HTML of %.8s… = %.60s…", body, html)
		}
	}
	if findings := markdown.Check(strings.Repeat("> ", 100000)); len(findings) != 1 || findings[0].Line != 1 {
		t.Errorf("Check = %v, want one finding on line 1", findings)
	}
}
