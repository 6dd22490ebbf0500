package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"carillon.example/pkg/wording"
)

// gap stands between two columns.
const gap = "  "

// table is rows under headings. On a narrow screen the last column goes beneath its row, and on a very narrow one every
// cell gets a line of its own: nothing is cut off, since what stands there is to be copied.
type table struct {
	head []string
	rows []row
}

// row is one row's cells, and a note that stands beneath it, such as why something failed.
type row struct {
	cells []string
	note  string
}

func (t *table) add(note string, cells ...string) {
	for i := range cells {
		cells[i] = oneLine(cells[i])
	}
	t.rows = append(t.rows, row{cells, oneLine(note)})
}

// print lays the table out for a screen of the given width; 0 is no limit.
func (t *table) print(w io.Writer, limit int) {
	widths := t.widths()
	switch last := len(widths) - 1; {
	case limit == 0 || lineWidth(widths) <= limit:
		t.lines(w, widths, limit)
	case last > 0 && lineWidth(widths[:last]) <= limit:
		t.beneath(w, widths[:last], limit)
	default:
		t.stacked(w, limit)
	}
}

func (t *table) widths() []int {
	widths := make([]int, len(t.head))
	for i, h := range t.head {
		widths[i] = width(h)
	}
	for _, r := range t.rows {
		for i, c := range r.cells {
			widths[i] = max(widths[i], width(c))
		}
	}
	return widths
}

func lineWidth(widths []int) int {
	sum := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		sum += w
	}
	return sum
}

// lines prints a row a line.
func (t *table) lines(w io.Writer, widths []int, limit int) {
	line(w, t.head, widths)
	for _, r := range t.rows {
		line(w, r.cells, widths)
		note(w, r.note, limit)
	}
}

// beneath prints the last cell of each row on its own line.
func (t *table) beneath(w io.Writer, widths []int, limit int) {
	last := len(widths)
	line(w, t.head[:last], widths)
	for _, r := range t.rows {
		line(w, r.cells[:last], widths)
		note(w, r.cells[last], limit)
		note(w, r.note, limit)
	}
}

// stacked prints a cell a line, with its heading.
func (t *table) stacked(w io.Writer, limit int) {
	labels := make([]string, len(t.head))
	longest := 0
	for i, h := range t.head {
		labels[i] = strings.ToLower(h)
		longest = max(longest, width(labels[i]))
	}
	for _, r := range t.rows {
		for i, c := range r.cells {
			switch {
			case i == 0:
				_, _ = fmt.Fprintln(w, c)
			case c != "":
				_, _ = fmt.Fprintf(w, "%s%s%s%s\n", gap, pad(labels[i], longest), gap, c)
			}
		}
		note(w, r.note, limit)
	}
}

// line prints cells in columns, without spaces at the end. A cell that is written from right to left is isolated if another
// follows: a terminal that knows directions would else put the two in one run, and the columns in another order.
func line(w io.Writer, cells []string, widths []int) {
	padded := slices.Clone(cells)
	for i := range padded {
		if i+1 < len(padded) {
			padded[i] = wording.Within("en", padded[i])
		}
		padded[i] = pad(padded[i], widths[i])
	}
	_, _ = fmt.Fprintln(w, strings.TrimRight(strings.Join(padded, gap), " "))
}

// note prints what belongs to the row above.
func note(w io.Writer, s string, limit int) {
	if s == "" {
		return
	}
	if limit > 0 {
		limit -= len(gap)
	}
	for _, l := range wrap(s, limit) {
		_, _ = fmt.Fprintf(w, "%s%s\n", gap, l)
	}
}

// facts are labelled values, one beneath the other; those without a value are left out.
type facts []fact

type fact struct{ label, value string }

func (f *facts) add(label, value string) {
	if value != "" {
		*f = append(*f, fact{label, oneLine(value)})
	}
}

// print aligns the values, and wraps them under each other.
func (f facts) print(w io.Writer, limit int) {
	longest := 0
	for _, one := range f {
		longest = max(longest, width(one.label))
	}
	before := len(gap) + longest + len(gap)
	if limit > 0 {
		limit = max(limit-before, smallest/2)
	}
	for _, one := range f {
		label := one.label
		for _, l := range wrap(one.value, limit) {
			_, _ = fmt.Fprintf(w, "%s%s%s%s\n", gap, pad(label, longest), gap, l)
			label = ""
		}
	}
}
