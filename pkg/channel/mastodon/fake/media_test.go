package fake_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"carillon.example/pkg/channel/mastodon/fake"
)

func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	m.Set(0, 0, color.White)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// upload sends a file and some fields, and returns the status and what was answered.
func (i *instance) upload(token string, file []byte, fields map[string]string) (int, map[string]any) {
	i.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			i.t.Fatal(err)
		}
	}
	if file != nil {
		part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="a.png"`}, "Content-Type": {"image/png"}})
		if err != nil {
			i.t.Fatal(err)
		}
		if _, err := part.Write(file); err != nil {
			i.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		i.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(i.t.Context(), http.MethodPost, i.url+"/api/v2/media", &b)
	if err != nil {
		i.t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		i.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		i.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

func TestPictureIsUploadedShownAndDescribedAnew(t *testing.T) {
	dir := t.TempDir()
	i := start(t, dir)
	file := picture(t, 3, 2)
	code, medium := i.upload("office-token", file, map[string]string{"description": "A well", "focus": "0.5,-2"})
	if code != 200 || medium["description"] != "A well" || medium["url"] == nil {
		t.Fatalf("upload: %d %v", code, medium)
	}
	if focus := fmt.Sprint(medium["meta"].(map[string]any)["focus"]); focus != "map[x:0.5 y:-1]" {
		t.Errorf("focus: %s", focus)
	}
	id := medium["id"].(string)
	form := url.Values{"status": {"Look"}, "media_ids[]": {id}}
	if code, v, _ := i.call("other-token", "POST", "/api/v1/statuses", form); code != 422 {
		t.Errorf("somebody else's picture: %d %v", code, v)
	}
	code, v, _ := i.call("office-token", "POST", "/api/v1/statuses", form)
	if code != 200 {
		t.Fatalf("status: %d %v", code, v)
	}
	st := v.(map[string]any)
	if shown := st["media_attachments"].([]any); len(shown) != 1 || shown[0].(map[string]any)["id"] != id {
		t.Errorf("shown: %v", shown)
	}
	if code, _, _ := i.call("office-token", "POST", "/api/v1/statuses", form); code != 422 {
		t.Errorf("attached twice: %d", code)
	}
	if code, _, _ := i.call("office-token", "GET", "/api/v1/media/"+id, nil); code != 404 {
		t.Errorf("an attached picture was asked for: %d", code)
	}

	// The order of the form matters: each attribute begins with the first key that comes again.
	edit := fmt.Sprintf("status=Look&media_ids[]=%s&media_attributes[][id]=%s&media_attributes[][description]=A+deep+well&media_attributes[][focus]=0,0", id, id)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, i.url+"/api/v1/statuses/"+st["id"].(string), strings.NewReader(edit))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer office-token")
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	check := func(i *instance) {
		t.Helper()
		shown := i.Statuses()[0]
		if len(shown.Media) != 1 || shown.Media[0].Description != "A deep well" || shown.Media[0].FocusX != 0 || shown.Edited.IsZero() {
			t.Errorf("after the edit: %+v", shown)
		}
		code, served, _ := i.call("", "GET", shown.Media[0].Path, nil)
		if code != 200 || served != string(file) {
			t.Errorf("the picture is served with %d and other bytes", code)
		}
	}
	check(i)
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	check(start(t, dir))
}

func TestPictureIsProcessedForAWhile(t *testing.T) {
	s, err := fake.Open(t.TempDir(), fake.Options{Accounts: []fake.Account{{Name: "office", Token: "office-token"}}, Processing: 2})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	t.Cleanup(func() { _ = s.Close() })
	i := &instance{Server: s, t: t, url: srv.URL}
	code, medium := i.upload("office-token", picture(t, 1, 1), nil)
	if code != 202 || medium["url"] != nil {
		t.Fatalf("upload: %d %v", code, medium)
	}
	id := medium["id"].(string)
	if code, v, _ := i.call("office-token", "POST", "/api/v1/statuses", url.Values{"status": {"x"}, "media_ids[]": {id}}); code != 422 || !strings.Contains(fmt.Sprint(v), "finished processing") {
		t.Errorf("shown too early: %d %v", code, v)
	}
	for n, want := range []int{206, 206, 200} {
		if code, _, _ := i.call("office-token", "GET", "/api/v1/media/"+id, nil); code != want {
			t.Errorf("look %d: %d, want %d", n+1, code, want)
		}
	}
	if code, v, _ := i.call("office-token", "PUT", "/api/v1/media/"+id, url.Values{"description": {"A dot"}}); code != 200 || v.(map[string]any)["description"] != "A dot" {
		t.Errorf("described: %d %v", code, v)
	}
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	i := start(t, t.TempDir())
	png := picture(t, 2, 2)
	large := append(bytes.Clone(png), make([]byte, 16<<20)...)
	for name, test := range map[string]struct {
		file   []byte
		fields map[string]string
		want   string
	}{
		"no file":                {nil, nil, "File can't be blank"},
		"a text":                 {[]byte("hello"), nil, "content type is invalid"},
		"a torn picture":         {png[:20], nil, "File is invalid"},
		"too many bytes":         {large, nil, "less than 16 MB"},
		"too long a description": {png, map[string]string{"description": strings.Repeat("x", 1501)}, "Description is too long"},
	} {
		code, answer := i.upload("office-token", test.file, test.fields)
		if code != 422 || !strings.Contains(fmt.Sprint(answer["error"]), test.want) {
			t.Errorf("%s: %d %v", name, code, answer)
		}
	}
}

func TestThreadHangsTogether(t *testing.T) {
	i := start(t, t.TempDir())
	post := func(text, replyTo string) (int, map[string]any) {
		code, v, _ := i.call("office-token", "POST", "/api/v1/statuses", url.Values{"status": {text}, "in_reply_to_id": {replyTo}})
		return code, v.(map[string]any)
	}
	_, first := post("One", "")
	_, second := post("Two", first["id"].(string))
	_, third := post("Three", second["id"].(string))
	if third["in_reply_to_id"] != second["id"] || third["in_reply_to_account_id"] == nil {
		t.Errorf("a reply: %v", third)
	}
	if code, v := post("Lost", "42"); code != 404 || !strings.Contains(fmt.Sprint(v["error"]), "trying to reply to") {
		t.Errorf("a reply to nothing: %d %v", code, v)
	}
	_, v, _ := i.call("", "GET", "/api/v1/statuses/"+second["id"].(string)+"/context", nil)
	around := v.(map[string]any)
	if a, d := around["ancestors"].([]any), around["descendants"].([]any); len(a) != 1 || len(d) != 1 {
		t.Errorf("around the second: %v", around)
	}
	i.call("office-token", "DELETE", "/api/v1/statuses/"+first["id"].(string), nil)
	if left := i.Statuses(); len(left) != 2 || left[1].ReplyTo != "" {
		t.Errorf("after the first was deleted: %+v", left)
	}
}
