package wording

import (
	"strings"

	"carillon.example/pkg/carillon"
)

// Kind names a kind: "Message". What is not a kind is "".
func Kind(language string, k carillon.Kind) string {
	switch k {
	case carillon.KindMessage:
		return words{"Message", "Послание", "Үндеу", "Message", "Mensaje", "رسالة", "致辞"}.in(language)
	case carillon.KindNews:
		return words{"News", "Новость", "Жаңалық", "Actualité", "Noticia", "خبر", "新闻"}.in(language)
	case carillon.KindPublication:
		return words{"Publication", "Публикация", "Жарияланым", "Publication", "Publicación", "منشور", "出版物"}.in(language)
	case carillon.KindCall:
		return words{"Call", "Приём заявок", "Өтінім қабылдау", "Appel à participation", "Convocatoria", "دعوة إلى المشاركة", "征集"}.in(language)
	case carillon.KindEvent:
		return words{"Event", "Мероприятие", "Іс-шара", "Événement", "Evento", "فعالية", "活动"}.in(language)
	case carillon.KindAnnouncement:
		return words{"Announcement", "Объявление", "Хабарландыру", "Annonce", "Anuncio", "إعلان", "公告"}.in(language)
	}
	return ""
}

// Language names a language in itself: "Русский". A region or script we have no name for stands behind it as its code:
// "English (GB)"; a language we have no name for is its code.
func Language(language string) string {
	if name, ok := autonyms[language]; ok {
		return name
	}
	primary, rest, _ := strings.Cut(language, "-")
	if name, ok := autonyms[primary]; ok {
		return name + " (" + rest + ")"
	}
	return language
}

// autonyms are the names of languages in themselves.
var autonyms = map[string]string{
	"ar": "العربية", "en": "English", "es": "Español", "fr": "Français", "kk": "Қазақша", "ru": "Русский",
	"zh": "中文", "zh-Hans": "简体中文", "zh-Hant": "繁體中文", "kk-Latn": "Qazaqşa",
	"az": "Azərbaycanca", "be": "Беларуская", "de": "Deutsch", "fa": "فارسی", "hi": "हिन्दी", "hy": "Հայերեն",
	"it": "Italiano", "ja": "日本語", "ka": "ქართული", "kaa": "Qaraqalpaqsha", "ko": "한국어", "ky": "Кыргызча",
	"mn": "Монгол", "ps": "پښتو", "pt": "Português", "sw": "Kiswahili", "tg": "Тоҷикӣ", "tk": "Türkmençe",
	"tr": "Türkçe", "tt": "Татарча", "ug": "ئۇيغۇرچە", "uk": "Українська", "ur": "اردو", "uz": "Oʻzbekcha",
}
