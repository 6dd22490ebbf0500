package fake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// values are a request's parameters, of its query and its body, whichever way they came.
type values url.Values

// mediaAttributes is where the attributes of media stand among the values, each as JSON.
const mediaAttributes = "media_attributes[]"

// attributes are what is said of media.
func (v values) attributes() []attribute {
	var list []attribute
	for _, s := range v[mediaAttributes] {
		var a attribute
		_ = json.Unmarshal([]byte(s), &a) // what is no attribute names no medium
		list = append(list, a)
	}
	return list
}

func (v values) get(name string) string { return url.Values(v).Get(name) }

func (v values) has(name string) bool { return url.Values(v).Has(name) }

func (v values) is(name string) bool {
	switch v.get(name) {
	case "true", "1", "t", "on":
		return true
	}
	return false
}

// parameters reads them, or answers with an error.
func parameters(w http.ResponseWriter, r *http.Request) (values, bool) {
	v, err := readParameters(w, r)
	if err == nil {
		for name, list := range v {
			for _, s := range list {
				if len(s) > maxField {
					err = fmt.Errorf("%s has %d bytes, the limit is %d", name, len(s), maxField)
				}
			}
		}
	}
	if err == nil {
		return v, true
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		fail(w, http.StatusRequestEntityTooLarge, "the request is too large")
	} else {
		fail(w, http.StatusBadRequest, err.Error())
	}
	return nil, false
}

func readParameters(w http.ResponseWriter, r *http.Request) (values, error) {
	v := values(r.URL.Query())
	body := http.MaxBytesReader(w, r.Body, maxBody)
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/json":
		b, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		return v, v.addJSON(b)
	case "multipart/form-data":
		r.Body = body
		if err := r.ParseMultipartForm(maxBody); err != nil {
			return nil, err
		}
		for name, list := range r.MultipartForm.Value {
			v[name] = append(v[name], list...)
		}
		return v, r.MultipartForm.RemoveAll()
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, err
	}
	for name, list := range form {
		v[name] = append(v[name], list...)
	}
	attributes, err := orderedAttributes(b)
	if err != nil {
		return nil, err
	}
	for _, a := range attributes {
		text, err := json.Marshal(a)
		if err != nil {
			return nil, err
		}
		v[mediaAttributes] = append(v[mediaAttributes], string(text))
	}
	return v, nil
}

func unescapePair(pair string) (name, value string, err error) {
	name, value, _ = strings.Cut(pair, "=")
	if name, err = url.QueryUnescape(name); err != nil {
		return "", "", err
	}
	value, err = url.QueryUnescape(value)
	return name, value, err
}

// addJSON takes the scalars of an object, and lists of them as "name[]".
func (v values) addJSON(b []byte) error {
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var o map[string]any
	if err := dec.Decode(&o); err != nil {
		return fmt.Errorf("the body is no JSON object: %w", err)
	}
	for name, value := range o {
		switch value := value.(type) {
		case nil, map[string]any:
		case []any:
			for _, item := range value {
				text := fmt.Sprint(item)
				if _, ok := item.(map[string]any); ok {
					b, err := json.Marshal(item)
					if err != nil {
						return err
					}
					text = string(b)
				}
				v[name+"[]"] = append(v[name+"[]"], text)
			}
		default:
			v[name] = append(v[name], fmt.Sprint(value))
		}
	}
	return nil
}

func bearer(r *http.Request) string {
	scheme, t, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(t)
}

func answer(w http.ResponseWriter, v any) { answerStatus(w, http.StatusOK, v) }

func answerStatus(w http.ResponseWriter, code int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(b)
}

func fail(w http.ResponseWriter, code int, sentence string) {
	answerStatus(w, code, object{"error": sentence})
}

// outsideScopes is what Mastodon says of a token that may do other things.
func outsideScopes(w http.ResponseWriter) {
	fail(w, http.StatusForbidden, "This action is outside the authorized scopes")
}

func notFound(w http.ResponseWriter) { fail(w, http.StatusNotFound, "Record not found") }
