package ingest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"carillon.example/pkg/bus/bustest"
	carillonv1 "carillon.example/proto/carillon/v1"
	"carillon.example/proto/carillon/v1/carillonv1connect"
	"carillon.example/services/ingest"
)

// Who may do what: the least role that each call needs.
const (
	author        = carillonv1.Role_ROLE_AUTHOR
	editor        = carillonv1.Role_ROLE_EDITOR
	administrator = carillonv1.Role_ROLE_ADMINISTRATOR
)

// least is written apart from what the service has, so that no right changes by accident.
var least = map[protoreflect.Name]carillonv1.Role{
	"GetPost": author, "ListPosts": author, "ListDeliveries": author, "ListDecisions": author, "ListChannels": author,
	"WatchPost": author, "PreviewPost": author, "SavePost": author,
	"PublishPost": editor, "ReleasePost": editor, "HoldPost": editor, "ReschedulePost": editor, "WithdrawPost": editor,
	"ResolveDelivery": editor, "RetryDeliveries": editor, "SendPost": editor, "PauseChannels": editor, "ResumeChannels": editor,
	"CreateToken": administrator, "ListTokens": administrator, "RevokeToken": administrator,
}

// answerOf makes a call by plain HTTP with an empty request, and returns the code of the answer; "" is success.
func (d *desk) answerOf(method protoreflect.MethodDescriptor, token string) (code, message string) {
	d.t.Helper()
	contentType, body := "application/json", []byte("{}")
	if method.IsStreamingServer() {
		contentType, body = "application/connect+json", envelope(body)
	}
	path := "/" + string(method.Parent().FullName()) + "/" + string(method.Name())
	status, answer := d.post(path, contentType, token, body)
	if method.IsStreamingServer() && status == http.StatusOK {
		return errorIn(d.t, lastOf(answer))
	}
	if status == http.StatusOK {
		return "", ""
	}
	return errorIn(d.t, answer)
}

func (d *desk) post(path, contentType, token string, body []byte) (int, []byte) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.url+path, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req) //nolint:forbidigo // a test on loopback
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// envelope is a message of a Connect stream: a byte of flags, the length, the message.
func envelope(message []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
}

// lastOf is the last message of a Connect stream, which says how it ended.
func lastOf(stream []byte) []byte {
	var last []byte
	for len(stream) >= 5 {
		length := int(binary.BigEndian.Uint32(stream[1:5]))
		last, stream = stream[5:5+length], stream[5+length:]
	}
	return last
}

func errorIn(t *testing.T, answer []byte) (code, message string) {
	t.Helper()
	var said struct {
		Code, Message string
		Error         struct{ Code, Message string }
	}
	if err := json.Unmarshal(answer, &said); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	return said.Code + said.Error.Code, said.Message + said.Error.Message
}

// callers are tokens of every sort.
func (d *desk) callers(clock *clock) map[string]string {
	d.t.Helper()
	tokens := map[string]string{"nobody": "", "anybody": "carillon_NOTATOKEN", "the file": d.token}
	// What has expired was made an hour ago, and for a minute.
	tokens["expired"] = d.mint(&carillonv1.CreateTokenRequest{Name: "expired", Role: administrator, Expires: timestamppb.New(clock.Now().Add(time.Minute))})
	clock.forward(time.Hour)
	for name, role := range map[string]carillonv1.Role{"author": author, "editor": editor, "administrator": administrator, "revoked": administrator} {
		tokens[name] = d.mint(&carillonv1.CreateTokenRequest{Name: name, Role: role})
	}
	if _, err := d.RevokeToken(d.t.Context(), &carillonv1.RevokeTokenRequest{Token: "revoked"}); err != nil {
		d.t.Fatal(err)
	}
	return tokens
}

func (d *desk) mint(req *carillonv1.CreateTokenRequest) string {
	d.t.Helper()
	made, err := d.CreateToken(d.t.Context(), req)
	if err != nil {
		d.t.Fatal(err)
	}
	return made.GetSecret()
}

func TestEveryCallForEveryRole(t *testing.T) {
	clock := &clock{}
	d := startDeskWith(t, bustest.NewServer(t), t.TempDir(), clock.set)
	tokens := d.callers(clock)
	roles := map[string]carillonv1.Role{
		"nobody": 0, "anybody": 0, "revoked": 0, "expired": 0, "author": author, "editor": editor, "administrator": administrator, "the file": administrator,
	}
	methods := carillonv1.File_carillon_v1_staff_proto.Services().ByName("StaffService").Methods()
	if methods.Len() != len(least) {
		t.Errorf("%d calls, %d rows", methods.Len(), len(least))
	}
	for i := range methods.Len() {
		method := methods.Get(i)
		needed, ok := least[method.Name()]
		if !ok {
			t.Errorf("%s has no row: say here and in the service's table who may call it", method.Name())
			continue
		}
		for name, token := range tokens {
			t.Run(string(method.Name())+"/"+name, func(t *testing.T) {
				code, message := d.answerOf(method, token)
				switch {
				case roles[name] == 0:
					if code != "unauthenticated" {
						t.Errorf("%s: %s", code, message)
					}
				case roles[name] < needed:
					if code != "permission_denied" || !strings.Contains(message, name) || !strings.Contains(message, "ask an ") {
						t.Errorf("%s: %s", code, message)
					}
				case code == "permission_denied" || code == "unauthenticated" || code == "unimplemented":
					t.Errorf("%s: %s", code, message)
				}
			})
		}
	}
}

