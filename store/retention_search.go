package store

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"coffre/chain"
)

// PrivateHit is an entry whose private part holds all the words asked for.
type PrivateHit struct {
	Seq     uint64
	Time    time.Time
	Actor   chain.Actor
	Action  string
	Excerpt string // some text around the first word
}

const (
	privateHits    = 100 // shown at most
	excerptAround  = 80  // bytes on each side of a word
	minSearchRunes = 3   // of all words together
)

// PrivateSearch looks for words in the private parts that still exist, the newest
// first, and commits who looked and why before anything is returned: reason and
// words in that entry's private part, the number found in its detail. Searches of
// this kind don't find each other. more tells that there are others beyond those
// returned. The caller has checked the right. Errors: Invalid "reason",
// "search-words".
func (t *Tenant) PrivateSearch(ctx context.Context, by Actor, ev chain.Event, words, reason string) (hits []PrivateHit, more bool, err error) {
	if reason, err = checkReason(reason); err != nil {
		return nil, false, err
	}
	wanted := strings.Fields(strings.ToLower(words))
	if utf8.RuneCountInString(strings.Join(wanted, "")) < minSearchRunes || len(words) > maxReason {
		return nil, false, Fail(Invalid, "search-words")
	}
	err = t.View(func(v *View) (err error) {
		hits, more, err = v.privateHits(ctx, wanted)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	ev.Action = chain.AuditSearch
	ev.Detail = chain.Detail{"count": len(hits), "more": more}
	ev.Private = chain.Detail{"words": words, "reason": reason}
	if _, err := t.Record(ctx, by, ev); err != nil {
		return nil, false, err
	}
	return hits, more, nil
}

func (v *View) privateHits(ctx context.Context, wanted []string) (hits []PrivateHit, more bool, err error) {
	c := v.tx.Bucket([]byte("private")).Cursor()
	for k, _ := c.Last(); k != nil; k, _ = c.Prev() {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		seq := binary.BigEndian.Uint64(k)
		part, err := v.Private(seq)
		if IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		text := strings.Join(textsOf(part, nil), "\n")
		at := find(text, wanted)
		if at < 0 {
			continue
		}
		e, err := v.entry(seq)
		if err != nil {
			return nil, false, err
		}
		if e.Action == chain.AuditSearch {
			continue
		}
		if len(hits) == privateHits {
			return hits, true, nil
		}
		hits = append(hits, PrivateHit{Seq: seq, Time: e.Time, Actor: e.Actor, Action: e.Action, Excerpt: excerpt(text, at)})
	}
	return hits, false, nil
}

// find returns where the first of the words stands, -1 unless all are there.
func find(text string, wanted []string) int {
	low, first := strings.ToLower(text), -1
	for i, w := range wanted {
		at := strings.Index(low, w)
		if at < 0 {
			return -1
		}
		if i == 0 {
			first = at
		}
	}
	if len(low) != len(text) {
		return 0 // a letter whose lower case has another length: places don't agree
	}
	return first
}

func excerpt(text string, at int) string {
	from, to := max(0, at-excerptAround), min(len(text), at+2*excerptAround)
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	return strings.Join(strings.Fields(text[from:to]), " ")
}

// textsOf collects the strings of a private part, in order of their names.
func textsOf(v any, out []string) []string {
	switch v := v.(type) {
	case string:
		return append(out, v)
	case []any:
		for _, e := range v {
			out = textsOf(e, out)
		}
	case map[string]any:
		names := make([]string, 0, len(v))
		for n := range v {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			out = textsOf(v[n], out)
		}
	}
	return out
}
