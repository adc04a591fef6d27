package store

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"

	"coffre/index"
)

// How much a check tries: enough to see a filter that is broken, every night
// with other documents and people.
const (
	canaryPeople   = 20
	canaryTexts    = 3 // documents that may not be read, and as many that may, for each subject
	canaryHits     = 50
	canaryWords    = 60
	canaryMinWords = 4
)

type searcher func(context.Context, Principal, SearchQuery) (SearchResult, error)

// subject is somebody whose rights are tried: may is what the grants of the
// collections say, worked out without Principal.
type subject struct {
	grant string
	p     Principal
	may   map[string]bool // collections by id
}

// canaryText is a passage as a question.
type canaryText struct {
	doc, ordinal uint32
	class        uint32
	collection   string
	question     string
}

type canaryCheck struct {
	t        *Tenant
	search   searcher
	run      CanaryRun
	pool     map[string][]canaryText // by collection
	embedded bool                    // every passage has its vector
}

func (c *canaryCheck) all(ctx context.Context) error {
	var subjects []subject
	err := c.t.View(func(v *View) (err error) {
		if c.pool, err = v.canaryPool(); err == nil {
			subjects, err = v.canarySubjects()
		}
		return err
	})
	if err != nil {
		return err
	}
	s := c.t.follower.index().Stats()
	c.embedded = s.Embedder != "" && s.Pending == 0 && s.Failed == 0
	for _, s := range subjects {
		if strings.HasPrefix(s.grant, "user:") {
			c.run.People++
		} else {
			c.run.Groups++
		}
		for _, x := range c.pick(s, false) {
			if err := c.denied(ctx, s, x); err != nil {
				return err
			}
		}
		for _, x := range c.pick(s, true) {
			if err := c.allowed(ctx, s, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// pick draws texts that s may read, or may not: from as many collections as can be.
func (c *canaryCheck) pick(s subject, may bool) (out []canaryText) {
	var ids []string
	for id := range c.pool {
		if s.may[id] == may {
			ids = append(ids, id)
		}
	}
	rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for i := 0; len(out) < canaryTexts && len(ids) > 0 && i < canaryTexts*len(ids); i++ {
		from := c.pool[ids[i%len(ids)]]
		x := from[rand.IntN(len(from))]
		if !slices.ContainsFunc(out, func(o canaryText) bool { return o.ordinal == x.ordinal }) {
			out = append(out, x)
		}
	}
	return out
}

// denied asks for a text that s may not read: neither the index, by words or by
// vectors, nor the whole search may return anything that s may not read.
func (c *canaryCheck) denied(ctx context.Context, s subject, x canaryText) error {
	c.run.Denied++
	classes, err := c.classes(s)
	if err != nil {
		return err
	}
	for _, leg := range c.legs() {
		found, err := c.t.follower.index().Search(ctx, index.Query{Text: x.question, Classes: classes, Limit: canaryHits, Legs: leg})
		if err != nil {
			return Fail(Unavailable, "index-unavailable").Because(err)
		}
		c.met(found)
		var docs []uint32
		for _, h := range found.Hits {
			docs = append(docs, h.Doc)
		}
		if err := c.judge(s, docs, CanaryLeakIndex); err != nil {
			return err
		}
	}
	got, err := c.search(ctx, s.p, SearchQuery{Text: x.question, Limit: canaryHits, All: true, Apart: true, Unread: true})
	if err != nil {
		return err
	}
	var docs []uint32
	for _, h := range got.Hits {
		docs = append(docs, h.Passage.Document)
	}
	return c.judge(s, docs, CanaryLeakStore)
}

// allowed asks for a text that s may read, which must be found; where so much
// says the same that it isn't among the first, then in its document at least.
func (c *canaryCheck) allowed(ctx context.Context, s subject, x canaryText) error {
	c.run.Allowed++
	classes, err := c.classes(s)
	if err != nil {
		return err
	}
	for _, leg := range c.legs() {
		q := index.Query{Text: x.question, Classes: classes, Limit: canaryHits, Legs: leg}
		is := func(h index.Hit) bool { return h.Ordinal == x.ordinal }
		found, err := c.t.follower.index().Search(ctx, q)
		if err == nil && !slices.ContainsFunc(found.Hits, is) {
			q.Docs = []uint32{x.doc}
			found, err = c.t.follower.index().Search(ctx, q)
		}
		if err != nil {
			return Fail(Unavailable, "index-unavailable").Because(err)
		}
		c.met(found)
		if len(found.Hits) == 0 && (leg == index.WordsLeg || found.Meaning == index.MeaningUsed) {
			if gone, err := c.moved(x); err != nil || gone {
				return err
			}
			c.fault(CanaryMiss, s, x.collection)
		}
	}
	got, err := c.search(ctx, s.p, SearchQuery{Text: x.question, Collections: []string{x.collection}, Limit: canaryHits, All: true, Apart: true, Unread: true})
	if err != nil {
		return err
	}
	if len(got.Hits) == 0 {
		if gone, err := c.moved(x); err != nil || gone {
			return err
		}
		c.fault(CanaryMiss, s, x.collection)
	}
	return nil
}

func (c *canaryCheck) legs() []index.Legs {
	if !c.embedded {
		return []index.Legs{index.WordsLeg}
	}
	return []index.Legs{index.WordsLeg, index.MeaningLeg}
}

// met counts what the vectors took part in.
func (c *canaryCheck) met(found index.Result) {
	if found.Meaning == index.MeaningUsed {
		c.run.Meaning++
	}
}

func (c *canaryCheck) classes(s subject) (set index.Classes, err error) {
	err = c.t.View(func(v *View) (err error) { set, err = v.Classes(s.p, nil); return err })
	return set, err
}

// judge holds what came against what s may read, by the documents' own records.
func (c *canaryCheck) judge(s subject, docs []uint32, kind string) error {
	return c.t.View(func(v *View) error {
		slices.Sort(docs)
		for _, ord := range slices.Compact(docs) {
			d, err := v.documentByOrdinal(ord)
			if IsNotFound(err) {
				continue
			}
			if err != nil {
				return err
			}
			if !s.may[d.Collection] {
				c.fault(kind, s, d.Collection)
			}
		}
		return nil
	})
}

// moved tells whether a document changed while the check ran.
func (c *canaryCheck) moved(x canaryText) (gone bool, err error) {
	err = c.t.View(func(v *View) error {
		d, err := v.documentByOrdinal(x.doc)
		if IsNotFound(err) {
			gone = true
			return nil
		}
		ps, perr := v.passage(x.ordinal)
		gone = d.effectiveClass() != x.class || perr != nil || ps.Version != d.Current
		return err
	})
	return gone, err
}

func (c *canaryCheck) fault(kind string, s subject, collection string) {
	if kind == CanaryMiss {
		c.run.Misses++
	} else {
		c.run.Leaks++
	}
	f := CanaryFault{kind, s.grant, collection}
	if len(c.run.Faults) < canaryFaults && !slices.Contains(c.run.Faults, f) {
		c.run.Faults = append(c.run.Faults, f)
	}
}

// questionOf makes a question of a text: its words alone, since marks may be
// operators of a search. "" where it has too few.
func questionOf(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) < canaryMinWords {
		return ""
	}
	return strings.Join(words[:min(len(words), canaryWords)], " ")
}
