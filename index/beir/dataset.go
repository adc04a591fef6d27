// Package beir measures a search against a collection with judged answers, in
// the directory layout of BEIR (Thakur et al. 2021):
//
//	corpus.jsonl     {"_id", "title", "text"} a line
//	queries.jsonl    {"_id", "text"} a line
//	qrels/test.tsv   query-id, corpus-id, score, with a header line
//
// The package's rule: it knows no search of its own and reads only what the
// layout names.
package beir

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Document is a line of corpus.jsonl.
type Document struct {
	ID    string `json:"_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Query is a line of queries.jsonl.
type Query struct {
	ID   string `json:"_id"`
	Text string `json:"text"`
}

// Dataset is a collection in memory.
type Dataset struct {
	Name      string // last element of the directory
	Documents []Document
	Queries   []Query                   // those with at least one relevant document, in the file's order
	Relevant  map[string]map[string]int // query id, document id, grade; grades of 0 and less are left out
}

// maxLine bounds a line of a file, bytes.
const maxLine = 64 << 20

// Load reads the collection in dir. It refuses repeated ids and judgements of
// documents or queries that are not there; its errors name file and line.
func Load(dir string) (Dataset, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Dataset{}, fmt.Errorf("load collection: %w", err)
	}
	d := Dataset{Name: filepath.Base(abs), Relevant: map[string]map[string]int{}}
	var queries []Query
	load := func(name string, read func(io.Reader) error) {
		if err == nil {
			err = readFile(filepath.Join(dir, name), read)
		}
	}
	load("corpus.jsonl", func(r io.Reader) error {
		d.Documents, err = readLines(r, func(x Document) string { return x.ID })
		return err
	})
	load("queries.jsonl", func(r io.Reader) error {
		queries, err = readLines(r, func(x Query) string { return x.ID })
		return err
	})
	load("qrels/test.tsv", func(r io.Reader) error { return d.readJudgements(r, queries) })
	if err != nil {
		return Dataset{}, fmt.Errorf("load collection: %w", err)
	}
	for _, q := range queries {
		if len(d.Relevant[q.ID]) > 0 {
			d.Queries = append(d.Queries, q)
		}
	}
	if len(d.Queries) == 0 {
		return Dataset{}, fmt.Errorf("load collection: qrels/test.tsv finds nothing relevant for any query")
	}
	return d, nil
}

func readFile(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := read(f); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return nil
}

// eachLine calls fn with every line that isn't blank and its number from 1.
func eachLine(r io.Reader, fn func(n int, line []byte) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), maxLine)
	n := 0
	for sc.Scan() {
		n++
		line := bytes.TrimSpace(bytes.TrimPrefix(sc.Bytes(), []byte("\ufeff")))
		if len(line) == 0 {
			continue
		}
		if err := fn(n, line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return nil
}

// readLines decodes one value a line and checks that ids are there and differ.
func readLines[T any](r io.Reader, id func(T) string) ([]T, error) {
	var all []T
	seen := map[string]bool{}
	err := eachLine(r, func(_ int, line []byte) error {
		var x T
		if err := json.Unmarshal(line, &x); err != nil {
			return err
		}
		switch k := id(x); {
		case k == "":
			return fmt.Errorf("_id is missing")
		case seen[k]:
			return fmt.Errorf("_id %q is there twice", k)
		default:
			seen[k] = true
		}
		all = append(all, x)
		return nil
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("no lines")
	}
	return all, err
}

func (d *Dataset) readJudgements(r io.Reader, queries []Query) error {
	docs, asked := make(map[string]bool, len(d.Documents)), make(map[string]bool, len(queries))
	for _, doc := range d.Documents {
		docs[doc.ID] = true
	}
	for _, q := range queries {
		asked[q.ID] = true
	}
	return eachLine(r, func(n int, line []byte) error {
		cols := strings.Split(string(line), "\t")
		if len(cols) != 3 {
			return fmt.Errorf("%d columns instead of query-id, corpus-id, score", len(cols))
		}
		grade, err := strconv.Atoi(strings.TrimSpace(cols[2]))
		if err != nil {
			if n == 1 {
				return nil // the header
			}
			return fmt.Errorf("score: %w", err)
		}
		query, doc := cols[0], cols[1]
		switch {
		case !asked[query]:
			return fmt.Errorf("query %q is not in queries.jsonl", query)
		case !docs[doc]:
			return fmt.Errorf("document %q is not in corpus.jsonl", doc)
		case grade <= 0:
			return nil
		}
		if d.Relevant[query] == nil {
			d.Relevant[query] = map[string]int{}
		}
		d.Relevant[query][doc] = grade
		return nil
	})
}
