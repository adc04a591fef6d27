package main

import "coffre/store"

// Every entry that a test writes must be in its action's schema.
func init() { store.Strict = true }
