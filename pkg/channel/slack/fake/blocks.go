package fake

import (
	"encoding/json"
	"fmt"
	"net/url"
	"unicode/utf8"
)

// Slack's limits, as its reference of blocks gives them: https://docs.slack.dev/reference/block-kit/blocks. They are
// written down a second time here on purpose: a double that shared them with the driver would share its mistakes.
const (
	maxBlocks      = 50
	maxHeader      = 150
	maxSection     = 3000
	maxFields      = 10
	maxField       = 2000
	maxContext     = 10
	maxActions     = 25
	maxButton      = 75
	maxURL         = 3000
	maxID          = 255
	maxImageURL    = 3000
	maxAlt         = 2000
	maxMessageText = 40000
	maxAllBlocks   = 13000 // undocumented: from here on Slack answers msg_blocks_too_long
)

// Block is a block of any type, as far as it is checked and shown here.
type Block struct {
	Type     string    `json:"type"`
	BlockID  string    `json:"block_id"`
	Text     *Text     `json:"text"`
	Fields   []Text    `json:"fields"`
	Elements []Element `json:"elements"`
	ImageURL string    `json:"image_url"`
	AltText  string    `json:"alt_text"`
}

// Text is a text object.
type Text struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Verbatim bool   `json:"verbatim"`
}

// Element is a button, an image, or a text object in a context block.
type Element struct {
	Type     string          `json:"type"`
	Text     json.RawMessage `json:"text"` // a button's text object; a text object's string
	URL      string          `json:"url"`
	ActionID string          `json:"action_id"`
	Value    string          `json:"value"`
	Verbatim bool            `json:"verbatim"`
}

// Label is what a button says.
func (e *Element) Label() string {
	var t Text
	_ = json.Unmarshal(e.Text, &t)
	return t.Text
}

// String is the text of a text object.
func (e *Element) String() string {
	var s string
	_ = json.Unmarshal(e.Text, &s)
	return s
}

// parseBlocks reads and checks the blocks of a message as Slack does.
func parseBlocks(s string) ([]json.RawMessage, error) {
	if s == "" {
		return nil, nil
	}
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(s), &raw); err != nil {
		return nil, refuse("invalid_blocks_format")
	}
	var c checker
	if len(raw) > maxBlocks {
		c.complain("", "no more than %d items allowed", maxBlocks)
	}
	ids := map[string]bool{}
	for i, r := range raw {
		at := fmt.Sprintf("/blocks/%d", i)
		var b Block
		if err := json.Unmarshal(r, &b); err != nil {
			return nil, refuse("invalid_blocks_format")
		}
		c.block(at, &b)
		c.length(at+"/block_id", b.BlockID, 0, maxID)
		if b.BlockID != "" && ids[b.BlockID] {
			c.complain(at+"/block_id", "block_id is not unique")
		}
		ids[b.BlockID] = true
	}
	if len(c.complaints) > 0 {
		return nil, refuse("invalid_blocks", c.complaints...)
	}
	return raw, nil
}

type checker struct{ complaints []string }

func (c *checker) complain(at, format string, args ...any) {
	c.complaints = append(c.complaints, fmt.Sprintf("[ERROR] %s [json-pointer:%s]", fmt.Sprintf(format, args...), at))
}

func (c *checker) length(at, s string, least, most int) {
	switch n := utf8.RuneCountInString(s); {
	case n > most:
		c.complain(at, "must be less than %d characters", most+1)
	case n < least:
		c.complain(at, "must be more than %d characters", least-1)
	}
}

func (c *checker) text(at string, t *Text, most int, plain bool) {
	switch {
	case t == nil:
		c.complain(at, "missing required field: text")
		return
	case plain && t.Type != "plain_text", t.Type != "plain_text" && t.Type != "mrkdwn":
		c.complain(at+"/type", "unsupported type: %s", t.Type)
	}
	c.length(at+"/text", t.Text, 1, most)
}

func (c *checker) block(at string, b *Block) {
	switch b.Type {
	case "header":
		c.text(at+"/text", b.Text, maxHeader, true)
	case "section":
		if b.Text == nil && len(b.Fields) == 0 {
			c.complain(at, "missing required field: text or fields")
		}
		if b.Text != nil {
			c.text(at+"/text", b.Text, maxSection, false)
		}
		if len(b.Fields) > maxFields {
			c.complain(at+"/fields", "no more than %d items allowed", maxFields)
		}
		for i := range b.Fields {
			c.text(fmt.Sprintf("%s/fields/%d", at, i), &b.Fields[i], maxField, false)
		}
	case "context":
		c.count(at+"/elements", len(b.Elements), maxContext)
		for i := range b.Elements {
			if e := &b.Elements[i]; e.Type != "image" {
				c.text(fmt.Sprintf("%s/elements/%d", at, i), &Text{Type: e.Type, Text: e.String()}, maxSection, false)
			}
		}
	case "actions":
		c.count(at+"/elements", len(b.Elements), maxActions)
		for i := range b.Elements {
			c.button(fmt.Sprintf("%s/elements/%d", at, i), &b.Elements[i])
		}
	case "image":
		c.image(at, b)
	case "divider":
	case "rich_text", "markdown", "video", "file", "table":
		// Slack takes them; nothing here uses or shows them.
	default:
		c.complain(at+"/type", "unsupported type: %s", b.Type)
	}
}

// image is https://docs.slack.dev/reference/block-kit/blocks/image-block, for images that are somewhere else.
func (c *checker) image(at string, b *Block) {
	if u, err := url.Parse(b.ImageURL); err != nil || !u.IsAbs() {
		c.complain(at+"/image_url", "must be a valid URL")
	}
	c.length(at+"/image_url", b.ImageURL, 1, maxImageURL)
	c.length(at+"/alt_text", b.AltText, 1, maxAlt)
}

func (c *checker) count(at string, n, most int) {
	if n < 1 || n > most {
		c.complain(at, "must have between 1 and %d items", most)
	}
}

func (c *checker) button(at string, e *Element) {
	if e.Type != "button" {
		return // other elements exist; they are not checked
	}
	c.text(at+"/text", &Text{Type: "plain_text", Text: e.Label()}, maxButton, true)
	c.length(at+"/action_id", e.ActionID, 0, maxID)
	c.length(at+"/url", e.URL, 0, maxURL)
	if u, err := url.Parse(e.URL); e.URL != "" && (err != nil || !u.IsAbs()) {
		c.complain(at+"/url", "must be a valid URL")
	}
}

// checkLength checks a message as a whole.
func checkLength(text string, blocks []json.RawMessage) error {
	if text == "" && len(blocks) == 0 {
		return refuse("no_text")
	}
	if utf8.RuneCountInString(text) > maxMessageText {
		return refuse("msg_too_long")
	}
	total := 0
	for _, raw := range blocks {
		total += utf8.RuneCount(raw)
	}
	if total > maxAllBlocks {
		return refuse("msg_blocks_too_long")
	}
	return nil
}
