package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"connectrpc.com/connect"

	"carillon.example/proto/carillon/v1/carillonv1connect"
)

type callerKey struct{}

// caller is the token that makes a call; the zero token if Carillon itself does something.
func caller(ctx context.Context) token {
	t, _ := ctx.Value(callerKey{}).(token)
	return t
}

// refusal is why a call does not even begin.
type refusal struct {
	code     connect.Code
	sentence string
	reason   string // for the metrics; empty: not counted
}

// authenticated lets through only calls that a valid token makes whose role suffices. Nothing that staff can reach is
// outside it.
func (s *Service) authenticated(next http.Handler) http.Handler {
	errorWriter := connect.NewErrorWriter()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, no := s.admit(r)
		if no != nil {
			if no.reason != "" {
				s.metrics.refused.WithLabelValues(no.reason).Inc()
			}
			refuse(errorWriter, w, r, no)
			return
		}
		if r.URL.Path == carillonv1connect.StaffServiceWatchPostProcedure {
			// The time a request may take to arrive is not the time a watch may last.
			_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, t)))
	})
}

// admit finds the token that makes a call, or says why the call is refused.
func (s *Service) admit(r *http.Request) (token, *refusal) {
	if err := s.readiness(); err != nil {
		return token{}, &refusal{code: connect.CodeUnavailable, sentence: "Carillon is starting: " + err.Error() + "; try again in a moment"}
	}
	secret, carried := bearer(r.Header)
	if !carried {
		return token{}, &refusal{connect.CodeUnauthenticated, "this call needs a token: send it as 'Authorization: Bearer TOKEN'; 'carillon token create' makes one", reasonToken}
	}
	t, ok := s.tokens.find(secret)
	if !ok {
		return token{}, &refusal{connect.CodeUnauthenticated, "the token is not valid: it was revoked, or never made here; 'carillon token create' makes another", reasonToken}
	}
	now := s.Now()
	if t.expired(now) {
		return token{}, &refusal{connect.CodeUnauthenticated, t.expiry(), reasonExpired}
	}
	s.uses.note(t.ID, now)
	right, ok := s.rightTo(r.URL.Path)
	switch {
	case !ok:
		return token{}, &refusal{connect.CodeUnimplemented, "there is no such call: this version of Carillon may be older than whoever calls", reasonRole}
	case !t.role().Includes(right.least):
		return token{}, &refusal{connect.CodePermissionDenied, right.refusal(t), reasonRole}
	}
	return t, nil
}

// refuse answers in the caller's protocol. A client that speaks neither Connect nor gRPC, as one that uploads a file, gets
// the same JSON as one that speaks Connect.
func refuse(writer *connect.ErrorWriter, w http.ResponseWriter, r *http.Request, no *refusal) {
	if no.code == connect.CodeUnauthenticated {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	// If writing fails there is nobody to tell.
	if writer.IsSupported(r) {
		_ = writer.Write(w, r, connect.NewError(no.code, errors.New(no.sentence)))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(plainStatus(no.code))
	_ = json.NewEncoder(w).Encode(struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}{no.code.String(), no.sentence})
}

// plainStatus is the HTTP status of a refusal, as the Connect protocol has it.
func plainStatus(code connect.Code) int {
	switch code {
	case connect.CodeUnauthenticated:
		return http.StatusUnauthorized
	case connect.CodePermissionDenied:
		return http.StatusForbidden
	case connect.CodeUnimplemented:
		return http.StatusNotImplemented
	case connect.CodeUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// tokenEnds waits until the token that makes a call is valid no more, which is an error, or the call ends.
func (s *Service) tokenEnds(ctx context.Context) error {
	t := caller(ctx)
	var expires <-chan time.Time
	if !t.Expires.IsZero() {
		timer := time.NewTimer(t.Expires.Sub(s.Now()))
		defer timer.Stop()
		expires = timer.C
	}
	select {
	case <-ctx.Done():
		return nil
	case <-t.gone:
		return connect.NewError(connect.CodeUnauthenticated, errors.New("the token was revoked: an administrator can make another with 'carillon token create'"))
	case <-expires:
		return connect.NewError(connect.CodeUnauthenticated, errors.New(t.expiry()))
	}
}
