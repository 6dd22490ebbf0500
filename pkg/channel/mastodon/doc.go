// Package mastodon is the driver for channels on Mastodon and servers that speak its API. It composes an edition or a
// reminder as one status (title, facts, as much of the text as fits, hashtags, the permalink), or, where staff ask for it, as
// a thread; it counts as Mastodon counts, chooses the pictures in sizes that the instance takes, and shows, edits, deletes and
// finds statuses through go-mastodon. What that lacks (uploads that stream and that wait, edits of descriptions) is added
// beneath it.
//
// It refuses what a driver must not do: it does not wait, loop or repeat (go-mastodon's own waiting is switched off), and
// it does not mention people whom a text names by accident.
package mastodon
