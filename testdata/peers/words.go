package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// compareWords measures the product's words leg beside FTS5 on n passages.
func compareWords(o options, r *report, n int) error {
	if _, err := os.Stat(filepath.Join(o.texts, collections[0].name, "corpus.jsonl")); err != nil {
		r.skip("words", fmt.Errorf("no collections at %q: -texts names their directory", o.texts))
		return nil
	}
	dir, err := o.scratch(fmt.Sprintf("passages-%d", n))
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	own, err := makePassages(o.texts, dir, n)
	if err != nil {
		return err
	}
	o.note("%d passages: %d as the collections have them, the others of their sentences drawn anew", n, own)
	names := []string{"coffre-words", "fts5", "fts5-stop"}
	of := map[string]*figure{}
	var peers []*peer
	defer func() {
		for _, p := range peers {
			p.end()
		}
	}()
	for _, name := range names {
		p, err := startWords(name, dir)
		if err != nil {
			return err
		}
		peers = append(peers, p)
		of[name] = &figure{Name: name, N: n, Own: own}
	}
	if err := build(o, peers, of); err != nil {
		return err
	}
	if err := takeTurns(o, peers, of, asked); err != nil {
		return err
	}
	r.words(n, of)
	return remember(o, r)
}

func startWords(name, dir string) (*peer, error) {
	role, more := name, []string{dir, name}
	if name == "fts5-stop" {
		role, more = "fts5", append(more, "stop")
	}
	command, err := ourselves(role, more...)
	if err != nil {
		return nil, err
	}
	return start(name, command...)
}

// build lets each index the passages three times, in turn.
func build(o options, peers []*peer, of map[string]*figure) error {
	for range 3 {
		for _, p := range peers {
			f := of[p.name]
			if p.name == "fts5-stop" && f.builds != nil {
				continue // the same index as fts5's
			}
			a, err := p.ask("build")
			if err != nil {
				return err
			}
			f.builds = append(f.builds, float64(a.Count)/a.Seconds)
			f.cpuBuilds = append(f.cpuBuilds, float64(a.Count)/max(a.Processor, 1e-6))
			f.PeakMB = max(f.PeakMB, a.PeakMB)
			o.note("%s: %.0f passages/s, %.0f by processor time, at most %.0f MB", p.name, float64(a.Count)/a.Seconds, float64(a.Count)/max(a.Processor, 1e-6), a.PeakMB)
		}
	}
	return nil
}

// remember measures the memory of indexing many passages.
func remember(o options, r *report) error {
	if o.memory == 0 || r.memoryDone {
		return nil
	}
	r.memoryDone = true
	dir, err := o.scratch("memory")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if _, err := makePassages(o.texts, dir, o.memory); err != nil {
		return err
	}
	p, err := startWords("coffre-words", dir)
	if err != nil {
		return err
	}
	defer p.end()
	a, err := p.ask("build")
	if err != nil {
		return err
	}
	r.target("indexing, peak MB at "+fmt.Sprint(o.memory)+" passages", a.PeakMB, 500, false, sound)
	return nil
}
