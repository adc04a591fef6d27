package ui

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

var rowID = regexp.MustCompile(`id="document-([a-z2-7]{26})"`)

// TestNewestFirst: what came in last is on top, page after page, and the list
// goes on where it stopped when the document that it stopped at has gone.
func TestNewestFirst(t *testing.T) {
	x := newBox(t, nil)
	c := x.collection(x.a, "Ordre", store.Grants{store.Everyone}, store.Grants{store.Everyone})
	var want []string
	for i := range documentPageSize + 3 {
		d := x.queue(x.a, c, fmt.Sprintf("note-%03d.txt", i), fmt.Sprintf("Une note, la numéro %d, assez longue pour être lue.", i))
		want = append([]string{d.ID}, want...)
		x.clock.advance(time.Second)
	}
	x.person(x.a, "claire", store.Admin)
	web := x.session(x.person(x.a, "ordonne", store.Member))
	list := func(path string) (ids []string, next string) {
		t.Helper()
		body := x.call(web, "GET", path, nil).body
		for _, m := range rowID.FindAllStringSubmatch(body, -1) {
			ids = append(ids, m[1])
		}
		if m := regexp.MustCompile(`href="/documents\?([^"]*cursor[^"]*)"`).FindStringSubmatch(body); m != nil {
			next = "/documents?" + m[1]
		}
		return ids, next
	}
	only := "/documents?" + url.Values{"collection": {c.ID}}.Encode()
	first, next := list(only)
	if !slices.Equal(first, want[:documentPageSize]) || next == "" {
		t.Fatalf("first page holds %d rows, newest on top: %v; next %q", len(first), slices.Equal(first, want[:len(first)]), next)
	}
	op := store.Operator("test")
	x.do(x.a, chain.DocumentDelete, func(tx *store.Tx) error { return tx.DeleteDocument(op, first[len(first)-1]) })
	next = regexp.MustCompile(`&amp;`).ReplaceAllString(next, "&")
	if rest, _ := list(next); !slices.Equal(rest, want[documentPageSize:]) {
		t.Fatalf("second page holds %d rows, want %d", len(rest), len(want)-documentPageSize)
	}
}
