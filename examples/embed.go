// Package examples holds the posts of the demonstration: a made-up Information Office's messages, news, calls and events, in
// English, Russian and Arabic. They show what a post as a file can say, and what becomes of a photograph, and an empty demonstration releases them. The package
// refuses to be more than texts: who reads them is pkg/postfile, by ReadFS.
package examples

import (
	"embed"
	"io/fs"
)

// FS holds the posts (*.md) and, in files, what they show and attach.
//
//go:embed *.md files
var FS embed.FS

// Posts lists the posts' files, sorted.
func Posts() ([]string, error) { return fs.Glob(FS, "*.md") }
