package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/signal"
	"syscall"

	"golang.org/x/sync/errgroup"
)

// Runner is a part of the program that runs until its context ends.
type Runner interface {
	Run(ctx context.Context) error
}

// Named is a runner with the name by which logs know it.
type Named struct {
	Name string
	Runner
}

// RunnerFunc makes a runner of a function.
type RunnerFunc func(ctx context.Context) error

// Run calls the function.
func (f RunnerFunc) Run(ctx context.Context) error { return f(ctx) }

// Run runs all of them. It returns when all have returned; the first that fails stops the others. The end of the context
// is no failure.
func Run(ctx context.Context, runners ...Named) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, r := range runners {
		group.Go(func() error {
			err := r.Run(ctx)
			if err == nil || ctx.Err() != nil && errors.Is(err, context.Canceled) {
				return nil
			}
			return fmt.Errorf("%s: %w", r.Name, err)
		})
	}
	return group.Wait()
}

// UntilSignal is a context that ends at SIGINT or SIGTERM. A second signal ends the process at once.
func UntilSignal(ctx context.Context, log *slog.Logger) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop()
		log.Info("stopping")
	})
	return ctx, stop
}
