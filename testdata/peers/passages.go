package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	passageBytes = 900 // at most, unless one sentence is longer
	classCount   = 40
	askerClasses = 10
	batchSize    = 4000
)

// passage is one of the texts that are indexed.
type passage struct {
	Ordinal uint32 `json:"n"`
	Class   uint32 `json:"class"`
	Lang    string `json:"lang"`
	Title   string `json:"title"`
	Text    string `json:"text"`
}

// asking is a question with the classes that who asks may read.
type asking struct {
	Text    string   `json:"text"`
	Classes []uint32 `json:"classes"`
}

var collections = []struct{ name, lang string }{
	{"cdtn-fr", "fr"}, {"piaf-fr", "fr"}, {"nfcorpus-pre", "en"}, {"cranfield", "en"}, {"cisi", "en"},
}

// makePassages writes n passages and the collections' own questions: first the
// collections' texts as they are, cut at sentences, and when those are used up
// passages of sentences drawn from one collection.
func makePassages(texts, dir string, n int) (own int, err error) {
	rnd := rand.New(rand.NewPCG(3, uint64(n)))
	var all []passage
	sentences := map[string][]string{}
	var queries []asking
	for _, c := range collections {
		docs, asks, err := readCollection(filepath.Join(texts, c.name))
		if err != nil {
			return 0, err
		}
		for _, d := range docs {
			for _, text := range cut(d.Text) {
				all = append(all, passage{Lang: c.lang, Title: d.Title, Text: text})
				sentences[c.lang] = append(sentences[c.lang], strings.SplitAfter(text, ". ")...)
			}
		}
		rnd.Shuffle(len(asks), func(i, j int) { asks[i], asks[j] = asks[j], asks[i] })
		for _, q := range asks[:min(len(asks), asked/len(collections)*2)] {
			queries = append(queries, asking{Text: q})
		}
	}
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	own = min(n, len(all))
	for len(all) < n {
		from, text := all[rnd.IntN(own)], ""
		for len(text) < passageBytes*3/4 {
			text += sentences[from.Lang][rnd.IntN(len(sentences[from.Lang]))]
		}
		all = append(all, passage{Lang: from.Lang, Title: from.Title, Text: text})
	}
	rnd.Shuffle(len(queries), func(i, j int) { queries[i], queries[j] = queries[j], queries[i] })
	queries = queries[:min(len(queries), asked)]
	for i := range queries {
		for _, c := range rnd.Perm(classCount)[:askerClasses] {
			queries[i].Classes = append(queries[i].Classes, uint32(c+1))
		}
	}
	for i := range all {
		all[i].Ordinal, all[i].Class = uint32(i+1), 1+rnd.Uint32N(classCount)
	}
	if err := writeLines(filepath.Join(dir, "questions.jsonl"), queries); err != nil {
		return 0, err
	}
	return own, writeLines(filepath.Join(dir, "passages.jsonl"), all[:n])
}

// cut makes passages of a text.
func cut(text string) (passages []string) {
	var b strings.Builder
	for s := range strings.SplitAfterSeq(text, ". ") {
		if b.Len() > 0 && b.Len()+len(s) > passageBytes {
			passages = append(passages, b.String())
			b.Reset()
		}
		b.WriteString(s)
	}
	return append(passages, b.String())
}

type document struct{ Title, Text string }

func readCollection(dir string) (docs []document, queries []string, err error) {
	err = eachLine(filepath.Join(dir, "corpus.jsonl"), func(line []byte) error {
		var d document
		defer func() { docs = append(docs, d) }()
		return json.Unmarshal(line, &d)
	})
	if err != nil {
		return nil, nil, err
	}
	err = eachLine(filepath.Join(dir, "queries.jsonl"), func(line []byte) error {
		var q document
		defer func() { queries = append(queries, q.Text) }()
		return json.Unmarshal(line, &q)
	})
	return docs, queries, err
}

func eachLine(path string, do func(line []byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open texts: %w", err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		if err := do(s.Bytes()); err != nil {
			return fmt.Errorf("read texts: %w", err)
		}
	}
	return s.Err()
}

func writeLines[T any](path string, all []T) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write texts: %w", err)
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	e := json.NewEncoder(w)
	for _, one := range all {
		if err := e.Encode(one); err != nil {
			return fmt.Errorf("write texts: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write texts: %w", err)
	}
	return nil
}

// eachBatch reads the passages again and hands them on four thousand at a time;
// only what is done with them counts as time.
func eachBatch(dir string, do func([]passage) error) error {
	var batch []passage
	building = answer{}
	hand := func() error {
		begun, cpu := time.Now(), processor()
		err := do(batch)
		building.Seconds += time.Since(begun).Seconds()
		building.Processor += (processor() - cpu).Seconds()
		batch = nil
		return err
	}
	err := eachLine(filepath.Join(dir, "passages.jsonl"), func(line []byte) error {
		var p passage
		if err := json.Unmarshal(line, &p); err != nil {
			return err
		}
		if batch = append(batch, p); len(batch) < batchSize {
			return nil
		}
		return hand()
	})
	if err != nil || len(batch) == 0 {
		return err
	}
	return hand()
}

func readQueries(dir string) (all []asking, err error) {
	err = eachLine(filepath.Join(dir, "questions.jsonl"), func(line []byte) error {
		var q asking
		defer func() { all = append(all, q) }()
		return json.Unmarshal(line, &q)
	})
	return all, err
}
