package postfile

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Front matter is short. The limits are far above what people write, and keep the parser, which takes time in the square
// of how deep things are nested, to an instant.
const (
	maxFrontBytes = 64 << 10
	maxNesting    = 32
)

// parseYAML reads the front matter, which begins on the file's second line, as a mapping; nil if it is empty or wrong.
func (f *file) parseYAML(text string) ast.Node {
	if len(text) > maxFrontBytes {
		f.add("", 1, "the front matter is longer than %d KiB: write long text below it", maxFrontBytes>>10)
		return nil
	}
	if line := nestedAt(text); line > 0 {
		f.add("", line+1, "the front matter is nested more than %d deep here: close what is open, or put text in quotes", maxNesting)
		return nil
	}
	// An empty line in place of the first one makes the parser's lines the file's. Keys that stand twice are our own affair.
	doc, err := parser.ParseBytes([]byte("\n"+text+"\n"), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		line, message := explain(err)
		f.add("", line, "%s", message)
		return nil
	}
	if len(doc.Docs) == 0 || doc.Docs[0].Body == nil {
		return nil
	}
	if len(doc.Docs) > 1 {
		f.add("", max(1, lineOfNode(doc.Docs[1])), "the front matter has a second document here: write one")
		return nil
	}
	root := doc.Docs[0].Body
	if n := firstReference(root); n != nil {
		f.add("", lineOfNode(n), "there is %s of YAML here, which is not supported: write the value out or, if it is meant as text, put it in quotes",
			describe(n))
		return nil
	}
	if _, ok := pairs(root); !ok {
		f.add("", lineOfNode(root), "the front matter is not made of fields: write each as name: value, with a space behind the colon")
		return nil
	}
	return root
}

// nestedAt is the line, from 1, on which YAML is nested too deep; 0 if nowhere. It counts what could nest, in quotes too:
// what is balanced does no harm.
func nestedAt(text string) int {
	depth := 0
	for i, line := range strings.Split(text, "\n") {
		marks := 0
		for _, word := range strings.Fields(line) {
			if word != "-" && word != "?" {
				break
			}
			marks++
		}
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			}
			if depth+marks > maxNesting {
				return i + 1
			}
		}
	}
	return 0
}

// explain says on one line what the parser found, and what to do about it.
func explain(err error) (line int, message string) {
	message, line = err.Error(), 1
	if y, ok := errors.AsType[yaml.Error](err); ok {
		message = y.GetMessage()
		if t := y.GetToken(); t != nil && t.Position != nil {
			line = max(1, t.Position.Line)
		}
	}
	message, _, _ = strings.Cut(message, "\n")
	switch {
	case strings.Contains(message, "mapping value is not allowed"):
		return line, "this is not YAML: put a value that has a colon in quotes, and begin all fields in one column"
	case strings.Contains(message, "double-quoted text"):
		return line, `this is not YAML: the text in double quotes is not closed, write " at its end`
	case strings.Contains(message, "single-quoted text"):
		return line, `this is not YAML: the text in single quotes is not closed, write ' at its end and '' for an apostrophe`
	case strings.Contains(message, "',' or ']'"):
		return line, "this is not YAML: the list is not closed, write ] at its end and commas between its items"
	case strings.Contains(message, "'}'"):
		return line, "this is not YAML: the braces are not closed, write } at their end and commas between the fields"
	case strings.Contains(message, "is a reserved character"):
		return line, "this is not YAML: " + message + " at the start of a value, put the value in quotes"
	case strings.Contains(message, "value is not allowed in this context"):
		return line, "this is not YAML: put the whole value in quotes, with '' for an apostrophe between single ones"
	case strings.Contains(message, "unknown escape character"):
		return line, `this is not YAML: a backslash in double quotes has a meaning, write \\ for the character itself`
	case strings.Contains(message, "tab character"), strings.Contains(message, "'\t'"):
		return line, "this is not YAML: indent with spaces, not with tabs"
	}
	return line, "this is not YAML: " + message + "; if it is meant as text, put it in quotes"
}

// pairs are the fields of a mapping.
func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// keyOf is the name of a field and its line.
func keyOf(v *ast.MappingValueNode) (string, int) {
	key, ok := scalar(v.Key)
	if !ok && v.Key.GetToken() != nil {
		key = v.Key.GetToken().Value
	}
	return key, lineOfNode(v.Key)
}

func isNull(n ast.Node) bool {
	_, ok := n.(*ast.NullNode)
	return ok || n == nil
}

// scalar is the text of a value that is one.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	case *ast.MappingKeyNode:
		return scalar(n.Value)
	}
	return "", false
}

// describe names what a value is, for a sentence.
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a group of fields"
	case *ast.NullNode, nil:
		return "empty"
	case *ast.AnchorNode:
		return "an anchor (&)"
	case *ast.AliasNode:
		return "an alias (*)"
	case *ast.TagNode:
		return "a tag (!)"
	case *ast.DirectiveNode:
		return "a directive (%)"
	}
	return "a single value"
}

// lineOfNode is the line on which a node begins.
func lineOfNode(n ast.Node) int {
	if n == nil {
		return 1
	}
	if values, ok := pairs(n); ok && len(values) > 0 {
		if m, ok := n.(*ast.MappingNode); !ok || !m.IsFlowStyle {
			n = values[0].Key
		}
	}
	if d, ok := n.(*ast.DocumentNode); ok && d.Body != nil {
		n = d.Body
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return max(1, t.Position.Line)
	}
	return 1
}

// referenceFinder looks for what could make a small file large, or a value something else than it looks.
type referenceFinder struct{ found ast.Node }

// Visit implements ast.Visitor.
func (r *referenceFinder) Visit(n ast.Node) ast.Visitor {
	switch n.(type) {
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode, *ast.DirectiveNode:
		if r.found == nil {
			r.found = n
		}
		return nil
	}
	return r
}

func firstReference(n ast.Node) ast.Node {
	r := &referenceFinder{}
	ast.Walk(r, n)
	return r.found
}
