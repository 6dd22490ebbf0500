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
	only := flag.String("only", "", "measure only this: start, accept, follow, release, upload, deliver")
	output := flag.String("json", "bin/bench.json", "where the figures go as JSON")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *binary, *only, *output, os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measurement is a group of figures.
type measurement struct {
	name    string
	measure func(context.Context, string, *report) error
}

func measurements() []measurement {
	return []measurement{{"start", start}, {"accept", accept}, {"follow", follow}, {"release", release}, {"upload", upload}, {"deliver", deliver}}
}

func run(ctx context.Context, binary, only, output string, out io.Writer) error {
	r := &report{out: out, Time: time.Now()}
	for _, m := range measurements() {
		if only != "" && m.name != only {
			continue
		}
		if err := m.measure(ctx, binary, r); err != nil {
			return err
		}
	}
	if len(r.Figures) == 0 {
		return fmt.Errorf("-only %s measures nothing: there are start, accept, follow, release, upload and deliver", only)
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
