// Package fault makes the fake instances misbehave on request: connections that end before or after the work was done,
// answers of one's choice, and slowness. It is a middleware and the endpoint that controls it. It knows no API and refuses
// to be anything but a tool of tests and of the sandbox: nothing that serves the public may wear it.
package fault
