package ui

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"coffre/auth"
	"coffre/llm/trial"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) qualityRoutes() []route {
	return []route{
		{method: "GET", path: "/quality", may: auth.TrialsAdmin, do: func(q *request) error { return q.qualityPage(nil, http.StatusOK) }},
		{method: "GET", path: "/quality/progress", may: auth.TrialsAdmin, do: (*request).qualityProgress},
		{method: "GET", path: "/quality/documents", may: auth.TrialsAdmin, do: (*request).qualityDocuments},
		{method: "GET", path: "/quality/export", may: auth.TrialsAdmin, export: "questions", do: (*request).exportTrials},
		{method: "GET", path: "/quality/questions/new", may: auth.TrialsAdmin, do: (*request).qualityNew},
		{method: "GET", path: "/quality/questions/{id}", may: auth.TrialsAdmin, do: (*request).qualityEdit},
		{method: "GET", path: "/quality/runs/{id}", may: auth.TrialsAdmin, do: (*request).qualityRun},
		{method: "POST", path: "/quality/questions", may: auth.TrialsAdmin, do: (*request).qualityCreateForm},
		{method: "POST", path: "/quality/questions/{id}", may: auth.TrialsAdmin, do: (*request).qualityUpdateForm},
		{method: "POST", path: "/quality/questions/{id}/pause", may: auth.TrialsAdmin, do: (*request).qualityPauseForm},
		{method: "POST", path: "/quality/questions/{id}/delete", may: auth.TrialsAdmin, do: (*request).qualityDeleteForm},
		{method: "POST", path: "/quality/run", may: auth.TrialsAdmin, do: (*request).qualityRunForm},
		{method: "POST", path: "/quality/stop", may: auth.TrialsAdmin, do: (*request).qualityStopForm},
		{method: "POST", path: "/quality/runs/{id}/accept", may: auth.TrialsAdmin, do: (*request).qualityAcceptForm},
		{method: "POST", path: "/quality/strictness", may: auth.TrialsAdmin, do: (*request).qualityStrictnessForm},
		{method: "POST", path: "/quality/import", may: auth.TrialsAdmin, do: (*request).qualityImportForm},
	}
}

func (q *request) qualityPage(faults look.Faults, status int) error {
	v := page.Quality{Frame: q.frame(look.Settings), Faults: faults, Running: q.testProgress()}
	err := q.view(func(view *store.View) error {
		runs, err := view.TrialRuns()
		if err != nil {
			return err
		}
		var outcomes []store.TrialOutcome
		for _, r := range runs {
			v.Runs = append(v.Runs, testRun(r))
		}
		if len(runs) > 0 {
			newest := runs[len(runs)-1]
			v.Worse = testWarning(runs, newest)
			if outcomes, err = view.TrialOutcomes(newest); err != nil {
				return err
			}
			v.Levels = q.testLevels(view, outcomes)
		}
		v.Questions, err = q.testQuestions(view, outcomes)
		return err
	})
	if err != nil {
		return err
	}
	return q.render(status, page.QualityPage(v))
}

func (q *request) testProgress() page.TestProgress {
	s := q.s.Trials.State(q.t.ID)
	return page.TestProgress{On: s.Running, Done: s.Done, Total: s.Total}
}

func testRun(r store.TrialRun) page.TestRun {
	f := r.Figures
	return page.TestRun{
		ID: r.ID, Began: r.Began.Local(), Cause: r.Cause, Changed: r.Changed, Worse: r.Worse,
		Right: shareOf(f.Right, f.Questions), Hit: shareOf(f.Hits, f.Answerable), NDCG: f.NDCG, Refused: shareOf(f.Refused, f.Unanswerable),
		N: page.TestCounts{
			Questions: f.Questions, Right: f.Right, Answerable: f.Answerable, Hits: f.Hits,
			Unanswerable: f.Unanswerable, Refused: f.Refused, Left: f.Left,
		},
	}
}

// testWarning is the warning that the newest run raises, if any.
func testWarning(runs []store.TrialRun, newest store.TrialRun) *page.TestWarning {
	if !newest.Worse || !newest.Accepted.IsZero() {
		return nil
	}
	w := &page.TestWarning{Run: newest.ID, Lost: newest.Lost, Gained: newest.Gained, Began: newest.Began.Local(), Before: newest.Began.Local(), Changed: newest.Changed}
	if i := slices.IndexFunc(runs, func(r store.TrialRun) bool { return r.ID == newest.Against }); i >= 0 {
		w.Before = runs[i].Began.Local()
	}
	return w
}

func (q *request) testQuestions(view *store.View, outcomes []store.TrialOutcome) (out []page.TestQuestion, err error) {
	came := map[string]store.TrialOutcome{}
	for _, o := range outcomes {
		came[o.Trial] = o
	}
	all, err := view.Trials()
	for _, t := range all {
		item := page.TestQuestion{ID: t.ID, Question: t.Question, Lang: t.Lang, NoAnswer: t.NoAnswer, Paused: t.Paused}
		docs, hidden, gone := q.trialDocuments(view, t.Documents)
		for _, d := range docs {
			item.Expected = append(item.Expected, titleOf(d))
		}
		item.Hidden, item.Gone = hidden, gone
		if u, err := view.User(t.Reader); err == nil && t.Reader != "" {
			item.Reader = u.Name
		}
		if o, ok := came[t.ID]; ok && o.Changed == t.Changed {
			item.Outcome = o.Outcome
		}
		out = append(out, item)
	}
	slices.SortStableFunc(out, func(a, b page.TestQuestion) int { return lineOrder(a) - lineOrder(b) })
	return out, err
}

