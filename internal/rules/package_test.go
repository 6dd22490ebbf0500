package rules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strings"
	"testing"
)

// minDoc is fewer characters than it takes to say what a package holds.
const minDoc = 40

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	type pkg struct{ name, doc string }
	packages := map[string]pkg{}
	for name, content := range tree(t) {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata/") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, content, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		p := packages[path.Dir(name)]
		p.name = f.Name.Name
		if !ast.IsGenerated(f) && f.Doc != nil {
			p.doc += f.Doc.Text()
		}
		packages[path.Dir(name)] = p
	}
	for folder, p := range packages {
		switch {
		case strings.HasPrefix(folder, "proto/"): // all of it is generated
		case len(p.doc) < minDoc:
			t.Errorf("%s: package %s has no comment that says what it holds and what it refuses", folder, p.name)
		case p.name != "main" && !strings.HasPrefix(p.doc, "Package "+p.name+" "):
			t.Errorf("%s: the comment of package %s begins with %.40q", folder, p.name, p.doc)
		}
	}
}
