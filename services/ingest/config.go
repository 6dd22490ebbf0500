package ingest

import (
	"errors"
)

// Config is the service's part of the environment.
type Config struct {
	Addr           string `envconfig:"STAFF_ADDR" default:"127.0.0.1:8081" desc:"address of the staff API"`
	DataDir        string `envconfig:"DATA_DIR" default:"./data" desc:"folder of everything that is kept on disk"`
	AdminTokenFile string `envconfig:"ADMIN_TOKEN_FILE" desc:"file with the first token; it is registered at every start"`
}

// Validate says what is missing.
func (c *Config) Validate() error {
	if c.Addr == "" {
		return errors.New("CARILLON_STAFF_ADDR is empty: write an address such as 127.0.0.1:8081")
	}
	return nil
}
