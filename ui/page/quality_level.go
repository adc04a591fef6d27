package page

import "coffre/ui/words"

// total is how many questions a threshold was tried on.
func (a TestLevel) total() int { return a.Answered + a.Wrong + a.Missed + a.Refused + a.Invented }

func (a TestLevel) sentence(l words.Lang) string {
	return l.T("quality.level", "answered", a.Answered, "answerable", a.Answered+a.Wrong+a.Missed,
		"refused", a.Refused, "unanswerable", a.Refused+a.Invented)
}

// barPart is a stretch of a strip, in percent of its length.
type barPart struct{ class, x, width string }

// parts are what came out right, what was refused though there is an answer, and
// what was answered wrongly.
func (a TestLevel) parts() (out []barPart) {
	total, at := float64(max(1, a.total())), 0.0
	for _, p := range []struct {
		class string
		n     int
	}{{"bar-right", a.Answered + a.Refused}, {"bar-missed", a.Missed}, {"bar-wrong", a.Wrong + a.Invented}} {
		if p.n == 0 {
			continue
		}
		width := 100 * float64(p.n) / total
		out = append(out, barPart{p.class, percentOf(at), percentOf(width)})
		at += width
	}
	return out
}
