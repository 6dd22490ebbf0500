package carillon_test

import (
	"testing"

	"carillon.example/pkg/carillon"
)

func TestEachRoleMayWhatTheOneBeforeItMay(t *testing.T) {
	roles := carillon.Roles()
	for i, holder := range roles {
		for j, least := range roles {
			if got, want := holder.Includes(least), i >= j; got != want {
				t.Errorf("%s includes %s: %v, want %v", holder, least, got, want)
			}
		}
		if !holder.Valid() {
			t.Errorf("%s is not valid", holder)
		}
	}
}

func TestWhatIsNoRoleMayNothing(t *testing.T) {
	for _, none := range []carillon.Role{"", "Editor", "reviewer"} {
		if none.Valid() {
			t.Errorf("%q is valid", none)
		}
		for _, role := range append(carillon.Roles(), none) {
			if none.Includes(role) || role.Includes(none) {
				t.Errorf("%q and %q: one includes the other", none, role)
			}
		}
	}
}
