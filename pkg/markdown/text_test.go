package markdown_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"carillon.example/pkg/markdown"
)

func TestTextIsWhatAPersonWouldType(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"paragraphs", "One\ntwo.\n\nThree.", "One two.\n\nThree."},
		{"marks", "**a** *b* `c` [d](https://example.org) &amp; \\*e\\* <b>f</b>", "a b c d & *e* f"},
		{"line break", "a  \nb\\\nc<br>d", "a\nb\nc\nd"},
		{"heading", "# A\n\nb", "A\n\nb"},
		{"list", "- a\n- b *c*\n\nd", "– a\n– b c\n\nd"},
		{"numbered list", "3. a\n4. b", "3. a\n4. b"},
		{"loose list", "- a\n\n- b", "– a\n– b"},
		{"list in a list", "1. a\n   - b\n   - c\n2. d", "1. a\n   – b\n   – c\n2. d"},
		{"quotation", "> a\n> b\n\nc", "a b\n\nc"},
		{"table", "| a | b |\n|---|---|\n| c d | e |", "a | b\nc d | e"},
		{"table with empty cells", "| | b |\n|---|---|\n| c | |", "b\nc"},
		{"code", "```\na  b\n  c\n```", "a  b\n  c"},
		{"image", "a ![b](https://example.org/c.jpg) d", "a b d"},
		{"footnote", "a[^1] b\n\n[^1]: c", "a b"},
		{"rule", "a\n\n---\n\nb", "a\n\nb"},
		{"script", "a <script>b</script>c", "a c"},
		{"no-break space", "5\u00a0km", "5\u00a0km"},
		{"Chinese lines", "中文\n句子", "中文句子"},
		{"ruby", "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "漢"},
		{"nothing", " \n\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, markdown.Text(tt.body)); diff != "" {
				t.Errorf("Text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSummaryEndsWhereAReaderWouldPause(t *testing.T) {
	tests := []struct {
		name, body string
		limit      int
		want       string
	}{
		{"all of it", "One. Two.", 100, "One. Two."},
		{"whole sentences", "The first one. The second one. The third one.", 32, "The first one. The second one."},
		{"a word, if the first sentence is too long", "The first sentence never seems to end.", 20, "The first sentence…"},
		{"a word, if the sentences are too short", "Hi. This sentence is much longer than it should be.", 30, "Hi. This sentence is much…"},
		{"no comma before the dots", "The first, second, third and fourth.", 20, "The first, second…"},
		{"a short word with a stop is no sentence", "We met Dr. Smith, No. 5 and others in the hall.", 14, "We met Dr…"},
		{"headings and lists passed over", "# News\n\n- a\n\nThe text.\n\nMore.", 100, "The text. More."},
		{"bold lines and what ends in a colon passed over", "The text.\n\n**Rules**\n\nBring this:\n\n- a\n\nMore.", 100, "The text. More."},
		{"a list, if there is nothing else", "- a\n- b", 100, "– a – b"},
		{"Russian", "Первое предложение. Второе предложение.", 25, "Первое предложение."},
		{"Arabic", "الجملة الأولى هنا. هل هذه الثانية؟ الثالثة.", 35, "الجملة الأولى هنا. هل هذه الثانية؟"},
		{"Chinese", "第一句话在这里。第二句话在这里。", 10, "第一句话在这里。"},
		{"Chinese without a stop", "第一句话在这里第二句话在这里", 6, "第一句话在…"},
		{"one long word", strings.Repeat("x", 50), 10, "xxxxxxxxx…"},
		{"graphemes are whole", "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2, "👩‍👩‍👧…"},
		{"no room", "a", 0, ""},
		{"room for one", "ab", 1, "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := markdown.Summary(tt.body, tt.limit)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Summary (-want +got):\n%s", diff)
			}
			if n := uniseg.GraphemeClusterCount(got); n > tt.limit {
				t.Errorf("%d graphemes, the limit is %d", n, tt.limit)
			}
		})
	}
}
