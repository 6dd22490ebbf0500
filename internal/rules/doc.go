// Package rules holds tests of the rules of this repository that no linter knows: every package says what it is, every
// dependency its reason, every variable is documented, and a new type of channel needs no second edit. It refuses to hold
// anything that is not a test.
package rules
