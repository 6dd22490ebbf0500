// Package office reads carillon.yaml: what the office is called, which languages it speaks and which channels it has. It
// refuses what it does not know, with the line and what may have been meant, and it knows nothing of any one type of
// channel: a type's own settings are decoded by the type.
package office
