package mastodon

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"

	"github.com/mattn/go-mastodon"

	"carillon.example/pkg/channel"
)

// Upload sends a picture with its description (POST /api/v2/media). The file goes out as it is read, never whole in memory.
// The context's deadline ends it: how long it takes is a matter of its size, which the client's own time-out knows nothing of.
// https://docs.joinmastodon.org/methods/media/#v2
func (d *driver) Upload(ctx context.Context, u channel.Upload) channel.Verdict {
	file, size, err := u.Open(ctx)
	if err != nil {
		return channel.Verdict{Meaning: channel.Retry, Reason: "the picture " + u.Name + " cannot be read: " + sentence(err.Error())}
	}
	defer func() { _ = file.Close() }() // it was only read
	ctx, c, err := d.begin(ctx, "")
	if err != nil {
		return noToken(err)
	}
	c.api.Timeout = 0
	form, err := mediaForm(u.Medium, file, size)
	if err != nil {
		return channel.Verdict{Meaning: channel.Rejected, Reason: err.Error()}
	}
	id, done, err := c.medium(ctx, http.MethodPost, "/api/v2/media", form)
	return d.handed(upload, c, u.Name, id, done, err)
}

// Ready asks for a picture that the server was still processing: https://docs.joinmastodon.org/methods/media/#get
func (d *driver) Ready(ctx context.Context, r channel.Receipt) channel.Verdict {
	id, v, ok := idOf(r)
	if !ok {
		return v
	}
	ctx, c, err := d.begin(ctx, "")
	if err != nil {
		return noToken(err)
	}
	named, done, err := c.medium(ctx, http.MethodGet, "/api/v1/media/"+string(id), nil)
	if err == nil && named == "" { // 206 need not say more
		named = r.IDs[0]
	}
	return d.handed(ready, c, "", named, done, err)
}

// handed is the verdict on a call that answers with a picture.
func (d *driver) handed(s step, c *call, name, id string, done bool, err error) channel.Verdict {
	switch {
	case err != nil:
		v := d.verdict(s, c, err)
		if name != "" {
			v.Reason = name + ": " + v.Reason
		}
		return v
	case id == "":
		return d.verdict(s, c, errNoID)
	case !done:
		return channel.Verdict{
			Meaning: channel.Pending, Receipt: channel.Receipt{IDs: []string{id}}, Reason: "the server is still processing the picture",
		}
	}
	return channel.Verdict{Meaning: channel.Delivered, Receipt: channel.Receipt{IDs: []string{id}}}
}

// form is a request's body whose length is known and that is read once.
type form struct {
	body        io.Reader
	size        int64
	contentType string
}

// mediaForm is an upload as multipart: what stands around the file is in memory, the file is not.
func mediaForm(m channel.Medium, file io.Reader, size int64) (*form, error) {
	var around bytes.Buffer
	w := multipart.NewWriter(&around)
	fields := [][2]string{{"description", m.Alt}, {"focus", focus(m)}}
	for _, f := range fields {
		if f[1] == "" {
			continue
		}
		if err := w.WriteField(f[0], f[1]); err != nil {
			return nil, err
		}
	}
	if _, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename="%s"`, fileName.Replace(m.Name))},
		"Content-Type":        {m.Type},
	}); err != nil {
		return nil, err
	}
	head := around.Len()
	if err := w.Close(); err != nil {
		return nil, err
	}
	b := around.Bytes()
	return &form{
		body: io.MultiReader(bytes.NewReader(b[:head]), &whole{io.LimitReader(file, size), size}, bytes.NewReader(b[head:])),
		size: int64(len(b)) + size, contentType: w.FormDataContentType(),
	}, nil
}

// whole reads a file that must not be shorter than it said: the rest of the form would make a broken picture of it.
type whole struct {
	file io.Reader
	left int64
}

func (w *whole) Read(p []byte) (int, error) {
	n, err := w.file.Read(p)
	if w.left -= int64(n); errors.Is(err, io.EOF) && w.left > 0 {
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

// fileName keeps a name within the quotes of a header.
var fileName = strings.NewReplacer(`\`, "_", `"`, "_", "\r", "_", "\n", "_")

// focus is a focal point as Mastodon reads it; "" is the middle, where it is anyway.
func focus(m channel.Medium) string {
	if m.FocusX == 0 && m.FocusY == 0 {
		return ""
	}
	return number(m.FocusX) + "," + number(m.FocusY)
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// mediaAttributes says with an edit what is true of the pictures: https://docs.joinmastodon.org/methods/statuses/#edit.
// Each begins with its id: that is how the server tells them apart, so their order matters.
func mediaAttributes(a channel.Attempt) string {
	var pairs []string
	for i, id := range a.Media {
		m := a.Part.Media[i]
		for _, p := range [][2]string{{"id", id}, {"description", m.Alt}, {"focus", number(m.FocusX) + "," + number(m.FocusY)}} {
			pairs = append(pairs, url.QueryEscape("media_attributes[]["+p[0]+"]")+"="+url.QueryEscape(p[1]))
		}
	}
	return strings.Join(pairs, "&")
}

// medium makes a request that is answered with a picture, for which go-mastodon has no call that streams and none that
// knows of answers to come.
func (c *call) medium(ctx context.Context, method, path string, f *form) (id string, done bool, err error) {
	var body io.Reader
	if f != nil {
		body = f.body
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.api.Config.Server, "/")+path, body)
	if err != nil {
		return "", false, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	if f != nil {
		r.ContentLength = f.size
		r.Header.Set("Content-Type", f.contentType)
	}
	resp, err := c.api.Do(r)
	if err != nil {
		return "", false, err
	}
	defer func() { _ = resp.Body.Close() }()
	var answer struct {
		ID    string `json:"id"`
		URL   string `json:"url"`
		Error string `json:"error"`
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxMediumAnswer))
	if err == nil && len(b) > 0 {
		err = json.Unmarshal(b, &answer)
	}
	switch {
	case resp.StatusCode/100 != 2:
		return "", false, &mastodon.APIError{StatusCode: resp.StatusCode, Message: answer.Error}
	case resp.StatusCode == http.StatusPartialContent: // its body, if any, says nothing that is not known
		return answer.ID, false, nil
	case err != nil:
		return "", false, err
	case answer.ID == "":
		return "", false, errors.New("the answer names no picture")
	}
	return answer.ID, resp.StatusCode == http.StatusOK || answer.URL != "", nil
}

// maxMediumAnswer is more than any answer about a picture has, in bytes.
const maxMediumAnswer = 1 << 20
