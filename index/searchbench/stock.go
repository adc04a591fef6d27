package searchbench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/document"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/registry"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/collector"
	"github.com/blevesearch/bleve/v2/search/searcher"
	api "github.com/blevesearch/bleve_index_api"

	"coffre/index"
)

// stock is bleve as it comes, the yardstick of words: its index, its analyzers
// for French and English, its searchers and its scores. Passages have a title
// and a text in the field of their language, and a keyword for their class, by
// which rights are filtered. Nothing is stored and no positions are kept, so
// that it does no more than it is asked for.
type stock struct {
	words     *scorch.Scorch
	queue     *api.AnalysisQueue
	analyzers map[string]analysis.Analyzer
}

func openStock(dir string) (*stock, error) {
	s := &stock{queue: api.NewAnalysisQueue(4), analyzers: map[string]analysis.Analyzer{}} // as bleve has it
	cache := registry.NewCache()
	for lang, name := range map[string]string{"fr": fr.AnalyzerName, "en": en.AnalyzerName} {
		a, err := cache.AnalyzerNamed(name)
		if err != nil {
			return nil, fmt.Errorf("make stock analyzer: %w", err)
		}
		s.analyzers[lang] = a
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create directory: %w", err)
	}
	idx, err := scorch.NewScorch(scorch.Name, map[string]any{"path": dir}, s.queue)
	if err != nil {
		return nil, fmt.Errorf("configure stock index: %w", err)
	}
	s.words = idx.(*scorch.Scorch)
	if err := s.words.Open(); err != nil {
		return nil, fmt.Errorf("open stock index: %w", err)
	}
	return s, nil
}

// apply indexes documents in one batch.
func (s *stock) apply(docs []index.Doc) error {
	b := api.NewBatch()
	for _, d := range docs {
		for _, p := range d.Passages {
			doc := document.NewDocument(strconv.FormatUint(uint64(p.Ordinal), 10))
			a := s.analyzers[p.Lang]
			doc.AddField(document.NewTextFieldCustom("title_"+p.Lang, nil, []byte(p.Title), api.IndexField, a))
			doc.AddField(document.NewTextFieldCustom("text_"+p.Lang, nil, []byte(p.Text), api.IndexField, a))
			doc.AddField(document.NewTextFieldCustom("class", nil, []byte(classWord(d.Class)), api.IndexField, nil))
			b.Update(doc)
		}
	}
	if err := s.words.Batch(b); err != nil {
		return fmt.Errorf("index batch: %w", err)
	}
	return nil
}

// classWord makes a class one word of letters and digits.
func classWord(class uint32) string { return "c" + strconv.FormatUint(uint64(class), 10) }

// search asks for any of the words in the fields of the question's language,
// among the classes of the asker, and returns the number of hits.
func (s *stock) search(ctx context.Context, q index.Query) (n int, err error) {
	reader, err := s.words.Reader()
	if err != nil {
		return 0, fmt.Errorf("read stock index: %w", err)
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	var of search.SearcherOptions
	anyOf := func(field string, words []string) (search.Searcher, error) {
		var all []search.Searcher
		for _, w := range words {
			one, err := searcher.NewTermSearcher(ctx, reader, w, field, 1, of)
			if err != nil {
				return nil, fmt.Errorf("search a word: %w", err)
			}
			all = append(all, one)
		}
		return searcher.NewDisjunctionSearcher(ctx, reader, all, 1, of)
	}
	var words, classes []string
	for _, t := range s.analyzers[q.Lang].Analyze([]byte(strings.TrimSuffix(q.Text, " ?"))) {
		words = append(words, string(t.Term))
	}
	for _, c := range q.Classes.List() {
		classes = append(classes, classWord(c))
	}
	title, err1 := anyOf("title_"+q.Lang, words)
	text, err2 := anyOf("text_"+q.Lang, words)
	rights, err3 := anyOf("class", classes)
	if err := errors.Join(err1, err2, err3); err != nil {
		return 0, err
	}
	either, err := searcher.NewDisjunctionSearcher(ctx, reader, []search.Searcher{title, text}, 1, of)
	if err != nil {
		return 0, fmt.Errorf("search words: %w", err)
	}
	both, err := searcher.NewConjunctionSearcher(ctx, reader, []search.Searcher{either, rights}, of)
	if err != nil {
		return 0, fmt.Errorf("search with rights: %w", err)
	}
	top := collector.NewTopNCollector(q.Limit, 0, search.SortOrder{&search.SortScore{Desc: true}})
	if err := top.Collect(ctx, both, reader); err != nil {
		return 0, fmt.Errorf("collect hits: %w", err)
	}
	return len(top.Results()), nil
}

func (s *stock) close() error {
	err := s.words.Close()
	s.queue.Close()
	return err
}
