package acceptance_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
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
	if err := build(dir); err != nil {
		panic(err)
	}
	carillonProgram, natsProgram = filepath.Join(dir, "carillon"), filepath.Join(dir, "nats-server")
	m.Run() // its result becomes the exit code when this returns
}

// build builds both programs as they are released: without cgo. The server's version is the one that go.mod pins.
func build(dir string) error {
	cmd := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "carillon.example/cmd/carillon", "github.com/nats-io/nats-server/v2")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the programs: %w\n%s", err, out)
	}
	return nil
}
