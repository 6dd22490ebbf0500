// Package bus is how services meet in the log: it publishes against a subject's lock, reads, follows, takes wake-ups and
// sets timers, and declares every stream and consumer once. It is the only user of nats.go, and it refuses to know what
// the messages mean: subjects and bytes come from package event.
package bus
