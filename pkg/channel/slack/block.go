package slack

// The blocks a message is made of: https://docs.slack.dev/reference/block-kit/blocks. Only what is used here; our own types,
// not slack-go's, so that the same appearance has the same bytes whatever version of slack-go sends it.

// payload is an appearance as JSON: what readers see, and nothing else.
type payload struct {
	// Text is what notifications and screen readers say.
	Text   string  `json:"text"`
	Blocks []block `json:"blocks"`
}

type block struct {
	Type     string    `json:"type"` // header, section, image, actions, context
	Text     *text     `json:"text,omitempty"`
	Fields   []text    `json:"fields,omitempty"`
	Elements []element `json:"elements,omitempty"`
	ImageURL string    `json:"image_url,omitempty"`
	AltText  string    `json:"alt_text,omitempty"`
}

// text is a text object: https://docs.slack.dev/reference/block-kit/composition-objects/text-object.
type text struct {
	Type string `json:"type"` // plain_text, mrkdwn
	Text string `json:"text"`
	// Emoji false keeps :names: in plain text as they are.
	Emoji *bool `json:"emoji,omitempty"`
	// Verbatim true keeps Slack from finding links, channels and people in mrkdwn by itself.
	Verbatim bool `json:"verbatim,omitempty"`
}

// element is a button, or a text object in a context block.
type element struct {
	Type     string `json:"type"` // button, mrkdwn
	Text     any    `json:"text"` // a button's *text, a text object's string
	URL      string `json:"url,omitempty"`
	Verbatim bool   `json:"verbatim,omitempty"`
}

func plainText(s string) *text {
	no := false
	return &text{Type: "plain_text", Text: s, Emoji: &no}
}

func header(title string) block { return block{Type: "header", Text: plainText(title)} }

func section(mrkdwn string) block {
	return block{Type: "section", Text: &text{Type: "mrkdwn", Text: mrkdwn, Verbatim: true}}
}

// staffSection is a section in the staff's own mrkdwn: Slack treats it as if they had typed it.
func staffSection(mrkdwn string) block {
	return block{Type: "section", Text: &text{Type: "mrkdwn", Text: mrkdwn}}
}

func button(label, url string) block {
	return block{Type: "actions", Elements: []element{{Type: "button", Text: plainText(label), URL: url}}}
}

func contextLine(mrkdwn string) block {
	return block{Type: "context", Elements: []element{{Type: "mrkdwn", Text: mrkdwn, Verbatim: true}}}
}
