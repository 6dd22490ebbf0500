package crash_test

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/kelseyhightower/envconfig"
	"github.com/prometheus/client_golang/prometheus"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/channel/builtin"
	"carillon.example/pkg/office"
	"carillon.example/pkg/outbound"
	"carillon.example/pkg/service"
	"carillon.example/services/deliver"
)

// blindRole makes this very program a deliver that does not look. The released program has no such setting.
const blindRole = "CARILLON_CRASH_TEST_BLIND"

// deliverWithoutLooking is 'carillon deliver', but for what it does about a lost answer: it takes it for 'not there'.
func deliverWithoutLooking() error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := service.UntilSignal(context.Background(), log)
	defer stop()
	var config deliver.Config
	if err := envconfig.Process("CARILLON", &config); err != nil {
		return err
	}
	config.Blind = true
	types := builtin.Types()
	o, err := office.Load("carillon.yaml", types)
	if err != nil {
		return err
	}
	b, err := bus.Connect(ctx, bus.Options{URL: os.Getenv("CARILLON_NATS_URL"), Name: "deliver without looking", Log: log})
	if err != nil {
		return err
	}
	defer b.Close()
	health, metrics := service.NewHealth(), prometheus.NewRegistry()
	s, err := deliver.New(config, deliver.Deps{
		Bus: b, Office: o, Types: types, Log: log, Metrics: metrics, Health: health, Now: time.Now,
		Client: outbound.New(outbound.Options{Timeout: config.CallTimeout, AllowPrivate: func(string) bool { return true }}),
	})
	if err != nil {
		return err
	}
	ops, err := service.Listen(os.Getenv("CARILLON_OPS_ADDR"), health.Handler(metrics), log)
	if err != nil {
		return err
	}
	return service.Run(ctx, service.Named{Name: "deliver", Runner: s}, service.Named{Name: "ops", Runner: ops})
}
