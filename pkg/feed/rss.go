package feed

import (
	"encoding/xml"
	"strconv"
	"time"

	"github.com/gorilla/feeds"
)

// rss is gorilla's, with the namespaces of Atom and Dublin Core.
type rss struct {
	feeds.RssFeedXml
	Language            string      `xml:"xml:lang,attr,omitempty"`
	AtomNamespace       string      `xml:"xmlns:atom,attr"`
	DublinCoreNamespace string      `xml:"xmlns:dc,attr"`
	MediaNamespace      string      `xml:"xmlns:media,attr,omitempty"`
	Channel             *rssChannel `xml:"channel"`
}

// rssChannel is gorilla's, with a link to itself.
type rssChannel struct {
	feeds.RssFeed
	Self  rssAtomLink
	Items []*rssItem `xml:"item"`
}

// rssItem is gorilla's, with a language, lists of authors and categories, the time of its last change and links to
// other languages. RSS has no words of its own for these, or demands what we do not have (author is an e-mail
// address): they are Dublin Core's and Atom's.
type rssItem struct {
	feeds.RssItem
	XMLLang     string   `xml:"xml:lang,attr,omitempty"`
	Description string   `xml:"description,omitempty"`
	Categories  []string `xml:"category"`
	Creators    []string `xml:"dc:creator"`
	Language    string   `xml:"dc:language,omitempty"`
	Updated     string   `xml:"atom:updated"`
	Alternates  []rssAtomLink
	Media       *rssMedia
}

// rssMedia is the picture of an item (Media RSS 1.5.1, https://www.rssboard.org/media-rss).
type rssMedia struct {
	XMLName     xml.Name             `xml:"media:content"`
	URL         string               `xml:"url,attr"`
	Size        int64                `xml:"fileSize,attr,omitempty"`
	Type        string               `xml:"type,attr"`
	Medium      string               `xml:"medium,attr"`
	Width       int                  `xml:"width,attr,omitempty"`
	Height      int                  `xml:"height,attr,omitempty"`
	Language    string               `xml:"lang,attr,omitempty"`
	Description *rssMediaDescription `xml:"media:description"`
}

type rssMediaDescription struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

type rssAtomLink struct {
	XMLName  xml.Name `xml:"atom:link"`
	Rel      string   `xml:"rel,attr"`
	Type     string   `xml:"type,attr"`
	Href     string   `xml:"href,attr"`
	Hreflang string   `xml:"hreflang,attr,omitempty"`
}

// RSS writes the feed as RSS 2.0 (https://www.rssboard.org/rss-specification). The error names what the feed lacks.
func RSS(f *Feed) ([]byte, error) {
	f, err := prepare(f)
	if err != nil {
		return nil, err
	}
	channel := &rssChannel{
		RssFeed: feeds.RssFeed{
			Title:         f.Title,
			Link:          f.SiteURL,
			Description:   textAsHTML(f.Subtitle),
			Language:      f.Language,
			LastBuildDate: f.Updated.Format(time.RFC1123Z),
			Generator:     f.Generator,
			Docs:          "https://www.rssboard.org/rss-specification",
		},
		Self: rssAtomLink{Rel: "self", Type: "application/rss+xml", Href: f.SelfURL, Hreflang: f.Language},
	}
	if channel.Description == "" { // required
		channel.Description = textAsHTML(f.Title)
	}
	for i := range f.Entries {
		channel.Items = append(channel.Items, newRSSItem(&f.Entries[i]))
	}
	mediaNamespace := ""
	for _, item := range channel.Items {
		if item.Media != nil {
			mediaNamespace = "http://search.yahoo.com/mrss/"
		}
	}
	return encodeXML(&rss{
		RssFeedXml:          feeds.RssFeedXml{Version: "2.0", ContentNamespace: "http://purl.org/rss/1.0/modules/content/"},
		Language:            f.Language,
		AtomNamespace:       atomNamespace,
		DublinCoreNamespace: "http://purl.org/dc/elements/1.1/",
		MediaNamespace:      mediaNamespace,
		Channel:             channel,
	})
}

func newRSSItem(e *Entry) *rssItem {
	item := &rssItem{
		RssItem: feeds.RssItem{
			Title:   e.Title,
			Link:    e.Link,
			Content: &feeds.RssContent{Content: e.HTML},
			Guid:    &feeds.RssGuid{Id: e.ID, IsPermaLink: "false"},
			PubDate: e.Published.Format(time.RFC1123Z),
		},
		XMLLang:     e.Language,
		Description: textAsHTML(e.Summary), // a description is HTML
		Categories:  e.Categories,
		Creators:    e.Authors,
		Language:    e.Language,
		Updated:     e.Updated.Format(time.RFC3339),
	}
	for _, o := range e.Alternates {
		item.Alternates = append(item.Alternates, rssAtomLink{Rel: "alternate", Type: "text/html", Href: o.URL, Hreflang: o.Language})
	}
	if i := e.Image; i != nil {
		item.Media = &rssMedia{
			URL: i.URL, Size: i.Size, Type: i.Type, Medium: "image", Width: max(i.Width, 0), Height: max(i.Height, 0), Language: e.Language,
		}
		if i.Description != "" {
			item.Media.Description = &rssMediaDescription{"plain", i.Description}
		}
	}
	if files := e.enclosures(); len(files) > 0 {
		item.Enclosure = &feeds.RssEnclosure{
			Url: files[0].URL, Type: files[0].Type, Length: strconv.FormatInt(max(files[0].Size, 0), 10),
		}
	}
	return item
}
