// Package remind tells the staff of the days that come: for each channel that asks it keeps timers, and when one fires it
// says the reminder, once, by writing it down; deliver carries it. It refuses to reach anybody outside.
package remind
