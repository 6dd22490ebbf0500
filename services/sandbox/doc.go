// Package sandbox is the service to try things on: a Mastodon-like instance at its root, a Slack-like workspace at
// /slack/, a page that shows both as people would see them, and the faults that make them misbehave. What is posted there
// stays on this machine.
//
// It refuses to be reachable by more than this machine unless somebody says so, to check who anybody is, and to run a
// script: whatever is posted is shown as text.
package sandbox
