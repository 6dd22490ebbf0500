package outbound_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"carillon.example/pkg/outbound"
)

func TestErrorsHideTokensAndQueries(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"query", `Get "https://a.example/x?token=hush": EOF`, `Get "https://a.example/x": EOF`},
		{"fragment", "see https://a.example/x#hush.", "see https://a.example/x"},
		{"user", "https://me:hush@a.example/x", "https://a.example/x"},
		{"user with an at sign", "https://me:hu@sh@a.example/x", "https://a.example/x"},
		{"secret", "the token hush is no good", "the token [redacted] is no good"},
		{"bearer", "Authorization: Bearer abcdefgh12345", "Authorization: Bearer [redacted]"},
		{"nothing", "connection refused", "connection refused"},
		{"mail addresses stay", "write to office@a.example?", "write to office@a.example?"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := outbound.RedactText(tt.text, "hush", ""); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestRedactedErrorIsStillItself(t *testing.T) {
	_, err := do(t, outbound.New(outbound.Options{}), http.MethodGet, "http://u:hush@127.0.0.1:1/a?token=hush", "")
	err = outbound.Redact(fmt.Errorf("asking: %w", err))
	if strings.Contains(err.Error(), "hush") {
		t.Errorf("the error shows the secret: %s", err)
	}
	var ue *url.Error
	var private *outbound.PrivateError
	if !errors.As(err, &ue) || !errors.As(err, &private) {
		t.Errorf("%v is no longer recognised", err)
	}
	if outbound.Redact(nil) != nil {
		t.Error("no error became one")
	}
}
