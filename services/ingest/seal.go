package ingest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"connectrpc.com/connect"
)

// What is kept for a repetition tells of a post: the answer holds its words, and whoever guesses a slug could recognise the
// hash of a request to hold it. OFFICE is read by services that must know neither before its time. So both are made with
// keys that come from the caller's token, of which only the hash is kept: whoever may repeat the request can open its
// answer, and nobody else.
const (
	answerPurpose  = "carillon: the answer to a request that may be repeated"
	requestPurpose = "carillon: a request that may be repeated"
	secretBytes    = 32 // AES-256, HMAC-SHA-256
)

// callersKey is a key that only the caller's token makes.
func callersKey(ctx context.Context, purpose string) ([]byte, error) {
	secret := ""
	if info, ok := connect.CallInfoForHandlerContext(ctx); ok {
		secret, _ = bearer(info.RequestHeader())
	}
	return hkdf.Key(sha256.New, []byte(secret), nil, purpose, secretBytes)
}

// fingerprint recognises a request of the caller's.
func fingerprint(ctx context.Context, request []byte) (string, error) {
	key, err := callersKey(ctx, requestPurpose)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(request) // never fails
	return hex.EncodeToString(mac.Sum(nil)), nil
}

// sealer seals for the caller.
func sealer(ctx context.Context) (cipher.AEAD, error) {
	key, err := callersKey(ctx, answerPurpose)
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
