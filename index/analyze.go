package index

import (
	"runtime"
	"sync"

	"github.com/blevesearch/bleve/v2/document"
)

// analyzed is a passage as scorch takes it.
type analyzed struct {
	document *document.Document
	lengths  lengths
}

// spareAnalyzers keeps what analyzers have learnt from one batch to the next.
var spareAnalyzers = sync.Pool{New: func() any {
	return map[string]*analyzer{"fr": newAnalyzer("fr"), "en": newAnalyzer("en")}
}}

// analyze turns passages into terms, on all processors. Of an ordinal that is
// there twice the last passage counts.
func analyze(passages []ownedPassage) map[uint32]analyzed {
	done := make([]analyzed, len(passages))
	workers := min(runtime.GOMAXPROCS(0), len(passages))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			analyzers := spareAnalyzers.Get().(map[string]*analyzer)
			defer spareAnalyzers.Put(analyzers)
			for i := w; i < len(passages); i += workers {
				done[i].document, done[i].lengths = passageDocument(passages[i].Passage, analyzers)
			}
		})
	}
	wg.Wait()
	found := make(map[uint32]analyzed, len(passages))
	for i, p := range passages {
		found[p.Ordinal] = done[i]
	}
	return found
}
