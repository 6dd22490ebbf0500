// Package event says what stands in the log: the subjects, and how the domain is written as protobuf and read again. It is
// the only user of the generated messages besides the staff API. It refuses to talk to a server: it knows names and bytes.
package event
