package slug_test

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"carillon.example/pkg/carillon"
	"carillon.example/pkg/slug"
)

// A slug is an address for ever: what stands here must not change, whatever library makes it.
func TestNamesOfEveryScriptBecomeSlugs(t *testing.T) {
	tests := []struct{ name, of, want string }{
		{"Russian", "Всемирный день здоровья", "vsemirnyy-den-zdorovya"},
		{"Russian letters of two and more", "Жар, хлеб, цех, чай, шум, щит, юг, яхта, объезд, ещё, эхо, мышь", "zhar-khleb-tsekh-chay-shum-shchit-yug-yakhta-obezd-eshchyo-ekho-mysh"},
		{"Kazakh", "Қазақстан үшін жаңа күн", "qazaqstan-ushin-zhana-kun"},
		{"the letters that Kazakh adds", "ә ғ қ ң ө ұ ү һ і Ә Ғ Қ Ң Ө Ұ Ү Һ І", "a-g-q-n-o-u-u-h-i-a-g-q-n-o-u-u-h-i"},
		{"Kyrgyz", "Бишкек шаарындагы күн өзгөчө", "bishkek-shaaryndagy-kun-ozgocho"},
		{"Ukrainian", "Київ, Харків", "kiyiv-kharkiv"},
		{"Uzbek in Cyrillic", "Ўзбекистон ҳақида", "ozbekiston-haqida"},
		{"Uzbek in Latin", "Oʻzbekiston, O‘zbekiston", "ozbekiston-ozbekiston"},
		{"French", "Journée mondiale de l’eau à Genève, œuvre", "journee-mondiale-de-l-eau-a-geneve-oeuvre"},
		{"Spanish", "Día del niño: ¿dónde?", "dia-del-nino-donde"},
		{"German", "Straße, Übung", "strasse-ubung"},
		{"Polish and Turkish", "Łódź, İstanbul, Iğdır", "lodz-istanbul-igdir"},
		{"Azerbaijani", "Azərbaycan", "azerbaycan"},
		{"Chinese", "世界卫生日", "shi-jie-wei-sheng-ri"},
		{"Chinese with digits", "2026年报告v2", "2026-nian-bao-gao-v2"},
		{"Chinese punctuation", "水、卫生：妇女", "shui-wei-sheng-fu-nu"},
		{"Chinese, traditional", "聯合國：世界衛生日", "lian-he-guo-shi-jie-wei-sheng-ri"},
		{"Arabic", "يوم الصحة العالمي", "yum-al-sha-al-almi"},
		{"Arabic with vowel signs", "مُحَمَّد", "muhammad"},
		{"Arabic with a stretched letter", "الســـلام", "al-slam"},
		{"Arabic digits", "تقرير ٢٠٢٦", "tqrir-2026"},
		{"Persian with a non-joiner", "کتاب\u200cها", "ktabha"},
		{"Greek", "Ελλάδα", "ellada"},
		{"Georgian", "საქართველო", "sakartvelo"},
		{"Hebrew, whose ayin is not heard", "שלום עולם", "shlvm-vlm"},
		{"Japanese", "こんにちは", "konnichiha"},
		{"Korean", "한국어", "hangugeo"},
		{"full width", "ＣＯＰ２９ №５", "cop29-no5"},
		{"pictures are left out", "День 🎉 воды", "den-vody"},
		{"stress marks are left out", "по́ле", "pole"},
		{"a date before it", "2019-04-07-день", "2019-04-07-den"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := slug.Of(tt.of)
			if err != nil {
				t.Fatalf("Of(%q): %v", tt.of, err)
			}
			if want := (slug.Made{Slug: tt.want, Written: true}); got != want {
				t.Errorf("Of(%q) = %+v, want %+v", tt.of, got, want)
			}
			apart, err := slug.Of(norm.NFD.String(tt.of))
			if err != nil || apart != got {
				t.Errorf("taken apart it is %+v, %v; want the same", apart, err)
			}
		})
	}
}

