package index

import (
	"fmt"
	"runtime"
	"sync"

	"coffre/index/postings"
)

// segmentOf is the segment that a step writes, nil where it writes no passage.
type segmentOf struct {
	segment *postings.Memory
	err     error
}

// each calls fn for every passage of the segment.
func (s segmentOf) each(fn func(ordinal uint32, l lengths)) {
	if s.segment == nil {
		return
	}
	for n := range s.segment.Passages() {
		var l lengths
		for f := range fieldCount {
			l[f] = s.segment.Length(int(f), n)
		}
		fn(s.segment.Ordinal(n), l)
	}
}

// spareGatherers keeps what gatherers have learnt from one segment to the next.
var spareGatherers = sync.Pool{New: func() any { return newGatherer() }}

// analyze turns passages into a segment. Of an ordinal that is there twice the
// last passage counts.
func analyze(passages []ownedPassage) segmentOf {
	if len(passages) == 0 {
		return segmentOf{}
	}
	last := make(map[uint32]int, len(passages))
	for i, p := range passages {
		last[p.Ordinal] = i
	}
	g := spareGatherers.Get().(*gatherer)
	defer spareGatherers.Put(g)
	g.reset()
	for i, p := range passages {
		if last[p.Ordinal] == i {
			g.add(p.Passage)
		}
	}
	s, err := g.builder.Segment()
	if err != nil {
		return segmentOf{err: fmt.Errorf("make segment: %w", err)}
	}
	return segmentOf{segment: s}
}

// analyzeAhead hands out what analyze makes of each step, in their order: as
// many at once as there are processors, while earlier ones are written.
func analyzeAhead(all []step, stop <-chan struct{}) <-chan segmentOf {
	found := make(chan segmentOf)
	waiting := make(chan chan segmentOf, runtime.GOMAXPROCS(0)-1)
	go func() {
		defer close(waiting)
		for _, s := range all {
			one := make(chan segmentOf, 1)
			select {
			case waiting <- one:
			case <-stop:
				return
			}
			go func() { one <- analyze(s.passages) }()
		}
	}()
	go func() {
		for one := range waiting {
			select {
			case found <- <-one:
			case <-stop:
				return
			}
		}
	}()
	return found
}
