package ui

import (
	"context"
	"net/http"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
)

func (s *Server) restDocumentRoutes() []route {
	return []route{
		{method: "POST", path: "/api/v1/documents", may: auth.DocumentsWrite, bulky: true, do: (*request).restUpload},
		{method: "GET", path: "/api/v1/documents", may: auth.DocumentsRead, do: (*request).restDocuments},
		{method: "GET", path: "/api/v1/documents/{id}", may: auth.DocumentsRead, do: (*request).restDocument},
		{method: "DELETE", path: "/api/v1/documents/{id}", may: auth.DocumentsWrite, do: (*request).restDocumentDelete},
		{method: "POST", path: "/api/v1/documents/{id}/restore", may: auth.DocumentsWrite, do: (*request).restDocumentRestore},
		{method: "POST", path: "/api/v1/documents/{id}/retry", may: auth.DocumentsWrite, do: (*request).restDocumentRetry},
		{method: "GET", path: "/api/v1/documents/{id}/content", may: auth.DocumentsRead, do: (*request).restContent},
	}
}

type versionJSON struct {
	ID         string          `json:"id"`
	Status     string          `json:"status"`
	Code       string          `json:"code,omitempty"`
	SHA256     string          `json:"sha256"`
	TextSHA256 string          `json:"text_sha256,omitempty"`
	Extractor  string          `json:"extractor,omitempty"`
	Format     string          `json:"format,omitempty"`
	Lang       string          `json:"lang,omitempty"`
	Bytes      int64           `json:"bytes"`
	Pages      int             `json:"pages"`
	Passages   int             `json:"passages"`
	Characters int             `json:"characters"`
	Warnings   []store.Warning `json:"warnings"`
	Added      time.Time       `json:"added"`
	AddedBy    string          `json:"added_by"`
	Via        string          `json:"via,omitempty"` // inbox; absent for an upload
}

type documentJSON struct {
	ID         string        `json:"id"`
	Title      string        `json:"title"`
	Name       string        `json:"name"`
	Collection string        `json:"collection"`
	Status     string        `json:"status"`
	Code       string        `json:"code,omitempty"`
	Version    string        `json:"version,omitempty"`
	Deleted    *time.Time    `json:"deleted,omitempty"`
	Versions   []versionJSON `json:"versions"`
}

func asDocumentJSON(d store.Document) documentJSON {
	last := d.Latest()
	out := documentJSON{ID: d.ID, Title: titleOf(d), Name: d.Name, Collection: d.Collection, Status: string(last.Status), Code: last.Code, Version: d.Current}
	if !d.Deleted.IsZero() {
		out.Status, out.Deleted = "deleted", &d.Deleted
	}
	for _, v := range d.Versions {
		j := versionJSON{v.ID, string(v.Status), v.Code, v.SHA256, v.TextSHA256, v.Extractor, v.Format, v.Lang, v.Bytes, v.Pages, v.Passages, v.Characters, v.Warnings, v.Added, v.AddedBy, v.Via}
		if j.Warnings == nil {
			j.Warnings = []store.Warning{}
		}
		out.Versions = append(out.Versions, j)
	}
	return out
}

func titleOf(d store.Document) string {
	if d.Title != "" {
		return d.Title
	}
	return d.Name
}

// receive stores one file: the original first, then document and job in one
// commit. The right to the collection is checked before a byte is read.
func (q *request) receive(u upload) (store.Document, error) {
	var d store.Document
	collection, err := q.writable(u.collection)
	if err != nil {
		return d, err
	}
	o, err := q.t.ReceiveFile(u.body, q.s.MaxUpload)
	if err != nil {
		return d, q.uploadFault(err)
	}
	// The file is here: that the sender goes away now changes nothing.
	ctx := context.WithoutCancel(q.r.Context())
	_, err = q.t.Update(ctx, q.p.Actor, q.event(chain.DocumentAdd), func(tx *store.Tx) (err error) {
		d, _, err = tx.AddDocument(q.p, store.NewDocument{Collection: collection, Name: u.name, SHA256: o.SHA256, Bytes: o.Bytes})
		return err
	})
	if err == nil {
		q.s.Ingest.Wake()
	}
	return d, err
}

// writable resolves a collection's id, or the only one that may be written.
func (q *request) writable(id string) (string, error) {
	err := q.view(func(v *store.View) error {
		all, err := v.ReadableCollections(q.p)
		if err != nil {
			return err
		}
		var writable []string
		for _, c := range all {
			if q.p.MayWrite(c) {
				writable = append(writable, c.ID)
			}
			if c.ID == id && !q.p.MayWrite(c) {
				return c.ReadOnly()
			}
			if c.ID == id {
				return nil
			}
		}
		if id == "" && len(writable) == 1 {
			id = writable[0]
			return nil
		}
		if id == "" {
			return store.Fail(store.Invalid, "collection-missing")
		}
		return v.NoCollection(id)
	})
	return id, err
}

func (q *request) restUpload() error {
	var out []map[string]string
	err := q.eachFile(func(u upload) error {
		d, err := q.receive(u)
		if err == nil {
			out = append(out, map[string]string{"id": d.ID, "status": string(d.Latest().Status), "version": d.Latest().ID})
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(out) == 1 {
		return q.json(http.StatusAccepted, out[0])
	}
	return q.json(http.StatusAccepted, map[string]any{"documents": out})
}

func (q *request) restDocuments() error {
	limit, err := q.number("limit", 100)
	if err != nil {
		return err
	}
	f := store.DocumentFilter{
		Collection: q.r.FormValue("collection"), Name: q.r.FormValue("q"), Bin: q.r.FormValue("bin") != "",
		Cursor: q.r.FormValue("cursor"), Limit: limit,
	}
	out := []documentJSON{}
	next := ""
	err = q.view(func(v *store.View) error {
		ds, n, err := v.Documents(q.p, f)
		for _, d := range ds {
			out = append(out, asDocumentJSON(d))
		}
		next = n
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"documents": out, "cursor": next})
}

func (q *request) document() (d store.Document, err error) {
	err = q.view(func(v *store.View) (err error) { d, err = v.Document(q.p, q.r.PathValue("id")); return err })
	return d, err
}

func (q *request) restDocument() error {
	d, err := q.document()
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, asDocumentJSON(d))
}

func (q *request) deleteDocument() error {
	_, err := q.update(chain.DocumentDelete, func(tx *store.Tx) error { return tx.DeleteDocument(q.p, q.r.PathValue("id")) })
	return err
}

func (q *request) restoreDocument() error {
	_, err := q.update(chain.DocumentRestore, func(tx *store.Tx) error { return tx.RestoreDocument(q.p, q.r.PathValue("id")) })
	return err
}

func (q *request) retryDocument() error {
	_, err := q.update(chain.JobRetry, func(tx *store.Tx) error {
		_, err := tx.RetryDocument(q.p, q.r.PathValue("id"))
		return err
	})
	if err == nil {
		q.s.Ingest.Wake()
	}
	return err
}

func (q *request) noContent(err error) error {
	if err == nil {
		q.w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (q *request) restDocumentDelete() error  { return q.noContent(q.deleteDocument()) }
func (q *request) restDocumentRestore() error { return q.noContent(q.restoreDocument()) }
func (q *request) restDocumentRetry() error   { return q.noContent(q.retryDocument()) }
