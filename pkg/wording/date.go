package wording

import (
	"fmt"
	"time"

	"carillon.example/pkg/carillon"
)

// Date writes a day: "26 April 2019", "26 апреля 2019 года". The zero date is "". Numbers are in European digits in every
// language: in Arabic, as the United Nations and most news write them, and as they agree with those of the bodies.
func Date(language string, d carillon.Date) string {
	if d.IsZero() {
		return ""
	}
	month := monthName(language, d.Month)
	switch spoken(language) {
	case russian:
		return fmt.Sprintf("%d %s %d года", d.Day, month, d.Year)
	case kazakh:
		return fmt.Sprintf("%d ж. %d %s", d.Year, d.Day, month)
	case french:
		return fmt.Sprintf("%s %s %d", frenchDay(d.Day), month, d.Year)
	case spanish:
		return fmt.Sprintf("%d de %s de %d", d.Day, month, d.Year)
	case chinese:
		return fmt.Sprintf("%d年%d月%d日", d.Year, d.Month, d.Day)
	}
	return fmt.Sprintf("%d %s %d", d.Day, month, d.Year)
}

// weekdayDate writes a day with its weekday: "Saturday, 30 March 2019".
func weekdayDate(language string, d carillon.Date) string {
	date, weekday := Date(language, d), weekdayName(language, d.In(time.UTC).Weekday())
	switch spoken(language) {
	case kazakh:
		return date + ", " + weekday
	case french, spanish:
		return weekday + " " + date
	case arabic:
		return weekday + "، " + date
	case chinese:
		return date + weekday
	}
	return weekday + ", " + date
}

// clock writes a time of the day, always by the 24-hour clock. That is the custom of all the languages here but English and
// Arabic, where both are in use, and the one that cannot be misread beside another zone's time.
func clock(language string, t time.Time) string {
	if spoken(language) != french {
		return t.Format("15:04")
	}
	// French writes the hour without a leading zero and leaves out minutes that are none; the spaces do not break.
	if t.Minute() == 0 {
		return fmt.Sprintf("%d\u00a0h", t.Hour())
	}
	return fmt.Sprintf("%d\u00a0h\u00a0%02d", t.Hour(), t.Minute())
}

// InDays says how far away a day is, in lower case: "today", "tomorrow", "in 7 days". A day in the past is "".
func InDays(language string, days int) string {
	switch {
	case days < 0:
		return ""
	case days == 0:
		return words{"today", "сегодня", "бүгін", "aujourd’hui", "hoy", "اليوم", "今天"}.in(language)
	case days == 1:
		return words{"tomorrow", "завтра", "ертең", "demain", "mañana", "غدًا", "明天"}.in(language)
	}
	switch spoken(language) {
	case russian:
		return fmt.Sprintf("через %d %s", days, russianDays(days))
	case kazakh:
		return fmt.Sprintf("%d күннен кейін", days)
	case french:
		return fmt.Sprintf("dans %d\u00a0jours", days)
	case spanish:
		return fmt.Sprintf("dentro de %d días", days)
	case arabic:
		if days == 2 {
			return "بعد يومين"
		}
		return fmt.Sprintf("بعد %d %s", days, arabicDays(days))
	case chinese:
		return fmt.Sprintf("%d天后", days)
	}
	return fmt.Sprintf("in %d days", days)
}

// russianDays is 'days' as the number before it demands: 21 день, 22 дня, 25 дней.
func russianDays(n int) string {
	switch {
	case n%100 >= 11 && n%100 <= 14:
		return "дней"
	case n%10 == 1:
		return "день"
	case n%10 >= 2 && n%10 <= 4:
		return "дня"
	}
	return "дней"
}

// arabicDays is 'days' as the number before it demands: 3 to 10 the plural, 11 to 99 the accusative, hundreds the
// genitive singular.
func arabicDays(n int) string {
	switch n := n % 100; {
	case n >= 3 && n <= 10:
		return "أيام"
	case n >= 11:
		return "يومًا"
	}
	return "يوم"
}

func frenchDay(day int) string {
	if day == 1 {
		return "1er"
	}
	return fmt.Sprint(day)
}

// monthName is the month as it stands behind a day: Russian in the genitive, Arabic by both names the United Nations
// use.
func monthName(language string, m time.Month) string {
	names := [12]words{
		{"January", "января", "қаңтар", "janvier", "enero", "كانون الثاني/يناير", ""},
		{"February", "февраля", "ақпан", "février", "febrero", "شباط/فبراير", ""},
		{"March", "марта", "наурыз", "mars", "marzo", "آذار/مارس", ""},
		{"April", "апреля", "сәуір", "avril", "abril", "نيسان/أبريل", ""},
		{"May", "мая", "мамыр", "mai", "mayo", "أيار/مايو", ""},
		{"June", "июня", "маусым", "juin", "junio", "حزيران/يونيه", ""},
		{"July", "июля", "шілде", "juillet", "julio", "تموز/يوليه", ""},
		{"August", "августа", "тамыз", "août", "agosto", "آب/أغسطس", ""},
		{"September", "сентября", "қыркүйек", "septembre", "septiembre", "أيلول/سبتمبر", ""},
		{"October", "октября", "қазан", "octobre", "octubre", "تشرين الأول/أكتوبر", ""},
		{"November", "ноября", "қараша", "novembre", "noviembre", "تشرين الثاني/نوفمبر", ""},
		{"December", "декабря", "желтоқсан", "décembre", "diciembre", "كانون الأول/ديسمبر", ""},
	}
	return names[m-1].in(language)
}

func weekdayName(language string, d time.Weekday) string {
	names := [7]words{
		{"Sunday", "воскресенье", "жексенбі", "dimanche", "domingo", "الأحد", "星期日"},
		{"Monday", "понедельник", "дүйсенбі", "lundi", "lunes", "الاثنين", "星期一"},
		{"Tuesday", "вторник", "сейсенбі", "mardi", "martes", "الثلاثاء", "星期二"},
		{"Wednesday", "среда", "сәрсенбі", "mercredi", "miércoles", "الأربعاء", "星期三"},
		{"Thursday", "четверг", "бейсенбі", "jeudi", "jueves", "الخميس", "星期四"},
		{"Friday", "пятница", "жұма", "vendredi", "viernes", "الجمعة", "星期五"},
		{"Saturday", "суббота", "сенбі", "samedi", "sábado", "السبت", "星期六"},
	}
	return names[d].in(language)
}
