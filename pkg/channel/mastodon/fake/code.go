package fake

import "sync"

// maxCodes is how many codes may be waiting.
const maxCodes = 1000

// codes are what people who log in with a browser hand to their application. They do not survive a restart.
type codes struct {
	mu      sync.Mutex
	waiting map[string]grant
}

type grant struct{ accountID, client string }

func (c *codes) add(accountID, client string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting == nil || len(c.waiting) >= maxCodes {
		c.waiting = map[string]grant{}
	}
	code := secret()
	c.waiting[code] = grant{accountID, client}
	return code
}

// take uses up a code.
func (c *codes) take(code, client string) (accountID string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g, ok := c.waiting[code]
	if !ok || g.client != client {
		return "", false
	}
	delete(c.waiting, code)
	return g.accountID, true
}
