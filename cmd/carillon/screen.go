package main

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/term"
)

// screen is the size of what is printed to. The zero screen is no terminal: lines may be as long as they like.
type screen struct {
	width    int // columns; 0: not limited
	height   int // lines; 0: not known
	terminal bool
}

// smallest is the narrowest screen we lay out for.
const smallest = 20

// screenOf measures w. COLUMNS, if it is set to a number, says the width instead.
func screenOf(w io.Writer, getenv func(string) string) screen {
	var s screen
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		s.terminal = true
		if width, height, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			s.width, s.height = width, height
		}
	}
	if columns, err := strconv.Atoi(getenv("COLUMNS")); err == nil && columns > 0 {
		s.width = columns
	}
	if s.width > 0 {
		s.width = max(s.width, smallest)
	}
	return s
}
