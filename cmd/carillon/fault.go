package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/suggest"
)

// byChance is what stands in the place of an effect for a fault whose effects chance chooses.
const byChance = "random"

func newFaultCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "fault", Short: "make the sandbox fail, to see what becomes of it",
		Long: `Make the sandbox fail as real services do: connections that end, answers that
are late or broken, limits, scopes, wrong clocks. The sandbox is that of the
'carillon up' on this machine, or the one that CARILLON_SANDBOX_URL names.`,
		Example: `  carillon sandbox fault add late --match "POST /api/v1/statuses" --times 1
  carillon sandbox fault list
  carillon sandbox fault clear`,
	}
	cmd.AddCommand(newFaultListCommand(a), newFaultAddCommand(a), newFaultClearCommand(a))
	return cmd
}

func newFaultListCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "show the faults that wait for a request", Args: cobra.NoArgs,
		Example: "  carillon sandbox fault list\n  carillon sandbox fault list --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			known, err := a.callSandbox(cmd, http.MethodGet, nil)
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(known.list)
			}
			if len(known.list) == 0 {
				a.advise("no fault waits: the sandbox behaves\n")
			} else {
				t := table{head: []string{"EFFECT", "REQUESTS", "LEFT", "DOES"}}
				for _, f := range known.list {
					t.add("", f.Name(), matched(&f), left(&f), f.Says())
				}
				t.print(a.out, a.screen.width)
			}
			if known.pending > 0 {
				a.advise("%d requests suffer one right now: what they ask for may be done late\n", known.pending)
			}
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func newFaultClearCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "clear", Short: "end all faults", Args: cobra.NoArgs,
		Long:    "End all faults. What has begun goes on: an effect that comes late still comes.",
		Example: "  carillon sandbox fault clear",
		RunE: func(cmd *cobra.Command, _ []string) error {
			before, err := a.callSandbox(cmd, http.MethodGet, nil)
			if err != nil {
				return err
			}
			after, err := a.callSandbox(cmd, http.MethodDelete, nil)
			if err != nil {
				return err
			}
			if asJSON {
				return a.json(after.list)
			}
			a.printf("cleared: %d\n", len(before.list))
			if after.pending > 0 {
				a.advise("%d requests suffer one right now: what they ask for may be done late\n", after.pending)
			}
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func (a *app) callSandbox(cmd *cobra.Command, method string, f *fault.Fault) (faults, error) {
	c, err := a.sandboxClient()
	if err != nil {
		return faults{}, err
	}
	return c.call(cmd.Context(), method, f)
}

func matched(f *fault.Fault) string {
	if f.Match == "" {
		return "all"
	}
	return f.Match
}

func left(f *fault.Fault) string {
	switch f.Times {
	case 0:
		return "until cleared"
	case 1:
		return "once"
	}
	return fmt.Sprintf("%d times", f.Times)
}

// faultFlags are the flags of 'fault add'.
type faultFlags struct {
	match, body, limit string
	times, status      int
	headers, effects   []string
	delay, skew        time.Duration
	seed               uint64
	rate               float64
	asJSON             bool
}

func newFaultAddCommand(a *app) *cobra.Command {
	var flags faultFlags
	cmd := &cobra.Command{
		Use: "add EFFECT", Short: "make requests fail from now on",
		Long: addLong(),
		Example: `  carillon sandbox fault add late --match "POST /api/v1/statuses" --times 1
  carillon sandbox fault add 503 --match "POST chat.postMessage" --times 3
  carillon sandbox fault add rate-limit --limit date --delay 1m
  carillon sandbox fault add clock-off --skew -10m
  carillon sandbox fault add random --seed 7 --rate 0.1 --match POST`,
		Args: exactlyOne("EFFECT"), ValidArgsFunction: completeEffect,
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := flags.fault(cmd, args[0])
			if err != nil {
				return err
			}
			known, err := a.callSandbox(cmd, http.MethodPost, f)
			if err != nil {
				return err
			}
			if flags.asJSON {
				return a.json(known.list)
			}
			a.printf("added: %s on %s, %s\n%s\n", f.Name(), whichRequests(f), left(f), f.Says())
			return nil
		},
	}
	flags.register(cmd)
	return cmd
}

func (flags *faultFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&flags.match, "match", "", "`REQUESTS` that fail: a method, a path or both (the end of a path does; * at its end: more may follow). All if it is not given")
	f.IntVar(&flags.times, "times", 0, "how often; 0: until it is cleared")
	f.IntVar(&flags.status, "status", 0, "the HTTP status of the answer (status, status-after, replay-fails)")
	f.StringArrayVar(&flags.headers, "header", nil, "a header of the answer, as `\"Name: value\"` (status, status-after); may be given several times")
	f.StringVar(&flags.body, "body", "", "the body of the answer (status, status-after)")
	f.StringVar(&flags.limit, "limit", "", "`FORM` of a rate-limit: seconds, date, reset, none or word")
	f.DurationVar(&flags.delay, "delay", 0, "a time such as 30s, at most 2m: see the effects; others begin so much later")
	f.DurationVar(&flags.skew, "skew", 0, "how far the clock is ahead, such as 10m or -10m (clock-off, stamps-off)")
	f.Uint64Var(&flags.seed, "seed", 0, "what chance begins with: the same seed decides the same (random)")
	f.Float64Var(&flags.rate, "rate", 0, "share of the requests that fail, such as 0.1 (random)")
	f.StringSliceVar(&flags.effects, "effects", nil, "effects and statuses to choose from, such as drop-after,503 (random)")
	jsonFlag(cmd, &flags.asJSON)
}

