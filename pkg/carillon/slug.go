package carillon

import "strings"

// MaxSlugLength is how long a slug may be, in characters.
const MaxSlugLength = 120

// ValidSlug reports whether s can name a post: lower-case letters a-z, digits and single hyphens between them.
// It also serves channels' names and observances' ids, which stand in the same subjects.
func ValidSlug(s string) bool {
	if s == "" || len(s) > MaxSlugLength || s[0] == '-' || s[len(s)-1] == '-' || strings.Contains(s, "--") {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// Slugify makes a slug of an ASCII name: letters become small, whatever is not a letter or digit a hyphen. It returns ""
// if nothing is left.
func Slugify(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	slug := b.String()
	if len(slug) > MaxSlugLength {
		slug = strings.TrimRight(slug[:MaxSlugLength], "-")
	}
	return slug
}
