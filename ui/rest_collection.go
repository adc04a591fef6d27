package ui

import (
	"net/http"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
)

func (s *Server) restCollectionRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/collections", may: auth.DocumentsRead, do: (*request).restCollections},
		{method: "POST", path: "/api/v1/collections", may: auth.CollectionsAdmin, do: (*request).restCollectionCreate},
		{method: "PATCH", path: "/api/v1/collections/{id}", may: auth.CollectionsAdmin, do: (*request).restCollectionUpdate},
		{method: "DELETE", path: "/api/v1/collections/{id}", may: auth.CollectionsAdmin, do: (*request).restCollectionDelete},
	}
}

type collectionJSON struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Readers  store.Grants `json:"readers,omitempty"`
	Writers  store.Grants `json:"writers,omitempty"`
	MayWrite bool         `json:"may_write"`
}

func (q *request) asCollectionJSON(c store.Collection) collectionJSON {
	out := collectionJSON{ID: c.ID, Name: c.Name, MayWrite: q.p.MayWrite(c)}
	if auth.Allowed(q.p, auth.CollectionsAdmin) {
		out.Readers, out.Writers = c.Readers, c.Writers
	}
	return out
}

// restCollections lists what the caller may read; whoever administers
// collections sees them all, without a right to their documents.
func (q *request) restCollections() error {
	find, out := newFinder(q.r.FormValue("q")), []collectionJSON{}
	err := q.view(func(v *store.View) error {
		list := func() ([]store.Collection, error) { return v.ReadableCollections(q.p) }
		if auth.Allowed(q.p, auth.CollectionsAdmin) {
			list = v.Collections
		}
		all, err := list()
		for _, c := range all {
			if find.in(c.Name) {
				out = append(out, q.asCollectionJSON(c))
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return jsonList(q, "collections", out, func(c collectionJSON) string { return c.Name + "\x00" + c.ID })
}

func (q *request) restCollectionCreate() error {
	var in store.Collection
	if err := q.decode(&in); err != nil {
		return err
	}
	c := store.Collection{Name: in.Name, Readers: in.Readers, Writers: in.Writers}
	_, err := q.update(chain.CollectionCreate, func(tx *store.Tx) (err error) { c, err = tx.CreateCollection(c); return err })
	if err != nil {
		return err
	}
	return q.json(http.StatusCreated, q.asCollectionJSON(c))
}

func (q *request) restCollectionUpdate() error {
	var in struct {
		Name    *string       `json:"name"`
		Readers *store.Grants `json:"readers"`
		Writers *store.Grants `json:"writers"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	var c store.Collection
	_, err := q.update(chain.CollectionUpdate, func(tx *store.Tx) (err error) {
		if c, err = tx.Collection(q.r.PathValue("id")); err != nil {
			return err
		}
		if in.Name != nil {
			c.Name = *in.Name
		}
		if in.Readers != nil {
			c.Readers = *in.Readers
		}
		if in.Writers != nil {
			c.Writers = *in.Writers
		}
		return tx.UpdateCollection(c)
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, q.asCollectionJSON(c))
}

func (q *request) restCollectionDelete() error {
	_, err := q.update(chain.CollectionDelete, func(tx *store.Tx) error { return tx.DeleteCollection(q.r.PathValue("id")) })
	return q.noContent(err)
}
