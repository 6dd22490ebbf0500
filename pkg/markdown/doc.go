// Package markdown turns the body of an edition (CommonMark with tables, footnotes and bare addresses as links) into what
// readers get: sanitised HTML for pages and feeds, plain text, a summary. It is pure.
//
// It refuses what could act in a reader's browser: scripts, forms, frames, handlers and addresses such as javascript: never
// come out, whatever goes in. Check says beforehand what would be lost, so that staff are told instead of surprised.
package markdown
