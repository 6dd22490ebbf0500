package carillon

// Role says what the holder of a token may do. Each role may do what the one before it may.
type Role string

// The roles, from the least.
const (
	Author        Role = "author"        // reads, and keeps drafts
	Editor        Role = "editor"        // also releases, holds, corrects and withdraws
	Administrator Role = "administrator" // also makes and revokes tokens
)

// Roles are all roles, from the least.
func Roles() []Role { return []Role{Author, Editor, Administrator} }

// rank orders the roles; 0 is none of them.
func (r Role) rank() int {
	switch r {
	case Author:
		return 1
	case Editor:
		return 2
	case Administrator:
		return 3
	}
	return 0
}

// Valid reports whether r is one of the roles.
func (r Role) Valid() bool { return r.rank() > 0 }

// Includes reports whether r may do what least may. What is no role includes nothing, and nothing includes it.
func (r Role) Includes(least Role) bool { return least.Valid() && r.rank() >= least.rank() }
