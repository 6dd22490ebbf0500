package fake

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// idempotencyAge is how long Mastodon remembers an Idempotency-Key.
const idempotencyAge = time.Hour

type account struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Display string    `json:"display"`
	Bot     bool      `json:"bot,omitempty"`
	Created time.Time `json:"created"`
}

type application struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Website   string   `json:"website"`
	Redirects []string `json:"redirects"`
	Secret    string   `json:"secret"`
	Client    string   `json:"client"`
}

type token struct {
	Token     string `json:"token"`
	AccountID string `json:"account,omitempty"` // empty: the application's own
	AppName   string `json:"app,omitempty"`
}

// status is a status, with its earlier versions.
type status struct {
	ID         string    `json:"id"`
	AccountID  string    `json:"account"`
	Text       string    `json:"text"`
	Warning    string    `json:"warning,omitempty"`
	Sensitive  bool      `json:"sensitive,omitempty"`
	Language   string    `json:"language"`
	Visibility string    `json:"visibility"`
	App        string    `json:"app,omitempty"`
	Key        string    `json:"key,omitempty"`   // the Idempotency-Key it came with
	ReplyTo    string    `json:"reply,omitempty"` // the status it replies to
	Media      []string  `json:"media,omitempty"`
	Created    time.Time `json:"created"`
	Edited     time.Time `json:"edited,omitzero"`
	Earlier    []version `json:"earlier,omitempty"`
}

// version is a status before an edit.
type version struct {
	Text      string    `json:"text"`
	Warning   string    `json:"warning,omitempty"`
	Sensitive bool      `json:"sensitive,omitempty"`
	At        time.Time `json:"at"`
}

// record is a line of the journal: exactly one of its fields is set.
type record struct {
	Account *account     `json:"account,omitempty"`
	App     *application `json:"app,omitempty"`
	Token   *token       `json:"token,omitempty"`
	Revoked string       `json:"revoked,omitempty"` // a token
	Status  *status      `json:"status,omitempty"`  // as it stands now
	Deleted string       `json:"deleted,omitempty"` // a status' id
	Medium  *medium      `json:"medium,omitempty"`  // as it stands now
}

// created is what came with an Idempotency-Key. It is remembered when the status is deleted.
type created struct {
	id string
	at time.Time
}

// store holds the instance's state in memory and writes every change to its journal first.
type store struct {
	now func() time.Time
	dir string

	mu       sync.Mutex
	journal  *os.File
	accounts map[string]account // by id
	apps     map[string]application
	tokens   map[string]token
	byID     map[string]status
	order    []string // status ids, the oldest first
	keys     map[string]created
	media    map[string]medium
	counts   map[string]int // statuses by account
	lastID   int64
}

func openStore(dir string, now func() time.Time) (*store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "media"), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "mastodon.jsonl"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	s := &store{
		now: now, dir: dir, journal: f, media: map[string]medium{}, accounts: map[string]account{}, apps: map[string]application{},
		tokens: map[string]token{}, byID: map[string]status{}, keys: map[string]created{}, counts: map[string]int{},
	}
	if err := s.replay(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading the journal %s: %w", f.Name(), err), f.Close())
	}
	return s, nil
}

// replay reads the journal, and cuts off a last line that was not written whole.
func (s *store) replay() error {
	r := bufio.NewReader(s.journal)
	var whole int64
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		var rec record
		if err := json.Unmarshal(line, &rec); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		s.apply(rec)
		whole += int64(len(line))
	}
	if err := s.journal.Truncate(whole); err != nil {
		return err
	}
	_, err := s.journal.Seek(whole, io.SeekStart)
	return err
}

// write journals a change and applies it. It is on disk when write returns.
func (s *store) write(rec record) error {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(rec); err != nil {
		return err
	}
	if _, err := s.journal.Write(b.Bytes()); err != nil {
		return err
	}
	if err := s.journal.Sync(); err != nil {
		return err
	}
	s.apply(rec)
	return nil
}

