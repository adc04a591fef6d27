package store

import (
	"errors"
	"time"
)

var errPartition = errors.New("passages do not partition the text")

// DeleteDocument moves a document to the bin: no search, answer or page shows
// it from the commit on, to anybody who may not write in its collection.
func (tx *Tx) DeleteDocument(p Principal, id string) error {
	d, _, err := tx.writable(p, id)
	if err != nil {
		return err
	}
	if !d.Deleted.IsZero() {
		return errNotFound
	}
	d.Deleted, d.DeletedBy = tx.t.now().UTC(), p.Actor.ID
	tx.Event.Object.Kind, tx.Event.Object.ID = "document", d.ID
	tx.touch(d)
	if err := tx.count(0, -1); err != nil {
		return err
	}
	if err := tx.deleteRaw("documents_by_name", nameKey(d.Collection, d.Name)); err != nil {
		return err
	}
	return documents.put(tx, []byte(d.ID), d)
}

// RestoreDocument takes a document out of the bin.
func (tx *Tx) RestoreDocument(p Principal, id string) error {
	d, c, err := tx.writable(p, id)
	if err != nil {
		return err
	}
	if d.Deleted.IsZero() {
		return errNotFound
	}
	if tx.getCopy("documents_by_name", nameKey(c.ID, d.Name)) != nil {
		return Fail(Conflict, "name-taken", "name", d.Name)
	}
	_, err = tx.leaveBin(d, c)
	return err
}

// leaveBin takes a document out of the bin under a name that is free in c, its
// collection.
func (tx *Tx) leaveBin(d Document, c Collection) (Document, error) {
	if err := tx.count(0, 1); err != nil {
		return d, err
	}
	d.Deleted, d.DeletedBy, d.Class = time.Time{}, "", c.Class
	tx.Event.Object.Kind, tx.Event.Object.ID = "document", d.ID
	tx.touch(d)
	if err := tx.putRaw("documents_by_name", nameKey(c.ID, d.Name), []byte(d.ID)); err != nil {
		return d, err
	}
	return d, documents.put(tx, []byte(d.ID), d)
}

// writable returns a document that p may change: NotFound where p may not even
// read it, and where it is in the bin, which exists for writers only; Denied
// where p may only read.
func (tx *Tx) writable(p Principal, id string) (Document, Collection, error) {
	d, err := documents.get(&tx.View, []byte(id))
	if err != nil {
		return d, Collection{}, err
	}
	c, err := tx.Collection(d.Collection)
	switch {
	case err != nil:
		return d, c, errNotFound
	case !p.MayRead(c) || !p.MayWrite(c) && !d.Deleted.IsZero():
		return d, c, hidden("document", id)
	case !p.MayWrite(c):
		return d, c, c.ReadOnly()
	}
	return d, c, nil
}
