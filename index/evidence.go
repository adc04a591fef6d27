package index

// documentWeight is what a passage's document adds: its own BM25, all its
// permitted passages taken as one text, as in Callan, "Passage-Level Evidence in
// Document Retrieval" (1994). A passage that says what is asked for in other
// words, under the right document, comes before one that merely holds the words.
const documentWeight = 0.25

// documentWord is how often one word of the query stands in a document.
type documentWord struct {
	word  uint32 // of the query, from 1, that the counts are of
	freqs [2]uint32
}

// addDocuments adds to every passage found what its document is worth.
func (r *run) addDocuments() {
	m := r.mem
	m.fitDocuments(r.ledger.docs.size())
	for i := range r.words {
		w := &r.words[i]
		m.found = m.found[:0]
		for f := bodyFR; f <= bodyEN; f++ {
			for _, p := range r.list(w, f) {
				doc := m.docs[p.number]
				d := &m.inDocument[doc]
				if d.word != uint32(i+1) {
					*d = documentWord{word: uint32(i + 1)}
					m.found = append(m.found, doc)
				}
				d.freqs[f] += p.freq
			}
		}
		r.scoreDocuments(w)
	}
	for _, n := range m.touched {
		if m.scores[n] > 0 {
			m.scores[n] += m.documentScores[m.docs[n]]
		}
	}
}

// scoreDocuments adds one word to the documents that hold it: in its French or
// its English text, whichever scores higher.
func (r *run) scoreDocuments(w *queryWord) {
	m := r.mem
	weights := [2]float64{w.idf * w.times * documentWeight, w.idf * w.times * documentWeight}
	switch r.lang {
	case "fr":
		weights[bodyEN] *= crossWeight
	case "en":
		weights[bodyFR] *= crossWeight
	}
	averages := [2]float64{r.stats.documentAverage(bodyFR), r.stats.documentAverage(bodyEN)}
	for _, doc := range m.found {
		d, sum := &m.inDocument[doc], &r.ledger.docs.peek(doc).sum
		best := 0.0
		for f, freq := range d.freqs {
			if freq > 0 {
				best = max(best, weights[f]*saturation(float64(freq), float64(sum.words[f]), averages[f]))
			}
		}
		if m.documentScores[doc] == 0 {
			m.foundDocuments = append(m.foundDocuments, doc)
		}
		m.documentScores[doc] += best
	}
}
