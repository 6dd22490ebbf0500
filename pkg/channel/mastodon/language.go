package mastodon

import "strings"

// languageCode is the code under which Mastodon knows a language: ISO 639, and for Chinese with the region that stands
// for its script (https://github.com/mastodon/mastodon/blob/main/app/helpers/languages_helper.rb).
func languageCode(tag string) string {
	base, rest, _ := strings.Cut(tag, "-")
	if base != "zh" {
		return base
	}
	switch {
	case strings.Contains(rest, "HK"), strings.Contains(rest, "MO"):
		return "zh-HK"
	case strings.HasPrefix(rest, "Hant"), strings.Contains(rest, "TW"):
		return "zh-TW"
	case strings.HasPrefix(rest, "Hans"), strings.Contains(rest, "CN"):
		return "zh-CN"
	}
	return base
}
