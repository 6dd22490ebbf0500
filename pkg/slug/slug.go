package slug

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
	"github.com/mozillazg/go-unidecode"
	"golang.org/x/text/unicode/norm"

	"carillon.example/pkg/carillon"
)

// hashLength is how many hexadecimal digits tell a slug that was cut from others that begin alike.
const hashLength = 8

// Made is a slug and how it came about.
type Made struct {
	Slug    string
	Written bool // other scripts or accents were written in plain Latin letters
	Cut     bool // it would have been longer than a slug may be; it ends with a name for the whole
}

// Of makes a slug of a name. Of an ASCII name it makes what carillon.Slugify does. How a name is composed (é as one
// character or as two) makes no difference. The error is the end of a sentence that begins with what the name is.
func Of(name string) (Made, error) {
	name = norm.NFC.String(strings.ToValidUTF8(name, "\uFFFD"))
	if utf8.RuneCountInString(name) > carillon.MaxSlugLength {
		return Made{}, fmt.Errorf("has more than %d characters", carillon.MaxSlugLength)
	}
	if strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		slug := carillon.Slugify(name)
		if slug == "" {
			return Made{}, errors.New("has no letter and no digit")
		}
		return Made{Slug: slug}, nil
	}
	w := writer{}
	w.write([]rune(norm.NFKC.String(name)))
	switch {
	case len(w.lost) > 0:
		return Made{}, fmt.Errorf("has letters that cannot be written in a-z, such as %q", w.lost[0])
	case w.out.Len() == 0:
		return Made{}, errors.New("has no letter and no digit")
	}
	made := Made{Slug: w.out.String(), Written: true}
	if len(made.Slug) > carillon.MaxSlugLength {
		made.Slug, made.Cut = cut(made.Slug, name), true
	}
	return made, nil
}

// cut shortens a slug at a word. Its last part is made of the whole name, so that two names that begin alike do not
// become one post.
func cut(slug, name string) string {
	const room = carillon.MaxSlugLength - hashLength - 1
	whole := slug
	slug = slug[:room]
	if whole[room] != '-' { // the word goes on
		if i := strings.LastIndexByte(slug, '-'); i > room/2 {
			slug = slug[:i]
		}
	}
	sum := sha256.Sum256([]byte(name))
	return strings.TrimRight(slug, "-") + "-" + hex.EncodeToString(sum[:])[:hashLength]
}

// writer puts words together.
type writer struct {
	out  strings.Builder
	gap  bool
	lost []rune
}

func (w *writer) write(runes []rune) {
	for i := 0; i < len(runes); {
		r := unicode.ToLower(runes[i])
		switch {
		case isArabic(runes[i]):
			end := i
			for end < len(runes) && isArabic(runes[end]) {
				end++
			}
			w.arabic(runes[i:end])
			i = end
			continue
		case unicode.Is(unicode.Han, r):
			// A syllable a character: where words end in a line of them, nobody can tell without a dictionary.
			w.gap = true
			w.han(r)
			w.gap = true
		case r <= unicode.MaxASCII:
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				w.add(string(r))
			} else {
				w.gap = true
			}
		case unicode.In(r, unicode.Letter, unicode.Mark, unicode.Number):
			if latin, ok := letters[r]; ok {
				w.add(latin)
			} else {
				w.foreign(r)
			}
		case unicode.Is(unicode.Cf, r), r == '‘' && i > 0 && unicode.IsLetter(runes[i-1]):
			// What is invisible parts nothing, nor does the sign of an Uzbek o‘.
		default:
			w.gap = true
		}
		i++
	}
}

// add writes Latin letters and digits, behind a hyphen if something else came before.
func (w *writer) add(latin string) {
	if latin == "" {
		return
	}
	if w.gap && w.out.Len() > 0 {
		w.out.WriteByte('-')
	}
	w.gap = false
	w.out.WriteString(latin)
}

// han writes a character as it is most often read in Chinese, with u for ü.
func (w *writer) han(r rune) {
	if read := pinyin.SinglePinyin(r, pinyin.NewArgs()); len(read) > 0 {
		w.add(strings.ReplaceAll(read[0], "v", "u"))
		return
	}
	w.foreign(r)
}

// foreign writes a letter as the library does. A letter that is not heard, such as an ayin, is a sign there.
func (w *writer) foreign(r rune) {
	written := strings.ToLower(strings.TrimSpace(unidecode.Unidecode(string(r))))
	if strings.Contains(written, "[?]") || written == "" && !unicode.Is(unicode.Mark, r) {
		w.lost = append(w.lost, r)
		return
	}
	w.add(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, written))
}

// letters are those that the library writes otherwise than people here do, in small. Russian is written as in most
// addresses (a simplified BGN/PCGN, the scheme of geographers); the letters that Kazakh adds to it as in the Latin
// alphabet of 2021 without its marks.
var letters = map[rune]string{
	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ё': "yo", 'ж': "zh", 'з': "z", 'и': "i", 'й': "y",
	'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p", 'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f",
	'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya",

	'ә': "a", 'ғ': "g", 'қ': "q", 'ң': "n", 'ө': "o", 'ұ': "u", 'ү': "u", 'һ': "h", 'і': "i",

	// Of the neighbours: Ukrainian, Uzbek, Tajik, Karakalpak, Tatar.
	'ї': "yi", 'є': "ye", 'ґ': "g", 'ў': "o", 'ҳ': "h", 'ҷ': "j", 'ӣ': "i", 'ӯ': "u", 'җ': "j",

	'ə': "e", // Azerbaijani
	'ʻ': "", 'ʼ': "", 'ʹ': "", 'ʺ': "",
}
