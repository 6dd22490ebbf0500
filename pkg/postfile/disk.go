package postfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"carillon.example/pkg/carillon"
)

// disk is where posts lie: the machine's, or an fs.FS such as the embedded examples.
type disk interface {
	clean(name string) string              // one spelling for each file
	stat(name string) (fs.FileInfo, error) // follows links
	open(name string) (fs.File, error)
	attachment(post, name string) string          // the path of what a post attaches
	lstat(post, name string) (fs.FileInfo, error) // of an attachment; refuses links
}

type machine struct{}

func (machine) clean(name string) string              { return filepath.Clean(name) }
func (machine) stat(name string) (fs.FileInfo, error) { return os.Stat(name) }
func (machine) open(name string) (fs.File, error)     { return os.Open(name) }

func (machine) attachment(post, name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(filepath.Dir(post), name)
}

var errLink = errors.New("is a symbolic link, or lies behind one: name the file itself")

// lstat refuses links, so that what is published is the file that the post names and not one that somebody put behind it.
// The folder of the post itself may be a link.
func (m machine) lstat(post, name string) (fs.FileInfo, error) {
	full := m.attachment(post, name)
	info, err := os.Lstat(full)
	if err != nil {
		return nil, err
	}
	if info.Mode().Type() == fs.ModeSymlink {
		return nil, errLink
	}
	if filepath.IsAbs(filepath.FromSlash(name)) {
		return info, nil
	}
	home, err := filepath.EvalSymlinks(filepath.Dir(post))
	if err != nil {
		return nil, err
	}
	got, err := filepath.EvalSymlinks(full)
	if err != nil {
		return nil, err
	}
	if want := filepath.Join(home, filepath.FromSlash(name)); got != want {
		return nil, errLink
	}
	return info, nil
}

type folder struct{ fs.FS }

func (folder) clean(name string) string            { return path.Clean(name) }
func (f folder) open(name string) (fs.File, error) { return f.Open(path.Clean(name)) }

func (folder) attachment(post, name string) string { return path.Join(path.Dir(post), name) }

// stat refuses paths that lead out, which not every fs.FS tells from those that lead nowhere.
func (f folder) stat(name string) (fs.FileInfo, error) {
	name = path.Clean(name)
	if !fs.ValidPath(name) {
		return nil, fs.ErrInvalid
	}
	return fs.Stat(f, name)
}

func (f folder) lstat(post, name string) (fs.FileInfo, error) {
	name = f.attachment(post, name)
	if !fs.ValidPath(name) {
		return nil, fs.ErrInvalid
	}
	info, err := fs.Lstat(f, name)
	if err == nil && info.Mode().Type() == fs.ModeSymlink {
		return nil, errLink
	}
	return info, err
}

// load reads a post's file. The error is a sentence that can stand behind its name.
func load(d disk, name string) ([]byte, error) {
	info, err := d.stat(name)
	if err != nil {
		return nil, reason(err)
	}
	switch {
	case info.IsDir():
		return nil, errors.New("is a folder: name the files in it, such as FOLDER/*.md")
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file: name a file that holds a post")
	}
	f, err := d.open(name)
	if err != nil {
		return nil, reason(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	data, err := io.ReadAll(io.LimitReader(f, carillon.MaxPostBytes+1))
	if err != nil {
		return nil, reason(err)
	}
	return data, nil
}

// reason says why a file cannot be read, without naming it again.
func reason(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file: check the name")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("may not be read: change its permissions")
	case errors.Is(err, fs.ErrInvalid):
		return errors.New("is not a path inside the folder: name it without .. and without a / at the start")
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return fmt.Errorf("cannot be read: %w", err)
}

// missing says why an attachment cannot be had.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no such file: write its path from the folder of this file")
	}
	return reason(err)
}
