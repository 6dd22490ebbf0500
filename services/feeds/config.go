package feeds

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Config is the service's part of the environment.
type Config struct {
	Addr      string `envconfig:"PUBLIC_ADDR" default:":8080" desc:"address of the public site"`
	DataDir   string `envconfig:"DATA_DIR" default:"./data" desc:"folder of everything that is kept on disk"`
	PublicURL string `envconfig:"PUBLIC_URL" desc:"where the public finds the site; beats site.url"`

	MediaCacheMB int64 `envconfig:"MEDIA_CACHE_MB" default:"2048" desc:"how much of the posts' files the public site keeps at hand on disk, in MiB"`
}

// Validate says what is missing or wrong.
func (c *Config) Validate() error {
	if c.Addr == "" {
		return errors.New("CARILLON_PUBLIC_ADDR is empty: write an address such as :8080")
	}
	if c.DataDir == "" {
		return errors.New("CARILLON_DATA_DIR is empty: write a folder such as ./data")
	}
	if c.MediaCacheMB < 0 || c.MediaCacheMB > 1<<30 {
		return fmt.Errorf("CARILLON_MEDIA_CACHE_MB is %d: write how many MiB, such as 2048", c.MediaCacheMB)
	}
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("CARILLON_PUBLIC_URL %q is not an address: write it as https://news.example.org", c.PublicURL)
	}
	return nil
}

// siteURL is where the public finds the site, without a slash at the end: what the environment says, else the office,
// else where the service listens.
func (c *Config) siteURL(office, own string) string {
	for _, s := range []string{c.PublicURL, office} {
		if s != "" {
			return strings.TrimRight(s, "/")
		}
	}
	return own
}
