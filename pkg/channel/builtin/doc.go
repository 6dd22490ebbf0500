// Package builtin lists the types of channel this program can drive. A new type is its own folder and one line here; the
// package refuses to know anything else about them.
package builtin
