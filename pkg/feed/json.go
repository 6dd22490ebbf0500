package feed

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/gorilla/feeds"
)

// jsonFeed is gorilla's; its list of items is there even when it is empty, as the format demands.
type jsonFeed struct {
	feeds.JSONFeed
	Items []*jsonItem `json:"items"`
}

// jsonItem is gorilla's, with a language, and with the pages in other languages as an extension.
type jsonItem struct {
	feeds.JSONItem
	Language    string           `json:"language,omitempty"`
	Attachments []jsonAttachment `json:"attachments,omitempty"`
	Extension   *jsonExtension   `json:"_carillon,omitempty"`
}

// jsonAttachment is not gorilla's, which has another name for the size and no room for more than 2 GiB.
type jsonAttachment struct {
	URL   string `json:"url"`
	Type  string `json:"mime_type"`
	Title string `json:"title,omitempty"`
	Size  int64  `json:"size_in_bytes,omitempty"`
}

// jsonExtension holds what JSON Feed has no word for (https://www.jsonfeed.org/version/1.1/, 'Extensions').
type jsonExtension struct {
	Alternates []jsonAlternate `json:"alternates"`
}

type jsonAlternate struct {
	Language string `json:"language"`
	URL      string `json:"url"`
}

// JSON writes the feed as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). The error names what the feed lacks.
func JSON(f *Feed) ([]byte, error) {
	f, err := prepare(f)
	if err != nil {
		return nil, err
	}
	j := jsonFeed{
		JSONFeed: feeds.JSONFeed{
			Version:     "https://jsonfeed.org/version/1.1",
			Title:       f.Title,
			Language:    f.Language,
			HomePageUrl: f.SiteURL,
			FeedUrl:     f.SelfURL,
			Description: f.Subtitle,
			Authors:     []*feeds.JSONAuthor{{Name: f.Author}},
		},
		Items: make([]*jsonItem, 0, len(f.Entries)),
	}
	for i := range f.Entries {
		j.Items = append(j.Items, newJSONItem(&f.Entries[i]))
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // it is no part of an HTML page, and stays readable
	e.SetIndent("", "  ")
	if err := e.Encode(&j); err != nil {
		return nil, fmt.Errorf("feed: writing JSON: %w", err)
	}
	return b.Bytes(), nil
}

func newJSONItem(e *Entry) *jsonItem {
	item := &jsonItem{
		JSONItem: feeds.JSONItem{
			Id:            e.ID,
			Url:           e.Link,
			Title:         e.Title,
			ContentHTML:   e.HTML,
			Summary:       e.Summary,
			PublishedDate: &e.Published,
			ModifiedDate:  &e.Updated,
			Tags:          e.Categories,
		},
		Language: e.Language,
	}
	if item.ContentHTML == "" { // one of the two is required
		item.ContentText = e.Summary
		if item.ContentText == "" {
			item.ContentText = e.Title
		}
	}
	if e.Image != nil {
		item.Image = e.Image.URL
	}
	for _, name := range e.Authors {
		item.Authors = append(item.Authors, &feeds.JSONAuthor{Name: name})
	}
	for _, a := range e.enclosures() {
		item.Attachments = append(item.Attachments, jsonAttachment{
			URL: a.URL, Type: a.Type, Title: a.Title, Size: max(a.Size, 0),
		})
	}
	for _, a := range e.Alternates {
		if item.Extension == nil {
			item.Extension = &jsonExtension{}
		}
		item.Extension.Alternates = append(item.Extension.Alternates, jsonAlternate(a))
	}
	return item
}
