package acceptance_test

import (
	"os"
	"testing"

	running "carillon.example/test/process"
)

// The programs under test, built once.
var (
	carillonProgram string
	natsProgram     string
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "carillon-acceptance-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	programs, err := running.Build(dir)
	if err != nil {
		panic(err)
	}
	carillonProgram, natsProgram = programs.Carillon, programs.NATS
	m.Run() // its result becomes the exit code when this returns
}
