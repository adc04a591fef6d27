package ui

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"coffre/store"
)

// restListMost is how many people, groups or collections a page of a list has,
// where the caller wants no fewer.
const restListMost = 1000

// cursorMost bounds a cursor in bytes: names have at most 200, which folding and
// base64 make longer.
const cursorMost = 4096

// jsonList answers with the page of all that comes after the request's cursor. key
// puts the list in order. A cursor is a place in that order: it holds when what it
// was taken from has gone, and opens nothing to somebody else, whose own list it
// only cuts.
func jsonList[T any](q *request, member string, all []T, key func(T) string) error {
	limit, err := q.number("limit", restListMost)
	if err != nil {
		return err
	}
	if limit == 0 || limit > restListMost {
		limit = restListMost
	}
	raw := q.r.FormValue("cursor")
	after, err := base64.RawURLEncoding.DecodeString(raw)
	if err != nil || len(raw) > cursorMost {
		return store.Fail(store.Invalid, "bad-parameter", "name", "cursor")
	}
	type place struct {
		key string
		of  T
	}
	var places []place
	for _, x := range all {
		if k := folded(key(x)); k > string(after) {
			places = append(places, place{k, x})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return strings.Compare(a.key, b.key) })
	out, cursor := []T{}, ""
	for _, p := range places[:min(limit, len(places))] {
		out = append(out, p.of)
	}
	if len(places) > limit {
		cursor = base64.RawURLEncoding.EncodeToString([]byte(places[limit-1].key))
	}
	return q.json(http.StatusOK, map[string]any{member: out, "cursor": cursor})
}
