// Package wording writes for people the few things that Carillon itself says beside an edition: dates and times with
// their zone, how far away a day is, the names of kinds and of languages, and short labels. It speaks Arabic, Chinese,
// English, French, Kazakh, Russian and Spanish; in any other language it says them in English rather than guess. It is
// pure, and it holds no sentence that staff could want to write themselves.
package wording
