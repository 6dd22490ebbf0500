// Package deliver makes the channels show what is released. It routes every released post to the channels that carry it,
// and for each it runs one loop: what is wanted, what does the ledger say is there, do the difference, record it. It
// alone decides when to try again; drivers only say what an answer meant. It refuses to read the desk.
package deliver
