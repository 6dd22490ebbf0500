// Package carillon holds the domain: posts and their editions, kinds, slugs, dates, channels' routing and the rules
// that say whether a post may go out. It uses the standard library only and refuses everything that touches the
// outside: no files, no network, no log, no wire format.
package carillon
