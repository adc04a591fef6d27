package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"coffre/connectors/extract"
	"coffre/connectors/passage"
	"coffre/index"
	"coffre/index/beir"
)

// evaluation is a collection in an index of its own, cut into passages and
// found the way the box does it for a firm's documents.
type evaluation struct {
	data      beir.Dataset
	ix        *index.Index
	how       evalMode
	texts     []index.Passage // by ordinal, from 1
	passages  int
	embedding time.Duration
}

// evalClass is the one access class of an evaluation.
const evalClass = 1

func newEvaluation(dir string, d beir.Dataset, how evalMode) (*evaluation, error) {
	e := &evaluation{data: d, how: how}
	ix, err := index.Open(dir, index.Options{Texts: e.passagesOf})
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	e.ix = ix
	return e, nil
}

// passagesOf is what the index embeds from.
func (e *evaluation) passagesOf(_ context.Context, ordinals []uint32) ([]index.Passage, error) {
	var found []index.Passage
	for _, o := range ordinals {
		if o >= 1 && int(o) <= len(e.texts) {
			found = append(found, e.texts[o-1])
		}
	}
	return found, nil
}

// embed waits until every passage that the embedder knows the language of has
// its vector.
func (e *evaluation) embed(ctx context.Context, c *Call) error {
	if e.how.embedder == nil {
		return nil
	}
	begun := time.Now()
	if err := e.ix.SetEmbedder(e.how.embedder); err != nil {
		return err
	}
	for ctx.Err() == nil {
		wait, cancel := context.WithTimeout(ctx, evalReport)
		err := e.ix.WaitEmbedded(wait)
		cancel()
		s := e.ix.Stats()
		switch {
		case err == nil:
			e.embedding = time.Since(begun)
			return nil
		case s.Failure != nil:
			return Fail(ExitFailed, "cli.eval.embedding", "reason", s.Failure.Error())
		}
		c.note("cli.eval.progress", "n", s.Embedded, "total", s.Embedded+s.Pending)
	}
	return ctx.Err()
}

// evalReport is how often a long embedding says how far it is.
const evalReport = 10 * time.Second

// evalBatch is about how many passages go to the index at once, as in store.
const evalBatch = 800

// fill indexes every document; document i has the ordinal i+1.
func (e *evaluation) fill(ctx context.Context) error {
	var batch []index.Doc
	waiting := 0
	for i, doc := range e.data.Documents {
		d := index.Doc{Ordinal: uint32(i + 1), Class: evalClass}
		text := asText(doc)
		for _, p := range passage.Split(text, passage.Options{Detect: index.DetectLanguage}) {
			e.passages++
			title := doc.Title
			if p.Heading != "" {
				title += " › " + p.Heading
			}
			d.Passages = append(d.Passages, index.Passage{
				Ordinal: uint32(e.passages), Title: title, Text: text.Body[p.Start:p.End], Lang: p.Lang,
			})
			e.texts = append(e.texts, d.Passages[len(d.Passages)-1]) // phrases and typos are looked up in them
		}
		batch, waiting = append(batch, d), waiting+len(d.Passages)
		if waiting < evalBatch && i < len(e.data.Documents)-1 {
			continue
		}
		if err := e.ix.Apply(ctx, e.ix.Applied()+1, batch); err != nil {
			return fmt.Errorf("index collection: %w", err)
		}
		batch, waiting = nil, 0
	}
	return nil
}

// asText makes a corpus line what the extractor makes of a plain text: one
// paragraph block a paragraph.
func asText(doc beir.Document) extract.Text {
	t := extract.Text{Format: extract.FormatText, Title: doc.Title, Body: doc.Text}
	for at := 0; at < len(doc.Text); {
		end := len(doc.Text)
		if i := strings.Index(doc.Text[at:], "\n\n"); i >= 0 {
			end = at + i
		}
		if strings.TrimSpace(doc.Text[at:end]) != "" {
			t.Blocks = append(t.Blocks, extract.Block{Start: at, End: end, Kind: extract.KindParagraph})
		}
		at = min(end+2, len(doc.Text))
	}
	return t
}

// search ranks documents by their best passage. It asks for more passages
// until there are enough documents.
func (e *evaluation) search(ctx context.Context, query string, limit int) ([]string, error) {
	q := index.Query{Text: query, Classes: index.NewClasses(evalClass), Legs: e.how.legs}
	for q.Limit = min(4*limit, index.MaxHits); ; q.Limit = min(2*q.Limit, index.MaxHits) {
		res, err := e.ix.Search(ctx, q)
		if err == nil && res.Meaning == index.MeaningFailed {
			err = fmt.Errorf("no vectors: %w", res.Err)
		}
		if err != nil {
			return nil, fmt.Errorf("search collection: %w", err)
		}
		seen := map[uint32]bool{}
		var ids []string
		for _, h := range res.Hits {
			if !seen[h.Doc] && len(ids) < limit {
				seen[h.Doc] = true
				ids = append(ids, e.data.Documents[h.Doc-1].ID)
			}
		}
		if len(ids) == limit || len(res.Hits) < q.Limit || q.Limit == index.MaxHits {
			return ids, nil
		}
	}
}
