package fake

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"carillon.example/pkg/channel/fault"
	"carillon.example/pkg/channel/mastodon"
)

// Options say what the instance is like. The zero value will do.
type Options struct {
	Title string // of the instance; empty: "Sandbox"
	// Accounts exist from the start, each with a token that works. Others come to be when somebody logs in.
	Accounts []Account
	// Characters is the limit of a status; 0: Mastodon's 500.
	Characters int
	// Processing is how often an uploaded file is still being processed (206) when it is asked for. 0: it is ready at once;
	// negative: it never is.
	Processing int
	// Now is the instance's clock; nil: time.Now. The fault clock-off puts it wrong.
	Now func() time.Time
}

// Account is an account that the instance starts with.
type Account struct {
	Name    string // letters, digits and underscores
	Display string // empty: the name
	Token   string // empty: none
	Bot     bool   // it says that it is automated
}

// Limits of what it reads.
const (
	maxBody  = 1 << 20 // bytes of a request
	maxField = 200_000 // bytes of one of its fields
)

// Server is the instance, an http.Handler. Its methods may be called at the same time.
type Server struct {
	options Options
	store   *store
	presets map[string]string // token → account id
	codes   codes
	faults  fault.Injector
	handler http.Handler
}

// Open starts an instance whose journal is in a folder, which is made if it is not there. A journal that ends in the
// middle of a line, as it does when the process is killed while writing, loses that line, which was never answered.
func Open(dir string, o Options) (*Server, error) {
	if o.Title == "" {
		o.Title = "Sandbox"
	}
	if o.Characters == 0 {
		o.Characters = mastodon.DefaultCharacters
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	st, err := openStore(dir, o.Now)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, store: st, presets: map[string]string{}}
	for _, a := range o.Accounts {
		account, err := st.account(a.Name, a.Display, a.Bot)
		if err != nil {
			return nil, errors.Join(err, st.close())
		}
		if a.Token != "" {
			s.presets[a.Token] = account.ID
		}
	}
	s.handler = s.faults.Wrap(s.routes())
	return s, nil
}

// now is what the clock says to a request.
func (s *Server) now(r *http.Request) time.Time { return fault.Now(r, s.options.Now()) }

// ServeHTTP answers a request, unless a fault does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Faults makes the instance misbehave. The injector is a handler itself: mounted at an address (the sandbox's /faults)
// it lists, adds and clears faults as JSON, as package fault documents.
func (s *Server) Faults() *fault.Injector { return &s.faults }

// Close closes the journal. Requests that come later fail.
func (s *Server) Close() error { return s.store.close() }

// Status is a status as it stands.
type Status struct {
	ID         string
	Account    string // the name
	Display    string // the name people see
	Text       string // as it was sent
	HTML       string // as a page shows it, safe
	Warning    string
	Language   string
	Visibility string
	Created    time.Time
	Edited     time.Time // zero: never
	Path       string    // of its page on the instance
	ReplyTo    string    // the id of the status it replies to
	Media      []Medium
}

// Medium is a file that a status shows.
type Medium struct {
	ID          string
	Type        string
	Size        int64 // bytes
	Description string
	FocusX      float64
	FocusY      float64
	Path        string // where the instance serves it
}

// Statuses are all statuses, of every visibility, the newest first.
func (s *Server) Statuses() []Status {
	var list []Status
	for _, st := range s.store.statuses(func(*status) bool { return true }) {
		account := s.store.accountByID(st.AccountID)
		list = append(list, Status{
			ID: st.ID, Account: account.Name, Display: account.Display, Text: st.Text,
			HTML: render(st.Text, "", s.store.accountByName), Warning: st.Warning, Language: st.Language,
			Visibility: st.Visibility, Created: st.Created, Edited: st.Edited, Path: statusPath(account, st),
			ReplyTo: st.ReplyTo, Media: s.shownMedia(st.Media),
		})
	}
	return list
}

func (s *Server) shownMedia(ids []string) []Medium {
	var list []Medium
	for _, m := range s.store.mediaOf(ids) {
		list = append(list, Medium{
			ID: m.ID, Type: m.Type, Size: m.Size, Description: m.Description, FocusX: m.FocusX, FocusY: m.FocusY, Path: mediumPath(m),
		})
	}
	return list
}

func statusPath(a account, st status) string { return fmt.Sprintf("/@%s/%s", a.Name, st.ID) }

// secret makes a token or a code.
func secret() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
