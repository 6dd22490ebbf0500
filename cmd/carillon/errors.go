package main

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	"carillon.example/pkg/carillon"
	carillonv1 "carillon.example/proto/carillon/v1"
)

// The exit codes, as 'carillon help' lists them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitInput       = 2
	exitUnsettled   = 3
	exitUnreachable = 4
)

// usageError says that what was given is wrong: the command line, a variable or a file of settings.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// misused is the error of a command line that cannot be understood.
func misused(cmd *cobra.Command, format string, args ...any) error {
	return usageError{fmt.Errorf("%s\nRun '%s --help' to see how it is used", fmt.Sprintf(format, args...), cmd.CommandPath())}
}

// exitError is an error that has its own exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func fail(code int, format string, args ...any) error {
	return &exitError{code, fmt.Errorf(format, args...)}
}

// writeError says that the results could not be printed.
type writeError struct{ err error }

func (e *writeError) Error() string { return "cannot write the results: " + e.err.Error() }
func (e *writeError) Unwrap() error { return e.err }

// report prints an error and returns the exit code. Mistakes are printed as compilers print theirs, a line each, without
// the program's name before them, so that editors can jump to the place.
func (a *app) report(err error) int {
	if err == nil {
		return exitDone
	}
	code, text := explain(err)
	_, _ = fmt.Fprintln(a.err, clean(text)) // there is nobody left to tell
	return code
}

// explain turns an error into an exit code and what people read.
func explain(err error) (int, string) {
	var mistakes carillon.Mistakes
	if errors.As(err, &mistakes) {
		return exitInput, mistakes.Error()
	}
	code := exitFailed
	var usage usageError
	var own *exitError
	var address *net.AddrError // CARILLON_…_ADDR
	switch {
	case errors.As(err, &usage):
		code = exitInput
	case errors.As(err, &own):
		code = own.code
	case errors.As(err, &address):
		code = exitInput
	}
	return code, "carillon: " + err.Error()
}

// answered turns the error of a call to the staff API into one for people. url is where it was made.
func answered(url string, err error) error {
	if err == nil {
		return nil
	}
	var answer *connect.Error
	if !errors.As(err, &answer) {
		return fmt.Errorf("%s: %w", url, err)
	}
	sentence := answer.Message()
	if unavailable(err) && !connect.IsWireError(err) {
		return unreachable(url, err)
	}
	switch answer.Code() {
	case connect.CodeInvalidArgument:
		return mistakesOf(answer)
	case connect.CodeAborted:
		return errors.New(sentence + changesOf(answer))
	case connect.CodeUnauthenticated:
		if !connect.IsWireError(err) { // something that stands before Carillon
			return fail(exitUnreachable, "not allowed: the token is not valid at %s; CARILLON_TOKEN names another, 'carillon token create' makes one", url)
		}
		return fail(exitUnreachable, "not allowed at %s: %s; CARILLON_TOKEN names the one that is used", url, sentence)
	case connect.CodePermissionDenied:
		return fail(exitUnreachable, "not allowed at %s: %s", url, sentence)
	case connect.CodeUnavailable:
		return fail(exitUnreachable, "Carillon at %s cannot answer now: %s", url, sentence)
	case connect.CodeDeadlineExceeded:
		return fail(exitUnreachable, "Carillon at %s did not answer in time; try again, or see its log", url)
	case connect.CodeUnimplemented:
		return fail(exitUnreachable, "what answers at %s is not the staff API of Carillon, or an older one: CARILLON_URL names another address", url)
	case connect.CodeUnknown, connect.CodeInternal:
		if !connect.IsWireError(err) {
			return fail(exitUnreachable, "what answers at %s is not the staff API of Carillon: %s; CARILLON_URL names another address", url, sentence)
		}
		return errors.New(sentence)
	case connect.CodeNotFound, connect.CodeAlreadyExists, connect.CodeFailedPrecondition, connect.CodeOutOfRange,
		connect.CodeResourceExhausted, connect.CodeDataLoss, connect.CodeCanceled:
		return errors.New(sentence)
	}
	return errors.New(sentence)
}

func unreachable(url string, err error) error {
	return fail(exitUnreachable, "cannot reach Carillon at %s: %s; is 'carillon up' running? CARILLON_URL names another address", url, cause(err))
}

// cause is the innermost error, which says it in the fewest words: "connection refused".
func cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// mistakesOf reads what is wrong with a request from the answer.
func mistakesOf(answer *connect.Error) error {
	var mistakes carillon.Mistakes
	for _, d := range answer.Details() {
		value, err := d.Value()
		if err != nil {
			continue // a detail of a newer server; the sentence is still there
		}
		if m, ok := value.(*carillonv1.Mistakes); ok {
			for _, one := range m.GetMistakes() {
				mistakes = append(mistakes, carillon.Mistake{Field: one.GetField(), Message: one.GetMessage(), Line: int(one.GetLine())})
			}
		}
	}
	if len(mistakes) == 0 {
		return fail(exitInput, "%s", answer.Message())
	}
	return mistakes
}

// changesOf lists what somebody else changed in between, if the answer says.
func changesOf(answer *connect.Error) string {
	var b strings.Builder
	for _, d := range answer.Details() {
		value, err := d.Value()
		if err != nil {
			continue
		}
		conflict, ok := value.(*carillonv1.Conflict)
		if !ok {
			continue
		}
		for _, c := range conflict.GetChanges() {
			fmt.Fprintf(&b, "\n  %s\n    before: %s\n    now:    %s", c.GetField(), orNothing(c.GetBefore()), orNothing(c.GetAfter()))
		}
	}
	return b.String()
}

func orNothing(s string) string {
	if s == "" {
		return "(nothing)"
	}
	return oneLine(s)
}