func TestCallWithoutARowIsRefusedToEverybody(t *testing.T) {
	d := startDesk(t)
	for _, path := range []string{"/carillon.v1.StaffService/DeletePost", "/carillon.v1.StaffService/", "/", "/v1/media/", "/v1/media/x/y", "/debug/pprof/"} {
		for token, want := range map[string]struct {
			status int
			code   string
		}{d.token: {http.StatusNotImplemented, "unimplemented"}, "": {http.StatusUnauthorized, "unauthenticated"}} {
			status, answer := d.post(path, "text/plain", token, []byte("{}"))
			if code, message := errorIn(t, answer); status != want.status || code != want.code || message == "" {
				t.Errorf("%s: status %d: %s", path, status, answer)
			}
		}
	}
}

// Files come and go by plain HTTP, with the same tokens.
func TestFilesNeedATokenToo(t *testing.T) {
	d := startDesk(t)
	for _, path := range []string{"/v1/media?name=a.png", "/v1/media/0123456789abcdef?name=a.png"} {
		status, answer := d.post(path, "image/png", "", nil)
		if code, _ := errorIn(t, answer); status != http.StatusUnauthorized || code != "unauthenticated" {
			t.Errorf("%s: status %d: %s", path, status, answer)
		}
		if status, answer := d.post(path, "image/png", d.mint(&carillonv1.CreateTokenRequest{Name: "anna", Role: author}), nil); status == http.StatusForbidden || status == http.StatusNotImplemented {
			t.Errorf("%s, an author: status %d: %s", path, status, answer)
		}
	}
}

