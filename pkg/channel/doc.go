// Package channel says what a driver is: the few calls by which Carillon makes a destination show something, change it
// and take it back, in one part or several, with pictures, and the verdicts in which the answers are told. A driver composes,
// sends, looks and classifies; it never sleeps, loops or retries, and it keeps no state that a restart would lose.
// services/deliver alone turns verdicts into what happens next.
package channel
