package markdown_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/markdown"
)

func TestCheckSaysWhatReadersWouldNotGet(t *testing.T) {
	tests := []struct {
		name, body string
		want       []string
	}{
		{"nothing wrong", "# A\n\n*b* [c](https://example.org) <b>d</b>\n\n| a |\n|---|\n| b |\n", nil},
		{"code", "`<script>` and\n\n```\n<script>alert(1)</script>\n```\n\n    <iframe>\n", nil},
		{"escaped", `\<script> &lt;script> 1 < 2 > 0`, nil},
		{"comment", "a <!-- note --> b\n\n<!--\nnote\n\n-->\n\nc", nil},
		{"script", "a\n\nb <script>x</script>", []string{"3: <script> is not allowed in a post: remove it"}},
		{"script block", "a\n\n<div>\n<p>\n<script>\nx\n</script>\n</div>", []string{"5: <script> is not allowed in a post: remove it"}},
		{"style", "<style>\np {}\n\n</style>", []string{"1: <style> is not allowed in a post: remove it"}},
		{"iframe", "<iframe src=\"https://x.example\">", []string{"1: <iframe> is not allowed in a post: remove it, and link to the page instead"}},
		{"form", "a <form>", []string{"1: <form> is not allowed in a post: remove it, and link to the form instead"}},
		{"element nobody knows", "Write to <name> here", []string{`1: <name> is not allowed in a post: remove it or, if it is meant as text, write \<name`}},
		{"handler", "a\n<b\nonclick='x()'>b</b>", []string{"2: <b> has the attribute onclick, which runs a script: remove it"}},
		{"javascript link", "a\n\nb\nc [d](javascript:alert(1))", []string{"4: the address javascript:alert(1) is not allowed in a post: use one that begins with https://, mailto: or tel:"}},
		{"javascript in disguise", "[d](JaVa&#115;cript&colon;alert(1))", []string{"1: the address JaVascript:alert(1) is not allowed in a post: use one that begins with https://, mailto: or tel:"}},
		{"reference", "a [b][c]\n\n[c]: data:text/html,x", []string{"1: the address data:text/html,x is not allowed in a post: use one that begins with https://, mailto: or tel:"}},
		{"raw link", "x\n\n<a href=' javascript:x'>a</a>", []string{"3: the address  javascript:x is not allowed in a post: use one that begins with https://, mailto: or tel:"}},
		{"autolink", "<vbscript:x>", []string{"1: the address vbscript:x is not allowed in a post: use one that begins with https://, mailto: or tel:"}},
		{"forgotten https", "[a](example.org:8080/x)", []string{"1: the address example.org:8080/x is not allowed in a post: use one that begins with https://, mailto: or tel:"}},
		{"address that cannot be read", "[a](https://[x)", []string{"1: the address https://[x cannot be read: write it as a browser shows it"}},
		{"data image", "![a](data:image/png;base64,A)", []string{"1: the address of an image, data:image/png;base64,A, is not one of the web: use one that begins with https://"}},
		{"image beside the file", "a\n\n![cover](cover.jpg)", nil},
		{"image without an address", "a\n\n![cover]()", []string{"3: there is an image without an address: write it as ![A bridge in fog](bridge.jpg), or remove it"}},
		{"image of the web without words", "a\n\n![ ](https://example.org/a.jpg)", []string{"3: the image https://example.org/a.jpg has no words for those who do not see it: write what it shows, as ![A bridge in fog](address)"}},
		{"link in a table", "| a |\n|---|\n| [b](data:x) |", []string{"3: the address data:x is not allowed in a post: use one that begins with https://, mailto: or tel:"}},
		{"link in a list", "- a\n- b\n  - **[c](data:x)**", []string{"3: the address data:x is not allowed in a post: use one that begins with https://, mailto: or tel:"}},
		{"link in a footnote", "a[^1]\n\n[^1]: b [c](data:x)", []string{"3: the address data:x is not allowed in a post: use one that begins with https://, mailto: or tel:"}},
		{"link without words", "a\n\n[](data:x)", []string{"3: the address data:x is not allowed in a post: use one that begins with https://, mailto: or tel:"}},
		{"comment left open", "a\n\n<!-- b\n\nc", []string{"3: the comment that begins here is not closed and hides the rest: write --> at its end"}},
		{"tag left open", "a\n\n<div\nclass=\"x\n\nb", []string{"3: the tag that begins here is not closed: write > at its end"}},
		{"several, in order", "<script>x</script>\n\n[a](data:x) <b onload=x>\n\n[a](data:x) <b onload=x>", []string{
			"1: <script> is not allowed in a post: remove it",
			"3: the address data:x is not allowed in a post: use one that begins with https://, mailto: or tel:",
			"3: <b> has the attribute onload, which runs a script: remove it",
			"5: the address data:x is not allowed in a post: use one that begins with https://, mailto: or tel:",
			"5: <b> has the attribute onload, which runs a script: remove it",
		}},
		{"too many brackets", "a\n\n" + strings.Repeat("[", 1001), []string{"3: this paragraph has thousands of brackets, stars or underscores: divide it with empty lines"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range markdown.Check(tt.body) {
				got = append(got, fmt.Sprintf("%d: %s", f.Line, f.Message))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}