// lineOrder puts what needs a look first and what is paused last.
func lineOrder(t page.TestQuestion) int {
	switch {
	case t.Paused:
		return 2
	case t.Outcome == "" || t.Outcome == store.TrialRight:
		return 1
	}
	return 0
}

// qualityProgress is the part that goes on while a run does; when it has ended,
// the page is loaded again.
func (q *request) qualityProgress() error {
	p := q.testProgress()
	if !p.On && q.part() {
		return q.see("/quality")
	}
	return q.render(http.StatusOK, page.QualityProgress(q.lang, p))
}

func (q *request) qualityRun() error {
	r, outcomes, err := q.trialRun(q.r.PathValue("id"))
	if err != nil {
		return err
	}
	v := page.TestDetail{Frame: q.frame(look.Settings), Run: testRun(r), Kept: len(outcomes) > 0}
	err = q.view(func(view *store.View) error {
		for _, o := range outcomes {
			item := page.TestItem{Outcome: o.Outcome, Rank: o.Rank, Score: o.Score, NoAnswer: !o.Expected}
			if t, err := view.Trial(o.Trial); err == nil {
				item.ID, item.Question, item.Lang = t.ID, t.Question, t.Lang
			}
			docs, hidden, _ := q.trialDocuments(view, o.Found)
			for _, d := range docs {
				item.Found = append(item.Found, titleOf(d))
			}
			item.Hidden = hidden
			v.Items = append(v.Items, item)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(v.Items, func(a, b page.TestItem) int { return outcomeOrder(a.Outcome) - outcomeOrder(b.Outcome) })
	return q.render(http.StatusOK, page.QualityRunPage(v))
}

// outcomeOrder puts what needs a look first.
func outcomeOrder(outcome string) int {
	return slices.Index([]string{store.TrialWrong, store.TrialAnswered, store.TrialRefused, store.TrialStale, store.TrialUnowned, store.TrialUnsettled, store.TrialRight}, outcome)
}

func (q *request) qualityRunForm() error {
	return q.done(q.startTrials(), "/quality", "notice.quality-run")
}

func (q *request) qualityStopForm() error {
	q.s.Trials.Stop(q.t.ID) // it may have ended by itself
	if err := q.s.Trials.Wait(q.r.Context(), q.t.ID); err != nil {
		return err
	}
	return q.see("/quality")
}

func (q *request) qualityAcceptForm() error {
	return q.done(q.acceptRun(q.r.PathValue("id")), "/quality", "notice.quality-accepted")
}

// qualityStrictnessForm sets the threshold and runs the list with it.
func (q *request) qualityStrictnessForm() error {
	if err := q.form(); err != nil {
		return err
	}
	if err := q.putSettings(map[string]string{trial.SettingStrictness: q.r.PostFormValue("value")}); err != nil {
		return err
	}
	if err := q.startTrials(); err != nil && store.AsError(err).Kind != store.Conflict {
		return err
	}
	return q.done(nil, "/quality", "notice.quality-strictness")
}

func (q *request) qualityImportForm() error {
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, maxJSON)
	fault := func(err error) error {
		p := asProblem(err)
		if p.status >= http.StatusInternalServerError {
			return err
		}
		return q.qualityPage(look.Faults{"file": {Code: p.code, Params: p.params}}, p.status)
	}
	f, _, err := q.r.FormFile("file")
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return fault(store.Fail(store.TooLarge, "request-too-large"))
	case err != nil:
		return fault(store.Fail(store.Invalid, "trials-empty"))
	}
	defer f.Close()
	added, left, err := q.importTrials(io.Reader(f))
	if err != nil {
		return fault(err)
	}
	if left > 0 {
		return q.done(nil, "/quality", "notice.quality-imported-left", "n", q.lang.Number(int64(added)), "left", q.lang.Number(int64(left)))
	}
	return q.done(nil, "/quality", "notice.quality-imported", "n", q.lang.Number(int64(added)))
}

// qualityAlarm is what administrators see on every page while answers are worse.
func (q *request) qualityAlarm() (n look.Notice, ok bool) {
	if !auth.Allowed(q.p, auth.TrialsAdmin) || strings.HasPrefix(q.r.URL.Path, "/quality") {
		return n, false
	}
	var run store.TrialRun
	if err := q.view(func(v *store.View) (err error) { run, _, err = v.NewestTrialRun(); return err }); err != nil {
		q.s.Log.Error("test runs can't be read", "request", q.id, "err", err)
		return n, false
	}
	if !run.Worse || !run.Accepted.IsZero() {
		return n, false
	}
	return look.Notice{Tone: look.Warn, Text: q.lang.T("quality.alarm", "lost", run.Lost)}, true
}
