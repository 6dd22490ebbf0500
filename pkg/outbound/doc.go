// Package outbound holds the HTTP client for everything outside: one client that sends a request once, refuses private
// addresses that nobody configured, caps what it reads, and keeps tokens at the host they were meant for.
//
// It refuses to retry, to follow a redirect of anything but a GET or HEAD, and to go through a proxy (behind a proxy the
// address that is reached cannot be checked here). Reading what an answer means is the caller's affair; Progress says
// whether a request that failed can have had an effect. The errors of net/http name the whole address: who shows one
// passes it through Redact first.
package outbound
