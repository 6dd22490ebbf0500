package deliver

import (
	"fmt"

	"carillon.example/pkg/channel"
	"carillon.example/pkg/event"
)

// attempt is a try to show the part that an intent is about. Without parts it can only be looked for.
func (w *worker) attempt(item event.Item, content channel.Content, d *event.Delivery, parts []channel.Part, intent event.Intent) channel.Attempt {
	post := item.Post
	switch {
	case item.IsReminder():
		post = item.Occurrence
	case item.IsNotice():
		post = item.Notice
	}
	a := channel.Attempt{
		Key: intent.Key, Before: receipts(d, intent.Part), Post: post, Language: content.Language, Revision: intent.Revision,
		Permalink: content.Permalink,
	}
	if intent.Part < len(parts) {
		a.Part = parts[intent.Part]
		media, _ := mediaOf(d, intent.Part, &a.Part, w.now())
		for _, m := range media {
			a.Media = append(a.Media, m.ID)
		}
	}
	return a
}

// appearances counts how often an item has been shown anew, the action included. A create after a withdrawal is another
// appearance; one that is tried again is the same.
func appearances(d *event.Delivery, action event.Action) int {
	switch {
	case d == nil:
		return 1
	case (action == event.Create || action == event.Upload) && d.State == event.DeliveryWithdrawn:
		return d.Appearances + 1
	}
	return max(d.Appearances, 1)
}

// key makes a part of an appearance recognisable at the other end. It counts appearances: a post released again after a
// withdrawal is a new status. So is a part that comes again after the thread was shorter.
func (w *worker) key(item event.Item, content channel.Content, d *event.Delivery, intent event.Intent) string {
	appearance := appearances(d, intent.Action)
	key := fmt.Sprintf("carillon-%s-%s-%s-%d", item.Channel, item.Occurrence, item.Lead, appearance)
	switch {
	case item.IsNotice():
		key = fmt.Sprintf("carillon-%s-notice-%s-%d", item.Channel, item.Notice, appearance)
	case item.IsPost():
		key = fmt.Sprintf("carillon-%s-%s-%d", item.Channel, content.Edition.ID, appearance)
	}
	if intent.Part > 0 {
		key += fmt.Sprintf("-%d", intent.Part+1)
		if d.Dropped > 0 {
			key += fmt.Sprintf("-%d", d.Dropped+1)
		}
	}
	return key
}
