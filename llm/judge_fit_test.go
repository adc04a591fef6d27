package llm

import (
	"bufio"
	"compress/gzip"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var fitFlag = flag.Bool("fit", false, "print the coefficients of judge_model.go")

// judged is a line of testdata/evidence.tsv.gz.
type judged struct {
	set, id, kind string
	answerable    bool
	Evidence
}

// readJudged reads the evidence that `coffre eval --evidence` wrote; judge_model.go
// tells how.
func readJudged(t *testing.T) (out []judged) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "evidence.tsv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for sc := bufio.NewScanner(z); sc.Scan(); {
		c := strings.Split(sc.Text(), "\t")
		j := judged{set: c[0], id: c[1], kind: c[2], answerable: c[3] == "true"}
		j.Words, err = strconv.Atoi(c[4])
		j.Meaning = c[5] == "true"
		for i, x := range j.figures() {
			if err == nil {
				*x, err = strconv.ParseFloat(c[6+i], 64)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, j)
	}
	return out
}

// weightOf is how much a line counts in the fit, 0 for none. What is left of
// cranfield and cisi once their judged documents are out was never judged, and
// speaks of the same things: it teaches nothing. Questions of piaf-fr whose
// paragraph is out count half, since in a firm most questions have an answer. The sample firm's questions
// with even numbers are kept for the test.
func (j judged) weightOf() float64 {
	switch j.set {
	case "demo":
		if j.even() {
			return 0
		}
		return 8
	case "piaf-fr":
		if j.kind == "out" {
			return 0.5
		}
		return 1
	}
	if j.kind == "out" {
		return 0
	}
	return 0.5
}

func (j judged) even() bool {
	n, _ := strconv.Atoi(strings.TrimLeft(j.id, "abcdefghijklmnopqrstuvwxyz"))
	return n%2 == 0
}

// fitted are the coefficients of a logistic regression with a small ridge, by
// Newton's method (McCullagh and Nelder, "Generalized Linear Models", 1989).
func fitted(lines []judged, meaning bool) []float64 {
	var xs [][]float64
	var ys, ws []float64
	for _, j := range lines {
		w := j.weightOf()
		if w == 0 || j.Meaning && !meaning || meaning != j.Meaning {
			continue
		}
		y := 0.0
		if j.answerable {
			y = 1
		}
		xs, ys, ws = append(xs, j.vector()), append(ys, y), append(ws, w)
	}
	b := make([]float64, len(xs[0]))
	for range 60 {
		b = newton(b, xs, ys, ws)
	}
	return b
}

const ridge = 1.0

func newton(b []float64, xs [][]float64, ys, ws []float64) []float64 {
	n := len(b)
	h := make([][]float64, n) // Hessian, and the gradient as its last column
	for i := range h {
		h[i] = make([]float64, n+1)
		if i > 0 {
			h[i][i], h[i][n] = ridge, -ridge*b[i]
		}
	}
	for k, x := range xs {
		sum := 0.0
		for i := range x {
			sum += b[i] * x[i]
		}
		p := 1 / (1 + math.Exp(-sum))
		for i := range x {
			h[i][n] += ws[k] * (ys[k] - p) * x[i]
			for j := range x {
				h[i][j] += ws[k] * p * (1 - p) * x[i] * x[j]
			}
		}
	}
	step := solve(h)
	out := make([]float64, n)
	for i := range out {
		out[i] = b[i] + step[i]
	}
	return out
}

// solve is Gauss's elimination with pivots; the last column is the right side.
func solve(m [][]float64) []float64 {
	n := len(m)
	for c := range n {
		best := c
		for r := c; r < n; r++ {
			if math.Abs(m[r][c]) > math.Abs(m[best][c]) {
				best = r
			}
		}
		m[c], m[best] = m[best], m[c]
		for r := range n {
			if r == c {
				continue
			}
			f := m[r][c] / m[c][c]
			for k := c; k <= n; k++ {
				m[r][k] -= f * m[c][k]
			}
		}
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = m[i][n] / m[i][i]
	}
	return out
}

// TestJudgeFit holds the coefficients of judge_model.go to the evidence that they
// were fitted on, and prints the table that stands there.
func TestJudgeFit(t *testing.T) {
	lines := readJudged(t)
	words, both := fitted(lines, false), fitted(lines, true)
	if *fitFlag {
		fmt.Printf("byWords = %s\nbyBoth = %s\n", literal(words), literal(both))
		copy(byWords[:], words)
		copy(byBoth[:], both)
	}
	for i, b := range append(words, both...) {
		if is := append(byWords[:], byBoth[:]...)[i]; math.Abs(is-b) > 0.006 {
			t.Errorf("coefficient %d is %.2f, fitted %.4f", i, is, b)
		}
	}
	for _, least := range []float64{0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8} {
		t.Log(tableRow(lines, least))
	}
}

func literal(b []float64) string {
	var s []string
	for _, x := range b {
		s = append(s, strconv.FormatFloat(x, 'f', 2, 64))
	}
	return "{" + strings.Join(s, ", ") + "}"
}

// tableRow is what share of each group is answered with a threshold.
func tableRow(lines []judged, least float64) string {
	row := fmt.Sprintf("%.2f", least)
	for _, g := range []struct {
		set, kind string
		meaning   bool
	}{
		{"piaf-fr", "in", false}, {"piaf-fr", "out", false}, {"piaf-fr", "off", false},
		{"english", "in", true}, {"english", "off", true}, {"english", "in", false}, {"english", "off", false},
		{"even", "answerable", false}, {"even", "unanswerable", false}, {"even", "forbidden", false},
		{"demo", "answerable", false}, {"demo", "unanswerable", false}, {"demo", "forbidden", false},
	} {
		n, of := 0, 0
		for _, j := range lines {
			english := j.set != "demo" && j.set != "piaf-fr"
			switch {
			case j.kind != g.kind, g.set == "english" && (!english || j.Meaning != g.meaning), g.set == "even" && !j.even():
				continue
			case g.set != "english" && j.set != g.set && g.set != "even":
				continue
			}
			of++
			if j.Probability() >= least {
				n++
			}
		}
		row += fmt.Sprintf("  %s/%s %s", g.set, g.kind, percent(n, of))
	}
	return row
}
