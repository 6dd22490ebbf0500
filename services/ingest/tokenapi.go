package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/carillon"
	carillonv1 "carillon.example/proto/carillon/v1"
)

const maxTokenName = 100 // characters

// CreateToken implements the staff API.
func (s *Service) CreateToken(ctx context.Context, req *carillonv1.CreateTokenRequest) (*carillonv1.CreateTokenResponse, error) {
	now := s.Now()
	name, role, expires, mistakes := readToken(req, now)
	if err := mistakes.Err(); err != nil {
		return nil, s.answer(ctx, err)
	}
	t, secret := newToken(name, role, expires, now)
	if err := storeToken(ctx, s.bucket, t); err != nil {
		return nil, s.answer(ctx, err)
	}
	s.tokens.add(t) // whoever made it may use it at once, here
	return &carillonv1.CreateTokenResponse{Token: s.tokenToProto(t), Secret: secret.Reveal()}, nil
}

// readToken reads what a token is to be, and everything that is wrong with it.
func readToken(req *carillonv1.CreateTokenRequest, now time.Time) (name string, role carillon.Role, expires time.Time, mistakes carillon.Mistakes) {
	name = strings.TrimSpace(req.GetName())
	switch {
	case name == "":
		mistakes.Add("name", "is missing: say who will use the token")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		mistakes.Add("name", "holds characters that cannot be shown on one line: write it plainly")
	case utf8.RuneCountInString(name) > maxTokenName:
		mistakes.Add("name", "has %d characters, the limit is %d: shorten it", utf8.RuneCountInString(name), maxTokenName)
	}
	role, known := roleFromProto(req.GetRole())
	if !known {
		mistakes.Add("role", "is number %d, which is no role: author, editor or administrator", req.GetRole())
	}
	if m := req.GetExpires(); m != nil {
		expires = m.AsTime()
		switch {
		case m.CheckValid() != nil:
			mistakes.Add("expires", "is no time: write seconds and nanoseconds between the years 1 and 9999")
		case !expires.After(now):
			mistakes.Add("expires", "is %s, which is past: give a time to come, or none for a token that never expires", expires.Format("2006-01-02 15:04 UTC"))
		}
	}
	return name, role, expires, mistakes
}

// ListTokens implements the staff API.
func (s *Service) ListTokens(context.Context, *carillonv1.ListTokensRequest) (*carillonv1.ListTokensResponse, error) {
	answer := &carillonv1.ListTokensResponse{}
	for _, t := range s.tokens.all() {
		answer.Tokens = append(answer.Tokens, s.tokenToProto(t))
	}
	return answer, nil
}

// RevokeToken implements the staff API.
func (s *Service) RevokeToken(ctx context.Context, req *carillonv1.RevokeTokenRequest) (*carillonv1.RevokeTokenResponse, error) {
	t, err := s.tokens.named(req.GetToken())
	if err != nil {
		return nil, connect.NewError(connect.CodeNotFound, err)
	}
	if err := s.mayRevoke(t); err != nil {
		return nil, connect.NewError(connect.CodeFailedPrecondition, err)
	}
	answer := &carillonv1.RevokeTokenResponse{Token: s.tokenToProto(t)}
	if err := s.bucket.Delete(ctx, tokenKeys+t.ID); err != nil {
		return nil, s.answer(ctx, err)
	}
	s.tokens.remove(t.ID)
	s.uses.forget(t.ID)
	if err := s.bucket.Delete(ctx, useKeys+t.ID); err != nil {
		// The token has ended, and that is what was asked; what is left is removed at the next start.
		s.Log.WarnContext(ctx, "the last use of a revoked token is still kept", "error", err)
	}
	return answer, nil
}

// mayRevoke refuses to revoke what would lock the office out, or come back by itself.
func (s *Service) mayRevoke(t token) error {
	if t.ID == adminToken && s.config.AdminTokenFile != "" {
		return errors.New("the token 'admin' is registered from a file at every start: change the file's content and restart instead")
	}
	now := s.Now()
	if t.role() != carillon.Administrator || t.expired(now) {
		return nil
	}
	for _, other := range s.tokens.all() {
		if other.ID != t.ID && other.role() == carillon.Administrator && !other.expired(now) {
			return nil
		}
	}
	return fmt.Errorf("the token %q is the last administrator's: make another first ('carillon token create NAME --role administrator')", t.Name)
}

func (s *Service) tokenToProto(t token) *carillonv1.Token {
	m := &carillonv1.Token{Id: t.ID, Name: t.Name, Created: timestamppb.New(t.Created), Role: roleToProto(t.role())}
	if !t.Expires.IsZero() {
		m.Expires = timestamppb.New(t.Expires)
	}
	if used := s.uses.of(t.ID); !used.IsZero() {
		m.LastUsed = timestamppb.New(used)
	}
	return m
}

// roleFromProto reads a role that is asked for; unspecified means editor.
func roleFromProto(m carillonv1.Role) (carillon.Role, bool) {
	switch m {
	case carillonv1.Role_ROLE_AUTHOR:
		return carillon.Author, true
	case carillonv1.Role_ROLE_UNSPECIFIED, carillonv1.Role_ROLE_EDITOR:
		return carillon.Editor, true
	case carillonv1.Role_ROLE_ADMINISTRATOR:
		return carillon.Administrator, true
	}
	return "", false
}

func roleToProto(role carillon.Role) carillonv1.Role {
	switch role {
	case carillon.Author:
		return carillonv1.Role_ROLE_AUTHOR
	case carillon.Editor:
		return carillonv1.Role_ROLE_EDITOR
	case carillon.Administrator:
		return carillonv1.Role_ROLE_ADMINISTRATOR
	}
	return carillonv1.Role_ROLE_UNSPECIFIED
}