// goesWith says which effects a flag is for. Flags that are not here go with all.
func goesWith() map[string][]string {
	return map[string][]string{
		"status": {"status", "status-after", "replay-fails"}, "header": {"status", "status-after"}, "body": {"status", "status-after"},
		"limit": {"rate-limit", byChance}, "skew": {"clock-off", "stamps-off"},
		"seed": {byChance}, "rate": {byChance}, "effects": {byChance},
	}
}

// fault is what the command line asks for.
func (flags *faultFlags) fault(cmd *cobra.Command, effect string) (*fault.Fault, error) {
	f := &fault.Fault{
		Match: flags.match, Times: flags.times, Effect: fault.Effect(effect), Status: flags.status, Body: flags.body,
		Limit: fault.Limit(flags.limit), DelayMS: int(flags.delay.Milliseconds()), SkewMS: flags.skew.Milliseconds(),
	}
	code, err := strconv.Atoi(effect)
	switch {
	case effect == byChance:
		f.Effect, f.Random = "", &fault.Random{Seed: flags.seed, Rate: flags.rate, Effects: flags.effects}
	case err == nil && flags.status != 0:
		return nil, misused(cmd, "the status is said twice: %s and --status %d", effect, flags.status)
	case err == nil:
		f.Effect, f.Status = fault.Status, code
	}
	if err := knownEffect(cmd, effect, f); err != nil {
		return nil, err
	}
	for _, flag := range slices.Sorted(maps.Keys(goesWith())) {
		if with := goesWith()[flag]; cmd.Flags().Changed(flag) && !slices.Contains(with, f.Name()) {
			return nil, misused(cmd, "--%s says nothing about %s: it goes with %s", flag, f.Name(), strings.Join(with, ", "))
		}
	}
	if flags.delay < 0 || flags.delay > fault.MaxDelay {
		return nil, misused(cmd, "--delay is %s: write a time from 0s to %s", flags.delay, fault.MaxDelay)
	}
	if flags.skew < -fault.MaxSkew || flags.skew > fault.MaxSkew {
		return nil, misused(cmd, "--skew is %s: write a time from -%s to %s", flags.skew, fault.MaxSkew, fault.MaxSkew)
	}
	for _, h := range flags.headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, misused(cmd, "--header is %q: write it as \"Retry-After: 30\"", h)
		}
		if f.Headers == nil {
			f.Headers = map[string]string{}
		}
		f.Headers[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	if err := f.Validate(); err != nil {
		return nil, misused(cmd, "%s", inFlags(err.Error()))
	}
	return f, nil
}

// knownEffect refuses an effect that there is not, and says which was meant.
func knownEffect(cmd *cobra.Command, word string, f *fault.Fault) error {
	known := effectNames()
	if f.Random != nil || f.Effect == fault.Status || slices.Contains(known, word) {
		return nil
	}
	if meant, ok := suggest.Nearest(word, known); ok {
		return misused(cmd, "there is no effect %q: did you mean %s?", word, meant)
	}
	return misused(cmd, "there is no effect %q", word)
}

func effectNames() []string {
	names := []string{byChance}
	for _, d := range fault.Effects() {
		names = append(names, string(d.Effect))
	}
	return names
}

// inFlags words what is wrong with a fault for those who gave it as flags.
func inFlags(s string) string {
	field, rest, ok := strings.Cut(s, ": ")
	if !ok {
		return s
	}
	flag, ok := map[string]string{
		"match": "match", "times": "times", "status": "status", "limit": "limit", "random.rate": "rate", "random.effects": "effects",
	}[field]
	if !ok {
		return s
	}
	return "--" + flag + ": " + rest
}

func whichRequests(f *fault.Fault) string {
	if f.Match == "" {
		return "all requests"
	}
	return f.Match
}

func completeEffect(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	words := []string{byChance + "\tchance chooses among the others"}
	for _, d := range fault.Effects() {
		words = append(words, string(d.Effect)+"\t"+d.Says)
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

// addLong is the help of 'fault add': every effect in a few words.
func addLong() string {
	var b strings.Builder
	b.WriteString(`Make requests to the sandbox fail from now on. The faults act on its Mastodon
and its Slack; of several that match a request the oldest acts. EFFECT is one of

`)
	const column = 21
	for _, d := range fault.Effects() {
		for i, line := range wrap(d.Says, 80-column) {
			name := ""
			if i == 0 {
				name = "  " + string(d.Effect)
			}
			b.WriteString(pad(name, column) + line + "\n")
		}
	}
	for i, line := range wrap("chance chooses the requests that fail (--rate, --seed), and for each one of --effects ("+
		strings.Join(fault.RandomEffects(), ", ")+")", 80-column) {
		name := ""
		if i == 0 {
			name = "  " + byChance
		}
		b.WriteString(pad(name, column) + line + "\n")
	}
	b.WriteString("\nor an HTTP status such as 503, which is answered without any effect.")
	return b.String()
}
