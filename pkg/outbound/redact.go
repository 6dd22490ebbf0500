package outbound

import (
	"regexp"
	"strings"

	"carillon.example/pkg/carillon"
)

const redacted = "[redacted]"

// urlSecrets finds where URLs carry what is nobody's business: user and password, query, fragment.
var (
	urlUser  = regexp.MustCompile(`(://)[^/?#\s"']*@`)
	urlQuery = regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://[^?#\s"'<>]*)[?#][^\s"'<>]*`)
	bearer   = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[^\s"',;]{8,}`)
)

// RedactText removes from a text the given secrets, bearer tokens, and the credentials, query and fragment of every URL.
func RedactText(s string, secrets ...carillon.Secret) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret.Reveal(), redacted)
		}
	}
	s = urlUser.ReplaceAllString(s, "${1}")
	s = urlQuery.ReplaceAllString(s, "${1}")
	return bearer.ReplaceAllString(s, "${1} "+redacted)
}

// Redact makes the text of an error safe to show: see RedactText. The error can still be recognised with errors.Is and
// errors.As; who prints what it wraps prints it unredacted.
func Redact(err error, secrets ...carillon.Secret) error {
	if err == nil {
		return nil
	}
	return &redactedError{text: RedactText(err.Error(), secrets...), err: err}
}

type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }
func (e *redactedError) Unwrap() error { return e.err }
