package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/event"
)

// keptFor is how long a repeated request gets its first answer.
const keptFor = 24 * time.Hour

const maxIdempotencyKey = 255

// The ends of the keys under which a claim and an answer, which is sealed, stand.
const (
	keptClaim  = ".mine"
	keptAnswer = ".sealed"
)

// claim is what stands under an Idempotency-Key before the request is carried out.
type claim struct {
	Request string `json:"request"` // its fingerprint
}

// once carries a request out, once for each Idempotency-Key. The key is claimed first; the message id of the decision is
// made from it, so that a request that was carried out while its answer was lost is found again in the log. do fills the
// answer; again corrects it by the decision that was written. A request that was refused claims nothing.
func (s *Service) once(ctx context.Context, req, answer proto.Message, slug string, do func(ctx context.Context, id string) error, again func(*event.Decision)) error {
	key, err := idempotencyKey(ctx)
	if err != nil {
		return err
	}
	if key == "" {
		return do(ctx, uuid.Must(uuid.NewV7()).String())
	}
	keys := "idempotency." + key
	first, err := s.claim(ctx, keys+keptClaim, req)
	if err != nil {
		return err
	}
	if !first {
		kept, err := s.bucket.Get(ctx, keys+keptAnswer)
		switch {
		case err == nil:
			if value, ok := unseal(ctx, keys, kept.Value); ok {
				return proto.Unmarshal(value, answer)
			}
		case !errors.Is(err, bus.ErrNotFound):
			return err
		}
		// The first try is still under way, or it was interrupted: the log knows whether it decided.
		d, err := s.decided(ctx, slug, key)
		if err == nil {
			again(d)
			return nil
		}
		if !errors.Is(err, bus.ErrNotFound) {
			return err
		}
	}
	if err := do(ctx, key); err != nil {
		if refused(err) {
			// A repetition that ran beside the first try may be refused because that one has decided meanwhile.
			switch d, lookErr := s.decided(ctx, slug, key); {
			case lookErr == nil:
				again(d)
				return nil
			case !errors.Is(lookErr, bus.ErrNotFound):
				return lookErr
			}
			// Losing this deletion costs the caller a new key for the corrected request.
			_ = s.bucket.Delete(context.WithoutCancel(ctx), keys+keptClaim)
		}
		return err
	}
	// A repetition that ran beside the first try may have lost to it: the answer is what stands in the log.
	switch d, err := s.decided(ctx, slug, key); {
	case err == nil:
		again(d)
	case !errors.Is(err, bus.ErrNotFound): // nothing was changed, so nothing was decided
		return err
	}
	value, err := proto.Marshal(answer)
	if err != nil {
		return err
	}
	if value, err = seal(ctx, keys, value); err != nil {
		return err
	}
	if _, err := s.bucket.Create(ctx, keys+keptAnswer, value, keptFor); err != nil && !errors.Is(err, bus.ErrConflict) {
		return err
	}
	return nil
}

// claim notes the request under its key. It returns false if it stands there already.
func (s *Service) claim(ctx context.Context, key string, req proto.Message) (bool, error) {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(req)
	if err != nil {
		return false, err
	}
	request, err := fingerprint(ctx, append([]byte(req.ProtoReflect().Descriptor().FullName()), body...))
	if err != nil {
		return false, err
	}
	mine := claim{Request: request}
	value, err := json.Marshal(mine)
	if err != nil {
		return false, err
	}
	_, err = s.bucket.Create(ctx, key, value, keptFor)
	if err == nil {
		return true, nil
	}
	if !errors.Is(err, bus.ErrConflict) {
		return false, err
	}
	entry, err := s.bucket.Get(ctx, key)
	if errors.Is(err, bus.ErrNotFound) { // it was given back, or expired, this moment
		return s.claim(ctx, key, req)
	}
	if err != nil {
		return false, err
	}
	var theirs claim
	if err := json.Unmarshal(entry.Value, &theirs); err != nil {
		return false, err
	}
	if theirs != mine {
		return false, invalid("Idempotency-Key", "was used for another request: make a new key for each request")
	}
	return false, nil
}

// idempotencyKey is the caller's key, made unlike every other caller's. It is empty if none was sent.
func idempotencyKey(ctx context.Context) (string, error) {
	info, ok := connect.CallInfoForHandlerContext(ctx)
	if !ok {
		return "", nil
	}
	key := info.RequestHeader().Get("Idempotency-Key")
	if key == "" {
		return "", nil
	}
	if len(key) > maxIdempotencyKey {
		return "", invalid("Idempotency-Key", "is longer than 255 characters: a UUID is enough")
	}
	sum := sha256.Sum256([]byte(caller(ctx).ID + "\x00" + key))
	return hex.EncodeToString(sum[:16]), nil
}

// refused reports whether an error means that nothing was done.
func refused(err error) bool {
	var conflict *conflictError
	var answer *connect.Error
	return isMistakes(err) || errors.As(err, &conflict) || errors.As(err, &answer)
}
