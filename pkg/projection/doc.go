// Package projection turns the log into SQLite files that can be asked questions: rows and the position up to which they
// were made are written in one transaction, so a file is always the state of the log at some moment. Deleting a file is
// safe at any time: it is a copy, and comes back from the log. For the same reason a file that is damaged, that was made
// with other tables, or from another log than the one at hand is removed and made again, and the log lines say so.
//
// The package refuses to know what the messages mean: its user declares the tables and applies the messages.
package projection
