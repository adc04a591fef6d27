package index

// Load tells, at start, which document the passages of a span belong to and
// the document's class, without indexing anything. A class told before by
// SetClass or Load stands. A span may be told before its passages are indexed.
func (ix *Index) Load(span Span, doc, class uint32) {
	if doc == 0 {
		return
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if !ix.ledger.docs.get(doc).told {
		ix.ledger.setClass(doc, class)
	}
	ix.ledger.claim(span, doc)
}

// SetClass puts a document into a class, 0 to hide it from everybody. Every
// search that begins after it has returned follows it; nothing is indexed.
// It waits for searches that are running.
func (ix *Index) SetClass(doc, class uint32) {
	if doc == 0 {
		return
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.ledger.setClass(doc, class)
}
