package slack

// Slack's limits, in characters unless they say otherwise. Slack does not document what it counts as a character; length
// counts UTF-16 units of the escaped text, which is never less than what any of its servers or clients count.
const (
	// https://docs.slack.dev/reference/block-kit/blocks/header-block
	maxHeader = 150
	// https://docs.slack.dev/reference/block-kit/blocks/section-block
	maxSection = 3000
	maxField   = 2000
	// https://docs.slack.dev/reference/block-kit/block-elements/button-element
	maxButtonText = 75
	maxButtonURL  = 3000
	// https://docs.slack.dev/reference/methods/chat.postMessage: "ideally below 4,000", cut off above 40,000
	maxText = 4000
)

// excerptLength is how much of a body a message quotes when there is no summary, before it leaves the rest to the page.
const excerptLength = 600

// maxFact is how much of an event's place is shown: escaped five-fold at worst, with a link, it still fits a field.
const maxFact = 180

// length is how long Slack might find a text.
func length(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
