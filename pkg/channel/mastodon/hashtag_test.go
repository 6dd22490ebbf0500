package mastodon_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/channel"
	"carillon.example/pkg/channel/mastodon"
)

func TestHashtagsAreReadWordByWord(t *testing.T) {
	tests := []struct{ name, tag, want string }{
		{"words", "universal-health-coverage", "#UniversalHealthCoverage"},
		{"one word", "health", "#Health"},
		{"capitals stay", "UN staff", "#UNStaff"},
		{"a number at the end", "COVID-19", "#COVID19"},
		{"a number at the beginning", "2030-agenda", "#2030Agenda"},
		{"numbers stay apart", "sdg 16.1", "#Sdg16_1"},
		{"only a number", "2030", ""},
		{"signs", "a/b & c", "#ABC"},
		{"nothing", "", ""},
		{"only signs", "- _ #", ""},
		{"a hashtag", "#EarthHour", "#EarthHour"},
		{"an underscore stays", "snake_case", "#Snake_case"},
		{"an apostrophe that joins", "women's-rights", "#WomensRights"},
		{"a typographic one", "women’s rights", "#WomensRights"},
		{"an apostrophe that parts", "journée de l’eau", "#JournéeDeLEau"},
		{"o'clock", "o'clock", "#OClock"},
		{"a quotation", "'news'", "#News"},
		{"taken apart", "sante\u0301", "#Santé"},
		{"a mark that stands on nothing", "\u0301x", "#X"},
		{"a soft hyphen", "cli\u00admate", "#Climate"},
		{"marks of direction", "\u200fماء\u200e", "#ماء"},
		{"a middle dot inside", "col·lecció", "#Col·lecció"},
		{"a middle dot between words", "news · views", "#NewsViews"},
		{"Spanish", "día del niño", "#DíaDelNiño"},
		{"Russian", "права человека", "#ПраваЧеловека"},
		{"Russian with a hyphen", "онлайн-встреча", "#ОнлайнВстреча"},
		{"Kazakh", "денсаулық күні", "#ДенсаулықКүні"},
		{"Kazakh letters at the beginning", "өмір әлем іс ғылым", "#ӨмірӘлемІсҒылым"},
		{"Arabic", "حقوق-الإنسان", "#حقوق_الإنسان"},
		{"Arabic with vowel signs", "سَلام عالميّ", "#سَلام_عالميّ"},
		{"Arabic with digits of its own", "رؤية ٢٠٣٠", "#رؤية_٢٠٣٠"},
		{"Arabic and Latin", "COP 29 باكو", "#COP29_باكو"},
		{"Persian non-joiner", "می\u200cخواهم", "#می\u200cخواهم"},
		{"Persian non-joiner at the end", "می\u200c", "#می"},
		{"Chinese", "健康", "#健康"},
		{"Chinese with a space", "气候 变化", "#气候变化"},
		{"Chinese and a year", "2030年 议程", "#2030年议程"},
		{"Japanese middle dot", "ジョン・スミス", "#ジョン・スミス"},
		{"Hindi", "हिन्दी दिवस", "#हिन्दी_दिवस"},
		{"Korean", "세계 물의 날", "#세계_물의_날"},
		{"Georgian, which has no capitals in use", "წყლის დღე", "#წყლის_დღე"},
		{"Thai", "วัน น้ำ", "#วันน้ำ"},
		{"a joiner of letters", "ශ්\u200dරී", "#ශ්රී"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := mastodon.Hashtag(tt.tag)
			if got != tt.want {
				t.Errorf("Hashtag(%q) = %q, want %q", tt.tag, got, tt.want)
			}
			checkHashtag(t, got)
		})
	}
}

// hashtagName is Mastodon's HASHTAG_NAME_RE (app/models/tag.rb), in Go.
var hashtagName = func() *regexp.Regexp {
	const word, alpha, inner = `\pL\pM\p{Nd}\p{Pc}`, `\pL\pM`, `_\x{00B7}\x{30FB}\x{200C}`
	return regexp.MustCompile(`^(?:[` + word + `][` + word + inner + `]*[` + alpha + inner + `][` + word + inner + `]*[` + word + `]` +
		`|[` + word + `]*[` + alpha + `][` + word + `]*)$`)
}()

func checkHashtag(t *testing.T, hashtag string) {
	t.Helper()
	if name, ok := strings.CutPrefix(hashtag, "#"); hashtag != "" && (!ok || !hashtagName.MatchString(name)) {
		t.Errorf("Mastodon does not take %q for a hashtag", hashtag)
	}
}

// Whatever a tag is, Mastodon takes the hashtag as a whole, and it is a fixed point.
func FuzzHashtagIsOneForMastodon(f *testing.F) {
	for _, tag := range []string{
		"COVID-19", "حقوق-الإنسان", "می\u200cخواهم", "col·lecció", "ジョン・スミス", "l’eau", "\u0301x", "ශ්\u200dරී", "_·_", "1_2", "ⅷ", "＃水", "ﬁ",
	} {
		f.Add(tag)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		if !utf8.ValidString(tag) {
			return // no tag is like that
		}
		hashtag := mastodon.Hashtag(tag)
		checkHashtag(t, hashtag)
		if again := mastodon.Hashtag(hashtag); again != hashtag {
			t.Errorf("%q becomes %q", hashtag, again)
		}
	})
}

func TestHashtagsOfBothDirectionsStayApart(t *testing.T) {
	status := func(language string, tags []string) string {
		c := edition(carillon.KindNews, language, "Title", "Text.", func(p *post, _ *carillon.Edition) { p.Tags = tags })
		a, err := mastodon.Type().Compose(&mastodon.Settings{Visibility: "public"}, channel.Limits{}, c)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(a.Text, "\n\n")[2]
	}
	for _, tt := range []struct {
		name, language string
		tags           []string
		want           string
	}{
		{"all Arabic", "ar", []string{"ماء", "تغير المناخ"}, "#ماء #تغير_المناخ"},
		{"all Latin in Arabic", "ar", []string{"water", "climate"}, "#Water #Climate"},
		{"all Arabic in English", "en", []string{"ماء"}, "#ماء"},
		{"both in Arabic", "ar", []string{"water", "ماء", "حقوق الإنسان"}, "\u2068#Water\u2069 #ماء #حقوق_الإنسان"},
		{"both in Russian", "ru", []string{"вода", "ماء", "water"}, "#Вода \u2068#ماء\u2069 #Water"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := status(tt.language, tt.tags); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
