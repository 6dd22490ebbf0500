// Package fake is a workspace that speaks enough of Slack's Web API for clients to work against it unchanged: posting, threads,
// changing, deleting, history, metadata, and Slack's checks of blocks. It keeps its messages through a kill -9. It is the
// double of the driver's tests and the sandbox's Slack; it refuses to be more: there are no people in it, no
// events, and one token.
package fake
