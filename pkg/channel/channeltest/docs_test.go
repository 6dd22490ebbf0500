package channeltest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"carillon.example/pkg/channel/fault"
)

const sandboxDocs = "../../../docs/sandbox.md"

func TestTableOfVerdictsIsInTheDocs(t *testing.T) {
	b, err := os.ReadFile(sandboxDocs)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, r := range table(Fake{}) {
		fmt.Fprintf(&want, "| %s |", r.name)
		for _, v := range []verdicts{r.create, r.edit, r.withdraw, r.look, r.upload, r.part} {
			fmt.Fprintf(&want, " %s |", v)
		}
		want.WriteString("\n")
	}
	if !strings.Contains(string(b), want.String()) {
		t.Errorf("docs/sandbox.md does not have the table as it is:\n%s", want.String())
	}
}

func TestEveryEffectIsInTheDocsAndInTheTable(t *testing.T) {
	b, err := os.ReadFile(sandboxDocs)
	if err != nil {
		t.Fatal(err)
	}
	suffered := map[fault.Effect]bool{
		fault.Delay: true, fault.StatusAfter: true, fault.ReplayFails: true, // in tests of their own
	}
	for _, r := range table(Fake{}) {
		suffered[r.fault.Effect] = true
	}
	for _, d := range fault.Effects() {
		if !strings.Contains(string(b), "`"+string(d.Effect)+"`") {
			t.Errorf("docs/sandbox.md says nothing about %s", d.Effect)
		}
		if !suffered[d.Effect] {
			t.Errorf("no driver suffers %s", d.Effect)
		}
	}
}
