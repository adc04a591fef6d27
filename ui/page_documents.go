package ui

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) documentRoutes() []route {
	return []route{
		{method: "GET", path: "/documents", may: auth.DocumentsRead, do: (*request).documentsPage},
		{method: "POST", path: "/documents", may: auth.DocumentsWrite, bulky: true, do: (*request).uploadForm},
		{method: "GET", path: "/documents/{id}", may: auth.DocumentsRead, do: (*request).documentPage},
		{method: "GET", path: "/documents/{id}/original", may: auth.DocumentsRead, do: (*request).originalPage},
		{method: "POST", path: "/documents/{id}/delete", may: auth.DocumentsWrite, do: (*request).deleteForm},
		{method: "POST", path: "/documents/{id}/restore", may: auth.DocumentsWrite, do: (*request).restoreForm},
		{method: "POST", path: "/documents/{id}/retry", may: auth.DocumentsWrite, do: (*request).retryForm},
	}
}

// wish is a value of the address. FormValue would read a body that is an
// upload still to come.
func (q *request) wish(name string) string { return q.r.URL.Query().Get(name) }

const documentPageSize = 100

func (q *request) documentsPage() error { return q.documentsList(http.StatusOK, nil) }

func (q *request) documentsList(status int, fault *look.Fault) error {
	v := page.Documents{
		Fault: fault,
		Frame: q.frame(look.Documents), Bin: q.wish("bin") != "", Query: q.wish("q"), Status: q.wish("status"),
		LimitBytes: q.s.MaxUpload,
	}
	if err := q.view(func(view *store.View) error { return q.fillDocuments(view, &v) }); err != nil {
		return err
	}
	if q.part() {
		return q.render(http.StatusOK, page.DocumentList(v))
	}
	return q.render(status, page.DocumentsPage(v))
}

func (q *request) fillDocuments(view *store.View, v *page.Documents) error {
	cs, err := view.ReadableCollections(q.p)
	if err != nil {
		return err
	}
	only := q.wish("collection")
	names, writable := map[string]string{}, map[string]bool{}
	v.Collections = []look.Choice{{Label: q.lang.T("ask.all-collections")}}
	for _, c := range cs {
		names[c.ID], writable[c.ID] = c.Name, q.p.MayWrite(c) && q.mayChange(auth.DocumentsWrite)
		v.Collections = append(v.Collections, look.Choice{Value: c.ID, Label: c.Name, Selected: c.ID == only})
		if writable[c.ID] {
			v.Targets = append(v.Targets, look.Choice{Value: c.ID, Label: c.Name, Selected: c.ID == only})
		}
	}
	people := peopleNames(view)
	all, err := q.newestFirst(view, store.DocumentFilter{Collection: only, Name: v.Query, Bin: v.Bin, Limit: 1000})
	if err != nil {
		return err
	}
	skip := q.wish("cursor")
	for _, d := range all {
		q.listDocument(v, d, skip, func() page.DocumentRow {
			return q.documentRow(d, names[d.Collection], people, writable[d.Collection])
		})
	}
	return q.countBin(view, v, only)
}

// newestFirst lists documents as people look for them: what has just come in,
// or has just gone into the bin, is on top.
func (q *request) newestFirst(view *store.View, f store.DocumentFilter) ([]store.Document, error) {
	var all []store.Document
	for {
		ds, next, err := view.Documents(q.p, f)
		if err != nil {
			return nil, err
		}
		all = append(all, ds...)
		if f.Cursor = next; next == "" {
			break
		}
	}
	slices.SortFunc(all, func(a, b store.Document) int { return strings.Compare(place(a), place(b)) })
	return all, nil
}

// place orders the list, and is the cursor that leads to the rest of it: it
// holds when the document that it was taken from has gone.
func place(d store.Document) string {
	when := d.Latest().Added
	if !d.Deleted.IsZero() {
		when = d.Deleted
	}
	return fmt.Sprintf("%019d-%s", math.MaxInt64-when.UnixNano(), d.ID)
}

// listDocument counts a document and adds it as a row where it is on this page.
func (q *request) listDocument(v *page.Documents, d store.Document, skip string, row func() page.DocumentRow) {
	switch d.Latest().Status {
	case store.Ready:
		v.Counts.Ready++
	case store.Failed:
		v.Counts.Failed++
	default:
		v.Counts.Working++
	}
	if v.Status != "" && v.Status != string(d.Latest().Status) {
		return
	}
	v.Total++
	if place(d) <= skip {
		return
	}
	if len(v.Rows) == documentPageSize {
		if v.Next == "" {
			u := url.Values{"cursor": {v.After}}
			for _, k := range []string{"q", "collection", "status", "bin"} {
				if s := q.wish(k); s != "" {
					u.Set(k, s)
				}
			}
			v.Next = "/documents?" + u.Encode()
		}
		return
	}
	v.Rows, v.After = append(v.Rows, row()), place(d)
}

