package wording

import "strings"

// City names the city whose clocks a time zone keeps, for people: "Almaty" of Asia/Almaty. Zones that are not named
// after a city (UTC, Etc/GMT-5, EST) have none: "". A city we have no word for is named as the zone names it.
func City(language, zone string) string {
	if w, ok := knownCity(zone); ok {
		return w.in(language)
	}
	region, rest, ok := strings.Cut(zone, "/")
	if !ok {
		return ""
	}
	switch region {
	case "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific":
		return strings.ReplaceAll(rest[strings.LastIndexByte(rest, '/')+1:], "_", " ")
	}
	return ""
}

// knownCity has the zones of Central Asia and its neighbours, of the seats of the United Nations and its agencies, and
// a few an invitation often names. Where the office is not in the city of the zone's name, it is the office's city:
// Geneva keeps the clocks of Europe/Zurich.
func knownCity(zone string) (words, bool) {
	switch zone {
	case "Asia/Almaty":
		return words{"Almaty", "Алматы", "Алматы", "Almaty", "Almaty", "ألماتي", "阿拉木图"}, true
	case "Asia/Qyzylorda":
		return words{"Kyzylorda", "Кызылорда", "Қызылорда", "Kyzylorda", "Kyzylorda", "قيزيلوردا", "克孜勒奥尔达"}, true
	case "Asia/Qostanay":
		return words{"Kostanay", "Костанай", "Қостанай", "Kostanaï", "Kostanái", "قوستاناي", "科斯塔奈"}, true
	case "Asia/Aqtobe":
		return words{"Aktobe", "Актобе", "Ақтөбе", "Aktobe", "Aktobe", "أكتوبي", "阿克托别"}, true
	case "Asia/Aqtau":
		return words{"Aktau", "Актау", "Ақтау", "Aktaou", "Aktau", "أكتاو", "阿克套"}, true
	case "Asia/Atyrau":
		return words{"Atyrau", "Атырау", "Атырау", "Atyraou", "Atirau", "أتيراو", "阿特劳"}, true
	case "Asia/Oral":
		return words{"Oral", "Уральск", "Орал", "Ouralsk", "Oral", "أورال", "乌拉尔斯克"}, true
	case "Asia/Bishkek":
		return words{"Bishkek", "Бишкек", "Бішкек", "Bichkek", "Biskek", "بيشكيك", "比什凯克"}, true
	case "Asia/Tashkent":
		return words{"Tashkent", "Ташкент", "Ташкент", "Tachkent", "Taskent", "طشقند", "塔什干"}, true
	case "Asia/Samarkand":
		return words{"Samarkand", "Самарканд", "Самарқанд", "Samarcande", "Samarcanda", "سمرقند", "撒马尔罕"}, true
	case "Asia/Dushanbe":
		return words{"Dushanbe", "Душанбе", "Душанбе", "Douchanbé", "Dusambé", "دوشانبي", "杜尚别"}, true
	case "Asia/Ashgabat":
		return words{"Ashgabat", "Ашхабад", "Ашғабат", "Achgabat", "Asjabad", "عشق آباد", "阿什哈巴德"}, true
	case "Asia/Ulaanbaatar":
		return words{"Ulaanbaatar", "Улан-Батор", "Ұланбатыр", "Oulan-Bator", "Ulán Bator", "أولان باتور", "乌兰巴托"}, true
	case "Asia/Kabul":
		return words{"Kabul", "Кабул", "Кабул", "Kaboul", "Kabul", "كابل", "喀布尔"}, true
	case "Asia/Tehran":
		return words{"Tehran", "Тегеран", "Тегеран", "Téhéran", "Teherán", "طهران", "德黑兰"}, true
	case "Asia/Baku":
		return words{"Baku", "Баку", "Баку", "Bakou", "Bakú", "باكو", "巴库"}, true
	case "Asia/Kolkata":
		return words{"Kolkata", "Калькутта", "Калькутта", "Kolkata", "Calcuta", "كولكاتا", "加尔各答"}, true
	case "Asia/Bangkok":
		return words{"Bangkok", "Бангкок", "Бангкок", "Bangkok", "Bangkok", "بانكوك", "曼谷"}, true
	case "Asia/Shanghai":
		return words{"Shanghai", "Шанхай", "Шанхай", "Shanghai", "Shanghái", "شنغهاي", "上海"}, true
	case "Asia/Tokyo":
		return words{"Tokyo", "Токио", "Токио", "Tokyo", "Tokio", "طوكيو", "东京"}, true
	case "Asia/Dubai":
		return words{"Dubai", "Дубай", "Дубай", "Doubaï", "Dubái", "دبي", "迪拜"}, true
	case "Asia/Beirut":
		return words{"Beirut", "Бейрут", "Бейрут", "Beyrouth", "Beirut", "بيروت", "贝鲁特"}, true
	case "Europe/Moscow":
		return words{"Moscow", "Москва", "Мәскеу", "Moscou", "Moscú", "موسكو", "莫斯科"}, true
	case "Europe/Istanbul":
		return words{"Istanbul", "Стамбул", "Ыстанбұл", "Istanbul", "Estambul", "إسطنبول", "伊斯坦布尔"}, true
	case "Europe/Zurich":
		return words{"Geneva", "Женева", "Женева", "Genève", "Ginebra", "جنيف", "日内瓦"}, true
	case "Europe/Vienna":
		return words{"Vienna", "Вена", "Вена", "Vienne", "Viena", "فيينا", "维也纳"}, true
	case "Europe/Paris":
		return words{"Paris", "Париж", "Париж", "Paris", "París", "باريس", "巴黎"}, true
	case "Europe/Rome":
		return words{"Rome", "Рим", "Рим", "Rome", "Roma", "روما", "罗马"}, true
	case "Europe/London":
		return words{"London", "Лондон", "Лондон", "Londres", "Londres", "لندن", "伦敦"}, true
	case "Europe/Brussels":
		return words{"Brussels", "Брюссель", "Брюссель", "Bruxelles", "Bruselas", "بروكسل", "布鲁塞尔"}, true
	case "Europe/Berlin":
		return words{"Berlin", "Берлин", "Берлин", "Berlin", "Berlín", "برلين", "柏林"}, true
	case "America/New_York":
		return words{"New York", "Нью-Йорк", "Нью-Йорк", "New York", "Nueva York", "نيويورك", "纽约"}, true
	case "America/Santiago":
		return words{"Santiago", "Сантьяго", "Сантьяго", "Santiago", "Santiago", "سانتياغو", "圣地亚哥"}, true
	case "Africa/Nairobi":
		return words{"Nairobi", "Найроби", "Найроби", "Nairobi", "Nairobi", "نيروبي", "内罗毕"}, true
	case "Africa/Addis_Ababa":
		return words{"Addis Ababa", "Аддис-Абеба", "Аддис-Абеба", "Addis-Abeba", "Addis Abeba", "أديس أبابا", "亚的斯亚贝巴"}, true
	}
	return words{}, false
}
