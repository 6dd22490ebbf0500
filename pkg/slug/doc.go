// Package slug makes slugs of names in any script: "Всемирный день здоровья" becomes vsemirnyy-den-zdorovya. It writes
// other scripts in Latin letters, as people who have no keyboard for them do; it translates nothing and knows nothing
// of a word's meaning. It is pure and deterministic, since a slug is an address for ever: what it makes of a name must
// never change. It refuses a name with letters that it cannot write, because what is left could name another post.
package slug
