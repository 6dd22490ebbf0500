package ingest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"carillon.example/pkg/bus"
	"carillon.example/pkg/carillon"
)

const (
	tokenKeys      = "tokens."
	tokenPrefix    = "carillon_"
	minTokenLength = 20 // characters of a token that ops choose themselves
	adminToken     = "admin"
)

// token is one token as OFFICE keeps it: its hash, never itself. A token is 160 random bits, so a plain hash is enough.
type token struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Hash    string    `json:"hash"`
	Created time.Time `json:"created"`

	Role    carillon.Role `json:"role,omitempty"`   // absent: it was made before there were roles, and may do everything
	Expires time.Time     `json:"expires,omitzero"` // absent: never

	gone <-chan struct{} // closed when it is revoked or replaced
}

// role is what the token may do. What is written and is no role, as by a later version, may nothing.
func (t token) role() carillon.Role {
	if t.Role == "" {
		return carillon.Administrator
	}
	return t.Role
}

// expired reports whether the token's time is over.
func (t token) expired(now time.Time) bool { return !t.Expires.IsZero() && !now.Before(t.Expires) }

// expiry is the sentence for a token that has expired.
func (t token) expiry() string {
	return fmt.Sprintf("the token %q expired on %s: an administrator can make another with 'carillon token create'",
		t.Name, t.Expires.UTC().Format("2006-01-02 at 15:04 UTC"))
}

// tokens are the valid tokens, followed from the bucket: a token that is revoked is refused within moments everywhere.
type tokens struct {
	mu     sync.RWMutex
	byHash map[string]token
	gone   map[string]chan struct{} // by id
}

func newTokens() *tokens {
	return &tokens{byHash: map[string]token{}, gone: map[string]chan struct{}{}}
}

func (t *tokens) follow(ctx context.Context, bucket *bus.Bucket, caughtUp func()) error {
	return bucket.Watch(ctx, tokenKeys+"*", t.take, caughtUp)
}

func (t *tokens) take(e bus.Entry) {
	id := strings.TrimPrefix(e.Key, tokenKeys)
	var taken token
	valid := e.Value != nil && json.Unmarshal(e.Value, &taken) == nil
	taken.ID = id
	t.mu.Lock() // once for both: a token that is told again is never refused in between
	defer t.mu.Unlock()
	if !valid {
		t.drop(id)
		return
	}
	t.keep(taken)
}

func (t *tokens) add(one token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keep(one)
}

func (t *tokens) remove(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.drop(id)
}

// keep knows a token from now on; the caller holds the lock.
func (t *tokens) keep(one token) {
	if known, ok := t.byHash[one.Hash]; !ok || known.ID != one.ID {
		t.drop(one.ID) // it has another secret now
	}
	gone, ok := t.gone[one.ID]
	if !ok {
		gone = make(chan struct{})
		t.gone[one.ID] = gone
	}
	one.gone = gone
	t.byHash[one.Hash] = one
}

// drop forgets a token; the caller holds the lock.
func (t *tokens) drop(id string) {
	for hash, known := range t.byHash {
		if known.ID == id {
			delete(t.byHash, hash)
		}
	}
	if gone, ok := t.gone[id]; ok {
		close(gone)
		delete(t.gone, id)
	}
}

// find returns the token that a secret is.
func (t *tokens) find(secret string) (token, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	found, ok := t.byHash[hashToken(secret)]
	return found, ok
}

// known reports whether there is a token with an id.
func (t *tokens) known(id string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	_, ok := t.gone[id]
	return ok
}

func (t *tokens) all() []token {
	t.mu.RLock()
	defer t.mu.RUnlock()
	all := make([]token, 0, len(t.byHash))
	for _, one := range t.byHash {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b token) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all
}

// named finds a token by its id or, if only one has it, by its name.
func (t *tokens) named(name string) (token, error) {
	var found []token
	for _, one := range t.all() {
		if one.ID == name {
			return one, nil
		}
		if one.Name == name {
			found = append(found, one)
		}
	}
	switch len(found) {
	case 0:
		return token{}, fmt.Errorf("there is no token %q; 'carillon token list' shows all", name)
	case 1:
		return found[0], nil
	}
	return token{}, fmt.Errorf("%d tokens are named %q: name it by its id; 'carillon token list' shows them", len(found), name)
}

func hashToken(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// newToken makes a token that did not exist before.
func newToken(name string, role carillon.Role, expires, now time.Time) (token, carillon.Secret) {
	var id [4]byte
	_, _ = rand.Read(id[:]) // never fails
	secret := tokenPrefix + rand.Text()
	return token{
		ID: hex.EncodeToString(id[:]), Name: name, Hash: hashToken(secret), Created: now, Role: role, Expires: expires,
	}, carillon.Secret(secret)
}

func storeToken(ctx context.Context, bucket *bus.Bucket, t token) error {
	value, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return bucket.Put(ctx, tokenKeys+t.ID, value)
}

// registerAdmin makes the token in a file valid, under the name 'admin'. It is an administrator's, whatever happened to the
// others: whoever can write the file cannot be locked out.
func registerAdmin(ctx context.Context, bucket *bus.Bucket, file string, now time.Time) error {
	secret, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	admin := token{ID: adminToken, Name: adminToken, Hash: hashToken(strings.TrimSpace(string(secret))), Created: now, Role: carillon.Administrator}
	if len(strings.TrimSpace(string(secret))) < minTokenLength {
		return fmt.Errorf("the token in %s is shorter than %d characters: make a longer one", file, minTokenLength)
	}
	entry, err := bucket.Get(ctx, tokenKeys+adminToken)
	if err == nil {
		var known token
		if json.Unmarshal(entry.Value, &known) == nil && known.Hash == admin.Hash && known.role() == admin.Role && known.Expires.IsZero() {
			return nil
		}
	} else if !errors.Is(err, bus.ErrNotFound) {
		return err
	}
	return storeToken(ctx, bucket, admin)
}

// EnsureAdminToken makes a file with a new token unless it is there, readable by its owner alone.
func EnsureAdminToken(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := f.WriteString(tokenPrefix + rand.Text() + "\n"); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
