package llm

import (
	"context"

	"coffre/store"
)

// Sought is what a search for a question came to, before anything is answered.
type Sought struct {
	Lang      string
	Sources   []Source // best first
	Judgement Judgement
	Rights    []uint32 // the access classes that were searched
}

// Seek searches for a question and judges what was found, as Ask does, with
// the tenant's strictness. It traces nothing and asks no model. lang is the
// question's language, "" to take the one that the search read it in.
func Seek(ctx context.Context, t *store.Tenant, p store.Principal, question, lang string, collections []string) (Sought, error) {
	least := DefaultLeast
	if err := t.View(func(v *store.View) error { least = Strictness(v); return nil }); err != nil {
		return Sought{}, err
	}
	hits, err := t.Search(ctx, p, store.SearchQuery{Text: question, Collections: collections, Limit: found})
	if err != nil {
		return Sought{}, err
	}
	if lang == "" {
		lang = hits.Lang
	}
	s := Sought{Lang: lang, Sources: sourcesOf(hits.Hits), Rights: hits.Rights}
	s.Judgement = Judge(question, lang, s.Sources, Trace{Words: hits.Words, Mass: hits.Mass, Base: hits.Base}, least)
	return s, nil
}
