package ui

import (
	"strconv"

	"coffre/llm/trial"
	"coffre/store"
	"coffre/ui/page"
)

// testLevels is what other thresholds would have made of a run's questions: the
// three that have a name, the one in force, and the one that is best. None where
// the list has questions of one kind only, and so says nothing.
func (q *request) testLevels(v *store.View, outcomes []store.TrialOutcome) (out []page.TestLevel) {
	setting, known := findSetting(trial.SettingStrictness)
	best, ok := trial.Best(outcomes)
	if !known || !ok {
		return nil
	}
	now := v.Setting(setting.name, setting.def)
	top := best.Right()
	values := []string{"lenient", "balanced", "strict"}
	own := strconv.FormatFloat(best.Least, 'f', 2, 64)
	for _, value := range append(values, own, now) {
		least, ok := trial.ParseStrictness(value)
		if !ok || has(out, value) {
			continue
		}
		a := trial.Under(least, outcomes)
		if value == own && now != own && hasRight(out, top) {
			continue // a level with a name is as good
		}
		out = append(out, page.TestLevel{
			Value: value, Label: q.levelName(value, least), Answered: a.Answered, Wrong: a.Wrong, Missed: a.Missed,
			Refused: a.Refused, Invented: a.Invented, Current: value == now, Best: a.Right() == top,
		})
	}
	return out
}

func has(all []page.TestLevel, value string) bool {
	for _, l := range all {
		if l.Value == value {
			return true
		}
	}
	return false
}

func hasRight(all []page.TestLevel, n int) bool {
	for _, l := range all {
		if l.Answered+l.Refused == n {
			return true
		}
	}
	return false
}

func (q *request) levelName(value string, least float64) string {
	switch value {
	case "strict":
		return q.lang.T("quality.level-strict")
	case "balanced":
		return q.lang.T("quality.level-balanced")
	case "lenient":
		return q.lang.T("quality.level-lenient")
	}
	return q.lang.T("quality.level-own", "share", q.lang.Percent(least))
}
