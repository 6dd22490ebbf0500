package rules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"carillon.example/pkg/channel/builtin"
)

// mayNameTypes are the places that are about certain types of channels: the list of them, the demonstration, and what
// looks at a running Carillon from outside.
var mayNameTypes = []string{"pkg/channel/builtin/", "services/sandbox/", "cmd/carillon/demo.go", "bench/", "test/"}

// A type of channel is a folder and a line in builtin. Code elsewhere that imports it, has its name in an identifier or
// compares with it would need another edit for the next type. Comments and sentences for people may name one as an example.
func TestANewTypeOfChannelNeedsNoSecondEdit(t *testing.T) {
	types := builtin.Types()
	files := tree(t)
	for name, content := range files {
		allowed := slices.ContainsFunc(mayNameTypes, func(place string) bool { return strings.HasPrefix(name, place) })
		if allowed || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, name, content, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		for _, channelType := range types {
			if strings.HasPrefix(name, "pkg/channel/"+channelType.Name+"/") {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if mentions(n, channelType.Name) {
					t.Errorf("%s names the type of channel %q: the type itself should say what is needed here", set.Position(n.Pos()), channelType.Name)
				}
				return true
			})
		}
	}
	for _, channelType := range types {
		if files["pkg/channel/"+channelType.Name+"/doc.go"] == nil {
			t.Errorf("the type %q is not in a folder of its name", channelType.Name)
		}
	}
}

// mentions reports whether a node of the code names a type of channel.
func mentions(n ast.Node, channelType string) bool {
	switch n := n.(type) {
	case *ast.Ident:
		return strings.Contains(strings.ToLower(n.Name), channelType)
	case *ast.ImportSpec:
		return strings.Contains(n.Path.Value, channelType)
	case *ast.BasicLit:
		value, err := strconv.Unquote(n.Value)
		return err == nil && n.Kind == token.STRING && strings.EqualFold(value, channelType)
	}
	return false
}
