// Package postfile reads posts from Markdown files with YAML front matter, and writes them: design "A post as a file".
// STEM.LANG.md is a post's edition in a language; files with one stem are the editions of one post.
//
// All that is wrong is told at once, each mistake with its file, its line and what to do. What the front matter does not
// know is refused, never passed over, and so is what a later version will bring. What only the site can know (whether it
// has the language, whether the observance exists) the server says; Source.Locate finds the lines for that.
//
// A mistake that names a file names its field as it stands there ("title"), not as the server does
// ("editions[ru].title").
package postfile
