package fake

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"carillon.example/pkg/channel/fault"
)

// maxRequest is the longest request that is read, in bytes.
const maxRequest = 4 << 20

// Options are how a workspace is set up.
type Options struct {
	Token    string    // the one bearer token
	Scopes   []string  // what it may do; empty: chat:write, channels:history, groups:history, channels:read
	Team     string    // the workspace's name; empty: Sandbox
	Bot      string    // the bot's user name; empty: carillon
	Channels []Channel // the conversations there are

	// Mount is the path under which clients reach the server, without a slash at its end: "/slack" if the API is at
	// /slack/api/. It stands in permalinks.
	Mount string
	// URL is the scheme and host in permalinks; empty: the host that was asked.
	URL string
	// Now is the clock; nil: time.Now. The fault clock-off puts it wrong.
	Now func() time.Time
}

// Channel is a conversation.
type Channel struct {
	ID   string
	Name string // without #
	// Archived and NotMember make Slack refuse what is posted.
	Archived  bool
	NotMember bool
}

// Ids of what there is one of.
const (
	teamID = "T0SANDBOX"
	userID = "U0CARILLON"
	botID  = "B0CARILLON"
	appID  = "A0CARILLON"
)

// Server is the workspace. What the faults of a fault.Injector around it ask of it, it does: it keeps what was posted to
// itself, or its metadata, it refuses edits, it refuses the token. As an http.Handler it serves the Web API at /api/METHOD and a page for each message at
// /archives/CHANNEL/pTIMESTAMP.
type Server struct {
	opts Options
	mux  *http.ServeMux
	log  *timeline
}

