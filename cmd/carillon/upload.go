package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/postfile"
	carillonv1 "carillon.example/proto/carillon/v1"
)

const (
	// slowestUpload is the pace below which Carillon gives an upload up, in bytes a second; so do we.
	slowestUpload = 32 << 10
	// askFirst is the size from which Carillon is asked whether it wants a file before all of it is on its way.
	askFirst = 1 << 20
	// maxMediaAnswer is more than is ever said of a file, in bytes.
	maxMediaAnswer = 64 << 10
)

// sendMedia sends the files of posts that Carillon does not have yet, and fills in their hashes. The error is all that is
// wrong with any of them.
func (c *client) sendMedia(ctx context.Context, sources []postfile.Source) error {
	var mistakes carillon.Mistakes
	sent := map[string]string{} // the hashes, by path: posts may share a file
	for i := range sources {
		s := &sources[i]
		for j := range s.Media {
			m := &s.Media[j]
			hash, known := sent[m.Path]
			if !known {
				var err error
				hash, err = c.sendFile(ctx, m)
				var refused carillon.Mistakes
				switch {
				case errors.As(err, &refused):
					mistakes = append(mistakes, refused...)
					continue
				case err != nil:
					return err
				}
				sent[m.Path] = hash
			}
			s.Post.Media[j].Hash = hash
		}
	}
	return mistakes.Err()
}

// sendFile sends one file, unless it is there already, and returns the hash it is kept under.
func (c *client) sendFile(ctx context.Context, m *postfile.Media) (string, error) {
	f, err := m.Open()
	if err != nil {
		return "", fmt.Errorf("%s: %w", m.Path, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("%s: %w", m.Path, err)
	}
	query := "?name=" + url.QueryEscape(m.Name)
	known, err := c.mediaCall(ctx, http.MethodGet, "/v1/media/"+hex.EncodeToString(sum.Sum(nil))+query, nil)
	if connect.CodeOf(err) == connect.CodeNotFound {
		known, err = c.mediaCall(ctx, http.MethodPost, "/v1/media"+query, m)
	}
	if connect.CodeOf(err) == connect.CodeInvalidArgument {
		var refused *connect.Error
		errors.As(err, &refused)
		return "", carillon.Mistakes{m.Mistake(errors.New(refused.Message()))}
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", m.Path, answeredMedia(c.url, err))
	}
	return known.GetHash(), nil
}

// mediaCall asks about a file, or sends one, and once more if Carillon could not be reached: twice sent it is kept once.
func (c *client) mediaCall(ctx context.Context, method, path string, m *postfile.Media) (*carillonv1.Media, error) {
	known, err := c.tryMedia(ctx, method, path, m)
	if again(err, keyed) {
		select {
		case <-ctx.Done():
		case <-c.after(pauseToRetry):
			known, err = c.tryMedia(ctx, method, path, m)
		}
	}
	return known, err
}

func (c *client) tryMedia(ctx context.Context, method, path string, m *postfile.Media) (*carillonv1.Media, error) {
	within := callTimeout
	var body fs.File
	if m != nil {
		within += time.Minute + time.Duration(m.Size/slowestUpload)*time.Second
		var err error
		if body, err = m.Open(); err != nil {
			return nil, err
		}
		defer func() { _ = body.Close() }() // it was only read
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, nil)
	if err != nil {
		return nil, err
	}
	if m != nil {
		r.Body, r.ContentLength = io.NopCloser(body), m.Size
		if m.Size == 0 {
			r.Body = http.NoBody
		}
		r.Header.Set("Content-Type", "application/octet-stream")
		if m.Size > askFirst {
			r.Header.Set("Expect", "100-continue")
		}
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, connect.NewError(connect.CodeUnavailable, err)
	}
	defer func() { _ = answer.Body.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxMediaAnswer))
	if err != nil {
		return nil, connect.NewError(connect.CodeUnavailable, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, refusedMedia(text)
	}
	known := &carillonv1.Media{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(text, known); err != nil || known.GetHash() == "" {
		return nil, refusedMedia(nil)
	}
	return known, nil
}

// refusedMedia reads why a file was refused. What is not an answer of the staff API is unimplemented.
func refusedMedia(text []byte) error {
	var said struct {
		Code    connect.Code `json:"code"`
		Message string       `json:"message"`
	}
	if err := json.Unmarshal(text, &said); err != nil || said.Code == 0 {
		return connect.NewError(connect.CodeUnimplemented, errors.New("it does not take files"))
	}
	return connect.NewError(said.Code, errors.New(said.Message))
}

// answeredMedia turns the error of such a call into one for people.
func answeredMedia(at string, err error) error {
	if code := connect.CodeOf(err); code == connect.CodeInternal || code == connect.CodeDeadlineExceeded {
		var said *connect.Error
		errors.As(err, &said)
		return errors.New(said.Message())
	}
	return answered(at, err)
}
