package ingest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"net/http"
	"strings"

	"connectrpc.com/connect"
)

// An answer that is kept for a repetition holds the words of a post, and OFFICE is read by services that must not know
// them before their time. So it is sealed with a key made from the caller's token, of which only the hash is kept: whoever
// may repeat the request can open its answer, and nobody else.
const (
	sealPurpose = "carillon: the answer to a request that may be repeated"
	sealBytes   = 32 // AES-256
)

// sealer seals for the caller.
func sealer(ctx context.Context) (cipher.AEAD, error) {
	secret := ""
	if info, ok := connect.CallInfoForHandlerContext(ctx); ok {
		secret, _ = bearer(info.RequestHeader())
	}
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, sealPurpose, sealBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal closes an answer that is kept under a key.
func seal(ctx context.Context, key string, answer []byte) ([]byte, error) {
	s, err := sealer(ctx)
	if err != nil {
		return nil, err
	}
	return s.Seal(nil, nil, answer, []byte(key)), nil
}

// unseal opens it. It returns false if another token sealed it, as before the content of the admin's file was changed.
func unseal(ctx context.Context, key string, sealed []byte) ([]byte, bool) {
	s, err := sealer(ctx)
	if err != nil {
		return nil, false
	}
	answer, err := s.Open(nil, nil, sealed, []byte(key))
	return answer, err == nil
}

// bearer is the token that a request carries.
func bearer(h http.Header) (string, bool) {
	scheme, secret, _ := strings.Cut(h.Get("Authorization"), " ")
	return strings.TrimSpace(secret), strings.EqualFold(scheme, "Bearer")
}
