package fake

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMrkdwnIsShownAsSlackShowsIt(t *testing.T) {
	tests := []struct{ name, mrkdwn, want string }{
		{"plain", "a < b & c", "a &lt; b &amp; c"},
		{"escaped", "a &lt; b &amp; c", "a &lt; b &amp; c"},
		{"escaped twice", "&amp;lt;", "&amp;lt;"},
		{"bold and italic", "*bold* _italic_ ~gone~ *_both_*", "<strong>bold</strong> <em>italic</em> <s>gone</s> <strong><em>both</em></strong>"},
		{"inside a word", "snake_case_name 2*3*4", "snake_case_name 2*3*4"},
		{"marks around spaces", "3 * 4 * 5 and * this *", "3 * 4 * 5 and * this *"},
		{"code", "`*a* &lt;b&gt;`", "<code>*a* &lt;b&gt;</code>"},
		{"code block", "a\n```\n*b*\n```\nc", "a<pre dir=auto>*b*</pre>c"},
		{"quotation", "&gt; a\n> b\nc", "<blockquote dir=auto>a<br>b</blockquote>c"},
		{"link", "<https://e.org/?a=1&amp;b=2|here>", `<a href="https://e.org/?a=1&amp;b=2" rel="noopener noreferrer nofollow">here</a>`},
		{"bold link", "*<https://e.org/a_b_c|here>*", `<strong><a href="https://e.org/a_b_c" rel="noopener noreferrer nofollow">here</a></strong>`},
		{"link that is none", "<javascript:alert(1)|here>", "here"},
		{"mentions", "<!here> <@U1|bell> <#C1|press>", `<span class="slack-mention">@here</span> <span class="slack-mention">@bell</span> <span class="slack-mention">#press</span>`},
		{"bare address", "see https://e.org/x.", `see <a href="https://e.org/x" rel="noopener noreferrer nofollow">https://e.org/x</a>.`},
		{"list", "• a\n    • b", "• a<br>&nbsp;&nbsp;&nbsp;&nbsp;• b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(mrkdwn(tt.mrkdwn, false)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// tag is all that rendering may write between < and >.
var tag = regexp.MustCompile(`</?(strong|em|s|code|br|a|blockquote|pre)>|<(pre|blockquote) dir=auto>|<span class="slack-mention">|</span>|<a href="(https?://|mailto:|tel:)[^"<>]*" rel="noopener noreferrer nofollow">`)

func FuzzRenderedMrkdwnHoldsOnlyOurTags(f *testing.F) {
	for _, s := range []string{"*a* _b_ `c`", "<https://e.org|x>", "<script>", "&gt; a\n> b", "```x", "<!here|*a*>", "*_~<https://x|*_~>~_*", "h<https://a\"b|c>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := string(mrkdwn(s, false))
		if rest := tag.ReplaceAllString(out, ""); strings.ContainsAny(rest, "<>\"") {
			t.Errorf("%q became %q", s, out)
		}
		if utf8.ValidString(s) && !utf8.ValidString(out) {
			t.Errorf("%q became invalid UTF-8", s)
		}
	})
}
