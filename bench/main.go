// Command bench measures what the documents claim about speed. It runs the real binary, talks to it over loopback, and
// prints one line a figure: name, value, unit. Every ratio is measured side by side, in interleaved rounds of one run; what
// is printed is the median of the rounds. The same figures go to bin/bench.json.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"time"
)

// figure is one measured value.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// report collects figures and prints each as it comes.
type report struct {
	out     io.Writer
	Time    time.Time `json:"time"`
	Figures []figure  `json:"figures"`
}

func (r *report) add(name string, value float64, unit string) {
	r.Figures = append(r.Figures, figure{name, value, unit})
	_, _ = fmt.Fprintf(r.out, "%s %.3g %s\n", name, value, unit)
}

func main() {
	binary := flag.String("binary", "bin/carillon", "the program to measure")
	output := flag.String("json", "bin/bench.json", "where the figures go as JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *binary, *output, os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, binary, output string, out io.Writer) error {
	r := &report{out: out, Time: time.Now()}
	for _, measure := range []func(context.Context, string, *report) error{start, accept, follow} {
		if err := measure(ctx, binary, r); err != nil {
			return err
		}
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(output, append(b, '\n'), 0o600)
}

// percentile is the value below which a share of the values lies.
func percentile(values []float64, share float64) float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

func median(values []float64) float64 { return percentile(values, 0.5) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
