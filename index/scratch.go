package index

// scratch is one search's working memory, reused by later ones. Its arrays are
// by document number of one snapshot; what a search touched it clears.
type scratch struct {
	verdict  []uint8         // whether the asker may read the passage
	scores   []float64       // BM25 so far
	counted  []uint32        // last query word, from 1, counted for the passage
	touched  []uint32        // numbers whose verdict is known
	has      map[uint32]bool // numbers that hold a demanded word
	docs     []uint32        // document of the passage, where its verdict is known
	postings []posting       // of all lists, one after the other

	// by ordinal of a document
	inDocument     []documentWord
	documentScores []float64
	found          []uint32 // documents that hold the word that is looked at
	foundDocuments []uint32 // documents with a score
}

// posting is one permitted passage that holds a term.
type posting struct {
	number uint32 // in the snapshot
	freq   uint32
	length uint32 // of the field, words
}

const (
	unknown   = iota
	permitted // a word of the query was found in it
	unwanted  // permitted, but what the query demands isn't there
)

// fit makes room for n passages.
func (s *scratch) fit(n int) {
	if len(s.verdict) < n {
		n += n / 4
		s.verdict = make([]uint8, n)
		s.scores = make([]float64, n)
		s.counted = make([]uint32, n)
		s.docs = make([]uint32, n)
	}
}

// fitDocuments makes room for n documents.
func (s *scratch) fitDocuments(n int) {
	if len(s.documentScores) < n {
		n += n / 4
		s.inDocument, s.documentScores = make([]documentWord, n), make([]float64, n)
	}
}

// clear makes the memory ready for the next search.
func (s *scratch) clear() {
	for _, n := range s.touched {
		s.verdict[n], s.scores[n], s.counted[n] = unknown, 0, 0
	}
	for _, d := range s.foundDocuments {
		s.inDocument[d], s.documentScores[d] = documentWord{}, 0
	}
	s.touched, s.postings, s.foundDocuments = s.touched[:0], s.postings[:0], s.foundDocuments[:0]
	const keep = 1 << 22 // postings, 48 MB
	if cap(s.postings) > keep {
		s.postings = nil
	}
}
