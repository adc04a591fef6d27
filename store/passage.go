package store

import (
	"strings"
	"time"
)

// PassageInfo is a passage with what a citation needs, checked for rights.
type PassageInfo struct {
	Passage
	DocumentID string
	Title      string
	Name       string
	Pages      int
	Added      time.Time // when the version came in
}

// Passages returns those of the ordinals that p may read now and that belong
// to a current version of a document that is not in the bin; order is kept.
// This is the second check, after the index's own.
func (v *View) Passages(p Principal, ordinals []uint32) ([]PassageInfo, error) {
	docs := map[uint32]*Document{}
	out := make([]PassageInfo, 0, len(ordinals))
	for _, ord := range ordinals {
		ps, err := v.passage(ord)
		if IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		d, ok := docs[ps.Document]
		if !ok {
			if d, err = v.readableByOrdinal(p, ps.Document); err != nil {
				return nil, err
			}
			docs[ps.Document] = d
		}
		if d == nil || d.Current != ps.Version {
			continue
		}
		ver, _ := d.Version(ps.Version)
		out = append(out, PassageInfo{ps, d.ID, d.Title, d.Name, ver.Pages, ver.Added})
	}
	return out, nil
}

// readableByOrdinal returns nil where p may not read the document now.
func (v *View) readableByOrdinal(p Principal, ord uint32) (*Document, error) {
	d, err := v.documentByOrdinal(ord)
	if err != nil {
		if IsNotFound(err) {
			return nil, nil
		}
		return nil, err
	}
	c, err := v.Collection(d.Collection)
	if IsNotFound(err) || err == nil && (!p.MayRead(c) || !d.Deleted.IsZero()) {
		return nil, nil
	}
	return &d, err
}

// hiddenByOrdinal is NotFound for a document that readableByOrdinal didn't return.
func (v *View) hiddenByOrdinal(ord uint32) error {
	d, err := v.documentByOrdinal(ord)
	if err != nil {
		return err
	}
	return hidden("document", d.ID)
}

// VersionPassages returns all passages of a version of a document that the
// caller got from Document, in order.
func (v *View) VersionPassages(ver Version) ([]Passage, error) {
	out := make([]Passage, 0, ver.Passages)
	for i := range uint32(ver.Passages) {
		p, err := v.passage(ver.First + i)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// VersionText returns the extracted text of a version, byte for byte.
func (v *View) VersionText(ver Version) (string, error) {
	ps, err := v.VersionPassages(ver)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.Grow(ver.TextBytes)
	for _, p := range ps {
		b.WriteString(p.Text)
	}
	return b.String(), nil
}

// VersionPages returns the page records of a version; none for formats without pages.
func (v *View) VersionPages(ver Version) ([]Page, error) {
	out := make([]Page, 0, ver.Pages)
	err := pages.each(v, []byte(ver.ID+"\x00"), func(_ []byte, p Page) bool { out = append(out, p); return true })
	return out, err
}

// CitedPassage returns a passage that an earlier answer showed, of whatever
// version, if p may read its document now and it is not in the bin.
func (v *View) CitedPassage(p Principal, ord uint32) (PassageInfo, error) {
	ps, err := v.passage(ord)
	if err != nil {
		return PassageInfo{}, err
	}
	d, err := v.readableByOrdinal(p, ps.Document)
	if err != nil {
		return PassageInfo{}, err
	}
	if d == nil {
		return PassageInfo{}, v.hiddenByOrdinal(ps.Document)
	}
	ver, _ := d.Version(ps.Version)
	return PassageInfo{ps, d.ID, d.Title, d.Name, ver.Pages, ver.Added}, nil
}
