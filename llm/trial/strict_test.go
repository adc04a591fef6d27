package trial

import "coffre/store"

// Every entry that a test of this package writes must be in its action's schema.
func init() { store.Strict = true }