// Offices have addresses made of such names. They stay.
func TestASCIINamesKeepTheirSlugs(t *testing.T) {
	for of, want := range map[string]string{
		"world-health-day":            "world-health-day",
		"2019-04-07-world-health-day": "2019-04-07-world-health-day",
		"Health Day":                  "health-day",
		"day.v2":                      "day-v2",
		"women's_day (final)":         "women-s-day-final",
		"--a--b--":                    "a-b",
		"C++ & co":                    "c-co",
		strings.Repeat("x", 120):      strings.Repeat("x", 120),
	} {
		got, err := slug.Of(of)
		if err != nil || got != (slug.Made{Slug: want}) || got.Slug != carillon.Slugify(of) {
			t.Errorf("Of(%q) = %+v, %v; want %q, as carillon.Slugify has it (%q)", of, got, err, want, carillon.Slugify(of))
		}
	}
}

func TestNamesThatWouldLoseLettersAreRefused(t *testing.T) {
	for of, want := range map[string]string{
		"":                       "has no letter and no digit",
		"---":                    "has no letter and no digit",
		"🎉🎉":                     "has no letter and no digit",
		"ь":                      "has no letter and no digit",
		"report-𐎠":               "has letters that cannot be written in a-z, such as '𐎠'",
		strings.Repeat("x", 121): "has more than 120 characters",
		strings.Repeat("я", 121): "has more than 120 characters",
	} {
		if got, err := slug.Of(of); err == nil || err.Error() != want || got != (slug.Made{}) {
			t.Errorf("Of(%q) = %+v, %v; want the error %q", of, got, err, want)
		}
	}
}

func TestLongSlugsAreCutAtAWordAndStayApart(t *testing.T) {
	begin := strings.Repeat("Щедрый ", 16)
	one, err := slug.Of(begin + "раз")
	if err != nil {
		t.Fatal(err)
	}
	two, err := slug.Of(begin + "два")
	if err != nil {
		t.Fatal(err)
	}
	if one.Slug == two.Slug {
		t.Errorf("two names that begin alike have one slug, %s", one.Slug)
	}
	const want = "shchedryy-shchedryy-shchedryy-shchedryy-shchedryy-shchedryy-shchedryy-shchedryy-shchedryy-shchedryy-shchedryy-"
	for _, m := range []slug.Made{one, two} {
		if !m.Cut || !carillon.ValidSlug(m.Slug) || !strings.HasPrefix(m.Slug, want) || len(m.Slug) != len(want)+8 {
			t.Errorf("%+v (%d characters), want eleven whole words and eight digits", m, len(m.Slug))
		}
	}
}

// FuzzOf gives Of anything. It must answer with a slug that is one, the same every time, or with a sentence.
func FuzzOf(f *testing.F) {
	for _, seed := range []string{
		"Всемирный день здоровья", "Қазақстан", "世界卫生日", "يوم الصحّة العالميّ", "Journée", "O‘zbekiston", "مُحَمَّد", "한국어", "🎉",
		"\u0306", "\u0651\u064b", "ّّ", "الال", "﷽", "\xff", "ﷺ", "½²", "\u200c\u202e", "𐎠", strings.Repeat("长", 120),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		made, err := slug.Of(name)
		if err != nil {
			if made != (slug.Made{}) || strings.ContainsAny(err.Error(), "\n\x1b") || len(err.Error()) > 200 {
				t.Fatalf("Of(%q) = %+v, %q", name, made, err)
			}
			return
		}
		if !carillon.ValidSlug(made.Slug) {
			t.Fatalf("Of(%q) = %q, which is no slug", name, made.Slug)
		}
		if again, err := slug.Of(made.Slug); err != nil || again.Slug != made.Slug {
			t.Fatalf("the slug %q becomes %q, %v", made.Slug, again.Slug, err)
		}
		if apart, err := slug.Of(norm.NFD.String(name)); err != nil || apart != made {
			t.Fatalf("Of(%q) = %+v, and taken apart %+v, %v", name, made, apart, err)
		}
	})
}