func (s *store) apply(rec record) {
	switch {
	case rec.Account != nil:
		s.accounts[rec.Account.ID] = *rec.Account
		s.sawID(rec.Account.ID)
	case rec.App != nil:
		s.apps[rec.App.Client] = *rec.App
		s.sawID(rec.App.ID)
	case rec.Token != nil:
		s.tokens[rec.Token.Token] = *rec.Token
	case rec.Revoked != "":
		delete(s.tokens, rec.Revoked)
	case rec.Status != nil:
		if _, known := s.byID[rec.Status.ID]; !known {
			s.order = append(s.order, rec.Status.ID)
			s.counts[rec.Status.AccountID]++
			s.sawID(rec.Status.ID)
			if rec.Status.Key != "" {
				s.keys[keyOf(*rec.Status)] = created{rec.Status.ID, rec.Status.Created}
			}
		}
		s.byID[rec.Status.ID] = *rec.Status
	case rec.Medium != nil:
		s.media[rec.Medium.ID] = *rec.Medium
		s.sawID(rec.Medium.ID)
	case rec.Deleted != "":
		s.counts[s.byID[rec.Deleted].AccountID]--
		delete(s.byID, rec.Deleted)
		s.orphan(rec.Deleted)
		s.order = slices.DeleteFunc(s.order, func(id string) bool { return id == rec.Deleted })
	}
}

func (s *store) sawID(id string) {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil {
		s.lastID = max(s.lastID, n)
	}
}

// nextID makes an id as Mastodon does: the milliseconds of the clock, then 16 bits. They only grow.
func (s *store) nextID() string { return s.idAt(s.now()) }

func (s *store) idAt(now time.Time) string {
	s.lastID = max(s.lastID+1, now.UnixMilli()<<16)
	return strconv.FormatInt(s.lastID, 10)
}

func (s *store) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.Close()
}

var accountName = regexp.MustCompile(`^[A-Za-z0-9_]{1,30}$`)

// account finds the account of a name, or makes it.
func (s *store) account(name, display string, bot bool) (account, error) {
	if !accountName.MatchString(name) {
		return account{}, fmt.Errorf("account %q: use 1 to 30 letters, digits and underscores", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if strings.EqualFold(a.Name, name) {
			return a, nil
		}
	}
	a := account{ID: s.nextID(), Name: name, Display: cmp.Or(display, name), Bot: bot, Created: s.now().UTC()}
	return a, s.write(record{Account: &a})
}

func (s *store) accountByID(id string) account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accounts[id]
}

func (s *store) accountByName(name string) (account, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if strings.EqualFold(a.Name, name) {
			return a, true
		}
	}
	return account{}, false
}

func (s *store) accountNames() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, a := range s.accounts {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	return names
}

func (s *store) addApp(a application) (application, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.ID, a.Client, a.Secret = s.nextID(), secret(), secret()
	return a, s.write(record{App: &a})
}

func (s *store) app(client string) (application, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.apps[client]
	return a, ok
}

func (s *store) addToken(t token) (token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.Token = secret()
	return t, s.write(record{Token: &t})
}

func (s *store) revoke(t string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.tokens[t]; !ok {
		return nil
	}
	return s.write(record{Revoked: t})
}

func (s *store) token(t string) (token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.tokens[t]
	return found, ok
}

// keyOf names the Idempotency-Key of a status: every account has its own.
func keyOf(st status) string { return st.AccountID + " " + st.Key }

