package ui

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/page"
)

// exportOnly is the address of the export of one person, one collection or both;
// "" where the page is about neither.
func exportOnly(a sightAsked) string {
	u := url.Values{}
	if a.person.ID != "" {
		u.Set("person", a.person.ID)
	}
	if a.collection.ID != "" && a.title == "" {
		u.Set("collection", a.collection.ID)
	}
	if len(u) == 0 {
		return ""
	}
	return "/access/export?" + u.Encode()
}

// sightLine is one line of the export: a person and a collection that they may
// read; one of the two alone where it has no other.
type sightLine struct {
	user       store.User
	role       store.Role
	collection store.Collection
	documents  int
	writes     bool
	why        []page.SightWhy
}

// sightExport sends who may read which collection, and why, as a CSV (RFC 4180).
// The entry is committed before a byte is sent, with the file's hash.
func (q *request) sightExport() error {
	by, person, collection := q.r.FormValue("by"), q.r.FormValue("person"), q.r.FormValue("collection")
	if by != "" && by != "person" && by != "collection" {
		return store.Fail(store.Invalid, "bad-parameter", "name", "by")
	}
	var lines []sightLine
	err := q.view(func(v *store.View) (err error) { lines, err = q.sightLines(v, person, collection); return err })
	if err != nil {
		return err
	}
	slices.SortStableFunc(lines, func(a, b sightLine) int {
		people := cmp.Or(cmp.Compare(folded(a.user.Name), folded(b.user.Name)), cmp.Compare(a.user.ID, b.user.ID))
		names := cmp.Or(cmp.Compare(folded(a.collection.Name), folded(b.collection.Name)), cmp.Compare(a.collection.ID, b.collection.ID))
		if by == "collection" {
			return cmp.Or(names, people)
		}
		return cmp.Or(people, names)
	})
	text, err := q.sightTable(lines)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	ev := q.event(chain.RightsExport)
	ev.Detail = chain.Detail{"by": cmp.Or(by, "person"), "rows": len(lines), "sha256": hex.EncodeToString(sum[:])}
	for name, id := range map[string]string{"person": person, "collection": collection} {
		if id != "" {
			ev.Detail[name] = id
		}
	}
	if _, err := q.t.Record(q.r.Context(), q.p.Actor, ev); err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	name := "access-" + q.t.ID + "-" + time.Now().UTC().Format("2006-01-02-1504") + ".csv"
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	q.w.WriteHeader(http.StatusOK)
	_, err = q.w.Write(text)
	return err
}

// sightLines are the lines about everybody and everything, or only the person and
// collection named.
func (q *request) sightLines(v *store.View, person, collection string) (lines []sightLine, err error) {
	us, err := v.Users()
	if err != nil {
		return nil, err
	}
	gs, err := v.Groups()
	if err != nil {
		return nil, err
	}
	cs, err := v.Collections()
	if err != nil {
		return nil, err
	}
	counts, err := v.DocumentCounts()
	if err != nil {
		return nil, err
	}
	via, err := waysInto(v)
	us = slices.DeleteFunc(us, func(u store.User) bool { return person != "" && u.ID != person })
	cs = slices.DeleteFunc(cs, func(c store.Collection) bool { return collection != "" && c.ID != collection })
	if person != "" && len(us) == 0 || collection != "" && len(cs) == 0 {
		return nil, store.Fail(store.NotFound, "not-found")
	}
	in, read := groupsOf(gs), map[string]bool{}
	for _, u := range us {
		line := sightLine{user: u, role: u.Role}
		for _, g := range in[u.ID] {
			line.role = store.Strongest(line.role, g.Role)
		}
		sees := false
		for _, c := range cs {
			r := store.Reach{Collection: c, Reasons: store.ReasonsFor(c, u, in[u.ID])}
			if !r.Reads() {
				continue
			}
			sees, read[c.ID] = true, true
			line.collection, line.documents, line.writes, line.why = c, counts[c.ID], r.Writes(), q.whyOf(r, false, via, u.ID)
			lines = append(lines, line)
		}
		if !sees && collection == "" {
			lines = append(lines, sightLine{user: u, role: line.role})
		}
	}
	for _, c := range cs {
		if !read[c.ID] && person == "" {
			lines = append(lines, sightLine{collection: c, documents: counts[c.ID]})
		}
	}
	return lines, err
}

// sightTable writes the lines with a byte order mark, which spreadsheets need to
// read UTF-8, and nothing that one of them takes for a formula.
func (q *request) sightTable(lines []sightLine) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	l := q.lang
	err := w.Write([]string{
		l.T("sight.column-person"), l.T("sight.column-user"), l.T("sight.column-role"), l.T("sight.column-account"), l.T("sight.column-collection"), l.T("sight.column-may"),
		l.T("sight.column-why"), l.T("sight.column-documents"), l.T("sight.column-person-id"), l.T("sight.column-collection-id"),
	})
	for _, x := range lines {
		if err != nil {
			break
		}
		row := q.sightCells(x)
		for i := range row {
			row[i] = store.Harmless(row[i])
		}
		err = w.Write(row)
	}
	w.Flush()
	return b.Bytes(), cmp.Or(err, w.Error())
}

func (q *request) sightCells(x sightLine) []string {
	l := q.lang
	role, account, may, documents := "", "", l.T("sight.sees-nothing"), ""
	if x.user.ID != "" {
		role, account = l.Or("role", string(x.role)), l.T("sight.account-open")
		if x.user.Disabled {
			account = l.T("sight.account-closed")
		}
	}
	var why []string
	for _, r := range x.why {
		text := r.Text
		if r.Way != "" {
			text += " " + l.T("sight.way") + " " + r.Way + "."
		}
		why = append(why, text)
	}
	switch {
	case x.collection.ID != "" && x.user.ID == "":
		may = l.T("access.nobody")
	case x.writes:
		may = l.T("sight.writes")
	case x.collection.ID != "":
		may = l.T("sight.reads")
	}
	if x.collection.ID != "" {
		documents = strconv.Itoa(x.documents)
	}
	return []string{x.user.Name, x.user.Login, role, account, x.collection.Name, may, strings.Join(why, " "), documents, x.user.ID, x.collection.ID}
}
