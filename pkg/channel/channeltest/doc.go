// Package channeltest is the conformance suite that every driver passes: one call of Run with a Harness that says how to
// start a fake of the driver's service. It checks what services/deliver relies on: what each call leaves to be seen, which
// verdict a lost or refused answer becomes, that looking finds what an interrupted call left, and that no secret shows; for
// types with threads, that each part stands in its place and is found by itself; for drivers that hand over pictures, that
// those are seen with their descriptions. It refuses to know any service: what differs between them stands in the Fake.
package channeltest