// create shows a status, or finds the one that came with the same key within the hour. If that was deleted since, it is
// not found, as on Mastodon. now is the time that it bears; replay is asked about a key that is known, and its error is the
// answer.
func (s *store) create(st status, now time.Time, replay func() error) (status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now = now.UTC()
	if c, ok := s.keys[keyOf(st)]; ok && st.Key != "" && now.Sub(c.at) < idempotencyAge {
		if err := replay(); err != nil {
			return status{}, err
		}
		old, ok := s.byID[c.id]
		if !ok {
			return status{}, errNotFound
		}
		return old, nil
	}
	if _, ok := s.byID[st.ReplyTo]; !ok && st.ReplyTo != "" {
		return status{}, errNoReply
	}
	if err := s.attachable(&st); err != nil {
		return status{}, err
	}
	st.ID, st.Created = s.idAt(now), now
	// The status comes first: killed between the two, it shows its media all the same.
	if err := s.write(record{Status: &st}); err != nil {
		return status{}, err
	}
	_, err := s.attach(&st, nil)
	return st, err
}

// orphan leaves the replies to a deleted status standing by themselves, as Mastodon does, and its media to nobody.
func (s *store) orphan(id string) {
	for _, other := range s.order {
		if st := s.byID[other]; st.ReplyTo == id {
			st.ReplyTo = ""
			s.byID[other] = st
		}
	}
	for name, m := range s.media {
		if m.StatusID == id {
			m.StatusID = ""
			s.media[name] = m
		}
	}
}

// ancestors are the statuses that a status replies to, the first first.
func (s *store) ancestors(st status) []status {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []status
	for st.ReplyTo != "" {
		above, ok := s.byID[st.ReplyTo]
		if !ok {
			break
		}
		list, st = append(list, above), above
	}
	slices.Reverse(list)
	return list
}

// descendants are the replies to a status and to those, the oldest first.
func (s *store) descendants(id string) []status {
	s.mu.Lock()
	defer s.mu.Unlock()
	below := map[string]bool{id: true}
	var list []status
	for _, other := range s.order { // a reply is younger than what it replies to
		if st := s.byID[other]; st.ReplyTo != "" && below[st.ReplyTo] {
			below[other] = true
			list = append(list, st)
		}
	}
	return list
}

// count is how many statuses an account has, or all accounts have if id is "".
func (s *store) count(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id == "" {
		return len(s.order)
	}
	return s.counts[id]
}

// last is an account's newest status.
func (s *store) last(accountID string) (status, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Backward(s.order) {
		if st := s.byID[id]; st.AccountID == accountID {
			return st, true
		}
	}
	return status{}, false
}

var (
	errNotFound = errors.New("no such status")
	errNoReply  = errors.New("no such status to reply to")
)

// edit changes a status of an account, and what is said of its media.
func (s *store) edit(accountID, id string, now time.Time, attributes []attribute, change func(*status)) (status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.byID[id]
	if !ok || old.AccountID != accountID {
		return status{}, errNotFound
	}
	st := old
	change(&st)
	if err := s.attachable(&st); err != nil {
		return status{}, err
	}
	said, err := s.attach(&st, attributes)
	if err != nil {
		return status{}, err
	}
	if !said && st.Text == old.Text && st.Warning == old.Warning && st.Language == old.Language && st.Sensitive == old.Sensitive &&
		slices.Equal(st.Media, old.Media) {
		return old, nil
	}
	at := old.Created
	if !old.Edited.IsZero() {
		at = old.Edited
	}
	st.Earlier = append(slices.Clone(old.Earlier), version{old.Text, old.Warning, old.Sensitive, at})
	st.Edited = now.UTC()
	return st, s.write(record{Status: &st})
}

// remove deletes a status of an account.
func (s *store) remove(accountID, id string) (status, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok := s.byID[id]
	if !ok || st.AccountID != accountID {
		return status{}, errNotFound
	}
	return st, s.write(record{Deleted: id})
}

func (s *store) status(id string) (status, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok := s.byID[id]
	return st, ok
}

// statuses are those a filter takes, the newest first.
func (s *store) statuses(filter func(*status) bool) []status {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []status
	for _, id := range slices.Backward(s.order) {
		if st := s.byID[id]; filter(&st) {
			list = append(list, st)
		}
	}
	return list
}
