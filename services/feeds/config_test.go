package feeds_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/kelseyhightower/envconfig"
	"github.com/prometheus/client_golang/prometheus"

	"carillon.example/pkg/bus/bustest"
	"carillon.example/pkg/service"
	"carillon.example/services/feeds"
)

func TestConfigurationHasUsableDefaults(t *testing.T) {
	for _, name := range []string{"CARILLON_PUBLIC_ADDR", "CARILLON_DATA_DIR", "CARILLON_PUBLIC_URL"} {
		t.Setenv(name, "")
	}
	var c feeds.Config
	if err := envconfig.Process("CARILLON_UNSET", &c); err != nil {
		t.Fatal(err)
	}
	same(t, "configuration", c, feeds.Config{Addr: ":8080", DataDir: "./data", MediaCacheMB: 2048})
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}

func TestWrongConfigurationIsNamed(t *testing.T) {
	for name, tt := range map[string]struct {
		config feeds.Config
		want   string
	}{
		"no address":       {feeds.Config{DataDir: "d"}, "CARILLON_PUBLIC_ADDR is empty"},
		"no folder":        {feeds.Config{Addr: ":0"}, "CARILLON_DATA_DIR is empty"},
		"not a web site":   {feeds.Config{Addr: ":0", DataDir: "d", PublicURL: "news.example.org"}, `CARILLON_PUBLIC_URL "news.example.org" is not an address`},
		"with a query":     {feeds.Config{Addr: ":0", DataDir: "d", PublicURL: "https://a.example/?b"}, "is not an address"},
		"address in use":   {feeds.Config{Addr: "127.0.0.1:99999", DataDir: "d"}, "listen on 127.0.0.1:99999"},
		"folder in no way": {feeds.Config{Addr: "127.0.0.1:0", DataDir: "/dev/null"}, "projection"},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.config.DataDir == "d" {
				tt.config.DataDir = t.TempDir()
			}
			_, err := feeds.New(tt.config, feeds.Deps{
				Bus: bustest.Start(t), Office: testOffice(t), Log: slog.New(slog.DiscardHandler),
				Metrics: prometheus.NewRegistry(), Health: service.NewHealth(), Now: time.Now,
			})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