// Open starts a workspace on what its journal in dir holds. A last line that was torn by a crash was never answered, and
// is dropped; any other damage is an error that names the line.
func Open(dir string, opts Options) (*Server, error) {
	if opts.Token == "" {
		return nil, fmt.Errorf("fake slack: there is no token")
	}
	if len(opts.Scopes) == 0 {
		opts.Scopes = []string{"chat:write", "channels:history", "groups:history", "channels:read"}
	}
	if opts.Team == "" {
		opts.Team = "Sandbox"
	}
	if opts.Bot == "" {
		opts.Bot = "carillon"
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	log, err := openTimeline(dir)
	if err != nil {
		return nil, fmt.Errorf("fake slack: %w", err)
	}
	s := &Server{opts: opts, mux: http.NewServeMux(), log: log}
	s.mux.HandleFunc("/api/{method}", s.serveMethod)
	s.mux.HandleFunc("GET /archives/{channel}/{message}", s.servePage)
	return s, nil
}

// Close ends the journal. Requests after that fail.
func (s *Server) Close() error { return s.log.close() }

// Channels are the conversations, in the order they were given.
func (s *Server) Channels() []Channel { return slices.Clone(s.opts.Channels) }

// Bot is the name of the one who posts here.
func (s *Server) Bot() string { return s.opts.Bot }

// Messages are the messages that are there now, the oldest first.
func (s *Server) Messages() []Message { return s.log.all() }

// Permalink is the path of a message's page.
func (s *Server) Permalink(m *Message) string {
	return s.opts.Mount + "/archives/" + m.Channel + "/p" + strings.ReplaceAll(m.TS, ".", "")
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// request is a call of the Web API, whatever its encoding.
type request struct {
	*http.Request
	args map[string]string // JSON values stay JSON
}

// reply is the answer to a call; "ok" is added.
type reply map[string]any

// refusal is Slack's way to say no: HTTP 200 and a word.
type refusal struct {
	word     string
	messages []string
	needed   string
}

func (r *refusal) Error() string { return r.word }

func refuse(word string, messages ...string) error { return &refusal{word: word, messages: messages} }

// method is one method of the Web API and the scope it needs.
type method struct {
	scope func(*request) string
	serve func(*Server, *request) (reply, error)
}

func needs(scope string) func(*request) string { return func(*request) string { return scope } }

func methods() map[string]method {
	return map[string]method{
		"auth.test":             {needs(""), (*Server).authTest},
		"chat.postMessage":      {needs("chat:write"), (*Server).postMessage},
		"chat.update":           {needs("chat:write"), (*Server).update},
		"chat.delete":           {needs("chat:write"), (*Server).delete},
		"chat.getPermalink":     {needs(""), (*Server).getPermalink},
		"conversations.history": {historyScope, (*Server).history},
		"conversations.replies": {historyScope, (*Server).replies},
		"conversations.info":    {needs("channels:read"), (*Server).info},
		"conversations.list":    {needs("channels:read"), (*Server).list},
	}
}

// now is what the clock says to a request.
func (s *Server) now(r *request) time.Time { return fault.Now(r.Request, s.opts.Now()) }

func historyScope(r *request) string {
	if strings.HasPrefix(r.args["channel"], "G") {
		return "groups:history"
	}
	return "channels:history"
}

func (s *Server) serveMethod(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-OAuth-Scopes", strings.Join(s.opts.Scopes, ","))
	answer, err := s.call(w, r)
	if err != nil {
		answer = reply{"error": "internal_error"}
		if no, ok := err.(*refusal); ok { //nolint:errorlint // call never wraps it
			answer["error"] = no.word
			if no.needed != "" {
				answer["needed"], answer["provided"] = no.needed, strings.Join(s.opts.Scopes, ",")
			}
			if len(no.messages) > 0 {
				answer["errors"] = no.messages
				answer["response_metadata"] = reply{"messages": no.messages}
			}
		}
	}
	answer["ok"] = err == nil
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *Server) call(w http.ResponseWriter, r *http.Request) (reply, error) {
	if r.Method != http.MethodPost && r.Method != http.MethodGet {
		return nil, refuse("invalid_request_method")
	}
	m, ok := methods()[r.PathValue("method")]
	if !ok {
		return nil, refuse("unknown_method")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	req, err := parse(r)
	if err != nil {
		return nil, err
	}
	if err := s.authorise(req); err != nil {
		return nil, err
	}
	switch {
	case fault.Acts(r, fault.AccountSuspended):
		return nil, refuse("account_inactive")
	case fault.Acts(r, fault.AccountMoved):
		return nil, refuse("org_login_required")
	}
	if scope := m.scope(req); scope != "" && !slices.Contains(s.opts.Scopes, scope) {
		return nil, &refusal{word: "missing_scope", needed: scope}
	}
	return m.serve(s, req)
}

// parse reads the arguments of a call: https://docs.slack.dev/apis/web-api#basics.
func parse(r *http.Request) (*request, error) {
	req := &request{Request: r, args: map[string]string{}}
	for name, values := range r.URL.Query() {
		req.args[name] = values[0]
	}
	if r.Method == http.MethodGet {
		return req, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, refuse("request_timeout")
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		var args map[string]json.RawMessage
		if err := json.Unmarshal(body, &args); err != nil {
			return nil, refuse("invalid_json")
		}
		for name, value := range args {
			var s string
			if json.Unmarshal(value, &s) != nil {
				s = string(value)
			}
			req.args[name] = s
		}
	case "application/x-www-form-urlencoded", "":
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, refuse("invalid_form_data")
		}
		for name, values := range form {
			req.args[name] = values[0]
		}
	default:
		return nil, refuse("invalid_post_type")
	}
	return req, nil
}

func (s *Server) authorise(r *request) error {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		token = r.args["token"]
	}
	if token == "" {
		return refuse("not_authed")
	}
	if subtle.ConstantTimeCompare([]byte(token), []byte(s.opts.Token)) != 1 {
		return refuse("invalid_auth")
	}
	return nil
}

// channel finds a conversation by its ID or name.
func (s *Server) channel(r *request) (*Channel, error) {
	want := strings.TrimPrefix(r.args["channel"], "#")
	for i := range s.opts.Channels {
		if c := &s.opts.Channels[i]; c.ID == want || c.Name == want {
			return c, nil
		}
	}
	return nil, refuse("channel_not_found")
}
