package media

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
)

// Type is a type of file that a post may have.
type Type struct {
	MIME    string // as image/jpeg
	Name    string // as people call it
	Picture bool   // it is shown, not only offered

	extensions []string // with their dots; the first is the usual one
}

// The types of pictures.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	GIF  = "image/gif"
	WebP = "image/webp"
)

const (
	textType = "text/plain"
	oleType  = "application/x-ole-storage" // of an old office file whose kind is not said at its beginning
	ooxml    = "application/vnd.openxmlformats-officedocument."
	odf      = "application/vnd.oasis.opendocument."
)

// OneOf is the name with its article: "a PDF document", "an Excel workbook".
func (t Type) OneOf() string {
	if t.Name != "" && strings.ContainsRune("AEIO", rune(t.Name[0])) {
		return "an " + t.Name
	}
	return "a " + t.Name
}

// Types are all of them.
func Types() []Type {
	return []Type{
		{JPEG, "JPEG picture", true, []string{".jpg", ".jpeg", ".jpe", ".jfif"}},
		{PNG, "PNG picture", true, []string{".png"}},
		{WebP, "WebP picture", true, []string{".webp"}},
		{GIF, "GIF picture", true, []string{".gif"}},
		{"application/pdf", "PDF document", false, []string{".pdf"}},
		{textType, "text file", false, []string{".txt", ".csv"}},
		{ooxml + "wordprocessingml.document", "Word document", false, []string{".docx"}},
		{ooxml + "spreadsheetml.sheet", "Excel workbook", false, []string{".xlsx"}},
		{ooxml + "presentationml.presentation", "PowerPoint presentation", false, []string{".pptx"}},
		{odf + "text", "OpenDocument text", false, []string{".odt"}},
		{odf + "spreadsheet", "OpenDocument spreadsheet", false, []string{".ods"}},
		{odf + "presentation", "OpenDocument presentation", false, []string{".odp"}},
		{"application/msword", "Word 97 document", false, []string{".doc"}},
		{"application/vnd.ms-excel", "Excel 97 workbook", false, []string{".xls"}},
		{"application/vnd.ms-powerpoint", "PowerPoint 97 presentation", false, []string{".ppt"}},
	}
}

const accepted = "JPEG, PNG, WebP and GIF pictures, PDF, plain text and office files"

