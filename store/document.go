package store

import (
	"slices"
	"strings"
	"time"
)

// Status is where a version stands.
type Status string

// The states of a version.
const (
	Queued Status = "queued"
	Ready  Status = "ready"
	Failed Status = "failed"
)

// Warning is something about a file that its reader should know.
type Warning struct {
	Code string `json:"code"`
	Page int    `json:"page,omitempty"`
	N    int    `json:"n,omitempty"`
}

// Version is one content of a document: an original and what was extracted.
// Its passages have the ordinals First … First+Passages-1.
type Version struct {
	ID         string    `json:"id"`
	SHA256     string    `json:"sha256"`
	TextSHA256 string    `json:"text_sha256,omitempty"`
	Extractor  string    `json:"extractor,omitempty"`
	Format     string    `json:"format,omitempty"`
	Lang       string    `json:"lang,omitempty"`
	Bytes      int64     `json:"bytes"`
	TextBytes  int       `json:"text_bytes"`
	Characters int       `json:"characters"`
	Pages      int       `json:"pages"`
	First      uint32    `json:"first,omitempty"`
	Passages   int       `json:"passages"`
	Status     Status    `json:"status"`
	Code       string    `json:"code,omitempty"` // why it failed
	Warnings   []Warning `json:"warnings,omitempty"`
	Added      time.Time `json:"added"`
	AddedBy    string    `json:"added_by"`
	Via        string    `json:"via,omitempty"` // InboxActor; "" for an upload
}

// Document is a file that staff put in, with its versions, oldest first.
type Document struct {
	ID         string    `json:"id"`
	Ordinal    uint32    `json:"ordinal"`
	Collection string    `json:"collection"`
	Class      uint32    `json:"class"`
	Name       string    `json:"name"` // file name
	Title      string    `json:"title"`
	Current    string    `json:"current,omitempty"` // the version that answers; "" before the first is ready
	Versions   []Version `json:"versions"`
	Deleted    time.Time `json:"deleted,omitzero"`
	DeletedBy  string    `json:"deleted_by,omitempty"`
}

var documents = table[Document]("documents")

// effectiveClass is 0 while nothing of the document may answer.
func (d Document) effectiveClass() uint32 {
	if !d.Deleted.IsZero() || d.Current == "" {
		return 0
	}
	return d.Class
}

// Version returns a version by id, "" meaning the current one.
func (d Document) Version(id string) (Version, bool) {
	if id == "" {
		id = d.Current
	}
	i := slices.IndexFunc(d.Versions, func(v Version) bool { return v.ID == id })
	if i < 0 {
		return Version{}, false
	}
	return d.Versions[i], true
}

// Latest is the version added last, ready or not.
func (d Document) Latest() Version {
	if len(d.Versions) == 0 {
		return Version{} // no such document is ever written; a damaged record may be one
	}
	return d.Versions[len(d.Versions)-1]
}

func (v *View) documentByOrdinal(ord uint32) (Document, error) {
	id := v.tx.Bucket([]byte("ordinals")).Get(u32(ord))
	if id == nil {
		return Document{}, errNotFound
	}
	return documents.get(v, id)
}

// Document returns a document that p may read. What p may not read is
// NotFound, as if it did not exist; so is one in the bin, except for those who
// may write there.
func (v *View) Document(p Principal, id string) (Document, error) {
	d, err := documents.get(v, []byte(id))
	if err != nil {
		return Document{}, err
	}
	c, err := v.Collection(d.Collection)
	switch {
	case err != nil:
		return Document{}, errNotFound
	case !p.MayRead(c) || !d.Deleted.IsZero() && !p.MayWrite(c):
		return Document{}, hidden("document", id)
	}
	return d, nil
}

// DocumentFilter narrows a list.
type DocumentFilter struct {
	Collection string // id, "" for all
	Name       string // part of name or title, case ignored
	Bin        bool   // those in the bin instead
	Cursor     string // id after which to go on
	Limit      int    // 0 means 100
}

// Documents lists what p may read in order of id; next is the cursor of the
// following page, "" at the end.
func (v *View) Documents(p Principal, f DocumentFilter) (out []Document, next string, err error) {
	if f.Limit <= 0 || f.Limit > 1000 {
		f.Limit = 100
	}
	readable := map[string]bool{}
	cs, err := v.ReadableCollections(p)
	if err != nil {
		return nil, "", err
	}
	for _, c := range cs {
		readable[c.ID] = (f.Collection == "" || f.Collection == c.ID) && (!f.Bin || p.MayWrite(c))
	}
	want := strings.ToLower(f.Name)
	err = documents.each(v, nil, func(k []byte, d Document) bool {
		if string(k) <= f.Cursor || !readable[d.Collection] || d.Deleted.IsZero() == f.Bin {
			return true
		}
		if want != "" && !strings.Contains(strings.ToLower(d.Name+" "+d.Title), want) {
			return true
		}
		if len(out) == f.Limit {
			next = out[len(out)-1].ID
			return false
		}
		out = append(out, d)
		return true
	})
	return out, next, err
}

// DocumentCounts says how many documents, the bin included, each collection
// holds. For those who administer collections; it names no document.
func (v *View) DocumentCounts() (map[string]int, error) {
	out := map[string]int{}
	err := documents.each(v, nil, func(_ []byte, d Document) bool { out[d.Collection]++; return true })
	return out, err
}
