// Package slack drives a channel of a Slack workspace: what an edition or a reminder looks like there (Block Kit, composed
// purely; one message, or a thread where staff ask for it; the post's image by its public address), the calls of Slack's Web
// API that show, change and take back a message, and what Slack's answers mean. A message carries its key as invisible
// metadata, by which it is found again after a lost answer.
//
// It refuses to retry, to wait and to log; to mention anybody because of what an edition says; and to send what Slack
// would not take.
package slack
