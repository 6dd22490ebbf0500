// Package mastodon is the driver for channels on Mastodon and servers that speak its API. It composes an edition or a
// reminder as one status (title, facts, as much of the text as fits, hashtags, the permalink), counts it as Mastodon
// counts, and shows, edits, deletes and finds it through go-mastodon.
//
// It refuses what a driver must not do: it does not wait, loop or repeat (go-mastodon's own waiting is switched off), and
// it does not mention people whom a text names by accident.
package mastodon
