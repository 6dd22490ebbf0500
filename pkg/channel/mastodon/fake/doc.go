// Package fake is an instance that speaks enough of Mastodon's API for its clients to work unchanged: applications and
// their tokens, accounts, statuses that are shown, edited and deleted, alone and in threads, with pictures, timelines. It keeps what it was told in a journal
// and does so before it answers, so that no answered status is lost when it is killed.
//
// It serves the sandbox and the tests. It federates with nobody, checks no password (whoever logs in as a name is that
// name), and refuses polls, video, and everything else that Carillon does not send.
package fake
