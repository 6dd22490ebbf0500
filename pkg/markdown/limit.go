package markdown

import (
	"bytes"
	"fmt"
)

// A parser of Markdown takes time in the square of some things that no text needs: quotations within quotations, brackets
// and stars that stay open. These limits are far above what people write, and keep the longest body to seconds at the
// worst, however it was made. Beyond them a body is shown as it was typed.
const (
	maxContainers = 32   // quotations and lists that begin on one line
	maxBrackets   = 1000 // in a paragraph
	maxStars      = 8000 // "*" and "_" in a paragraph
)

// overLimit finds the first place that goes beyond the limits.
func overLimit(source []byte) (Finding, bool) {
	brackets, stars := 0, 0
	line := 0
	for l := range bytes.Lines(source) {
		line++
		if len(bytes.TrimSpace(l)) == 0 {
			brackets, stars = 0, 0
			continue
		}
		if containers(l) > maxContainers {
			return Finding{line, fmt.Sprintf("more than %d quotations or lists begin on this line: remove some", maxContainers)}, true
		}
		brackets += bytes.Count(l, []byte("["))
		stars += bytes.Count(l, []byte("*")) + bytes.Count(l, []byte("_"))
		if brackets > maxBrackets || stars > maxStars {
			return Finding{line, "this paragraph has thousands of brackets, stars or underscores: divide it with empty lines"}, true
		}
	}
	return Finding{}, false
}

// containers counts the marks of quotations and list items at the start of a line.
func containers(line []byte) int {
	n, digits := 0, 0
	for i, c := range line {
		next := byte(' ')
		if i+1 < len(line) {
			next = line[i+1]
		}
		blank := next == ' ' || next == '\t' || next == '\n' || next == '\r'
		switch {
		case c == ' ', c == '\t':
		case c == '>':
			n++
		case (c == '-' || c == '*' || c == '+') && blank:
			n++
		case c >= '0' && c <= '9' && digits < 9:
			digits++
			continue
		case (c == '.' || c == ')') && digits > 0 && blank:
			n++
		default:
			return n
		}
		digits = 0
	}
	return n
}
