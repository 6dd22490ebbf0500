package office

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
	"carillon.example/pkg/strictyaml"
	"carillon.example/pkg/suggest"
)

// maxFileBytes is more than a configuration of a thousand channels needs.
const maxFileBytes = 1 << 20

// fileSite and fileChannel are the configuration as it stands in the file.
type fileSite struct {
	Title     map[string]string `yaml:"title"`
	URL       string            `yaml:"url"`
	Languages []string          `yaml:"languages"`
	Timezone  string            `yaml:"timezone"`
}

type fileChannel struct {
	Name      string         `yaml:"name"`
	Was       string         `yaml:"was"`
	Type      string         `yaml:"type"`
	Posts     *bool          `yaml:"posts"`
	Languages []string       `yaml:"languages"`
	Kinds     []string       `yaml:"kinds"`
	Tags      []string       `yaml:"tags"`
	NotTags   []string       `yaml:"not_tags"`
	Reminders *fileReminders `yaml:"reminders"`
	Notices   bool           `yaml:"notices"`
}

type fileReminders struct {
	Leads []string `yaml:"leads"`
	At    string   `yaml:"at"`
}

type fileRoot struct {
	Site     fileSite      `yaml:"site"`
	Channels []fileChannel `yaml:"-"`
}

// Load reads a configuration file. The error is carillon.Mistakes with file and line, all there are.
func Load(path string, types []channel.Type) (*Office, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	return Parse(path, data, types, os.LookupEnv)
}

// Parse reads a configuration. Values written ${NAME} are taken from the environment.
func Parse(file string, data []byte, types []channel.Type, env func(string) (string, bool)) (*Office, error) {
	if len(data) > maxFileBytes {
		return nil, fmt.Errorf("%s is larger than %d KiB: this is not a configuration", file, maxFileBytes>>10)
	}
	root, err := strictyaml.Parse(file, data)
	if err != nil {
		return nil, err
	}
	l := loader{file: file, types: types}
	if root == nil {
		l.add("site", nil, "is missing: the file is empty")
		return nil, l.mistakes
	}
	l.expand(root, env)
	o := &Office{}
	l.root(root, o)
	if err := l.mistakes.Err(); err != nil {
		return nil, err
	}
	return o, nil
}

type loader struct {
	file     string
	types    []channel.Type
	mistakes carillon.Mistakes
}

func (l *loader) add(field string, at ast.Node, format string, args ...any) {
	m := carillon.Mistake{Field: field, File: l.file, Message: fmt.Sprintf(format, args...), Line: 1}
	if at != nil {
		m.Line = strictyaml.Line(at)
	}
	l.mistakes = append(l.mistakes, m)
}

func (l *loader) root(root *ast.MappingNode, o *Office) {
	var known fileRoot
	var channels ast.Node
	rest := *root
	rest.Values = nil
	for _, v := range root.Values {
		if v.Key.GetToken().Value == "channels" {
			channels = v.Value
			continue
		}
		rest.Values = append(rest.Values, v)
	}
	l.mistakes = append(l.mistakes, strictyaml.Decode(l.file, "", &rest, &known)...)
	l.site(&known.Site, strictyaml.Value(root, "site"), o)
	list, ok := channels.(*ast.SequenceNode)
	if channels != nil && !ok {
		if _, null := channels.(*ast.NullNode); !null {
			l.add("channels", channels, "is not a list: begin each channel with '- name: …'")
		}
		return
	}
	if list == nil {
		return
	}
	seen := map[string]bool{}
	for i, node := range list.Values {
		l.channel(fmt.Sprintf("channels[%d]", i), node, o, seen)
	}
}

func (l *loader) site(f *fileSite, at ast.Node, o *Office) {
	m, _ := at.(*ast.MappingNode)
	where := func(key string) ast.Node {
		if n := strictyaml.Value(m, key); n != nil {
			return n
		}
		return at
	}
	o.Site = Site{Title: f.Title, Languages: f.Languages}
	var problem string
	if o.Site.URL, problem = siteURL(f.URL); problem != "" {
		l.add("site.url", where("url"), "%s", problem)
	}
	if len(f.Languages) == 0 {
		l.add("site.languages", where("languages"), "is missing: the languages of the site, the default one first, as [en, ru]")
	}
	for i, language := range f.Languages {
		if !carillon.ValidLanguage(language) {
			l.add("site.languages", where("languages"), "%q is not a language: write a code such as en", language)
		}
		if slices.Contains(f.Languages[:i], language) {
			l.add("site.languages", where("languages"), "%q stands there twice", language)
		}
	}
	for language := range f.Title {
		if !slices.Contains(f.Languages, language) {
			l.add("site.title", where("title"), "%q is not among the site's languages", language)
		}
	}
	if len(f.Languages) > 0 && strings.TrimSpace(f.Title[f.Languages[0]]) == "" {
		l.add("site.title", where("title"), "has no title in the default language, %s", f.Languages[0])
	}
	zone, err := carillon.LoadZone(f.Timezone)
	if err != nil {
		l.add("site.timezone", where("timezone"), "%s", err)
	}
	o.Site.Zone = zone
}

