// Package reader finds out for tests what people outside see: the statuses of a Mastodon-like instance, the messages of a
// Slack-like workspace, pages. It comes in over HTTP as they do, and refuses to look into a process.
package reader
