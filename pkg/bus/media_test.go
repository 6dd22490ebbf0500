package bus_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/bus/bustest"
)

func TestFilesOfEverySizeComeBackAsTheyWere(t *testing.T) {
	b := bustest.Start(t)
	store, err := b.Media(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	random := rand.NewChaCha8([32]byte{})
	for name, size := range map[string]int{"empty": 0, "small": 100, "piece": 4 << 20, "pieces": 9<<20 + 17} {
		content := make([]byte, size)
		_, _ = random.Read(content)
		for range 2 { // the second time it is there already
			if err := store.Put(t.Context(), name, map[string]string{"type": "image/png"}, bytes.NewReader(content)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		r, n, err := store.Open(t.Context(), name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n != int64(size) || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, said to be %d, came back of %d", name, len(got), n, size)
		}
		facts, err := store.Facts(t.Context(), name)
		if err != nil || facts["type"] != "image/png" {
			t.Errorf("%s: facts %v, %v", name, facts, err)
		}
	}
	if _, _, err := store.Open(t.Context(), "nothing"); !errors.Is(err, bus.ErrNotFound) {
		t.Errorf("a file that is not there: %v", err)
	}
}
