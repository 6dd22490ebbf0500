package builtin_test

import (
	"slices"
	"strings"
	"testing"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/builtin"
)

func TestEveryTypeIsWholeAndNamedOnce(t *testing.T) {
	types := builtin.Types()
	for _, typ := range types {
		if !carillon.ValidSlug(typ.Name) || typ.NewSettings == nil || typ.Compose == nil || typ.Open == nil {
			t.Errorf("type %q is not whole: %+v", typ.Name, typ)
			continue
		}
		s := typ.NewSettings()
		if s == nil {
			t.Errorf("type %q has no settings", typ.Name)
			continue
		}
		if len(s.Validate()) == 0 {
			t.Errorf("type %q finds nothing wrong with settings that say nothing", typ.Name)
		}
		if s == typ.NewSettings() {
			t.Errorf("type %q: two channels would share their settings", typ.Name)
		}
		if _, err := typ.Open(s, nil); err == nil {
			t.Errorf("type %q opens a driver with settings that say nothing", typ.Name)
		}
	}
	byName := func(a, b channel.Type) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(types, byName) {
		t.Error("the types are not in the order of their names")
	}
	if len(slices.CompactFunc(slices.Clone(types), func(a, b channel.Type) bool { return a.Name == b.Name })) != len(types) {
		t.Error("two types have one name")
	}
}
