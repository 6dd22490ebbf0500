// Package acceptance holds the tests of Carillon as its users meet it: the built program, run in processes of its own, its
// command line, its public addresses, and what subscribers, followers and readers find at the other end. It refuses to
// reach into a process: whatever cannot be seen from outside is no concern of these tests.
package acceptance
