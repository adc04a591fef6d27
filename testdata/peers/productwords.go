package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"coffre/index"
)

// productWords is the product's index, asked by words.
type productWords struct {
	ix      *index.Index
	dir     string
	home    string
	queries []asking
}

func newProductWords(args []string) (contestant, error) {
	p := &productWords{dir: args[0], home: filepath.Join(args[0], "index-"+args[1])}
	var err error
	p.queries, err = readQueries(p.dir)
	return p, err
}

func (p *productWords) build() (n int, err error) {
	if err := errors.Join(p.close(), os.RemoveAll(p.home)); err != nil {
		return 0, err
	}
	if p.ix, err = index.Open(p.home, index.Options{}); err != nil {
		return 0, err
	}
	err = eachBatch(p.dir, func(batch []passage) error {
		docs := make([]index.Doc, 0, len(batch))
		for _, one := range batch {
			n++
			docs = append(docs, index.Doc{Ordinal: one.Ordinal, Class: one.Class, Passages: []index.Passage{
				{Ordinal: one.Ordinal, Title: one.Title, Text: one.Text, Lang: one.Lang},
			}})
		}
		return p.ix.Apply(context.Background(), p.ix.Applied()+1, docs)
	})
	return n, err
}

func (p *productWords) ask(query int) ([]int32, error) {
	q := p.queries[query%len(p.queries)]
	r, err := p.ix.Search(context.Background(), index.Query{Text: q.Text, Classes: index.NewClasses(q.Classes...), Limit: nearest, Legs: index.WordsLeg})
	if err != nil {
		return nil, err
	}
	ids := make([]int32, len(r.Hits))
	for i, h := range r.Hits {
		ids[i] = int32(h.Ordinal)
	}
	return ids, nil
}

func (p *productWords) close() error {
	if p.ix == nil {
		return nil
	}
	return p.ix.Close()
}
