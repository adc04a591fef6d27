package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
	"strings"
	"text/tabwriter"
)

// figure is what one contestant did.
type figure struct {
	Name         string  `json:"name"`
	Kind         string  `json:"vectors,omitempty"`
	N            int     `json:"n"`
	Own          int     `json:"as_found,omitempty"` // passages that are the collections' own
	BuildSeconds float64 `json:"build_s,omitempty"`
	BuildPS      float64 `json:"build_per_s,omitempty"`
	Recall       float64 `json:"recall_at_10,omitempty"`
	PerSecond    float64 `json:"per_s"`
	P50          float64 `json:"p50_ms,omitempty"`
	P99          float64 `json:"p99_ms,omitempty"`
	PeakMB       float64 `json:"peak_mb,omitempty"`
	// Ratio is the product's rate to this one's, the median of the turns'.
	Ratio          float64 `json:"ratio,omitempty"`
	ProcessorRatio float64 `json:"ratio_of_processor_time,omitempty"`

	rates, cpuRates, builds, cpuBuilds []float64
	p50s, p99s                         []float64
	least                              float64
}

// add takes the times of a turn's queries.
func (f *figure) add(millis []float64) {
	if len(millis) > 0 {
		slices.Sort(millis)
		f.p50s = append(f.p50s, millis[len(millis)/2])
		f.p99s = append(f.p99s, millis[len(millis)*99/100])
	}
}

type filterFigure struct {
	Kind           string  `json:"vectors"`
	N              int     `json:"n"`
	Filter         string  `json:"filter"`
	Admitted       int     `json:"admitted"`
	Recall         float64 `json:"recall_at_10"`
	PerSecond      float64 `json:"per_s"`
	ExactPerSecond float64 `json:"exact_over_all_per_s"`
	Ratio          float64 `json:"ratio"`
	ProcessorRatio float64 `json:"ratio_of_processor_time"`
}

type target struct {
	What  string  `json:"what"`
	Value float64 `json:"value"`
	Limit float64 `json:"limit"`
	Least bool    `json:"at_least"` // else at most
	Met   bool    `json:"met"`
	kind  kind
}

// kind says what a busy machine does to a target.
type kind int

const (
	sound  kind = iota // nothing
	robust             // it may halve a rate, or double a time
	frail              // anything
)

type report struct {
	Vectors  []*figure      `json:"vectors"`
	Filtered []filterFigure `json:"filtered"`
	Words    []*figure      `json:"words"`
	Targets  []target       `json:"targets"`
	Skipped  []string       `json:"skipped,omitempty"`

	memoryDone bool
}

func (r *report) skip(name string, why error) {
	if s := fmt.Sprintf("%s: %v", name, why); !slices.Contains(r.Skipped, s) {
		r.Skipped = append(r.Skipped, s)
	}
}

func (r *report) target(what string, value, limit float64, least bool, k kind) {
	met := value <= limit
	if least {
		met = value >= limit
	}
	r.Targets = append(r.Targets, target{what, value, limit, least, met, k})
}

// vectors judges one size. Rates are asked for at 50,000, recall at all.
func (r *report) vectors(n string, of map[string]*figure) {
	mine := of["coffre"]
	for _, c := range contenders {
		f := of[c.name]
		if f == nil {
			continue
		}
		f.PerSecond = median(f.rates)
		r.Vectors = append(r.Vectors, f)
		if mine == nil || f == mine {
			continue
		}
		f.Ratio, f.ProcessorRatio = ratio(mine.rates, f.rates), ratio(mine.cpuRates, f.cpuRates)
		if f.least > 0 {
			r.target(fmt.Sprintf("%s: rate ÷ %s's", n, f.Name), f.Ratio, f.least, true, robust)
		}
	}
	if other := of["hnswlib"]; other != nil && mine != nil {
		// Both graphs differ from run to run with the order in which processors link.
		r.target(n+": recall − hnswlib's", mine.Recall-other.Recall, -0.005, true, frail)
		r.target(n+": recall", mine.Recall, 0.98, true, sound)
	}
}

func (r *report) filtered(n int, kind string) {
	for _, f := range r.Filtered {
		if f.N == n && f.Kind == kind {
			r.target(fmt.Sprintf("%d vectors (%s), %s%%: recall", n, kind, f.Filter), f.Recall, 0.99, true, sound)
			r.target(fmt.Sprintf("%d vectors (%s), %s%%: rate ÷ exact over all", n, kind, f.Filter), f.Ratio, 0.3, true, robust)
		}
	}
}

