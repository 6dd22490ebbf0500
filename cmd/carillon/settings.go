package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kelseyhightower/envconfig"
)

// prefix stands before the name of every variable.
const prefix = "CARILLON"

// processSettings are the variables that every process of Carillon reads; each service has its own besides.
type processSettings struct {
	DataDir   string `envconfig:"DATA_DIR" default:"./data" desc:"folder of everything that is kept on disk"`
	Config    string `envconfig:"CONFIG" default:"carillon.yaml" desc:"the office's configuration"`
	PublicURL string `envconfig:"PUBLIC_URL" desc:"where the public finds the site; beats site.url"`
	OpsAddr   string `envconfig:"OPS_ADDR" default:"127.0.0.1:8082" desc:"address of /healthz, /readyz and /metrics"`
	NATSURL   string `envconfig:"NATS_URL" desc:"the NATS server of services that run by themselves, as nats://host:4222"`
	NATSCreds string `envconfig:"NATS_CREDS" desc:"credentials file for that server"`
	NATSSync  string `envconfig:"NATS_SYNC" default:"always" desc:"when the embedded server syncs its files: always, or an interval such as 2s"`
	Replicas  int    `envconfig:"NATS_REPLICAS" default:"1" desc:"copies of every stream: 1, or 3 in a cluster"`
	LogLevel  string `envconfig:"LOG_LEVEL" default:"info" desc:"debug, info, warn or error"`
	LogFormat string `envconfig:"LOG_FORMAT" default:"text" desc:"text or json"`
}

func readProcessSettings() (processSettings, error) {
	var s processSettings
	if err := envconfig.Process(prefix, &s); err != nil {
		return s, usageError{err}
	}
	return s, s.validate()
}

func (s *processSettings) validate() error {
	if s.DataDir == "" {
		return usageError{errors.New("CARILLON_DATA_DIR is empty: write a folder such as ./data")}
	}
	if s.Replicas != 1 && s.Replicas != 3 {
		return usageError{fmt.Errorf("CARILLON_NATS_REPLICAS is %d: write 1 or 3", s.Replicas)}
	}
	if _, err := s.sync(); err != nil {
		return usageError{err}
	}
	if s.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return usageError{fmt.Errorf("CARILLON_PUBLIC_URL %q is not an address: write it as https://news.example.org", s.PublicURL)}
	}
	s.PublicURL = strings.TrimRight(s.PublicURL, "/")
	return nil
}

// sync is how often the embedded server syncs; 0: before every acknowledgement.
func (s *processSettings) sync() (time.Duration, error) {
	if s.NATSSync == "always" {
		return 0, nil
	}
	d, err := time.ParseDuration(s.NATSSync)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("CARILLON_NATS_SYNC is %q: write always, or an interval such as 2s", s.NATSSync)
	}
	return d, nil
}

func (s *processSettings) path(name string) string { return filepath.Join(s.DataDir, name) }

// fill reads a service's own settings.
func fill(config any) error {
	if err := envconfig.Process(prefix, config); err != nil {
		return usageError{err}
	}
	return nil
}

// configured reports whether there is a configuration file; without one 'up' is the demonstration. A file that somebody
// named has to be there.
func (s *processSettings) configured() (bool, error) {
	_, err := os.Stat(s.Config)
	if err == nil {
		return true, nil
	}
	if _, named := os.LookupEnv(prefix + "_CONFIG"); !named && errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return false, usageError{fmt.Errorf("the configuration cannot be read: %w", err)}
}
