package ingest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"connectrpc.com/connect"

	"carillon.example/proto/carillon/v1/carillonv1connect"
)

type callerKey struct{}

// caller is the token that makes a call.
func caller(ctx context.Context) token {
	t, _ := ctx.Value(callerKey{}).(token)
	return t
}

// authenticated lets only calls with a valid token through.
func (s *Service) authenticated(next http.Handler) http.Handler {
	errorWriter := connect.NewErrorWriter()
	refuse := func(w http.ResponseWriter, r *http.Request, code connect.Code, sentence string) {
		// A client that speaks neither Connect nor gRPC gets plain HTTP; there is nobody to tell if writing fails.
		if isUpload(r) {
			status := http.StatusUnauthorized
			if code == connect.CodeUnavailable {
				status = http.StatusServiceUnavailable
			}
			connectError(w, status, code, sentence)
			return
		}
		if !errorWriter.IsSupported(r) {
			http.Error(w, sentence, http.StatusUnauthorized)
			return
		}
		_ = errorWriter.Write(w, r, connect.NewError(code, errors.New(sentence)))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.readiness(); err != nil {
			refuse(w, r, connect.CodeUnavailable, "Carillon is starting: "+err.Error()+"; try again in a moment")
			return
		}
		scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		t, ok := s.tokens.find(strings.TrimSpace(secret))
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			s.metrics.refused.WithLabelValues(reasonToken).Inc()
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, r, connect.CodeUnauthenticated, "this call needs a valid token: send it as 'Authorization: Bearer TOKEN'; 'carillon token create' makes one")
			return
		}
		if r.URL.Path == carillonv1connect.StaffServiceWatchPostProcedure {
			// The time a request may take to arrive is not the time a watch may last.
			_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, t)))
	})
}
