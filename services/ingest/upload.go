package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/event"
	"carillon.example/pkg/media"
)

// Limits of an upload.
const (
	// silentFor is how long a client may send nothing.
	silentFor = 30 * time.Second
	// slowFor and slowest are how long a client may take: this, and as much as it takes at so many bytes a second.
	slowFor = time.Minute
	slowest = 32 << 10
	// uploadsAtOnce is how many files are received at once; the others wait. Each is on disk meanwhile.
	uploadsAtOnce = 8
	// copyBytes is how much of a file is in memory.
	copyBytes = 256 << 10
)

// uploadFolder is where files are while they arrive, in DATA_DIR.
const uploadFolder = "uploads"

var hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// handleMedia answers for the media: POST /v1/media?name=FILE takes a file, GET /v1/media/HASH?name=FILE says what one is
// that is there, by the hash of what is stored or of what was sent.
func (s *Service) handleMedia(mux *http.ServeMux) {
	mux.HandleFunc("POST /v1/media", s.upload)
	mux.HandleFunc("GET /v1/media/{hash}", s.known)
}

func (s *Service) upload(w http.ResponseWriter, r *http.Request) {
	f, err := s.takeUpload(w, r)
	if err != nil {
		s.refuseUpload(w, r, err)
		return
	}
	s.metrics.uploads.WithLabelValues(uploadStored).Inc()
	s.answerMedia(w, f)
}

func (s *Service) takeUpload(w http.ResponseWriter, r *http.Request) (*carillon.Media, error) {
	ctx := r.Context()
	name := r.URL.Query().Get("name")
	said, err := media.Named(name)
	if err != nil {
		return nil, err
	}
	if r.ContentLength > 0 {
		if err := said.CheckSize(r.ContentLength); err != nil {
			return nil, err
		}
	}
	if err := s.uploads.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer s.uploads.Release(1)
	file, err := os.CreateTemp(filepath.Join(s.config.DataDir, uploadFolder), "upload-*")
	if err != nil {
		return nil, fmt.Errorf("keep an upload: %w", err)
	}
	defer func() { // nobody needs it any more, however this ended
		_ = file.Close()
		_ = os.Remove(file.Name())
	}()
	hash, size, err := receive(w, r, file, said)
	if err != nil {
		return nil, err
	}
	facts, err := s.storeMedia(ctx, name, hash, size, file)
	if err != nil {
		return nil, err
	}
	return facts.media(name), nil
}

// receive writes what a client sends to a file, and hashes it. It reads no more than it has to, and waits no longer.
func receive(w http.ResponseWriter, r *http.Request, file *os.File, said media.Type) (hash string, size int64, err error) {
	in := &patient{r: r.Body, control: http.NewResponseController(w), began: time.Now()}
	sum := sha256.New()
	limit := said.MaxSize()
	size, err = io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(file, sum)}, io.LimitReader(in, limit+1), make([]byte, copyBytes))
	// The server watches for a client that leaves, and would take a deadline that passes for that.
	_ = in.control.SetReadDeadline(time.Time{})
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "", 0, errSlow
	case err != nil && in.failed:
		return "", 0, errCutOff
	case err != nil:
		return "", 0, fmt.Errorf("keep an upload: %w", err)
	}
	if err := said.CheckSize(size); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(sum.Sum(nil)), size, nil
}

// patient reads from a client for as long as it keeps sending at a fair pace.
type patient struct {
	r       io.Reader
	control *http.ResponseController
	began   time.Time
	read    int64
	failed  bool
}

func (p *patient) Read(b []byte) (int, error) {
	until := time.Now().Add(silentFor)
	if end := p.began.Add(slowFor + time.Duration(p.read/slowest)*time.Second); end.Before(until) {
		until = end
	}
	// Where there is no deadline to set, as in a test, there is no connection that could be held.
	_ = p.control.SetReadDeadline(until)
	n, err := p.r.Read(b)
	p.read += int64(n)
	p.failed = err != nil && !errors.Is(err, io.EOF)
	return n, err
}

var (
	errSlow   = errors.New("the file arrived too slowly: send it again over a better connection")
	errCutOff = errors.New("the file did not arrive whole: send it again")
)

// known says what is stored under a hash.
func (s *Service) known(w http.ResponseWriter, r *http.Request) {
	name, hash := r.URL.Query().Get("name"), r.PathValue("hash")
	if !hashPattern.MatchString(hash) {
		s.refuseUpload(w, r, media.Refusal("a hash has 64 hexadecimal digits, small letters: take it from the answer to an upload, or from sha256sum"))
		return
	}
	facts, err := s.mediaFacts(r.Context(), hash)
	if err == nil && name != "" {
		err = facts.fits(name)
	}
	if err != nil {
		s.refuseUpload(w, r, err)
		return
	}
	s.answerMedia(w, facts.media(name))
}

func (s *Service) answerMedia(w http.ResponseWriter, f *carillon.Media) {
	body, err := protojson.Marshal(event.MediaToProto(f))
	if err != nil {
		s.Log.Error("an answer cannot be written", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body) // who has left needs no answer
}

// refuseUpload answers as the rest of the API does in JSON.
func (s *Service) refuseUpload(w http.ResponseWriter, r *http.Request, err error) {
	var refusal media.Refusal
	status, code, sentence := http.StatusInternalServerError, connect.CodeInternal, "something went wrong here; the log of ingest says what"
	switch {
	case r.Context().Err() != nil:
		return // whoever asked has left
	case errors.As(err, &refusal):
		status, code, sentence = http.StatusBadRequest, connect.CodeInvalidArgument, err.Error()
	case errors.Is(err, errUnknownHash):
		status, code, sentence = http.StatusNotFound, connect.CodeNotFound, err.Error()
	case errors.Is(err, errSlow), errors.Is(err, errCutOff):
		status, code, sentence = http.StatusRequestTimeout, connect.CodeDeadlineExceeded, err.Error()
	case errors.Is(err, context.DeadlineExceeded):
		status, code, sentence = http.StatusServiceUnavailable, connect.CodeUnavailable, "the log does not answer: send the file again"
	default:
		s.Log.ErrorContext(r.Context(), "a file could not be stored", "error", err)
	}
	if r.Method == http.MethodPost {
		s.metrics.uploads.WithLabelValues(uploadRefused).Inc()
	}
	writeError(w, status, code, sentence)
}

func writeError(w http.ResponseWriter, status int, code connect.Code, sentence string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// Two strings can be written, and who has left needs no answer.
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code.String(), "message": sentence})
}

// emptyFolder makes a folder, without what an earlier process may have left in it.
func emptyFolder(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("empty the folder of uploads: %w", err)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("make the folder of uploads: %w", err)
	}
	return nil
}
