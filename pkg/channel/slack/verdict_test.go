package slack_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/slack"
)

// answering is a Slack that gives one answer to everything.
type answering struct {
	status int
	header map[string]string
	body   string
	err    error
}

func (a answering) RoundTrip(*http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	resp := &http.Response{StatusCode: a.status, Status: http.StatusText(a.status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body))}
	for name, value := range a.header {
		resp.Header.Set(name, value)
	}
	return resp, nil
}

func openAt(t *testing.T, transport http.RoundTripper) *slack.Driver {
	t.Helper()
	d, err := slack.Open(&slack.Settings{
		Credential: channel.Credential{Token: token}, Channel: channelID, APIURL: "https://slack.example.org/api",
	}, &http.Client{Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func attempt(t *testing.T, key string) channel.Attempt {
	t.Helper()
	c := edition(carillon.KindNews, "en", "A bell rang", "It rang.")
	a, err := slack.Compose(channel.Limits{}, c)
	if err != nil {
		t.Fatal(err)
	}
	return channel.Attempt{Key: key, Part: a.Parts[0], Post: "a-post", Language: "en", Revision: 1, Permalink: c.Permalink}
}

// callAll makes every call of a driver and returns the verdicts: create, edit, withdraw, find, probe.
func callAll(t *testing.T, d channel.Driver) map[string]channel.Verdict {
	t.Helper()
	ctx, receipt, a := t.Context(), channel.Receipt{IDs: []string{channelID, "1.000001"}}, attempt(t, "k")
	_, probed := d.Probe(ctx)
	return map[string]channel.Verdict{
		"create": d.Create(ctx, a), "edit": d.Edit(ctx, receipt, a), "withdraw": d.Withdraw(ctx, receipt),
		"find": d.Find(ctx, a, time.Unix(1_900_000_000, 0)), "probe": probed,
	}
}

func word(w string) answering {
	return answering{status: 200, body: `{"ok":false,"error":"` + w + `"}`}
}

func TestAnswersBecomeVerdicts(t *testing.T) {
	const (
		retry, rejected, down  = channel.Retry, channel.Rejected, channel.ChannelDown
		uncertain, notThere    = channel.Uncertain, channel.NotThere
		create, edit, withdraw = "create", "edit", "withdraw"
		find, probe            = "find", "probe"
	)
	type means map[string]channel.Meaning
	all := func(m channel.Meaning) means { return means{create: m, edit: m, withdraw: m, find: m, probe: m} }
	lost := means{create: uncertain, edit: retry, withdraw: retry, find: retry, probe: retry}
	tests := []struct {
		name   string
		answer answering
		want   means
		says   string // part of every reason
	}{
		{"invalid_auth", word("invalid_auth"), all(down), "token"},
		{"not_authed", word("not_authed"), all(down), "token"},
		{"token_revoked", word("token_revoked"), all(down), "revoked"},
		{"token_expired", word("token_expired"), all(down), "expired"},
		{"account_inactive", word("account_inactive"), all(down), "removed"},
		{"channel_not_found", word("channel_not_found"), all(down), "no such channel"},
		{"not_in_channel", word("not_in_channel"), all(down), "invite"},
		{"is_archived", word("is_archived"), all(down), "archived"},
		{"ekm_access_denied", word("ekm_access_denied"), all(down), "suspended"},
		{"org_login_required", word("org_login_required"), all(down), "organisation"},
		{"restricted_action", word("restricted_action"), all(down), "setting"},
		{"unknown_method", word("unknown_method"), all(down), "api_url"},
		{
			"missing_scope",
			answering{status: 200, body: `{"ok":false,"error":"missing_scope","needed":"chat:write","provided":"x"}`},
			means{create: down, edit: down, withdraw: down, find: rejected, probe: down},
			"chat:write",
		},
		{"msg_too_long", word("msg_too_long"), all(rejected), "too long"},
		{"msg_blocks_too_long", word("msg_blocks_too_long"), all(rejected), "too long"},
		{"no_text", word("no_text"), all(rejected), "no text"},
		{"invalid_blocks", word("invalid_blocks"), all(rejected), "layout"},
		{"edit_window_closed", word("edit_window_closed"), all(rejected), "no changes"},
		{"cant_update_message", word("cant_update_message"), all(rejected), "somebody else"},
		{"cant_delete_message", word("cant_delete_message"), all(rejected), "somebody else"},
		{"a word nobody knows", word("moon_is_full"), all(rejected), "moon_is_full"},
		{"message_not_found", word("message_not_found"), means{create: rejected, edit: notThere, withdraw: notThere, find: rejected, probe: rejected}, "gone"},
		{"ratelimited", word("ratelimited"), all(retry), "rate limit"},
		{"fatal_error may have done it", word("fatal_error"), lost, "fatal_error"},
		{"internal_error may have done it", word("internal_error"), lost, "internal_error"},
		{"429 without Retry-After", answering{status: 429}, all(retry), "rate limit"},
		{"429 with a date nobody can read", answering{status: 429, header: map[string]string{"Retry-After": "soon"}}, all(retry), "rate limit"},
		{"500", answering{status: 500, body: "<html>"}, lost, "500"},
		{"503", answering{status: 503, body: "<html>"}, lost, "503"},
		{"403", answering{status: 403}, all(down), "403"},
		{"404", answering{status: 404, body: "<html>"}, all(down), "api_url"},
		{"413", answering{status: 413}, all(rejected), "413"},
		{"a web page", answering{status: 200, header: map[string]string{"Content-Type": "text/html"}, body: "<html>welcome"}, lost, "web page"},
		{"half an answer", answering{status: 200, body: `{"ok":true,"ts":"1.0`}, lost, "could not be read"},
		{"an empty object", answering{status: 200, body: `{}`}, lost, "could not be read"},
		{"no without a word", answering{status: 200, body: `{"ok":false,"error":""}`}, lost, "could not be read"},
		{"nothing was sent", answering{err: errors.New("dial tcp: connection refused")}, all(retry), "nothing was sent"},
		{"nothing was sent in time", answering{err: context.DeadlineExceeded}, all(retry), "no answer came in time; nothing was sent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for call, got := range callAll(t, openAt(t, tt.answer)) {
				if got.Meaning != tt.want[call] {
					t.Errorf("%s: got %q (%s), want %q", call, got.Meaning, got.Reason, tt.want[call])
				}
				if !strings.Contains(got.Reason, tt.says) {
					t.Errorf("%s: the reason %q does not say %q", call, got.Reason, tt.says)
				}
				if strings.HasSuffix(got.Reason, ".") || got.Reason == "" {
					t.Errorf("%s: the reason is no sentence without a full stop: %q", call, got.Reason)
				}
			}
		})
	}
}

func TestRefusedLayoutSaysWhatIsWrongWithIt(t *testing.T) {
	d := openAt(t, answering{status: 200, body: `{"ok":false,"error":"invalid_blocks","errors":["x"],
		"response_metadata":{"messages":["[ERROR] too long [json-pointer:/blocks/0]"]}}`})
	if v := d.Create(t.Context(), attempt(t, "k")); !strings.Contains(v.Reason, "json-pointer:/blocks/0") {
		t.Errorf("the reason does not say what is wrong: %s", v.Reason)
	}
}

func TestReasonsHoldNoToken(t *testing.T) {
	answers := map[string]answering{
		"in the word":     word("no such token: " + token),
		"in the scopes":   {status: 200, body: `{"ok":false,"error":"missing_scope","needed":"` + token + `"}`},
		"in the details":  {status: 200, body: `{"ok":false,"error":"invalid_blocks","response_metadata":{"messages":["` + token + `"]}}`},
		"in an error":     {err: errors.New("cannot send token=" + token)},
		"in the page":     {status: 500, body: token},
		"instead of JSON": {status: 200, body: token},
	}
	for name, a := range answers {
		for call, v := range callAll(t, openAt(t, a)) {
			if strings.Contains(v.Reason, token) {
				t.Errorf("%s: %s: the reason shows the token: %s", name, call, v.Reason)
			}
		}
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	for call, v := range callAll(t, openAt(t, answering{status: 429, header: map[string]string{"Retry-After": "30"}})) {
		if v.After != 30*time.Second {
			t.Errorf("%s: after %s, want 30s", call, v.After)
		}
	}
}

func TestReceiptOfAnotherServiceIsRejected(t *testing.T) {
	d := openAt(t, word("fatal_error"))
	for _, r := range []channel.Receipt{{}, {IDs: []string{"110"}}, {IDs: []string{"", "1.1"}}} {
		if v := d.Edit(t.Context(), r, attempt(t, "k")); v.Meaning != channel.Rejected {
			t.Errorf("edit %q: got %q", r.IDs, v.Meaning)
		}
		if v := d.Withdraw(t.Context(), r); v.Meaning != channel.Rejected {
			t.Errorf("withdraw %q: got %q", r.IDs, v.Meaning)
		}
	}
}

func TestAppearanceOfAnotherTypeIsRejected(t *testing.T) {
	d := openAt(t, word("fatal_error"))
	a := channel.Attempt{Part: channel.Part{Payload: []byte(`"text"`)}}
	if v := d.Create(t.Context(), a); v.Meaning != channel.Rejected {
		t.Errorf("got %q (%s), want rejected", v.Meaning, v.Reason)
	}
}

func TestMissingTokenFileIsChannelDown(t *testing.T) {
	d, err := slack.Open(&slack.Settings{
		Credential: channel.Credential{TokenFile: t.TempDir() + "/absent"}, Channel: channelID,
	}, http.DefaultClient) //nolint:forbidigo // nothing is sent
	if err != nil {
		t.Fatal(err)
	}
	for call, v := range callAll(t, d) {
		if v.Meaning != channel.ChannelDown || !strings.Contains(v.Reason, "absent") {
			t.Errorf("%s: got %q (%s), want channel down, naming the file", call, v.Meaning, v.Reason)
		}
	}
}

func TestRedirectIsNotFollowedByAWrite(t *testing.T) {
	var reached bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			reached = true
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer srv.Close()
	w := &workspace{url: srv.URL, settings: &slack.Settings{
		Credential: channel.Credential{Token: token}, Channel: channelID, APIURL: srv.URL,
	}}
	if v := w.driver(t).Create(t.Context(), attempt(t, "k")); v.Meaning != channel.ChannelDown || reached {
		t.Errorf("got %q (%s), followed %t; want channel down, not followed", v.Meaning, v.Reason, reached)
	}
}
