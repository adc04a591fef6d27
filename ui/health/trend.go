package health

import (
	"math"
	"time"
)

// sample is the free room at a moment.
type sample struct {
	At   time.Time `json:"at"`
	Free uint64    `json:"free"`
}

// trend is how fast the disk fills, by least squares over the samples.
type trend struct {
	perDay float64 // bytes that go a day; 0: none, or not known yet
}

const (
	trendSpan  = 14 * 24 * time.Hour // samples that count
	trendLeast = 24 * time.Hour      // they must span
	trendFew   = 6
	trendEver  = 10 * 365 * 24 * time.Hour // further ahead nothing is told
)

// trendOf fits a line through samples of the last two weeks.
func trendOf(all []sample, now time.Time) (t trend) {
	var x, y []float64
	for _, s := range all {
		if age := now.Sub(s.At); age >= 0 && age <= trendSpan {
			x, y = append(x, -age.Hours()/24), append(y, float64(s.Free))
		}
	}
	if len(x) < trendFew {
		return t
	}
	var mx, my, least, most float64
	least, most = math.Inf(1), math.Inf(-1)
	for i := range x {
		mx, my = mx+x[i]/float64(len(x)), my+y[i]/float64(len(x))
		least, most = min(least, x[i]), max(most, x[i])
	}
	if most-least < trendLeast.Hours()/24 {
		return t
	}
	var up, down float64
	for i := range x {
		up += (x[i] - mx) * (y[i] - my)
		down += (x[i] - mx) * (x[i] - mx)
	}
	t.perDay = max(0, -up/down)
	return t
}

// until is how long the room above the reserve lasts, 0 where it doesn't shrink
// or would last for longer than anybody plans.
func (t trend) until(free, reserve uint64) time.Duration {
	if t.perDay < 1 || free <= reserve {
		return 0
	}
	days := float64(free-reserve) / t.perDay
	if days > trendEver.Hours()/24 {
		return 0
	}
	return max(time.Duration(days*24*float64(time.Hour)), time.Minute)
}
