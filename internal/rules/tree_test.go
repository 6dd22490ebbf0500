package rules_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// root is the repository's folder, seen from this package's.
const root = "../.."

// maxText is more than any text of ours has; what is larger is data.
const maxText = 4 << 20

// tree reads every text file of the repository, by its path. What git keeps, what is built and what a running Carillon
// wrote are none of it.
func tree(t *testing.T) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case d.IsDir() && (name == ".git" || name == "bin" || name == "data"):
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil || info.Size() > maxText {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.ContainsRune(content, 0) {
			files[name] = content
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files["go.mod"] == nil {
		t.Fatalf("%s is not the repository", root)
	}
	return files
}
