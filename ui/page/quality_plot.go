package page

import (
	"strconv"

	"coffre/ui/words"
)

// plotRuns is how many runs a plot shows: more would be a smear.
const plotRuns = 60

// The plot's height and its inner edges in pixels; across, all is in percent, so
// that it fits every width without distortion.
const (
	plotHeight, plotTop, plotBottom = 208, 24, 180
	plotLeft, plotRight             = 7.0, 97.0
)

// plotLine is one figure over time.
type plotLine struct {
	class, label string
	dots         []plotDot
}

type plotDot struct {
	x, y  string
	px    float64
	py    int
	value string
}

// plot is the figures of runs, drawn.
type plot struct {
	lines []plotLine
	marks []plotMark
	ticks []plotTick
}

// plotMark is where something changed; its letter leads to the list below.
type plotMark struct {
	x, letter string
	run       TestRun
}

type plotTick struct {
	y     string
	label string
}

func percentOf(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) + "%" }

// newPlot places the newest runs, evenly spaced: what counts is their order.
func newPlot(l words.Lang, runs []TestRun) plot {
	runs = runs[max(0, len(runs)-plotRuns):]
	x := func(i int) float64 {
		if len(runs) == 1 {
			return (plotLeft + plotRight) / 2
		}
		return plotLeft + (plotRight-plotLeft)*float64(i)/float64(len(runs)-1)
	}
	y := func(share float64) int { return plotBottom - int(float64(plotBottom-plotTop)*share+0.5) }
	var p plot
	for _, t := range []float64{0, 0.5, 1} {
		p.ticks = append(p.ticks, plotTick{strconv.Itoa(y(t)), l.Percent(t)})
	}
	for _, of := range []struct {
		class, label string
		value        func(TestRun) float64
	}{
		{"plot-ndcg", l.T("quality.order"), func(r TestRun) float64 { return r.NDCG }},
		{"plot-hit", l.T("quality.hit"), func(r TestRun) float64 { return r.Hit }},
		{"plot-right", l.T("quality.right"), func(r TestRun) float64 { return r.Right }},
	} {
		line := plotLine{class: of.class, label: of.label}
		for i, r := range runs {
			v := of.value(r)
			line.dots = append(line.dots, plotDot{percentOf(x(i)), strconv.Itoa(y(v)), x(i), y(v), l.Percent(v)})
		}
		p.lines = append(p.lines, line)
	}
	for i, r := range runs {
		if r.marked() {
			p.marks = append(p.marks, plotMark{percentOf(x(i)), letterOf(len(p.marks)), r})
		}
	}
	return p
}

// letterOf counts A to Z, then A1 and so on.
func letterOf(n int) string {
	s := string(rune('A' + n%26))
	if n >= 26 {
		s += strconv.Itoa(n / 26)
	}
	return s
}