func (q *request) countBin(view *store.View, v *page.Documents, collection string) error {
	if v.Bin {
		v.Counts = page.DocumentCounts{Binned: v.Total}
		return nil
	}
	ds, _, err := view.Documents(q.p, store.DocumentFilter{Collection: collection, Bin: true, Limit: 1000})
	v.Counts.Binned = len(ds)
	return err
}

// peopleNames maps user ids to display names.
func peopleNames(v *store.View) map[string]string {
	out := map[string]string{}
	all, err := v.Users()
	if err != nil {
		return out
	}
	for _, u := range all {
		out[u.ID] = u.Name
	}
	return out
}

// addedBy names who a version is from.
func (q *request) addedBy(ver store.Version, people map[string]string) string {
	switch name := people[ver.AddedBy]; {
	case ver.Via != store.InboxActor:
		return name
	case name != "":
		return q.lang.T("inbox.by-for", "name", name)
	}
	return q.lang.T("inbox.by")
}

func (q *request) documentRow(d store.Document, collection string, people map[string]string, canWrite bool) page.DocumentRow {
	last := d.Latest()
	row := page.DocumentRow{
		ID: d.ID, Title: titleOf(d), Name: d.Name, Collection: collection, Format: formatOf(d), State: string(last.Status),
		Receipt: receiptOf(last), Bytes: last.Bytes, Added: last.Added.Local(), By: q.addedBy(last, people), CanWrite: canWrite,
	}
	if !d.Deleted.IsZero() {
		row.State = page.Deleted
	}
	if last.Status == store.Failed {
		row.Fault = &look.Fault{Code: last.Code, Params: map[string]string{"name": d.Name}}
	}
	return row
}

func formatOf(d store.Document) string { return d.Latest().Format }

func receiptOf(v store.Version) page.Receipt {
	r := page.Receipt{Pages: v.Pages, Passages: v.Passages, Characters: v.Characters, Language: v.Lang, Extractor: v.Extractor}
	for _, w := range v.Warnings {
		r.Warnings = append(r.Warnings, page.Warning{Code: w.Code, Page: w.Page, N: w.N})
	}
	return r
}

// uploadForm takes files from the page: one by one from its script, or all
// together from a plain form.
func (q *request) uploadForm() error {
	name := ""
	var last store.Document
	n := 0
	err := q.eachFile(func(u upload) (err error) {
		name = u.name
		last, err = q.receive(u)
		n++
		return err
	})
	if q.r.Header.Get(page.PartHeader) == "" {
		return q.uploadedWithoutScript(n, err)
	}
	res := page.UploadResult{Frame: q.frame(look.Documents), Name: name, ID: last.ID}
	status := http.StatusAccepted
	if err != nil {
		if errors.Is(q.r.Context().Err(), http.ErrAbortHandler) {
			return err
		}
		p := asProblem(err)
		status, res.ID, res.Fault = p.status, "", &look.Fault{Code: p.code, Params: p.params}
	}
	return q.render(status, page.UploadLine(res))
}

// uploadedWithoutScript answers the plain form: the list again, with what went
// wrong above it.
func (q *request) uploadedWithoutScript(n int, err error) error {
	if err == nil {
		return q.done(nil, "/documents", "notice.documents-received", "n", strconv.Itoa(n))
	}
	p := asProblem(err)
	if p.status >= 500 || p.status == http.StatusNotFound {
		return err
	}
	return q.documentsList(p.status, &look.Fault{Code: p.code, Params: p.params})
}

func (q *request) deleteForm() error {
	d, err := q.document()
	if err != nil {
		return err
	}
	if err := q.deleteDocument(); err != nil {
		return err
	}
	q.notifyUndo(d.ID, "notice.document-binned", "name", titleOf(d))
	return q.see("/documents")
}

// restoreForm goes back to the bin where it was sent from there.
func (q *request) restoreForm() error {
	d, err := q.document()
	if err != nil {
		return err
	}
	path := "/documents"
	if q.r.PostFormValue("from") == "bin" {
		path = "/documents?bin=1"
	}
	return q.done(q.restoreDocument(), path, "notice.document-restored", "name", titleOf(d))
}

func (q *request) retryForm() error {
	d, err := q.document()
	if err != nil {
		return err
	}
	return q.done(q.retryDocument(), "/documents", "notice.document-retried", "name", titleOf(d))
}
