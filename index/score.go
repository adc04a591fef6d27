package index

import "math"

// BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework:
// BM25 and Beyond" (2009), with Lucene's idf, which is never negative:
//
//	idf(w)      = ln(1 + (N - df + 0.5) / (df + 0.5))
//	score(w, p) = idf(w) · tf / (tf + k1 · (1 - b + b · |p| / avg))
//
// k1 is Lucene's and b Anserini's: passages differ less in length than documents. A word has one df over all fields: were it counted
// by field, French words would be rare, hence heavy, among English passages.
// N, df and avg are those of the passages that the asker may read, so
// that a result is the same, to the last bit, as if no others existed.
const (
	bm25K1 = 1.2
	bm25B  = 0.4

	// a title is part of the text that is scored, and once more a field whose
	// score counts a fifth: 1 loses nearly everywhere, 0 up to 3 points nDCG
	titleWeight = 0.2

	// fields of the language that the query is not in are searched too, or a
	// French question would never reach the name in an English contract. In an
	// index of five collections (two French, three English) this costs at most
	// 0.3 points nDCG@10 and wins as much elsewhere; without this weight 0.4.
	crossWeight = 0.8
)

// saturate is BM25 without its idf, 0 to 1.
func saturate(p posting, average float64) float64 {
	return saturation(float64(p.freq), float64(p.length), average)
}

func saturation(tf, length, average float64) float64 {
	return tf / (tf + bm25K1*(1-bm25B+bm25B*length/average))
}

// inverseFrequency is the idf of a word that df of n passages hold. Passages
// that a running Apply shows before they are counted can make df exceed n.
func inverseFrequency(df int, n uint64) float64 {
	d := float64(df)
	return math.Log(1 + (max(float64(n), d)-d+0.5)/(d+0.5))
}

// score adds every word to the scores of the passages that hold it, and then
// what their documents are worth.
func (r *run) score() {
	for i := range r.words {
		w := &r.words[i]
		w.idf = inverseFrequency(w.df, r.stats.passages)
		if w.extra && w.df == 0 {
			w.idf = 0 // nothing is missing where a form isn't there
		}
		weight := w.idf * w.times
		r.addBest(w, bodyFR, bodyEN, weight)
		r.addBest(w, titleFR, titleEN, weight*titleWeight)
	}
	r.addDocuments()
}

// addBest adds a word's score in the French or English field of a passage,
// whichever is higher: a passage of unknown language has the word in both.
func (r *run) addBest(w *queryWord, french, english field, weight float64) {
	fr, en := r.list(w, french), r.list(w, english)
	avgFR, avgEN := r.stats.average(french), r.stats.average(english)
	weightFR, weightEN := weight, weight
	switch r.lang {
	case "fr":
		weightEN *= crossWeight
	case "en":
		weightFR *= crossWeight
	}
	for len(fr) > 0 || len(en) > 0 {
		n, best := uint32(math.MaxUint32), 0.0
		if len(fr) > 0 {
			n = fr[0].number
		}
		if len(en) > 0 {
			n = min(n, en[0].number)
		}
		if len(fr) > 0 && fr[0].number == n {
			best, fr = weightFR*saturate(fr[0], avgFR), fr[1:]
		}
		if len(en) > 0 && en[0].number == n {
			best, en = max(best, weightEN*saturate(en[0], avgEN)), en[1:]
		}
		r.mem.scores[n] += best
	}
}

func (r *run) list(w *queryWord, f field) []posting {
	return r.mem.postings[w.lists[f].from:w.lists[f].to]
}
