package main

import (
	"reflect"

	"github.com/spf13/cobra"

	"carillon.example/services/deliver"
	"carillon.example/services/feeds"
	"carillon.example/services/ingest"
	"carillon.example/services/sandbox"
)

// variable is one environment variable.
type variable struct {
	Name    string `json:"name"`
	Default string `json:"default"`
	Meaning string `json:"meaning"`
}

// variables lists every variable that Carillon reads, from the structures that read them.
func variables() []variable {
	list := []variable{
		{"CARILLON_URL", "", "address of the staff API, for the command line"},
		{"CARILLON_TOKEN", "", "token of the staff API, for the command line"},
		{sandboxURL, "", "address of a sandbox, for 'carillon sandbox fault'"},
	}
	known := map[string]bool{}
	for _, config := range []any{processSettings{}, ingest.Config{}, feeds.Config{}, deliver.Config{}, sandbox.Config{}} {
		t := reflect.TypeOf(config)
		for i := range t.NumField() {
			tag := t.Field(i).Tag
			name := prefix + "_" + tag.Get("envconfig")
			if tag.Get("envconfig") == "" || known[name] {
				continue
			}
			known[name] = true
			list = append(list, variable{name, tag.Get("default"), tag.Get("desc")})
		}
	}
	return list
}

func newEnvCommand(a *app) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "env", Short: "list the environment variables", Args: cobra.NoArgs, GroupID: groupOffice,
		Example: "  carillon help env\n  carillon env --json",
		RunE:    func(*cobra.Command, []string) error { return a.printVariables(asJSON) },
	}
	jsonFlag(cmd, &asJSON)
	return cmd
}

// printVariables is what 'carillon env' and 'carillon help env' say.
func (a *app) printVariables(asJSON bool) error {
	if asJSON {
		return a.json(variables())
	}
	a.printf("Carillon reads these variables. The services that run apart read the same ones.\n\n")
	for _, v := range variables() {
		a.printf("%s\n    %s\n", v.Name, v.Meaning)
		if v.Default != "" {
			a.printf("    default: %s\n", v.Default)
		}
	}
	return nil
}