func (l *loader) channel(field string, node ast.Node, o *Office, seen map[string]bool) {
	m, ok := node.(*ast.MappingNode)
	if !ok {
		l.add(field, node, "is not a channel: begin it with 'name:'")
		return
	}
	where := func(key string) ast.Node {
		if n := strictyaml.Value(m, key); n != nil {
			return n
		}
		return node
	}
	typeName := ""
	if n := strictyaml.Value(m, "type"); n != nil {
		typeName = n.GetToken().Value
	}
	i := slices.IndexFunc(l.types, func(t channel.Type) bool { return t.Name == typeName })
	if i < 0 {
		names := Types(l.types)
		hint := "one of " + strings.Join(names, ", ")
		if near, ok := suggest.Nearest(typeName, names); ok {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		l.add(field+".type", where("type"), "%q is not a type of channel: %s", typeName, hint)
		return
	}
	f := fileChannel{}
	settings := l.types[i].NewSettings()
	if mistakes := strictyaml.Decode(l.file, field, node, &f, settings); len(mistakes) > 0 {
		l.mistakes = append(l.mistakes, mistakes...)
		return
	}
	for _, mistake := range settings.Validate() {
		l.add(field+"."+mistake.Field, where(mistake.Field), "%s", mistake.Message)
	}
	if f.Notices && !l.types[i].Notices {
		l.add(field+".notices", where("notices"), "cannot be here: notices are for staff alone, and a channel of type %s is public", f.Type)
	}
	c := l.routing(field, &f, o, where)
	for _, name := range []string{c.Name, c.Was} {
		if name == "" {
			continue
		}
		if seen[name] {
			l.add(field+".name", where("name"), "%q is the name of two channels", name)
		}
		seen[name] = true
	}
	o.Channels = append(o.Channels, Channel{Channel: c, Driver: l.types[i], Settings: settings})
}

func (l *loader) routing(field string, f *fileChannel, o *Office, where func(string) ast.Node) carillon.Channel {
	c := carillon.Channel{
		Name: f.Name, Was: f.Was, Type: f.Type, Posts: f.Posts == nil || *f.Posts,
		Languages: f.Languages, Tags: f.Tags, NotTags: f.NotTags, Notices: f.Notices,
	}
	for key, name := range map[string]string{"name": f.Name, "was": f.Was} {
		switch {
		case key == "was" && name == "":
		case !carillon.ValidSlug(name):
			l.add(field+"."+key, where(key), "%q cannot name a channel: use small letters a-z, digits and single hyphens", name)
		case event.Reserved(name):
			l.add(field+"."+key, where(key), "%q is the name of a service: choose another", name)
		}
	}
	for _, language := range f.Languages {
		if !slices.Contains(o.Site.Languages, language) {
			l.add(field+".languages", where("languages"), "%q is not a language of the site", language)
		}
	}
	for _, kind := range f.Kinds {
		if !slices.Contains(carillon.Kinds(), carillon.Kind(kind)) {
			l.add(field+".kinds", where("kinds"), "%q is not a kind", kind)
		}
		c.Kinds = append(c.Kinds, carillon.Kind(kind))
	}
	if f.Reminders != nil {
		c.Reminders = l.reminders(field+".reminders", f.Reminders, where("reminders"))
	}
	return c
}

func (l *loader) reminders(field string, f *fileReminders, at ast.Node) *carillon.ReminderRule {
	rule := &carillon.ReminderRule{}
	for _, s := range f.Leads {
		lead, err := carillon.ParseLead(s)
		if err != nil {
			l.add(field+".leads", at, "%s", err)
		}
		rule.Leads = append(rule.Leads, lead)
	}
	if len(rule.Leads) == 0 {
		l.add(field+".leads", at, "is missing: how long before, as [14d, 7d, 1d]")
	}
	t, err := time.Parse("15:04", f.At)
	if err != nil {
		if t, err = time.Parse(time.TimeOnly, f.At); err != nil {
			l.add(field+".at", at, "%q is not a time of day: write it as \"09:00\"", f.At)
		}
	}
	rule.Hour, rule.Minute, rule.Second = t.Clock()
	return rule
}

var variable = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)

// expand replaces values that are ${NAME} by the environment's.
func (l *loader) expand(root ast.Node, env func(string) (string, bool)) {
	ast.Walk(visitor(func(n ast.Node) {
		s, ok := n.(*ast.StringNode)
		if !ok {
			return
		}
		m := variable.FindStringSubmatch(s.Value)
		if m == nil {
			return
		}
		value, ok := env(m[1])
		if !ok || value == "" {
			l.add("", n, "the environment has no %s: set it, or write token_file", m[1])
		}
		s.Value = value
		s.GetToken().Value = value
	}), root)
}

type visitor func(ast.Node)

// Visit implements ast.Visitor.
func (v visitor) Visit(n ast.Node) ast.Visitor {
	v(n)
	return v
}
