package mastodon

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// cut shortens a text until it fits, at a place where a line may break (Unicode Annex 14: between words, in scripts
// without spaces between characters), never within a grapheme cluster or a link, and puts "…" behind it. It returns ""
// if not even the first word fits. No place behind more than most characters is tried: a body may be half a megabyte.
func cut(text string, most int, fits func(string) bool) string {
	return longest(text, lineBreaks(text, most), fits)
}

// cutHard is cut for a text that must leave something: if no word fits, it cuts between grapheme clusters.
func cutHard(text string, most int, fits func(string) bool) string {
	if s := cut(text, most, fits); s != "" {
		return s
	}
	return longest(text, clusterEnds(text, most), fits)
}

// longest finds the longest beginning of a text that fits, of those that end at the given places.
func longest(text string, places []int, fits func(string) bool) string {
	candidate := func(i int) string { return ellipsis(text[:places[i]]) }
	// What is longer counts more, but for rare pairs; the loop makes sure.
	n := sort.Search(len(places), func(i int) bool { return !fits(candidate(i)) })
	for n--; n >= 0; n-- {
		if s := candidate(n); s != "" && fits(s) {
			return s
		}
	}
	return ""
}

// ellipsis ends a text that goes on elsewhere.
func ellipsis(s string) string {
	s = strings.TrimRightFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(",;:-–—،؛、，；：([{«„“‘\"…", r)
	})
	if s == "" {
		return ""
	}
	if last, _ := utf8.DecodeLastRuneInString(s); strings.ContainsRune(".!?؟", last) {
		return s + " …"
	}
	return s + "…"
}

// lineBreaks are the places before the end of a text at which it may be cut.
func lineBreaks(text string, most int) []int {
	var places []int
	walk(text, most, func(end, boundaries int) {
		if boundaries&uniseg.MaskLine != uniseg.LineDontBreak {
			places = append(places, end)
		}
	})
	return places
}

func clusterEnds(text string, most int) []int {
	var places []int
	walk(text, most, func(end, _ int) { places = append(places, end) })
	return places
}

// walk visits the ends of a text's grapheme clusters, but for its own end, those within links, and those
// just behind: an ellipsis there would become part of the link. It ends after as many as are asked for.
func walk(text string, most int, visit func(end, boundaries int)) {
	links := Links(text)
	rest, state, end := text, -1, 0
	for rest != "" {
		var cluster string
		var boundaries int
		cluster, rest, boundaries, state = uniseg.StepString(rest, state)
		end += len(cluster)
		if rest == "" {
			return
		}
		trimmed := len(strings.TrimRightFunc(text[:end], unicode.IsSpace))
		for len(links) > 0 && links[0].End < trimmed {
			links = links[1:]
		}
		if len(links) > 0 && links[0].Start < trimmed {
			continue
		}
		if most--; most < 0 {
			return
		}
		visit(end, boundaries)
	}
}
