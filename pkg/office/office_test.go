package office_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel/builtin"
	"carillon.example/pkg/channel/mastodon"
	"carillon.example/pkg/office"
)

const whole = `
site:
  title: {en: United Nations in Kazakhstan, ru: ООН в Казахстане}
  url: https://news.example.org/
  languages: [en, ru, kk]
  timezone: Asia/Almaty
channels:
  - name: mastodon-en
    was: toots
    type: mastodon
    server: https://social.example.org
    token: ${MASTODON_TOKEN}
    languages: [en]
    kinds: [message, news]
    not_tags: [internal]
  - name: slack-staff
    type: slack
    token_file: /run/secrets/slack
    channel: C0987654321
    posts: false
    reminders: {leads: [14d, 7d, 1d], at: "09:00"}
    notices: true
`

func env(name string) (string, bool) {
	if name == "MASTODON_TOKEN" {
		return "very-secret", true
	}
	return "", false
}

func TestWholeConfigurationIsRead(t *testing.T) {
	o, err := office.Parse("carillon.yaml", []byte(whole), builtin.Types(), env)
	if err != nil {
		t.Fatal(err)
	}
	if o.Site.URL != "https://news.example.org" || o.Site.Zone.String() != "Asia/Almaty" || o.Site.TitleIn("kk") != "United Nations in Kazakhstan" {
		t.Errorf("site: %+v", o.Site)
	}
	m := o.Channels[0]
	want := carillon.Channel{
		Name: "mastodon-en", Was: "toots", Type: "mastodon", Posts: true, Languages: []string{"en"},
		Kinds: []carillon.Kind{carillon.KindMessage, carillon.KindNews}, NotTags: []string{"internal"},
	}
	if diff := cmp.Diff(want, m.Channel); diff != "" {
		t.Errorf("mastodon-en (-want +got):\n%s", diff)
	}
	if token, err := m.Settings.(*mastodon.Settings).Read(); err != nil || token.Reveal() != "very-secret" {
		t.Errorf("the token did not come from the environment: %v", err)
	}
	if diff := cmp.Diff([]string{"toots", "slack-staff"}, o.LedgerNames()); diff != "" {
		t.Errorf("ledger names (-want +got):\n%s", diff)
	}
	if r := o.Channels[1].Reminders; r == nil || r.Hour != 9 || len(r.Leads) != 3 || o.Channels[1].Posts || !o.Channels[1].Notices {
		t.Errorf("slack-staff: %+v", o.Channels[1].Channel)
	}
}

func TestMistakesNameTheLineAndWhatToDo(t *testing.T) {
	change := func(old, replacement string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("%q is not in the configuration", old)
		}
		return strings.Replace(whole, old, replacement, 1)
	}
	for name, test := range map[string]struct{ text, want string }{
		"unknown key":             {change("timezone: Asia", "timezon: Asia"), `carillon.yaml:6: site.timezon: unknown key; did you mean "timezone"?`},
		"unknown key of a driver": {change("server: https", "sever: https"), `carillon.yaml:11: channels[0].sever: unknown key; did you mean "server"?`},
		"another type's key":      {change("channel: C0987654321", "server: https://x.example"), `carillon.yaml:19: channels[1].server: unknown key`},
		"unknown type":            {change("type: slack", "type: slak"), `carillon.yaml:17: channels[1].type: "slak" is not a type of channel: did you mean "slack"?`},
		"no such zone":            {change("Asia/Almaty", "Asia/Almata"), `carillon.yaml:6: site.timezone: "Asia/Almata" is not a time zone we know`},
		"variable not set":        {change("MASTODON_TOKEN", "OTHER_TOKEN"), `carillon.yaml:12: the environment has no OTHER_TOKEN`},
		"two channels, one name":  {change("name: slack-staff", "name: mastodon-en"), `is the name of two channels`},
		"a service's name":        {change("name: slack-staff", "name: ingest"), `is the name of a service`},
		"a language of nobody":    {change("languages: [en]", "languages: [fr]"), `carillon.yaml:13: channels[0].languages: "fr" is not a language of the site`},
		"not a lead":              {change("14d, 7d", "14 days, 7d"), `"14 days" is not a lead: write a number of days from 0d to 366d, such as 14d`},
		"not a time of day":       {change(`"09:00"`, `"9 am"`), `"9 am" is not a time of day`},
		"not a channel's ID":      {change("C0987654321", "general"), `channels[1].channel`},
		"no title":                {change("en: United", "kk: United"), `carillon.yaml:3: site.title: has no title in the default language, en`},
		"no address":              {change("https://news.example.org/", "news.example.org"), `carillon.yaml:4: site.url: is not an address`},
		"empty":                   {"", `carillon.yaml:1: site: is missing: the file is empty`},
		"not YAML":                {"site: [", "carillon.yaml"},
		"not a mapping":           {"- a\n- b\n", "carillon.yaml:1: this is not a mapping"},
		"an alias":                {change("languages: [en, ru, kk]", "languages: &l [en, ru, kk]"), "carillon.yaml:5: anchors and aliases are not supported"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := office.Parse("carillon.yaml", []byte(test.text), builtin.Types(), env)
			var mistakes carillon.Mistakes
			if !errors.As(err, &mistakes) {
				t.Fatalf("error %v, want mistakes", err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got:\n%s\nwant: %s", err, test.want)
			}
			if strings.Contains(err.Error(), "very-secret") {
				t.Error("the error holds the token")
			}
		})
	}
}

func TestSecretsOfAConfigurationAreNeverPrinted(t *testing.T) {
	o, err := office.Parse("carillon.yaml", []byte(whole), builtin.Types(), env)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, o.Channels[0].Settings); strings.Contains(s, "very-secret") {
			t.Errorf("%s prints %s", format, s)
		}
	}
	if d := o.Channels[0].Settings.Destination(); strings.Contains(d, "very-secret") {
		t.Errorf("destination: %s", d)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("site: {url: ${X}}\nchannels: [{type: slack}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = office.Parse("carillon.yaml", data, builtin.Types(), env)
	})
}
