package markdown

import (
	"regexp"
	"sync"

	"github.com/microcosm-cc/bluemonday"
)

// elements are what editorial text may be made of. Anything else is taken out of the HTML, and Check says so.
var elements = []string{
	"a", "abbr", "address", "b", "bdi", "bdo", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del",
	"details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img",
	"ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "span", "strong",
	"sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "u", "ul", "var", "wbr",
}

// schemes are the addresses a link may have, besides relative ones. An image is http or https only.
var schemes = []string{"http", "https", "mailto", "tel"}

// footnoteID is what the ids of footnotes look like; no other id is let through, so none can clash with a page's own.
var footnoteID = regexp.MustCompile(`^n[0-9a-f]{8}-fn(ref[0-9]*)?:[0-9]+$`)

var (
	number    = regexp.MustCompile(`^[0-9]{1,4}$`)
	direction = regexp.MustCompile(`^(ltr|rtl|auto)$`)
	language  = regexp.MustCompile(`^[A-Za-z0-9-]{1,35}$`)
	alignment = regexp.MustCompile(`^(left|right|center)$`)
)

// sanitiser is the policy, made once: it holds compiled patterns and never changes afterwards.
var sanitiser = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(elements...)
	p.AllowNoAttrs().OnElements("span")

	p.AllowURLSchemes(schemes...)
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("src").OnElements("img")
	p.AllowAttrs("cite").OnElements("blockquote", "q")
	p.AllowAttrs("alt").OnElements("img")
	p.AllowAttrs("width", "height").Matching(number).OnElements("img")

	p.AllowAttrs("lang").Matching(language).Globally()
	p.AllowAttrs("dir").Matching(direction).Globally()
	p.AllowAttrs("title").Globally()

	p.AllowAttrs("align").Matching(alignment).OnElements("td", "th")
	p.AllowAttrs("colspan", "rowspan").Matching(number).OnElements("td", "th")
	p.AllowAttrs("scope").Matching(regexp.MustCompile(`^(row|col|rowgroup|colgroup)$`)).OnElements("th")
	p.AllowAttrs("start", "value").Matching(number).OnElements("ol", "li")
	p.AllowAttrs("datetime").Matching(regexp.MustCompile(`^[0-9T:+Z. -]{1,40}$`)).OnElements("time")
	p.AllowAttrs("open").OnElements("details")

	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[A-Za-z0-9_+-]{1,40}$`)).OnElements("code")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^footnote(s|-ref|-backref)$`)).OnElements("div", "section", "a")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^doc-(noteref|backlink|endnotes)$`)).OnElements("div", "section", "a")
	p.AllowAttrs("id").Matching(footnoteID).OnElements("li", "sup")
	return p
})
