package fake

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// outOfBand is the redirect address of applications without one: the code is shown to be copied.
const outOfBand = "urn:ietf:wg:oauth:2.0:oob"

func (s *Server) createApp(w http.ResponseWriter, r *http.Request) {
	p, ok := parameters(w, r)
	if !ok {
		return
	}
	if p.get("client_name") == "" || p.get("redirect_uris") == "" {
		fail(w, http.StatusUnprocessableEntity, "Validation failed: client_name and redirect_uris can't be blank")
		return
	}
	a, err := s.store.addApp(application{
		Name: p.get("client_name"), Website: p.get("website"), Redirects: append(strings.Fields(p.get("redirect_uris")), p["redirect_uris[]"]...),
	})
	if err != nil {
		fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer(w, object{
		"id": a.ID, "name": a.Name, "website": a.Website, "redirect_uri": strings.Join(a.Redirects, "\n"),
		"redirect_uris": a.Redirects, "client_id": a.Client, "client_secret": a.Secret, "vapid_key": "",
		"scopes": []string{"read", "write", "follow"},
	})
}

var loginPage = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>Log in</title>
<body>{{if .Code}}<p>Copy this code to {{.App}}:</p><p><code>{{.Code}}</code></p>{{else}}
<form method="post"><p>{{.App}} would like to use an account here. Any name will do; there are no passwords.</p>
<p><label>Name <input name="username" required pattern="[A-Za-z0-9_]{1,30}" list="names"></label>
<datalist id="names">{{range .Names}}<option value="{{.}}">{{end}}</datalist>
<button>Authorise</button></p></form>{{end}}
`))

func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a, ok := s.store.app(q.Get("client_id"))
	redirect := q.Get("redirect_uri")
	if !ok || !slices.Contains(a.Redirects, redirect) || q.Get("response_type") != "code" {
		http.Error(w, "the application, its redirect_uri or the response_type is not known", http.StatusBadRequest)
		return
	}
	page := struct {
		App, Code string
		Names     []string
	}{App: a.Name, Names: s.store.accountNames()}
	if r.Method == http.MethodPost {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		account, err := s.store.account(r.PostFormValue("username"), "", false)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		code := s.codes.add(account.ID, a.Client)
		if redirect != outOfBand {
			back, err := url.Parse(redirect)
			if err != nil || back.Scheme == "javascript" || back.Scheme == "data" {
				http.Error(w, "the redirect_uri is no address", http.StatusBadRequest)
				return
			}
			values := back.Query()
			values.Set("code", code)
			if state := q.Get("state"); state != "" {
				values.Set("state", state)
			}
			back.RawQuery = values.Encode()
			http.Redirect(w, r, back.String(), http.StatusFound)
			return
		}
		page.Code = code
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Frame-Options", "DENY")
	_ = loginPage.Execute(w, page)
}

func (s *Server) createToken(w http.ResponseWriter, r *http.Request) {
	p, ok := parameters(w, r)
	if !ok {
		return
	}
	client, clientSecret := p.get("client_id"), p.get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		client, clientSecret = user, password
	}
	a, known := s.store.app(client)
	if !known || a.Secret != clientSecret {
		oauthError(w, http.StatusUnauthorized, "invalid_client", "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.")
		return
	}
	t := token{AppName: a.Name}
	switch p.get("grant_type") {
	case "client_credentials":
	case "authorization_code":
		id, ok := s.codes.take(p.get("code"), a.Client)
		if !ok {
			oauthError(w, http.StatusBadRequest, "invalid_grant", "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.")
			return
		}
		t.AccountID = id
	case "password":
		name, _, _ := strings.Cut(p.get("username"), "@")
		account, err := s.store.account(name, "", false)
		if err != nil {
			oauthError(w, http.StatusBadRequest, "invalid_grant", err.Error())
			return
		}
		t.AccountID = account.ID
	default:
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server.")
		return
	}
	t, err := s.store.addToken(t)
	if err != nil {
		fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer(w, object{
		"access_token": t.Token, "token_type": "Bearer", "scope": "read write follow", "created_at": s.options.Now().Unix(),
	})
}

func (s *Server) revokeToken(w http.ResponseWriter, r *http.Request) {
	p, ok := parameters(w, r)
	if !ok {
		return
	}
	if err := s.store.revoke(p.get("token")); err != nil {
		fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	answer(w, object{})
}

func oauthError(w http.ResponseWriter, code int, name, description string) {
	answerStatus(w, code, object{"error": name, "error_description": description})
}
