// Package feed writes posts as the formats that feed readers understand: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1. It
// is pure, and the same input gives the same bytes. It takes gorilla/feeds' structures for what these formats share and
// adds what they lack: languages, several authors and categories, separate times, full content beside a summary, links
// to the feed itself and to other languages. Whatever text comes in, what goes out is well-formed.
//
// It does not render Markdown, sanitise HTML, decide what belongs to a feed, or know addresses: the caller does.
package feed
