package index

import "iter"

// ledger knows the document of every passage and the class of every document,
// which decide who may find what, and keeps the lengths that BM25 needs, summed
// by class. It lives in memory only; Index guards it.
type ledger struct {
	passages pages[passageState]
	docs     pages[docState]
	classes  map[uint32]*totals
	version  uint64 // rises when a passage changes documents or a document its class
	permits  permitCache
}

// passageState is what is known of a passage. indexed says that the words leg
// holds it; doc is 0 until a document claims it.
type passageState struct {
	doc     uint32
	indexed bool
	lengths lengths
}

// docState is what is known of a document. Its class is told by the store;
// until then it is 0 and nobody finds it.
type docState struct {
	told  bool
	class uint32
	spans []Span // of its passages
	sum   totals // of its indexed passages
}

// totals are sums over indexed passages.
type totals struct {
	passages uint64
	having   [fieldCount]uint64 // passages with at least one word in the field
	words    [fieldCount]uint64
	docs     [fieldCount]uint64 // documents with at least one
}

func (t *totals) add(l lengths) {
	t.passages++
	for f, n := range l {
		if n > 0 {
			t.having[f]++
			t.words[f] += uint64(n)
		}
	}
}

func (t *totals) merge(o totals) {
	t.passages += o.passages
	for f := range o.having {
		t.having[f] += o.having[f]
		t.words[f] += o.words[f]
		t.docs[f] += o.docs[f]
	}
}

func (t *totals) subtract(o totals) {
	t.passages -= o.passages
	for f := range o.having {
		t.having[f] -= o.having[f]
		t.words[f] -= o.words[f]
		t.docs[f] -= o.docs[f]
	}
}

// join counts a document into its class for the fields in which it has words,
// and leaves it out where it has none any more.
func (t *totals) join(d *totals) {
	for f, having := range d.having {
		switch {
		case having > 0 && d.docs[f] == 0:
			d.docs[f]++
			t.docs[f]++
		case having == 0 && d.docs[f] > 0:
			d.docs[f]--
			t.docs[f]--
		}
	}
}

// documentAverage is the mean length of a field over the documents that have it.
func (t *totals) documentAverage(f field) float64 {
	if t.docs[f] == 0 {
		return 1
	}
	return float64(t.words[f]) / float64(t.docs[f])
}

// average is the mean length of a field over the passages that have it.
func (t *totals) average(f field) float64 {
	if t.having[f] == 0 {
		return 1
	}
	return float64(t.words[f]) / float64(t.having[f])
}

// classOf is the class of a passage's document; 0 permits nobody.
func (g *ledger) classOf(ordinal uint32) (doc, class uint32) {
	p := g.passages.peek(ordinal)
	if p == nil || p.doc == 0 {
		return 0, 0
	}
	if d := g.docs.peek(p.doc); d != nil {
		class = d.class
	}
	return p.doc, class
}

// permitted sums up the passages of a set of classes.
func (g *ledger) permitted(c Classes) totals {
	var sum totals
	c.each(func(class uint32) {
		if t := g.classes[class]; t != nil {
			sum.merge(*t)
		}
	})
	return sum
}

// setClass moves a document to another class.
func (g *ledger) setClass(doc, class uint32) {
	g.version++
	d := g.docs.at(doc)
	g.totalsOf(d.class).subtract(d.sum)
	d.told, d.class = true, class
	g.totalsOf(class).merge(d.sum)
}

func (g *ledger) totalsOf(class uint32) *totals {
	if g.classes == nil {
		g.classes = make(map[uint32]*totals)
	}
	t := g.classes[class]
	if t == nil {
		t = new(totals)
		g.classes[class] = t
	}
	return t
}

// claim says that the passages of a span belong to a document.
func (g *ledger) claim(span Span, doc uint32) {
	for o := range each(span) {
		g.own(o, doc)
	}
	d := g.docs.at(doc)
	d.spans = appendSpan(d.spans, span)
}

// own gives one passage to a document, taking it from any other.
func (g *ledger) own(ordinal, doc uint32) {
	p := g.passages.at(ordinal)
	if p.doc == doc {
		return
	}
	g.disown(p)
	g.version++
	p.doc = doc
	g.count(g.docs.at(doc), p)
}

// earlier yields the passages that a document had, as far as the ledger or the
// caller knows.
func (g *ledger) earlier(d Doc) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for _, spans := range [][]Span{g.docs.get(d.Ordinal).spans, d.Drop} {
			for _, s := range spans {
				for o := range each(s) {
					if !yield(o) {
						return
					}
				}
			}
		}
	}
}

// index says that the words leg holds a passage of these lengths.
func (g *ledger) index(ordinal uint32, l lengths) {
	p := g.passages.at(ordinal)
	doc := p.doc
	g.disown(p)
	p.doc, p.indexed, p.lengths = doc, true, l
	if doc != 0 {
		g.count(g.docs.at(doc), p)
	}
}

// release forgets a passage: it belongs to no document and is in no leg.
func (g *ledger) release(ordinal uint32) {
	p := g.passages.at(ordinal)
	g.disown(p)
	*p = passageState{}
}

func (g *ledger) count(d *docState, p *passageState) {
	if !p.indexed {
		return
	}
	d.sum.add(p.lengths)
	class := g.totalsOf(d.class)
	class.add(p.lengths)
	class.join(&d.sum)
}

// disown takes a passage out of its document's sums.
func (g *ledger) disown(p *passageState) {
	if p.doc == 0 {
		return
	}
	g.version++
	if p.indexed {
		var one totals
		one.add(p.lengths)
		d := g.docs.at(p.doc)
		d.sum.subtract(one)
		class := g.totalsOf(d.class)
		class.subtract(one)
		class.join(&d.sum)
	}
	p.doc = 0
}

// each yields the ordinals of a span; ordinal 0 is none.
func each(s Span) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i := range s.N {
			o := s.First + i
			if o < s.First {
				return
			}
			if o != 0 && !yield(o) {
				return
			}
		}
	}
}

// appendSpan adds a span, unless it is there, and joins it to the last one
// where they touch.
func appendSpan(spans []Span, s Span) []Span {
	for _, t := range spans {
		if s.First >= t.First && uint64(s.First)+uint64(s.N) <= uint64(t.First)+uint64(t.N) {
			return spans
		}
	}
	if n := len(spans); n > 0 && spans[n-1].First+spans[n-1].N == s.First {
		spans[n-1].N += s.N
		return spans
	}
	return append(spans, s)
}

// documents counts those that somebody may find.
func (g *ledger) documents() int {
	n := 0
	for _, d := range g.docs.all() {
		if d.class != 0 {
			n++
		}
	}
	return n
}
