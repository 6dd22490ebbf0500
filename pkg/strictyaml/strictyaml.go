// Package strictyaml decodes YAML for people: an unknown key is a mistake with the line it stands on and the key that may
// have been meant, and so is a value of the wrong kind. It refuses aliases, which configuration does not need and which
// can be made to explode.
package strictyaml

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/suggest"
)

// Parse reads a document that is a mapping. An empty document is a nil mapping.
func Parse(file string, data []byte) (*ast.MappingNode, error) {
	doc, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, carillon.Mistakes{mistake(file, "", err)}
	}
	if len(doc.Docs) == 0 || doc.Docs[0].Body == nil {
		return nil, nil
	}
	if len(doc.Docs) > 1 {
		return nil, carillon.Mistakes{{File: file, Line: line(doc.Docs[1].Body), Message: "a second document begins here: keep one"}}
	}
	if alias := firstAlias(doc.Docs[0].Body); alias != nil {
		return nil, carillon.Mistakes{{File: file, Line: line(alias), Message: "anchors and aliases are not supported: write the value out"}}
	}
	m, ok := doc.Docs[0].Body.(*ast.MappingNode)
	if !ok {
		return nil, carillon.Mistakes{{File: file, Line: line(doc.Docs[0].Body), Message: "this is not a mapping: write lines such as 'key: value'"}}
	}
	return m, nil
}

// Decode reads a mapping into pointers to structs with yaml tags. Each takes the keys it knows; a key that none knows is a
// mistake. Field is put before the names of keys.
func Decode(file, field string, node ast.Node, into ...any) carillon.Mistakes {
	var mistakes carillon.Mistakes
	types := make([]reflect.Type, len(into))
	for i := range into {
		types[i] = reflect.TypeOf(into[i]).Elem()
	}
	unknownKeys(&mistakes, file, field, node, types)
	if len(mistakes) > 0 {
		return mistakes
	}
	for _, dst := range into {
		if err := yaml.NodeToValue(node, dst); err != nil {
			return append(mistakes, mistake(file, field, err))
		}
	}
	return nil
}

// Value finds a key of a mapping; nil if it is not there.
func Value(m *ast.MappingNode, key string) ast.Node {
	if m == nil {
		return nil
	}
	for _, v := range m.Values {
		if v.Key.GetToken().Value == key {
			return v.Value
		}
	}
	return nil
}

// Keys lists the keys of a struct with yaml tags.
func Keys(t reflect.Type) []string {
	var keys []string
	for name := range fields([]reflect.Type{t}) {
		keys = append(keys, name)
	}
	return keys
}

// Line is the line of a node, from 1.
func Line(n ast.Node) int { return line(n) }

func unknownKeys(mistakes *carillon.Mistakes, file, field string, node ast.Node, types []reflect.Type) {
	m, ok := node.(*ast.MappingNode)
	if !ok {
		return
	}
	known := fields(types)
	for _, v := range m.Values {
		key := v.Key.GetToken().Value
		name := join(field, key)
		t, ok := known[key]
		if !ok {
			*mistakes = append(*mistakes, carillon.Mistake{
				Field: name, File: file, Line: line(v.Key), Message: "unknown key" + didYouMean(key, known),
			})
			continue
		}
		descend(mistakes, file, name, v.Value, t)
	}
}

func descend(mistakes *carillon.Mistakes, file, field string, node ast.Node, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Struct:
		unknownKeys(mistakes, file, field, node, []reflect.Type{t})
	case reflect.Slice:
		if list, ok := node.(*ast.SequenceNode); ok {
			for i, item := range list.Values {
				descend(mistakes, file, fmt.Sprintf("%s[%d]", field, i), item, t.Elem())
			}
		}
	default: // a scalar, or a map whose keys are the user's own
	}
}

// fields maps the keys of structs to their types; inlined structs give theirs.
func fields(types []reflect.Type) map[string]reflect.Type {
	known := map[string]reflect.Type{}
	for _, t := range types {
		for i := range t.NumField() {
			f := t.Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			switch {
			case name == "-" || !f.IsExported():
			case strings.Contains(options, "inline"):
				for k, v := range fields([]reflect.Type{f.Type}) {
					known[k] = v
				}
			case name != "":
				known[name] = f.Type
			}
		}
	}
	return known
}

func didYouMean(key string, known map[string]reflect.Type) string {
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	if near, ok := suggest.Nearest(key, names); ok {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// mistake is an error of the library on one line, without its picture of the source.
func mistake(file, field string, err error) carillon.Mistake {
	m := carillon.Mistake{Field: field, File: file, Message: err.Error()}
	var y yaml.Error
	if errors.As(err, &y) {
		m.Message = y.GetMessage()
		if t := y.GetToken(); t != nil && t.Position != nil {
			m.Line = t.Position.Line
		}
	}
	m.Message, _, _ = strings.Cut(m.Message, "\n")
	return m
}

func join(field, key string) string {
	if field == "" {
		return key
	}
	return field + "." + key
}

func line(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	return n.GetToken().Position.Line
}

type aliasFinder struct{ found ast.Node }

// Visit implements ast.Visitor.
func (f *aliasFinder) Visit(n ast.Node) ast.Visitor {
	switch n.(type) {
	case *ast.AliasNode, *ast.AnchorNode:
		if f.found == nil {
			f.found = n
		}
		return nil
	}
	return f
}

func firstAlias(n ast.Node) ast.Node {
	f := &aliasFinder{}
	ast.Walk(f, n)
	return f.found
}
