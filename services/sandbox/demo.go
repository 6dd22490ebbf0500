package sandbox

// What the demonstration's channels need to reach the sandbox. The tokens are no secrets: they open nothing but it.
const (
	MastodonToken   = "sandbox-mastodon-token"
	MastodonAccount = "office"

	SlackToken   = "sandbox-slack-token"
	SlackAPI     = "/slack/api/" // below the sandbox's URL
	PressChannel = "C0PRESS"
	StaffChannel = "C0STAFF"
)

// Names by which people see them.
const (
	instanceTitle = "Carillon sandbox"
	officeName    = "The office"
	teamName      = "Sandbox"
	botName       = "carillon"
	pressName     = "press"
	staffName     = "staff"
)
