// Command peers measures the product's index beside what people would use
// instead, all in one run: vectors beside hnswlib, usearch, LanceDB, sqlite-vec
// and coder/hnsw, words beside SQLite FTS5. It prints tables, or JSON, and says
// of every target whether it is met.
//
//	bash setup.sh DIR && go run -tags sqlite_fts5 . -setup DIR -texts ../../../shared/data/retrieval
//
// Each contestant is a process of its own and asks on one thread; they take
// turns of a second, and a figure is the median of the turns. Rates are by the
// clock and by processor time (what a busy machine took away doesn't count).
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

type options struct {
	dir, setup, texts string
	cached            string
	vectors, passages string
	memory            int
	rounds            int
	turn              float64
	json, lenient     bool
	only              string
}

func main() {
	if len(os.Args) > 2 && os.Args[1] == "child" {
		exit(child(os.Args[2], os.Args[3:]))
	}
	var o options
	flag.StringVar(&o.dir, "dir", "", "scratch `directory` (a temporary one)")
	flag.StringVar(&o.setup, "setup", "", "`directory` that setup.sh has filled: without it only Go's and SQLite's take part")
	flag.StringVar(&o.texts, "texts", "", "`directory` with collections in BEIR's form; without it words are not measured")
	flag.StringVar(&o.cached, "cached", "", "`directory` of embeddings that coffre eval --cache has kept: vectors are made of those, too, at the first size")
	flag.StringVar(&o.vectors, "vectors", "50000,200000", "numbers of vectors")
	flag.StringVar(&o.passages, "passages", "50000", "numbers of passages")
	flag.IntVar(&o.memory, "memory", 200000, "passages at which memory of indexing is measured, 0 for none")
	flag.IntVar(&o.rounds, "rounds", 9, "turns of each contestant")
	flag.Float64Var(&o.turn, "turn", 1, "seconds of a turn")
	flag.StringVar(&o.only, "only", "", "contestants, separated by commas (all)")
	flag.BoolVar(&o.json, "json", false, "print JSON")
	flag.BoolVar(&o.lenient, "lenient", false, "fail only where answers are wrong: for a machine that does other things, too")
	flag.Parse()
	exit(run(o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(o options) error {
	if o.dir == "" {
		dir, err := os.MkdirTemp("", "peers-*")
		if err != nil {
			return fmt.Errorf("create scratch directory: %w", err)
		}
		defer os.RemoveAll(dir)
		o.dir = dir
	}
	var r report
	sizes, err := numbers(o.vectors)
	if err != nil {
		return err
	}
	made := o
	made.cached = ""
	for _, n := range sizes {
		if err := compareVectors(made, &r, n); err != nil {
			return fmt.Errorf("measure vectors: %w", err)
		}
	}
	if o.cached != "" && len(sizes) > 0 {
		if err := compareVectors(o, &r, sizes[0]); err != nil {
			return fmt.Errorf("measure vectors: %w", err)
		}
	}
	if sizes, err = numbers(o.passages); err != nil {
		return err
	}
	for _, n := range sizes {
		if err := compareWords(o, &r, n); err != nil {
			return fmt.Errorf("measure words: %w", err)
		}
	}
	if o.json {
		err = json.NewEncoder(os.Stdout).Encode(r)
	} else {
		r.print(os.Stdout)
	}
	if err != nil {
		return err
	}
	return r.verdict(o.lenient)
}

func numbers(list string) (all []int, err error) {
	for s := range strings.SplitSeq(list, ",") {
		var n int
		if s == "" || s == "0" {
			continue
		}
		if _, err := fmt.Sscan(s, &n); err != nil {
			return nil, fmt.Errorf("read number %q: %w", s, err)
		}
		all = append(all, n)
	}
	return all, nil
}

func (o options) wants(name string) bool {
	return o.only == "" || strings.Contains(","+o.only+",", ","+name+",")
}

func (o options) note(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}

// scratch makes a directory for one comparison.
func (o options) scratch(name string) (string, error) {
	dir := filepath.Join(o.dir, name)
	return dir, os.MkdirAll(dir, 0o700)
}
