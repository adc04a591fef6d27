package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// contender is a peer of vectors: how it is started, how many of the queries it
// is asked for recall (exact and slow ones are asked few), and the least ratio
// of the product's rate to its own that the issue asks for.
type contender struct {
	name    string
	answers int
	least   float64
	command func(o options, dir string, n int) ([]string, error)
}

func inGo(role string) func(options, string, int) ([]string, error) {
	return func(_ options, dir string, _ int) ([]string, error) { return ourselves(role, dir) }
}

func inNode(role string) func(options, string, int) ([]string, error) {
	return func(o options, dir string, n int) ([]string, error) {
		command := []string{"node", filepath.Join("drivers", "node.mjs"), role, o.setup, dir}
		return append(command, sizes(n)...), o.has("node_modules", map[string]string{"lancedb": "@lancedb/", "usearch": ""}[role]+role)
	}
}

var contenders = []contender{
	{"coffre", asked, 0, inGo("coffre")},
	{"coffre-exact", asked, 0, inGo("coffre-exact")},
	{"hnswlib", asked, 0.9, func(o options, dir string, n int) ([]string, error) {
		return append([]string{filepath.Join(o.setup, "hnswlib"), dir}, sizes(n)...), o.has("hnswlib")
	}},
	{"usearch", asked, 2, inNode("usearch")},
	{"lancedb", 100, 20, inNode("lancedb")},
	{"sqlite-vec", 100, 20, func(o options, dir string, _ int) ([]string, error) {
		command, err := ourselves("sqlite-vec", dir, filepath.Join(o.setup, "node_modules", "sqlite-vec-linux-x64", "vec0.so"))
		if err == nil {
			err = o.has("node_modules", "sqlite-vec-linux-x64", "vec0.so")
		}
		return command, err
	}},
	{"coder", 200, 0, inGo("coder")},
}

// compareVectors measures all contenders on n vectors.
func compareVectors(o options, r *report, n int) error {
	dir, err := o.scratch(fmt.Sprintf("vectors-%d", n))
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o.note("%d vectors (%s): made, and compared with each query", n, o.kindOf())
	d, err := makeData(dir, n)
	if o.cached != "" {
		d, err = likeCached(dir, o.cached, n)
	}
	if err != nil {
		return err
	}
	truth := d.truth(nil)
	var peers []*peer
	defer func() {
		for _, p := range peers {
			p.end()
		}
	}()
	of := map[string]*figure{}
	for _, c := range contenders {
		f, p, err := enter(o, c, d, truth)
		if p != nil {
			peers = append(peers, p)
		}
		if err != nil {
			r.skip(c.name, err)
			o.note("%s takes no part: %v", c.name, err)
			continue
		}
		if f != nil {
			of[c.name] = f
		}
	}
	if err := takeTurns(o, peers, of, asked); err != nil {
		return err
	}
	r.vectors(fmt.Sprintf("%d vectors (%s)", n, o.kindOf()), of)
	if p, err := ourselves("coffre-filtered", dir); err == nil && o.wants("filtered") {
		return compareFiltered(o, r, d, p)
	}
	return nil
}

// enter starts a contender, lets it build, and compares its answers.
func enter(o options, c contender, d *data, truth []int32) (*figure, *peer, error) {
	if !o.wants(c.name) {
		return nil, nil, nil
	}
	command, err := c.command(o, d.dir, d.n)
	if err != nil {
		return nil, nil, err
	}
	p, err := start(c.name, command...)
	if err != nil {
		return nil, nil, err
	}
	if p.built, err = p.ask("build"); err != nil {
		p.end()
		return nil, nil, err
	}
	o.note("%s: built in %.1f s", c.name, p.built.Seconds)
	path := filepath.Join(d.dir, c.name+".answers")
	if _, err := p.ask("answers %d %s", c.answers, path); err != nil {
		p.end()
		return nil, nil, err
	}
	f := &figure{Name: c.name, Kind: o.kindOf(), N: d.n, BuildSeconds: p.built.Seconds, least: c.least}
	if f.Recall, err = recall(path, truth); err != nil {
		p.end()
		return nil, nil, err
	}
	return f, p, nil
}

// takeTurns lets every peer ask for a while, again and again.
func takeTurns(o options, peers []*peer, of map[string]*figure, span int) error {
	for i := range o.rounds {
		for _, p := range peers {
			a, err := p.ask("round %d %g", i*97%span, o.turn)
			if err != nil {
				return err
			}
			f := of[p.name]
			f.rates = append(f.rates, float64(a.Count)/a.Seconds)
			f.cpuRates = append(f.cpuRates, float64(a.Count)/max(a.Processor, 1e-6))
			f.add(a.Millis)
		}
	}
	return nil
}

// has tells what setup.sh would have to bring.
func (o options) has(path ...string) error {
	if o.setup == "" {
		return fmt.Errorf("bash setup.sh DIR installs it, and -setup DIR finds it")
	}
	if _, err := os.Stat(filepath.Join(append([]string{o.setup}, path...)...)); err != nil {
		return fmt.Errorf("setup.sh did not install it: %s", strings.Join(path, "/"))
	}
	return nil
}

func readTopics(path string) (topic []int, err error) {
	err = eachLine(path, func(line []byte) error {
		var t int
		_, err := fmt.Sscan(string(line), &t)
		topic = append(topic, t)
		return err
	})
	return topic, err
}
