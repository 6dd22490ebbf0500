// Package browser looks at the pages as people do, in a real browser. It holds tests only, behind the build tag 'outside':
// they need Chromium.
package browser