// Named is the type that a file's name says. A name that cannot be a file's in a post is refused, and so is one whose
// ending is of no type we know.
func Named(name string) (Type, error) {
	switch {
	case name == "" || name == "." || name == "..":
		return Type{}, refuse("the file has no name: give it one, such as report.pdf")
	case strings.ContainsAny(name, `/\`):
		return Type{}, refuse("the name has a folder: give the file's name alone")
	case len(name) > MaxNameLength:
		return Type{}, refuse("the name has %d bytes, the limit is %d: shorten it", len(name), MaxNameLength)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, isControl):
		return Type{}, refuse("the name has characters that no name should have: rename it")
	}
	extension := strings.ToLower(path.Ext(name))
	for _, t := range Types() {
		if slices.Contains(t.extensions, extension) {
			return t, nil
		}
	}
	if extension == "" {
		return Type{}, refuse("the name does not say what it is: let it end in .jpg, .png, .pdf or what it is")
	}
	return Type{}, refuse("a file that ends in %s is not accepted: use %s", extension, accepted)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) }

// Detect finds out by its content what a file is that is called name. One that is something else than its name says is
// refused; so is any type that we do not know. An error that is no Refusal is of the reading.
func Detect(name string, r io.ReaderAt, size int64) (Type, error) {
	said, err := Named(name)
	if err != nil {
		return Type{}, err
	}
	if size == 0 {
		return Type{}, said.CheckSize(size)
	}
	found, err := mimetype.DetectReader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return Type{}, err
	}
	t, err := typeOf(found, said, r, size)
	switch {
	case err != nil:
		return Type{}, err
	case t.MIME == "":
		return Type{}, refuse("is %s, which is not accepted: use %s", describe(found), accepted)
	case t.MIME != said.MIME:
		return Type{}, refuse("is %s, not %s as its name says: let its name end in %s, or use the right file", t.OneOf(), said.OneOf(), t.extensions[0])
	}
	return t, t.CheckSize(size)
}

// typeOf is the type of a file, nameless if it is none of ours.
func typeOf(found *mimetype.MIME, said Type, r io.ReaderAt, size int64) (Type, error) {
	switch {
	case is(found, "application/zip"):
		return zipped(r, size)
	case is(found, oleType):
		// Its beginning often does not say which of the three it is. The name is believed if it says one of them.
		if found.Is(oleType) && slices.Contains([]string{".doc", ".xls", ".ppt"}, said.extensions[0]) {
			return said, nil
		}
	case is(found, textType):
		if said.MIME != textType { // HTML, SVG and the like are text, and are told by their own names
			if found.Is(textType) {
				return byMIME(textType), nil
			}
			return Type{}, nil
		}
		return said, checkText(io.NewSectionReader(r, 0, size))
	case found.Is("image/apng"):
		return byMIME(PNG), nil
	}
	for m := found; m != nil; m = m.Parent() {
		if t := byMIME(base(m)); t.MIME != "" {
			return t, nil
		}
	}
	if said.MIME == textType {
		// Text in another encoding than UTF-8 looks like nothing at all.
		return said, checkText(io.NewSectionReader(r, 0, size))
	}
	return Type{}, nil
}

func byMIME(mime string) Type {
	for _, t := range Types() {
		if t.MIME == mime {
			return t
		}
	}
	return Type{}
}

// ByMIME is the type with a media type.
func ByMIME(mime string) (Type, bool) {
	t := byMIME(mime)
	return t, t.MIME != ""
}

func base(m *mimetype.MIME) string {
	s, _, _ := strings.Cut(m.String(), ";")
	return s
}

// is reports whether what was found is of a type or a kind of it.
func is(found *mimetype.MIME, mime string) bool {
	for m := found; m != nil; m = m.Parent() {
		if m.Is(mime) {
			return true
		}
	}
	return false
}

// describe names for people what is not ours.
func describe(found *mimetype.MIME) string {
	switch ext := found.Extension(); {
	case found.Is("application/octet-stream"):
		return "of no type that we know"
	case found.Is("image/svg+xml"):
		return "an SVG drawing, which could hold scripts"
	case ext != "":
		return "of the type " + strings.ToUpper(ext[1:])
	}
	return "of the type " + base(found)
}

// checkText refuses what is not UTF-8, or not text.
func checkText(r io.Reader) error {
	buffer := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := io.ReadFull(r, buffer[kept:])
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		data := buffer[:kept+n]
		end := len(data)
		if !last { // a character may go on in what follows
			for cut := 0; cut < utf8.UTFMax && end > 0 && !utf8.FullRune(data[lastRune(data[:end]):end]); cut++ {
				end = lastRune(data[:end])
			}
		}
		if !utf8.Valid(data[:end]) {
			return refuse("is text that is not UTF-8: save it as UTF-8")
		}
		if bytes.ContainsFunc(data[:end], func(r rune) bool { return isControl(r) && !strings.ContainsRune("\t\n\r\f\u0085", r) }) {
			return refuse("is called text but has control characters: use the right file")
		}
		if last {
			return nil
		}
		kept = copy(buffer, data[end:])
	}
}

// lastRune is where the last character of data begins.
func lastRune(data []byte) int {
	i := len(data) - 1
	for i > 0 && len(data)-i < utf8.UTFMax && !utf8.RuneStart(data[i]) {
		i--
	}
	return max(i, 0)
}

// How much of a zip's own description is read, in bytes and in files.
const (
	maxZipDescription = 1 << 20
	maxZipFiles       = 20_000
)

// zipped tells office files apart by what they say of themselves: OpenDocument in a file called mimetype, the other office
// formats in a list of the types of their parts. The type is nameless if it is another zip.
func zipped(r io.ReaderAt, size int64) (Type, error) {
	z, err := zip.NewReader(r, size)
	switch {
	case errors.Is(err, zip.ErrFormat), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, zip.ErrAlgorithm):
		return Type{}, broken("office file or zip")
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return Type{}, err
	case len(z.File) > maxZipFiles:
		return Type{}, refuse("is a zip of %d files, which no office program writes: use another file", len(z.File))
	}
	for _, f := range z.File {
		switch f.Name {
		case "mimetype":
			said, err := describes(f)
			if err != nil {
				return Type{}, err
			}
			return byMIME(strings.TrimSpace(said)), nil
		case "[Content_Types].xml":
			said, err := describes(f)
			if err != nil {
				return Type{}, err
			}
			return ofParts(said)
		}
	}
	return Type{}, nil
}

func describes(f *zip.File) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", broken("office file")
	}
	defer func() { _ = r.Close() }() // it was only read
	said, err := io.ReadAll(io.LimitReader(r, maxZipDescription+1))
	if err != nil || len(said) > maxZipDescription {
		return "", broken("office file")
	}
	return string(said), nil
}

// ofParts finds the main part in an office file's list (ECMA-376, part 2, section 10.1.2.2).
func ofParts(list string) (Type, error) {
	if strings.Contains(list, "macroEnabled") || strings.Contains(list, "vbaProject") {
		return Type{}, refuse("is an office file with macros, which is not accepted: save it without them, or as PDF")
	}
	for _, t := range Types() {
		if strings.HasPrefix(t.MIME, ooxml) && strings.Contains(list, `"`+t.MIME+`.main+xml"`) {
			return t, nil
		}
	}
	return Type{}, nil
}
