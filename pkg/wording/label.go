package wording

// Label says one of the few labels there are, and the two sentences of the pages that have nothing to show. What is not
// a label is "".
func Label(language string, l LabelKey) string {
	switch l {
	case When:
		return words{"When", "Когда", "Қашан", "Quand", "Cuándo", "متى", "时间"}.in(language)
	case Where:
		return words{"Where", "Где", "Қайда", "Où", "Dónde", "أين", "地点"}.in(language)
	case Deadline:
		return words{"Deadline", "Крайний срок", "Соңғы мерзімі", "Date limite", "Fecha límite", "الموعد النهائي", "截止日期"}.in(language)
	case ContactLabel:
		return words{"Contact", "Контакты", "Байланыс", "Contact", "Contacto", "للاتصال", "联系方式"}.in(language)
	case Phone:
		return words{"Phone", "Телефон", "Телефон", "Téléphone", "Teléfono", "الهاتف", "电话"}.in(language)
	case Email:
		return words{"E-mail", "Эл. почта", "Эл. пошта", "Courriel", "Correo electrónico", "البريد الإلكتروني", "电子邮件"}.in(language)
	case EventPage:
		return words{"Event page", "Страница мероприятия", "Іс-шараның беті", "Page de l’événement", "Página del evento", "صفحة الفعالية", "活动网页"}.in(language)
	case Attachments:
		return words{"Attachments", "Вложения", "Тіркемелер", "Pièces jointes", "Archivos adjuntos", "المرفقات", "附件"}.in(language)
	case Links:
		return words{"Links", "Ссылки", "Сілтемелер", "Liens", "Enlaces", "روابط", "链接"}.in(language)
	case Tags:
		return words{"Topics", "Темы", "Тақырыптар", "Thèmes", "Temas", "المواضيع", "主题"}.in(language)
	case Authors:
		return words{"Issued by", "Источник", "Дереккөз", "Publié par", "Publicado por", "صادر عن", "发布者"}.in(language)
	case ReadMore:
		return words{"Read more", "Читать полностью", "Толығырақ оқу", "Lire la suite", "Leer más", "اقرأ المزيد", "阅读全文"}.in(language)
	case OtherLanguages:
		return words{"Other languages", "На других языках", "Басқа тілдерде", "Autres langues", "Otros idiomas", "لغات أخرى", "其他语文"}.in(language)
	case Published:
		return words{"Published", "Опубликовано", "Жарияланды", "Publié le", "Publicado", "تاريخ النشر", "发布日期"}.in(language)
	case Updated:
		return words{"Updated", "Обновлено", "Жаңартылды", "Mis à jour le", "Actualizado", "تاريخ التحديث", "更新日期"}.in(language)
	case Feeds:
		return words{"Feeds", "Ленты новостей", "Жаңалықтар таспалары", "Flux", "Canales de noticias", "خلاصات الأخبار", "订阅源"}.in(language)
	case AllPosts:
		return words{"All posts", "Все материалы", "Барлық материалдар", "Tous les contenus", "Todos los contenidos", "جميع المواد", "全部内容"}.in(language)
	case Newer:
		return words{"Newer", "Более новые", "Жаңарақ", "Plus récent", "Más recientes", "الأحدث", "较新内容"}.in(language)
	case Older:
		return words{"Older", "Более ранние", "Ертерек", "Plus ancien", "Anteriores", "الأقدم", "较早内容"}.in(language)
	case NoPosts:
		return words{
			"Nothing has been published here yet.", "Здесь пока ничего не опубликовано.", "Мұнда әлі ештеңе жарияланған жоқ.",
			"Rien n’a encore été publié ici.", "Aquí aún no se ha publicado nada.", "لم يُنشر شيء هنا بعد.", "此处尚未发布任何内容。",
		}.in(language)
	case Withdrawn:
		return words{"Withdrawn", "Отозвано", "Қайтарып алынды", "Retiré", "Retirado", "مسحوب", "已撤回"}.in(language)
	case WithdrawnText:
		return words{
			"This page has been withdrawn by the office that published it.",
			"Эта страница отозвана опубликовавшим её офисом.",
			"Бұл бетті оны жариялаған кеңсе қайтарып алды.",
			"Cette page a été retirée par le bureau qui l’avait publiée.",
			"Esta página ha sido retirada por la oficina que la publicó.",
			"سُحبت هذه الصفحة من قِبل المكتب الذي نشرها.",
			"本页已由发布机构撤回。",
		}.in(language)
	case NotFound:
		return words{"Page not found", "Страница не найдена", "Бет табылмады", "Page introuvable", "Página no encontrada", "الصفحة غير موجودة", "找不到网页"}.in(language)
	case NotFoundText:
		return words{
			"There is no page at this address. It may have been mistyped.",
			"По этому адресу страницы нет. Возможно, в нём опечатка.",
			"Бұл мекенжайда бет жоқ. Мекенжай қате терілген болуы мүмкін.",
			"Il n’y a pas de page à cette adresse. Elle contient peut-être une faute de frappe.",
			"No hay ninguna página en esta dirección. Puede que esté mal escrita.",
			"لا توجد صفحة في هذا العنوان. ربما كُتب العنوان خطأً.",
			"此地址没有网页，可能输入有误。",
		}.in(language)
	case Home:
		return words{"Home", "Главная", "Басты бет", "Accueil", "Inicio", "الصفحة الرئيسية", "首页"}.in(language)
	case SkipToContent:
		return words{"Skip to content", "Перейти к содержанию", "Мазмұнға өту", "Aller au contenu", "Ir al contenido", "انتقل إلى المحتوى", "跳到正文"}.in(language)
	}
	return ""
}

// LabelKey is one of the labels below.
type LabelKey string

// The labels.
const (
	When           LabelKey = "when"
	Where          LabelKey = "where"
	Deadline       LabelKey = "deadline"
	ContactLabel   LabelKey = "contact"
	Phone          LabelKey = "phone"
	Email          LabelKey = "email"
	EventPage      LabelKey = "event page"
	Attachments    LabelKey = "attachments"
	Links          LabelKey = "links"
	Tags           LabelKey = "tags"
	Authors        LabelKey = "authors"
	ReadMore       LabelKey = "read more"
	OtherLanguages LabelKey = "other languages"
	Published      LabelKey = "published" // stands before a date
	Updated        LabelKey = "updated"   // stands before a date
	Feeds          LabelKey = "feeds"
	AllPosts       LabelKey = "all posts"
	Newer          LabelKey = "newer"
	Older          LabelKey = "older"
	NoPosts        LabelKey = "no posts" // a sentence
	Withdrawn      LabelKey = "withdrawn"
	WithdrawnText  LabelKey = "withdrawn text" // a sentence
	NotFound       LabelKey = "not found"
	NotFoundText   LabelKey = "not found text" // a sentence
	Home           LabelKey = "home"
	SkipToContent  LabelKey = "skip to content"
)

// Labels lists every label.
func Labels() []LabelKey {
	return []LabelKey{
		When, Where, Deadline, ContactLabel, Phone, Email, EventPage, Attachments, Links, Tags, Authors, ReadMore,
		OtherLanguages, Published, Updated, Feeds, AllPosts, Newer, Older, NoPosts, Withdrawn, WithdrawnText, NotFound,
		NotFoundText, Home, SkipToContent,
	}
}
