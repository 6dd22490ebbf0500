// Package process runs the built programs for tests: Carillon's own and a NATS server, each in a process that is ended with
// the test and whose words are shown if the test fails. It refuses to know what they do.
package process
