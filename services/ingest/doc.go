// Package ingest is the desk's door: the staff API. It validates what staff ask for, writes one decision a call against the
// post's lock, and copies what was released to where the public's readers look. It takes the files that posts show and offer,
// by plain HTTP, and keeps them by their hash. It makes every stream and consumer. It
// refuses to talk to channels: what they show, and whether they work, it reads in the log.
package ingest
