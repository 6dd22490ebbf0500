// Command carillon is the whole program: the services, and the command line with which staff publish and see what became
// of it.
//
// This package holds the commands, one file a verb, and how their results and errors are printed. What a command does to
// a post it asks of the staff API, like everyone else; it refuses to know the log, and no rule about posts lives here.
package main
