package index

import (
	"encoding/binary"
	"sync"

	"coffre/index/vectors"
)

// permitsKept is how many sets of classes the ledger remembers.
const permitsKept = 32

// permitCache holds what sets of classes permit in one state of the ledger.
// Whoever asks holds Index.mu, so that a state doesn't change meanwhile; many
// may ask side by side.
type permitCache struct {
	mu      sync.Mutex
	version uint64 // of the ledger that kept is of
	kept    map[string]*vectors.Permit
}

// permit lists the passages that a set of classes permits, of some documents
// alone if docs isn't nil. It is worked out once for a state of the ledger: a
// class that changes, or a passage that comes or goes, is seen by the next
// search.
func (g *ledger) permit(c Classes, docs map[uint32]bool) *vectors.Permit {
	if docs != nil {
		return g.permitDocs(c, docs)
	}
	key := c.key()
	cache := &g.permits
	cache.mu.Lock()
	if cache.version != g.version || len(cache.kept) >= permitsKept {
		cache.version, cache.kept = g.version, nil
	}
	p := cache.kept[key]
	cache.mu.Unlock()
	if p != nil {
		return p
	}
	p = g.permitClasses(c)
	cache.mu.Lock()
	defer cache.mu.Unlock()
	if cache.version == g.version {
		if cache.kept == nil {
			cache.kept = make(map[string]*vectors.Permit)
		}
		cache.kept[key] = p
	}
	return p
}

func (g *ledger) permitClasses(c Classes) *vectors.Permit {
	permit := new(vectors.Permit)
	last, verdict := uint32(0), false // neighbours are mostly of one document
	for ordinal, p := range g.passages.all() {
		if p.doc == 0 {
			continue
		}
		if p.doc != last {
			last, verdict = p.doc, c.Has(g.docs.get(p.doc).class)
		}
		if verdict {
			permit.Add(ordinal)
		}
	}
	return permit
}

func (g *ledger) permitDocs(c Classes, docs map[uint32]bool) *vectors.Permit {
	permit := new(vectors.Permit)
	for doc := range docs {
		d := g.docs.get(doc)
		if !c.Has(d.class) {
			continue
		}
		for _, s := range d.spans {
			for o := range each(s) {
				if g.passages.get(o).doc == doc {
					permit.Add(o)
				}
			}
		}
	}
	return permit
}

// permitsOrdinal lists what the vector leg may find.
func (r *run) permitsOrdinal() *vectors.Permit {
	p := r.ledger.permit(r.classes, r.docs)
	if len(r.out) > 0 {
		return but(p, r.out, r.ledger)
	}
	return p
}

// key names a set of classes.
func (c Classes) key() string {
	words := c.words
	for len(words) > 0 && words[len(words)-1] == 0 {
		words = words[:len(words)-1]
	}
	b := make([]byte, 0, 8*len(words))
	for _, w := range words {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return string(b)
}
