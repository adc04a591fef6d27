package store

import (
	"context"
	"strings"
)

type requestKey struct{}

// WithRequest puts the id of an HTTP request into a context: entries, log lines
// and calls to the model runtime that come of it bear the same one.
func WithRequest(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// RequestOf is the id that WithRequest put there, "" for work that no request
// asked for.
func RequestOf(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// ValidID tells whether s has the form of NewID's: nothing that a person typed.
func ValidID(s string) bool {
	return len(s) == 26 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}
