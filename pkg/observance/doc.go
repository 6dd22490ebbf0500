// Package observance holds the days, weeks, years and decades that the United Nations and their agencies mark, and turns
// their rules into dates. It is pure: the data set is embedded, checked whole when it is loaded, and documented in
// README.md. It computes the rules with a fixed date; of a year whose date follows from another rule it says that it
// is not computed, and never guesses. Who is reminded, when and in what words is not decided here.
package observance

//go:generate go run ./internal/generate observances.yaml observances.json
