// Package media knows the files that a post may show or offer: what they are, by their content, how large they may be, and
// what is taken out of them. A picture comes out upright, without its metadata (a camera's position among it), and in the
// smaller sizes that pages want. The same file always gives the same bytes, and so the same hash. It is pure.
//
// It refuses, with a Refusal, what is not of a type it knows, what is called something else than it is, what is broken or
// cut off, and what would take too much memory to open. Documents are not looked into further than it takes to tell what
// they are: what their authors wrote about themselves stays in them.
package media
