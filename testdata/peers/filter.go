package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// filters are the shares of vectors that may be found, in 100.
var filters = []string{
	"random 50", "random 10", "random 2", "random 0.5", "topic 50", "topic 10", "topic 2", "topic 0.5",
}

// compareFiltered asks the product with rights, each filter in turn with exact
// search over everything, and compares with what float32 finds among the admitted.
func compareFiltered(o options, r *report, d *data, command []string) error {
	lines := make([]string, d.n)
	for i, t := range d.topic {
		lines[i] = fmt.Sprint(t)
	}
	if err := writeText(filepath.Join(d.dir, "topics.txt"), strings.Join(lines, "\n")); err != nil {
		return err
	}
	p, err := start("coffre-filtered", command...)
	if err != nil {
		return err
	}
	defer p.end()
	whole, err := ourselves("coffre-exact", d.dir)
	if err != nil {
		return err
	}
	exact, err := start("coffre-exact", whole...)
	if err != nil {
		return err
	}
	defer exact.end()
	for _, peer := range []*peer{p, exact} {
		if _, err := peer.ask("build"); err != nil {
			return err
		}
	}
	for _, what := range filters {
		f, err := oneFilter(o, d, p, exact, what)
		if err != nil {
			return err
		}
		r.Filtered = append(r.Filtered, f)
		o.note("filter %s: recall %.4f, %.0f/s, exact over all %.0f/s", what, f.Recall, f.PerSecond, f.ExactPerSecond)
	}
	r.filtered(d.n, o.kindOf())
	return nil
}

func oneFilter(o options, d *data, p, exact *peer, what string) (f filterFigure, err error) {
	admit, err := admission(what, d.topic)
	if err != nil {
		return f, err
	}
	f = filterFigure{Kind: o.kindOf(), N: d.n, Filter: what}
	for i := range d.n {
		if admit(i) {
			f.Admitted++
		}
	}
	if _, err := p.ask("allow %s", what); err != nil {
		return f, err
	}
	path := filepath.Join(d.dir, "filtered.answers")
	if _, err := p.ask("answers %d %s", asked, path); err != nil {
		return f, err
	}
	if f.Recall, err = recall(path, d.truth(admit)); err != nil {
		return f, err
	}
	of := map[string]*figure{p.name: {}, exact.name: {}}
	half := o
	half.turn, half.rounds = o.turn/2, (o.rounds+1)/2
	if err := takeTurns(half, []*peer{p, exact}, of, asked); err != nil {
		return f, err
	}
	mine, all := of[p.name], of[exact.name]
	f.PerSecond, f.ExactPerSecond = median(mine.rates), median(all.rates)
	f.Ratio, f.ProcessorRatio = ratio(mine.rates, all.rates), ratio(mine.cpuRates, all.cpuRates)
	return f, nil
}
