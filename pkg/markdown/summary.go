package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Summary is the beginning of a body's text on one line, at most limit graphemes (what people count as characters) long: as
// many whole sentences as fit or, if that is less than a third of the limit, cut after a word with "…". Headings, lists
// and the paragraphs that lead to them, tables and code are passed over, unless there is nothing else.
func Summary(body string, limit int) string {
	if limit <= 0 {
		return ""
	}
	text := prose(blocksOf(tree(body)))
	if uniseg.GraphemeClusterCount(text) <= limit {
		return text
	}
	if s := sentences(text, limit); 3*uniseg.GraphemeClusterCount(s) >= limit {
		return s
	}
	return words(text, limit)
}

// prose joins the blocks that are sentences, on one line.
func prose(blocks []block) string {
	var parts, all []string
	for _, b := range blocks {
		line := strings.Join(strings.Fields(b.text), " ")
		all = append(all, line)
		if b.prose {
			parts = append(parts, line)
		}
	}
	if len(parts) == 0 {
		parts = all
	}
	return strings.Join(parts, " ")
}

// sentences is as many whole sentences of text as fit.
func sentences(text string, limit int) string {
	end, length, at := 0, 0, 0
	for rest, state := text, -1; rest != ""; {
		var sentence string
		sentence, rest, state = uniseg.FirstSentenceInString(rest, state)
		at += len(sentence)
		trimmed := strings.TrimRightFunc(sentence, unicode.IsSpace)
		if length+uniseg.GraphemeClusterCount(trimmed) > limit {
			break
		}
		length += uniseg.GraphemeClusterCount(sentence)
		if !abbreviation(trimmed) {
			end = at
		}
	}
	return strings.TrimRightFunc(text[:end], unicode.IsSpace)
}

// abbreviation reports whether what looks like a sentence ends in a short word with a full stop, as "Dr.", "г." and "No."
// do: the sentence probably goes on.
func abbreviation(sentence string) bool {
	word := sentence[strings.LastIndexFunc(sentence, unicode.IsSpace)+1:]
	short, found := strings.CutSuffix(word, ".")
	return found && utf8.RuneCountInString(short) <= 2 && strings.ContainsFunc(short, unicode.IsLetter)
}

// words is the beginning of text, cut after a word, with "…". A word longer than the limit is cut itself.
func words(text string, limit int) string {
	if limit == 1 {
		return "…"
	}
	end, length := 0, 0
	for rest, state := text, -1; rest != ""; {
		var word string
		word, rest, state = uniseg.FirstWordInString(rest, state)
		n := uniseg.GraphemeClusterCount(word)
		if length+n > limit-1 {
			break
		}
		length += n
		end += len(word)
	}
	cut := strings.TrimRightFunc(text[:end], func(r rune) bool {
		return unicode.IsSpace(r) || (unicode.IsPunct(r) && !strings.ContainsRune(")]}»”’\"'!?؟", r))
	})
	if cut == "" {
		cut = graphemes(text, limit-1)
	}
	return cut + "…"
}

// graphemes is the first n graphemes of text.
func graphemes(text string, n int) string {
	end := 0
	for rest, state := text, -1; rest != "" && n > 0; n-- {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		end += len(cluster)
	}
	return text[:end]
}
