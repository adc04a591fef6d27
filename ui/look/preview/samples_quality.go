package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) testRuns() (out []page.TestRun) {
	for i, right := range []float64{0.8, 0.85, 0.85, 0.9, 0.95, 0.95, 0.7} {
		r := page.TestRun{
			ID: "r" + string(rune('1'+i)), Began: now.AddDate(0, 0, 3*i-18), Cause: "night", Right: right, Hit: min(1, right+0.05), NDCG: right - 0.05, Refused: 1,
			N: page.TestCounts{Questions: 20, Right: int(right*20 + 0.5), Answerable: 15, Hits: 14, Unanswerable: 5, Refused: 5}, Changed: []string{"documents"},
		}
		out = append(out, r)
	}
	out[3].Changed, out[3].Cause = []string{"version", "questions"}, "person"
	out[6].Changed, out[6].Cause, out[6].N.Left, out[6].Worse = []string{"embedder", "settings"}, "setup", 1, true
	return out
}

func (s scene) qualityPages() []Sample {
	empty := page.Quality{Frame: s.frame(look.Settings, "/quality")}
	contract := s.say("Contrat de maintenance", "Maintenance contract")
	ready := empty
	ready.Questions = []page.TestQuestion{
		{ID: "q1", Question: s.say("Quel est le préavis du contrat ?", "What is the contract’s notice period?"), Expected: []string{contract}},
		{ID: "q2", Question: s.say("Qui dirige la filiale ?", "Who runs the subsidiary?"), Hidden: 1},
		{ID: "q3", Question: s.say("Quel est le prix du gazole ?", "What does diesel cost?"), NoAnswer: true, Reader: "Naïma Rousseau"},
		{ID: "q4", Question: s.say("Quand a lieu l’audit ?", "When is the audit?"), Expected: []string{contract}, Gone: 1, Paused: true},
	}
	running := ready
	running.Running = page.TestProgress{On: true, Done: 3, Total: 20}
	full := ready
	full.Questions = append([]page.TestQuestion{}, ready.Questions...)
	full.Questions[0].Outcome, full.Questions[1].Outcome, full.Questions[2].Outcome = "refused", "right", "answered"
	full.Runs = s.testRuns()
	full.Worse = &page.TestWarning{Run: "r7", Lost: 6, Gained: 1, Began: now, Before: now.AddDate(0, 0, -3), Changed: []string{"embedder", "settings"}}
	full.Levels = []page.TestLevel{
		{Value: "lenient", Label: s.l.T("quality.level-lenient"), Answered: 13, Wrong: 2, Refused: 3, Invented: 2},
		{Value: "balanced", Label: s.l.T("quality.level-balanced"), Answered: 12, Missed: 2, Wrong: 1, Refused: 5, Best: true},
		{Value: "strict", Label: s.l.T("quality.level-strict"), Answered: 8, Missed: 7, Refused: 5, Current: true},
	}
	refused := full
	refused.Worse, refused.Faults = nil, look.Faults{"file": {Code: "trial-line", Params: map[string]string{"line": "7"}}}
	edit := page.TestEdit{
		Frame: s.frame(look.Settings, "/quality/questions/q1"), ID: "q1", Question: ready.Questions[0].Question, Words: "trois mois",
		Documents: []look.Choice{{Value: "d1", Label: contract, Selected: true}, {Value: "d2", Label: s.say("Règlement intérieur", "Works rules")}},
		Langs:     []look.Choice{{Label: s.l.T("quality.detect"), Selected: true}},
		Readers:   []look.Choice{{Label: s.l.T("quality.own-rights"), Selected: true}, {Value: "naima", Label: "Naïma Rousseau"}}, More: true,
	}
	bad := edit
	bad.ID, bad.Documents, bad.More, bad.Filter, bad.Question = "", nil, false, "zzz", ""
	bad.Faults = look.Faults{"documents": {Code: "trial-expects"}, "question": {Code: "trial-empty"}}
	detail := page.TestDetail{Frame: s.frame(look.Settings, "/quality/runs/r7"), Run: full.Runs[6], Kept: true, Items: []page.TestItem{
		{ID: "q1", Question: ready.Questions[0].Question, Outcome: "refused", Rank: 2, Score: 0.41, Found: []string{s.say("Règlement intérieur", "Works rules"), contract}, Hidden: 1},
		{ID: "q3", Question: ready.Questions[2].Question, Outcome: "answered", Score: 0.72, NoAnswer: true, Found: []string{contract}},
		{ID: "q4", Question: ready.Questions[3].Question, Outcome: "stale"},
		{Outcome: "wrong", Score: 0.6},
		{ID: "q2", Question: ready.Questions[1].Question, Outcome: "right", Rank: 1, Score: 0.93, Hidden: 1},
	}}
	old := detail
	old.Kept, old.Run.Began = false, now.Add(-1000*time.Hour)
	return []Sample{
		{"quality-empty", page.QualityPage(empty)},
		{"quality-ready", page.QualityPage(ready)},
		{"quality-running", page.QualityPage(running)},
		{"quality", page.QualityPage(full)},
		{"quality-import-refused", page.QualityPage(refused)},
		{"quality-edit", page.QualityEditPage(edit)},
		{"quality-edit-refused", page.QualityEditPage(bad)},
		{"quality-run", page.QualityRunPage(detail)},
		{"quality-run-old", page.QualityRunPage(old)},
	}
}
