package ingest

import (
	"context"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/types/known/timestamppb"

	carillonv1 "carillon.example/proto/carillon/v1"
)

const maxTokenName = 100 // characters

// CreateToken implements the staff API.
func (s *Service) CreateToken(ctx context.Context, req *carillonv1.CreateTokenRequest) (*carillonv1.CreateTokenResponse, error) {
	name := strings.TrimSpace(req.GetName())
	switch {
	case name == "":
		return nil, s.answer(ctx, invalid("name", "is missing: say who will use the token"))
	case utf8.RuneCountInString(name) > maxTokenName || strings.ContainsFunc(name, unicode.IsControl):
		return nil, s.answer(ctx, invalid("name", "is longer than 100 characters or not on one line"))
	}
	t, secret := newToken(name, s.Now())
	if err := storeToken(ctx, s.bucket, t); err != nil {
		return nil, s.answer(ctx, err)
	}
	s.tokens.add(t) // whoever made it may use it at once, here
	return &carillonv1.CreateTokenResponse{Token: tokenToProto(t), Secret: secret.Reveal()}, nil
}

// ListTokens implements the staff API.
func (s *Service) ListTokens(context.Context, *carillonv1.ListTokensRequest) (*carillonv1.ListTokensResponse, error) {
	answer := &carillonv1.ListTokensResponse{}
	for _, t := range s.tokens.all() {
		answer.Tokens = append(answer.Tokens, tokenToProto(t))
	}
	return answer, nil
}

// RevokeToken implements the staff API.
func (s *Service) RevokeToken(ctx context.Context, req *carillonv1.RevokeTokenRequest) (*carillonv1.RevokeTokenResponse, error) {
	t, err := s.tokens.named(req.GetToken())
	if err != nil {
		return nil, connect.NewError(connect.CodeNotFound, err)
	}
	if t.ID == adminToken && s.config.AdminTokenFile != "" {
		return nil, connect.NewError(connect.CodeFailedPrecondition,
			errors.New("the token 'admin' is registered from a file at every start: change the file's content and restart instead"))
	}
	if err := s.bucket.Delete(ctx, tokenKeys+t.ID); err != nil {
		return nil, s.answer(ctx, err)
	}
	s.tokens.remove(t.ID)
	return &carillonv1.RevokeTokenResponse{Token: tokenToProto(t)}, nil
}

func tokenToProto(t token) *carillonv1.Token {
	return &carillonv1.Token{Id: t.ID, Name: t.Name, Created: timestamppb.New(t.Created)}
}
