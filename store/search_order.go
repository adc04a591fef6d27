package store

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"coffre/index"
)

// Signal is something beside words and meaning that moved a hit: its score
// counts Factor times.
type Signal struct {
	Name   string // SignalTitle or SignalRecent
	Factor float64
}

// What moves a hit.
const (
	SignalTitle  = "title"  // the title or the file's name holds all the words of the query
	SignalRecent = "recent" // its version came in later than others that answer as well
)

// How much. The date decides only among hits that are about equal, unless the
// query asks for what is current; both are rights-blind to what the asker may
// not read, since oldest and newest are those of the asker's own hits.
const (
	titleFactor  = 1.15
	recentFactor = 0.02 // for the newest of the hits, 0 for the oldest
	askedFactor  = 0.10 // the same where the query asks for what is current
	leastSpan    = 24 * time.Hour
)

// currentWords ask for the newest of several, as index.Words folds them.
var currentWords = map[string]bool{
	"actuel": true, "actuelle": true, "actuels": true, "actuelles": true, "actuellement": true, "vigueur": true,
	"dernier": true, "derniere": true, "derniers": true, "dernieres": true, "recent": true, "recente": true, "recents": true,
	"recentes": true, "aujourd'hui": true, "latest": true, "current": true, "currently": true, "newest": true, "today": true,
}

// order sorts hits by their scores and signals, best first. Equal ones stay as
// they were.
func order(query, lang string, hits []SearchHit) {
	named, recent := titleWords(query, lang), recency(query, hits)
	for i := range hits {
		h := &hits[i]
		h.Score = h.Hit.Score
		if len(named) > 0 && named.in(h.Title+"\n"+h.Name, lang) {
			h.Signals = append(h.Signals, Signal{SignalTitle, titleFactor})
		}
		if f := recent(h.Added); f > 1 {
			h.Signals = append(h.Signals, Signal{SignalRecent, f})
		}
		for _, s := range h.Signals {
			h.Score *= s.Factor
		}
	}
	slices.SortStableFunc(hits, func(a, b SearchHit) int { return cmp.Compare(b.Score, a.Score) })
}

// recency returns what a date is worth among these hits.
func recency(query string, hits []SearchHit) func(time.Time) float64 {
	oldest, newest := time.Time{}, time.Time{}
	for i, h := range hits {
		if i == 0 || h.Added.Before(oldest) {
			oldest = h.Added
		}
		if h.Added.After(newest) {
			newest = h.Added
		}
	}
	span := newest.Sub(oldest)
	weight := recentFactor
	for _, w := range index.Words(query, "") {
		if currentWords[w.Term] {
			weight = askedFactor
		}
	}
	return func(t time.Time) float64 {
		if len(hits) == 0 || span < leastSpan {
			return 1
		}
		return 1 + weight*float64(t.Sub(oldest))/float64(span)
	}
}

type termSet map[string]bool

// titleWords are the words of a query that is short enough to be a title; none
// where it is a single word, which many titles hold.
func titleWords(query, lang string) termSet {
	set := termSet{}
	for _, w := range index.Words(query, lang) {
		set[w.Term] = true
	}
	if len(set) < 2 || len(set) > 8 {
		return nil
	}
	return set
}

func (set termSet) in(title, lang string) bool {
	n := 0
	seen := termSet{}
	for _, w := range index.Words(strings.NewReplacer("_", " ", ".", " ").Replace(title), lang) {
		if set[w.Term] && !seen[w.Term] {
			seen[w.Term] = true
			n++
		}
	}
	return n == len(set)
}