func TestRefusalNamesTheRoleAndWhoCanDoIt(t *testing.T) {
	d := startDesk(t)
	secret := d.mint(&carillonv1.CreateTokenRequest{Name: "anna", Role: author})
	for name, test := range map[string]struct {
		call func(carillonv1connect.StaffServiceClient) error
		want string
	}{
		"publish": {
			func(c carillonv1connect.StaffServiceClient) error {
				_, err := c.PublishPost(t.Context(), &carillonv1.PublishPostRequest{Post: post("a", edition("en", "Hello"))})
				return err
			},
			`publishing a post needs the role editor, and the token "anna" has the role author: ask an editor or an administrator`,
		},
		"token": {
			func(c carillonv1connect.StaffServiceClient) error {
				_, err := c.CreateToken(t.Context(), &carillonv1.CreateTokenRequest{Name: "b", Role: administrator})
				return err
			},
			`making a token needs the role administrator, and the token "anna" has the role author: ask an administrator`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := code(t, test.call(d.client(secret)), connect.CodePermissionDenied).Message(); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	if got := d.decisions("a"); got != "" {
		t.Errorf("decided: %s", got)
	}
	// What authors may do they can.
	if _, err := d.client(secret).SavePost(t.Context(), &carillonv1.SavePostRequest{Post: post("a", edition("en", "Hello"))}); err != nil {
		t.Error(err)
	}
}

func TestTokenWithoutARoleIsAnEditors(t *testing.T) {
	d := startDesk(t)
	made, err := d.CreateToken(t.Context(), &carillonv1.CreateTokenRequest{Name: "press-desk"})
	if err != nil {
		t.Fatal(err)
	}
	if got := made.GetToken().GetRole(); got != editor {
		t.Errorf("role %s", got)
	}
}

// What was written before there were roles may do everything; what a later version wrote and we do not know may nothing.
func TestStoredTokensOfOtherVersions(t *testing.T) {
	d := startDesk(t)
	bucket := mustBucket(t, d.bus)
	for id, test := range map[string]struct {
		role       string
		everything bool
	}{
		"0ld": {``, true},
		"n3w": {`,"role":"reviewer"`, false},
	} {
		secret := "carillon_" + id
		stored := fmt.Sprintf(`{"id":%q,"name":"of another version","hash":"%x","created":"2026-01-02T03:04:05Z"%s}`, id, sha256.Sum256([]byte(secret)), test.role)
		if err := bucket.Put(t.Context(), "tokens."+id, []byte(stored)); err != nil {
			t.Fatal(err)
		}
		await(t, id+" is known", func() bool {
			list, err := d.ListTokens(t.Context(), &carillonv1.ListTokensRequest{})
			return err == nil && strings.Contains(list.String(), id)
		})
		_, err := d.client(secret).ListTokens(t.Context(), &carillonv1.ListTokensRequest{})
		if test.everything {
			if err != nil {
				t.Errorf("%s: %v", id, err)
			}
			continue
		}
		wantCode(t, err, connect.CodePermissionDenied)
		_, err = d.client(secret).ListPosts(t.Context(), &carillonv1.ListPostsRequest{})
		wantCode(t, err, connect.CodePermissionDenied)
	}
}

func TestMistakesAboutTokens(t *testing.T) {
	d := startDesk(t)
	past := timestamppb.New(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	for name, test := range map[string]struct {
		req  *carillonv1.CreateTokenRequest
		want string
	}{
		"no name":               {&carillonv1.CreateTokenRequest{Name: "  "}, "name: is missing"},
		"a long name":           {&carillonv1.CreateTokenRequest{Name: strings.Repeat("я", 101)}, "name: has 101 characters, the limit is 100"},
		"a name of two lines":   {&carillonv1.CreateTokenRequest{Name: "a\nb"}, "name: holds characters"},
		"a role of later":       {&carillonv1.CreateTokenRequest{Name: "a", Role: 9}, "role: is number 9"},
		"an expiry in the past": {&carillonv1.CreateTokenRequest{Name: "a", Expires: past}, "expires: is 2026-01-02 03:04 UTC, which is past"},
		"no time":               {&carillonv1.CreateTokenRequest{Name: "a", Expires: &timestamppb.Timestamp{Seconds: 1 << 60}}, "expires: is no time"},
		"everything":            {&carillonv1.CreateTokenRequest{Role: 9, Expires: past}, "name: is missing: say who will use the token\nrole: is number 9"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.CreateToken(t.Context(), test.req)
			if got := code(t, err, connect.CodeInvalidArgument).Message(); !strings.Contains(got, test.want) {
				t.Errorf("message %q does not say %q", got, test.want)
			}
		})
	}
	list, err := d.ListTokens(t.Context(), &carillonv1.ListTokensRequest{})
	if err != nil || len(list.GetTokens()) != 1 {
		t.Errorf("half a token was made: %v, %v", list, err)
	}
}

func TestTheLastAdministratorIsNotLockedOut(t *testing.T) {
	server, dir := bustest.NewServer(t), t.TempDir()
	d := startDeskOn(t, server, dir)
	first := d.mint(&carillonv1.CreateTokenRequest{Name: "first", Role: administrator})
	d.stop()
	// The office goes on without the file: its token is one like the others now.
	d = startDeskWith(t, server, dir, func(config *ingest.Config, _ *ingest.Deps) { config.AdminTokenFile = "" })
	ops := d.client(first)
	if _, err := ops.RevokeToken(t.Context(), &carillonv1.RevokeTokenRequest{Token: "admin"}); err != nil {
		t.Fatal(err)
	}
	_, err := ops.CreateToken(t.Context(), &carillonv1.CreateTokenRequest{Name: "an editor"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = ops.RevokeToken(t.Context(), &carillonv1.RevokeTokenRequest{Token: "first"})
	if got, want := code(t, err, connect.CodeFailedPrecondition).Message(), `the token "first" is the last administrator's: make another first`; !strings.Contains(got, want) {
		t.Errorf("message %q", got)
	}
	if _, err := ops.CreateToken(t.Context(), &carillonv1.CreateTokenRequest{Name: "second", Role: administrator}); err != nil {
		t.Fatal(err)
	}
	if _, err := ops.RevokeToken(t.Context(), &carillonv1.RevokeTokenRequest{Token: "first"}); err != nil {
		t.Errorf("with another administrator: %v", err)
	}
	d.stop()
	// With the file again, its token is there again, whatever happened.
	d = startDeskOn(t, server, dir)
	if _, err := d.ListTokens(t.Context(), &carillonv1.ListTokensRequest{}); err != nil {
		t.Error(err)
	}
}

// The table that people read says the same.
func TestDocumentedRolesAreTheRealOnes(t *testing.T) {
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.Contains(cells[1], "`") {
			for _, name := range strings.Split(cells[1], ",") {
				written[strings.Trim(name, " `")] = strings.TrimSpace(cells[2])
			}
		}
	}
	for name, role := range least {
		if want := strings.ToLower(strings.TrimPrefix(role.String(), "ROLE_")); written[string(name)] != want {
			t.Errorf("docs/api.md says that %s needs the role %q, it needs %s", name, written[string(name)], want)
		}
	}
}
