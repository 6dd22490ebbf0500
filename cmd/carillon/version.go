package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set when a release is built: -ldflags "-X main.version=1.2.3".
var version = "development"

// build is what 'version' shows.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Time     string `json:"time"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersionCommand(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "version", Short: "say which Carillon this is", GroupID: groupOffice, Args: cobra.NoArgs,
		Example: "  carillon version\n  carillon version --json",
		RunE: func(*cobra.Command, []string) error {
			b := buildOf(debug.ReadBuildInfo())
			if asJSON {
				return a.json(b)
			}
			a.printf("carillon %s\n", b.Version)
			var f facts
			f.add("commit", b.Commit)
			f.add("time", b.Time)
			if b.Modified {
				f.add("modified", "yes: built from changed files")
			}
			f.add("built with", b.Go+" for "+b.Platform)
			f.print(a.out, a.screen.width)
			return nil
		},
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

func buildOf(info *debug.BuildInfo, ok bool) build {
	b := build{Version: version, Go: runtime.Version(), Platform: fmt.Sprintf("%s/%s", runtime.GOOS, runtime.GOARCH)}
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}