func (r *report) words(n int, of map[string]*figure) {
	mine, other := of["coffre-words"], of["fts5"]
	for _, f := range of {
		f.PerSecond, f.P50, f.P99, f.BuildPS = median(f.rates), median(f.p50s), median(f.p99s), median(f.builds)
		f.Ratio, f.ProcessorRatio = ratio(mine.rates, f.rates), ratio(mine.cpuRates, f.cpuRates)
		r.Words = append(r.Words, f)
	}
	sort.Slice(r.Words, func(i, j int) bool {
		return r.Words[i].N*10+len(r.Words[i].Name) < r.Words[j].N*10+len(r.Words[j].Name)
	})
	r.target(fmt.Sprintf("%d passages: p50 ÷ FTS5's", n), ratio(mine.p50s, other.p50s), 0.5, false, robust)
	r.target(fmt.Sprintf("%d passages: p99 ÷ FTS5's", n), ratio(mine.p99s, other.p99s), 0.5, false, frail)
	r.target(fmt.Sprintf("%d passages: indexing rate ÷ FTS5's", n), ratio(mine.builds, other.builds), 0.4, true, frail)
}

func (r *report) print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "vectors\tcontestant\trecall@10\tqueries/s\tours ÷ its\tby processor\tbuilt in s\t")
	for _, f := range r.Vectors {
		fmt.Fprintf(t, "%d %s\t%s\t%.4f\t%.0f\t%.2f\t%.2f\t%.1f\t\n", f.N, f.Kind, f.Name, f.Recall, f.PerSecond, f.Ratio, f.ProcessorRatio, f.BuildSeconds)
	}
	fmt.Fprintln(t, "\t\t\t\t\t\t\t\nvectors\tfilter\trecall@10\tqueries/s\t÷ exact over all\tby processor\tadmitted\t")
	for _, f := range r.Filtered {
		fmt.Fprintf(t, "%d %s\t%s%%\t%.4f\t%.0f\t%.2f\t%.2f\t%d\t\n", f.N, f.Kind, f.Filter, f.Recall, f.PerSecond, f.Ratio, f.ProcessorRatio, f.Admitted)
	}
	fmt.Fprintln(t, "\t\t\t\t\t\t\t\npassages\tcontestant\tp50 ms\tp99 ms\tqueries/s\tindexed/s\tpeak MB\t")
	for _, f := range r.Words {
		fmt.Fprintf(t, "%d\t%s\t%.2f\t%.2f\t%.0f\t%.0f\t%.0f\t\n", f.N, f.Name, f.P50, f.P99, f.PerSecond, f.BuildPS, f.PeakMB)
	}
	_ = t.Flush()
	fmt.Fprintln(w)
	for _, g := range r.Targets {
		sign, verdict := "≤", "PASS"
		if g.Least {
			sign = "≥"
		}
		if !g.Met {
			verdict = "FAIL"
		}
		fmt.Fprintf(w, "%s  %s: %.4g, wanted %s %g\n", verdict, g.What, g.Value, sign, g.Limit)
	}
	for _, s := range r.Skipped {
		fmt.Fprintln(w, "not measured:", s)
	}
}

// verdict is an error where a target is missed: any, or with lenience those
// that a busy machine has no part in, and robust ones that are missed by half.
func (r *report) verdict(lenient bool) error {
	var missed []string
	for _, g := range r.Targets {
		far := g.Least && g.Value < g.Limit/2 || !g.Least && g.Value > g.Limit*2
		if !g.Met && (!lenient || g.kind == sound || g.kind == robust && far) {
			missed = append(missed, g.What)
		}
	}
	if len(missed) > 0 {
		return errors.New("missed: " + strings.Join(missed, "; "))
	}
	return nil
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

// ratio is the median of the turns' ratios.
func ratio(mine, its []float64) float64 {
	var all []float64
	for i := range min(len(mine), len(its)) {
		all = append(all, mine[i]/max(its[i], 1e-9))
	}
	return median(all)
}

func writeText(path, text string) error { return os.WriteFile(path, []byte(text), 0o600) }
