package fake

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
)

//go:embed message.html
var messageHTML string

// Stylesheet is the CSS of a message as MessageHTML writes it.
//
//go:embed message.css
var Stylesheet string

var (
	messageTemplate = template.Must(template.New("message").Parse(messageHTML))
	pageTemplate    = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>#{{.Channel}} · {{.Team}}</title>
<link rel="icon" href="data:,">
<style>{{.Style}}</style></head>
<body class="slack-page"><h1>#{{.Channel}}</h1>
{{.Message}}
</body></html>
`))
)

// blockView is a block as people see it.
type blockView struct {
	Kind    string // header, section, context, actions, image, divider, other
	Type    string
	Plain   string
	HTML    template.HTML
	Fields  []template.HTML
	Texts   []template.HTML
	Buttons []Element
	Image   string // its address
	Alt     string
}

// MessageHTML renders a message as people see it, for pages that include Stylesheet.
func (s *Server) MessageHTML(m *Message) (template.HTML, error) {
	view := struct {
		Message   *Message
		Bot       string
		Permalink string
		Parent    string // the page of the message it replies to
		Blocks    []blockView
		Text      template.HTML
	}{Message: m, Bot: s.opts.Bot, Permalink: s.Permalink(m)}
	if m.ThreadTS != "" {
		view.Parent = s.Permalink(&Message{Channel: m.Channel, TS: m.ThreadTS})
	}
	for _, raw := range m.Blocks {
		view.Blocks = append(view.Blocks, viewOf(raw))
	}
	if len(m.Blocks) == 0 {
		view.Text = mrkdwn(m.Text, false)
	}
	var b bytes.Buffer
	if err := messageTemplate.Execute(&b, view); err != nil {
		return "", err
	}
	return template.HTML(b.String()), nil // written by html/template
}

func viewOf(raw json.RawMessage) blockView {
	var b Block
	_ = json.Unmarshal(raw, &b) // it was checked when it was posted
	v := blockView{Kind: b.Type, Type: b.Type}
	switch b.Type {
	case "header":
		v.Plain = b.Text.Text
	case "section":
		if b.Text != nil {
			v.HTML = textHTML(b.Text)
		}
		for i := range b.Fields {
			v.Fields = append(v.Fields, textHTML(&b.Fields[i]))
		}
	case "context":
		for i := range b.Elements {
			e := &b.Elements[i]
			v.Texts = append(v.Texts, textHTML(&Text{Type: e.Type, Text: e.String(), Verbatim: e.Verbatim}))
		}
	case "actions":
		v.Buttons = b.Elements
	case "image":
		v.Image, v.Alt = b.ImageURL, b.AltText
	case "divider":
	default:
		v.Kind = "other"
	}
	return v
}

func textHTML(t *Text) template.HTML {
	if t.Type == "mrkdwn" {
		return mrkdwn(t.Text, t.Verbatim)
	}
	return template.HTML(template.HTMLEscapeString(t.Text)) // escaped
}

// servePage shows one message, at its permalink.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("channel")
	name := id
	for _, c := range s.opts.Channels {
		if c.ID == id {
			name = c.Name
		}
	}
	number := strings.TrimPrefix(r.PathValue("message"), "p")
	if len(number) <= 6 {
		http.NotFound(w, r)
		return
	}
	m, ok := s.log.find(id, number[:len(number)-6]+"."+number[len(number)-6:])
	if !ok {
		http.Error(w, "This message was deleted, or never was.", http.StatusNotFound)
		return
	}
	body, err := s.MessageHTML(&m)
	if err != nil {
		http.Error(w, "This message cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:; frame-ancestors 'none'; base-uri 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_ = pageTemplate.Execute(w, map[string]any{
		"Channel": name, "Team": s.opts.Team, "Message": body,
		"Style": template.CSS(Stylesheet), // our own file
	})
}
