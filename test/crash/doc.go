// Package crash holds the test of what deliveries promise: nothing lost, nothing twice, whatever dies and whatever the other
// side does. Every part runs in a process of its own, a NATS server too; posts are published, corrected and withdrawn while
// processes are killed at random and the sandbox is hostile at random; at the end the timelines are compared with what was
// wanted. It refuses to reach into a process: what is shown, and what the ledger says, is all it goes by.
package crash
