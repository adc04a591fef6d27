package llm

import (
	"math"
	"strconv"

	"coffre/store"
)

// SettingStrictness is how sure the box must be before it answers: a name of
// strictness, or a probability from leastLeast to mostLeast with a point.
const SettingStrictness = "answers.strictness"

// The names that the setting takes beside figures. judge_model.go has the table
// that the probabilities behind them were read from.
const (
	Strict   = "strict"
	Balanced = "balanced" // the default
	Lenient  = "lenient"

	leastLeast = 0.05
	mostLeast  = 0.95
)

var strictness = map[string]float64{Strict: leastStrict, Balanced: DefaultLeast, Lenient: leastLenient}

// ParseStrictness is the probability that a value of the setting asks for; not
// ok where it is none.
func ParseStrictness(s string) (least float64, ok bool) {
	if least, ok = strictness[s]; ok {
		return least, true
	}
	least, err := strconv.ParseFloat(s, 64)
	return least, err == nil && least >= leastLeast && least <= mostLeast
}

// Strictness is what a tenant asks for.
func Strictness(v *store.View) float64 {
	if least, ok := ParseStrictness(v.Setting(SettingStrictness, Balanced)); ok {
		return least
	}
	return DefaultLeast
}

// Judgement is whether passages are worth a question.
type Judgement struct {
	Probability float64 // that they answer it, 0 to 1, as calibrated in judge_model.go
	Least       float64 // what the tenant asks for
	Enough      bool
	Evidence    Evidence
}

// Judge tells whether the sources are worth a question, or the box has to say
// that it found nothing: it then shows the nearest passages and asks no model.
// It is pure.
func Judge(question, lang string, sources []Source, t Trace, least float64) Judgement {
	j := Judgement{Least: least, Evidence: gather(question, lang, sources, t)}
	j.Probability = j.Evidence.Probability()
	j.Enough = j.Probability >= least
	return j
}

// Probability is the calibrated chance that a question with this evidence is
// answered by the passages.
func (e Evidence) Probability() float64 {
	if e.Words == 0 || e.Coverage == 0 && !e.Meaning {
		return 0
	}
	weights := byWords[:]
	if e.Meaning {
		weights = byBoth[:]
	}
	sum := 0.0
	for i, x := range e.vector() {
		sum += weights[i] * x
	}
	p := 1 / (1 + math.Exp(-sum))
	if e.Codes == 0 {
		p = min(p, mostStrange) // who asks for one invoice isn't helped with another
	}
	return p
}

// vector is what the models weigh, in the order of their coefficients. Without
// vectors it ends where those of meaning begin.
func (e Evidence) vector() []float64 {
	few, unnamed := 1/float64(max(1, e.Words)), 0.0
	if e.Named < leastNamed && e.Coverage < sureCoverage {
		unnamed = 1
	}
	x := []float64{1, e.Coverage, e.Coverage * e.Coverage, e.Strength, e.Margin, e.Named, e.Topic, e.Cover, e.Close, e.Pairs, e.Met, few, unnamed}
	if e.Meaning {
		x = append(x, e.Lift, e.Lift*e.Lift, e.Ahead, e.Agreed)
	}
	return x
}
