package sandbox

import (
	"errors"
	"fmt"
	"net"
)

// Config is the service's part of the environment.
type Config struct {
	Addr    string `envconfig:"SANDBOX_ADDR" default:"127.0.0.1:8083" desc:"address of the sandbox"`
	DataDir string `envconfig:"DATA_DIR" default:"./data" desc:"folder of everything that is kept on disk"`
}

// Validate says what is missing or wrong.
func (c *Config) Validate() error {
	if c.Addr == "" {
		return errors.New("CARILLON_SANDBOX_ADDR is empty: write an address such as 127.0.0.1:8083")
	}
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return fmt.Errorf("CARILLON_SANDBOX_ADDR: %w: write an address such as 127.0.0.1:8083", err)
	}
	if c.DataDir == "" {
		return errors.New("CARILLON_DATA_DIR is empty: write a folder such as ./data")
	}
	return nil
}
