// Package ui is everything that HTTP reaches: pages (ui/page, drawn by
// ui/look, worded by ui/words), the REST API under /api/v1, health.
//
// Its rules: every route stands in one table (route.go) with the action that
// it needs, so that a test can walk them all with every role; a handler returns
// an error and one place (respond.go) turns it into a status and a sentence;
// what the caller may not see is 404. Handlers decide nothing about rights
// themselves: auth's table and the store do.
//
// The same handlers serve HTTPS, the local socket and commands that run in the
// process. On the local socket the caller is the operator, named by the peer's
// user id, because whoever reaches it can read the data directory anyway.
package ui
