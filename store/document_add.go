package store

import (
	"cmp"
	"path"
	"strings"
	"unicode/utf8"
)

// NewDocument is a file that has arrived: its original lies in files/ already.
type NewDocument struct {
	Collection string
	Name       string
	Title      string // "" until extraction finds one
	SHA256     string
	Bytes      int64
	AddedBy    string // "" for who acts
	Via        string // "" for an upload
}

// AddDocument puts a document and its extraction job. The same bytes under the
// same name in the same collection are the document that is there already
// (added is false); other bytes are its next version.
func (tx *Tx) AddDocument(p Principal, n NewDocument) (d Document, added bool, err error) {
	c, err := tx.Collection(n.Collection)
	if err != nil || !p.MayRead(c) {
		return d, false, tx.NoCollection(n.Collection)
	}
	if !p.MayWrite(c) {
		return d, false, c.ReadOnly()
	}
	n.Name = cleanName(n.Name)
	key := nameKey(c.ID, n.Name)
	d = Document{Collection: c.ID, Class: c.Class, Name: n.Name, Title: n.Title}
	if id := tx.getCopy("documents_by_name", key); id != nil {
		old, err := documents.get(&tx.View, id)
		if err != nil {
			return d, false, err
		}
		if old.Deleted.IsZero() {
			d = old
			if last := d.Latest(); last.SHA256 == n.SHA256 && last.Status != Failed {
				tx.Event.Object.Kind, tx.Event.Object.ID = "document", d.ID
				tx.Event.Detail["unchanged"] = true
				return d, false, nil
			}
		}
	}
	fresh := int64(0)
	if d.ID == "" {
		fresh = 1
	}
	if err := tx.count(n.Bytes, fresh); err != nil {
		return d, false, err
	}
	if d.ID == "" {
		d.ID = NewID()
		if d.Ordinal, err = tx.next("document"); err != nil {
			return d, false, err
		}
		if err := tx.putRaw("ordinals", u32(d.Ordinal), []byte(d.ID)); err != nil {
			return d, false, err
		}
		if err := tx.putRaw("documents_by_name", key, []byte(d.ID)); err != nil {
			return d, false, err
		}
	}
	v := Version{ID: NewID(), SHA256: n.SHA256, Bytes: n.Bytes, Status: Queued, Added: tx.t.now().UTC(), AddedBy: cmp.Or(n.AddedBy, p.Actor.ID), Via: n.Via}
	d.Versions = append(d.Versions, v)
	tx.Event.Object.Kind, tx.Event.Object.ID = "document", d.ID
	tx.Event.Detail["version"], tx.Event.Detail["bytes"], tx.Event.Detail["collection"] = v.ID, n.Bytes, c.ID
	tx.Event.Private["name"], tx.Event.Private["sha256"] = n.Name, n.SHA256
	if err := documents.put(tx, []byte(d.ID), d); err != nil {
		return d, false, err
	}
	return d, true, tx.putJob(Job{Document: d.ID, Version: v.ID})
}

// nameKey is where the document of a name in a collection is found.
func nameKey(collection, name string) []byte {
	return []byte(collection + "\x00" + strings.ToLower(name))
}

// cleanName keeps the last element of a path as UTF-8 of at most 255 bytes.
func cleanName(name string) string {
	name = strings.ToValidUTF8(strings.ReplaceAll(name, "\\", "/"), "\uFFFD")
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, path.Base(name))
	for len(name) > 255 {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	if name == "" || name == "." || name == "/" {
		return "document"
	}
	return name
}
