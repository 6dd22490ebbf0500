// Package feeds is the public site: a page for every edition, a page and feeds for every language, and for all of them.
// It reads POSTS into a projection and serves what it finds there; documents are rendered once and kept until the
// projection changes. The files that posts name it fetches from the log and keeps at hand on disk. It refuses to know anything that is not public: drafts, embargoes and deliveries are not in the
// stream it reads, and it takes nothing from those who ask but the address.
package feeds
