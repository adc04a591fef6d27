package ui

import (
	"net/http"
	"slices"
	"time"

	"coffre/auth"
	"coffre/llm/trial"
	"coffre/store"
)

func (s *Server) restTrialRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/trials", may: auth.TrialsAdmin, do: (*request).restTrials},
		{method: "POST", path: "/api/v1/trials", may: auth.TrialsAdmin, do: (*request).restTrialCreate},
		{method: "PATCH", path: "/api/v1/trials/{id}", may: auth.TrialsAdmin, do: (*request).restTrialUpdate},
		{method: "DELETE", path: "/api/v1/trials/{id}", may: auth.TrialsAdmin, do: (*request).restTrialDelete},
		{method: "POST", path: "/api/v1/trials/import", may: auth.TrialsAdmin, do: (*request).restTrialImport},
		{method: "GET", path: "/api/v1/trials/export", may: auth.TrialsAdmin, export: "questions", do: (*request).exportTrials},
		{method: "GET", path: "/api/v1/trials/run", may: auth.TrialsAdmin, do: (*request).restTrialState},
		{method: "POST", path: "/api/v1/trials/run", may: auth.TrialsAdmin, do: (*request).restTrialRun},
		{method: "DELETE", path: "/api/v1/trials/run", may: auth.TrialsAdmin, do: (*request).restTrialStop},
		{method: "GET", path: "/api/v1/trials/runs", may: auth.TrialsAdmin, do: (*request).restTrialRuns},
		{method: "GET", path: "/api/v1/trials/runs/{id}", may: auth.TrialsAdmin, do: (*request).restTrialRunShow},
		{method: "POST", path: "/api/v1/trials/runs/{id}/accept", may: auth.TrialsAdmin, do: (*request).restTrialAccept},
	}
}

// trialJSON is a question; of the documents that it expects, only those that the
// caller may read.
type trialJSON struct {
	ID        string   `json:"id"`
	Question  string   `json:"question"`
	Lang      string   `json:"lang"`
	Documents []string `json:"documents"`
	Hidden    int      `json:"hidden"` // expected documents that the caller may not read
	Gone      int      `json:"gone"`   // that were deleted
	Words     []string `json:"words"`
	NoAnswer  bool     `json:"no_answer"`
	Reader    string   `json:"reader,omitempty"` // login
	Paused    bool     `json:"paused"`
}

func (q *request) trialJSON(v *store.View, t store.Trial) trialJSON {
	out := trialJSON{
		ID: t.ID, Question: t.Question, Lang: t.Lang, Documents: []string{}, Words: append([]string{}, t.Words...),
		NoAnswer: t.NoAnswer, Paused: t.Paused,
	}
	docs, hidden, gone := q.trialDocuments(v, t.Documents)
	for _, d := range docs {
		out.Documents = append(out.Documents, d.ID)
	}
	out.Hidden, out.Gone = hidden, gone
	if u, err := v.User(t.Reader); err == nil && t.Reader != "" {
		out.Reader = u.Login
	}
	return out
}

// trialRunJSON is a run with its figures; shares are from 0 to 1, one of nothing
// is 1.
type trialRunJSON struct {
	ID        string             `json:"id"`
	Seq       uint64             `json:"seq"` // of its entry
	Began     time.Time          `json:"began"`
	Seconds   float64            `json:"seconds"`
	Cause     string             `json:"cause"`
	Setup     store.TrialSetup   `json:"setup"`
	Figures   store.TrialFigures `json:"figures"`
	Right     float64            `json:"right"`
	HitRate5  float64            `json:"hit_rate_at_5"`
	NDCG10    float64            `json:"ndcg_at_10"`
	Answered  float64            `json:"answered_right"`
	Abstained float64            `json:"abstention_recall"`
	Against   string             `json:"against,omitempty"`
	Lost      int                `json:"lost"`
	Gained    int                `json:"gained"`
	Changed   []string           `json:"changed"`
	Worse     bool               `json:"worse"`
	Accepted  time.Time          `json:"accepted,omitzero"`
}

func asTrialRun(r store.TrialRun) trialRunJSON {
	f := r.Figures
	return trialRunJSON{
		ID: r.ID, Seq: r.Seq, Began: r.Began, Seconds: r.Took.Seconds(), Cause: r.Cause, Setup: r.Setup, Figures: f,
		Right: shareOf(f.Right, f.Questions), HitRate5: shareOf(f.Hits, f.Answerable), NDCG10: f.NDCG,
		Answered: shareOf(f.Answered, f.Answerable), Abstained: shareOf(f.Refused, f.Unanswerable),
		Against: r.Against, Lost: r.Lost, Gained: r.Gained, Changed: append([]string{}, r.Changed...), Worse: r.Worse, Accepted: r.Accepted,
	}
}

func shareOf(n, of int) float64 {
	if of == 0 {
		return 1
	}
	return float64(n) / float64(of)
}

func (q *request) restTrials() error {
	out := []trialJSON{}
	err := q.view(func(v *store.View) error {
		all, err := v.Trials()
		for _, t := range all {
			out = append(out, q.trialJSON(v, t))
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"questions": out})
}

func (q *request) answerTrial(status int, t store.Trial) error {
	var out trialJSON
	if err := q.view(func(v *store.View) error { out = q.trialJSON(v, t); return nil }); err != nil {
		return err
	}
	return q.json(status, out)
}

func (q *request) restTrialCreate() error {
	var in typedTrial
	if err := q.decode(&in); err != nil {
		return err
	}
	t, err := q.createTrial(in)
	if err != nil {
		return err
	}
	return q.answerTrial(http.StatusCreated, t)
}

func (q *request) restTrialUpdate() error {
	var in struct {
		Question  *string  `json:"question"`
		Lang      *string  `json:"lang"`
		Documents []string `json:"documents"`
		Words     []string `json:"words"`
		NoAnswer  *bool    `json:"no_answer"`
		Reader    *string  `json:"reader"`
		Paused    *bool    `json:"paused"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	id := q.r.PathValue("id")
	var t store.Trial
	var now trialJSON
	err := q.view(func(v *store.View) (err error) {
		if t, err = v.Trial(id); err == nil {
			now = q.trialJSON(v, t)
		}
		return err
	})
	if err != nil {
		return err
	}
	typed := typedTrial{now.Question, now.Lang, now.Documents, now.Words, now.NoAnswer, now.Reader}
	edits := in.Question != nil || in.Lang != nil || in.Documents != nil || in.Words != nil || in.NoAnswer != nil || in.Reader != nil
	put(&typed.Question, in.Question)
	put(&typed.Lang, in.Lang)
	put(&typed.NoAnswer, in.NoAnswer)
	put(&typed.Reader, in.Reader)
	if in.Documents != nil {
		typed.Documents = in.Documents
	}
	if in.Words != nil {
		typed.Words = in.Words
	}
	if edits {
		if t, err = q.updateTrial(id, typed); err != nil {
			return err
		}
	}
	if in.Paused != nil {
		if t, err = q.pauseTrial(id, *in.Paused); err != nil {
			return err
		}
	}
	return q.answerTrial(http.StatusOK, t)
}

// put sets what a request names.
func put[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (q *request) restTrialDelete() error {
	if err := q.deleteTrial(q.r.PathValue("id")); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (q *request) restTrialImport() error {
	added, left, err := q.importTrials(http.MaxBytesReader(q.w, q.r.Body, maxJSON))
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, trialImportJSON{added, left})
}

type trialImportJSON struct {
	Added int `json:"added"`
	Left  int `json:"left"` // on the list already
}

type trialStateJSON struct {
	Running bool `json:"running"`
	Done    int  `json:"done"`
	Total   int  `json:"total"`
}

func (q *request) restTrialState() error {
	s := q.s.Trials.State(q.t.ID)
	return q.json(http.StatusOK, trialStateJSON{s.Running, s.Done, s.Total})
}

func (q *request) restTrialRun() error {
	if err := q.startTrials(); err != nil {
		return err
	}
	s := q.s.Trials.State(q.t.ID)
	return q.json(http.StatusAccepted, trialStateJSON{s.Running, s.Done, s.Total})
}

func (q *request) restTrialStop() error {
	if !q.s.Trials.Stop(q.t.ID) {
		return store.Fail(store.NotFound, "not-found")
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}

// trialRun finds a run and what its questions came to.
func (q *request) trialRun(id string) (r store.TrialRun, out []store.TrialOutcome, err error) {
	err = q.view(func(v *store.View) error {
		all, err := v.TrialRuns()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(r store.TrialRun) bool { return r.ID == id })
		if i < 0 {
			return store.Fail(store.NotFound, "not-found")
		}
		r = all[i]
		out, err = v.TrialOutcomes(r)
		return err
	})
	return r, out, err
}

func (q *request) restTrialRuns() error {
	runs := []trialRunJSON{}
	err := q.view(func(v *store.View) error {
		all, err := v.TrialRuns()
		slices.Reverse(all)
		for _, r := range all {
			runs = append(runs, asTrialRun(r))
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"runs": runs})
}

// trialRunDoc is a run with what each question came to, and what other
// thresholds would have made of them.
type trialRunDoc struct {
	trialRunJSON
	Outcomes   []trialOutcomeJSON `json:"outcomes"`
	Thresholds []thresholdJSON    `json:"thresholds"`
}

type trialOutcomeJSON struct {
	Question string   `json:"question"` // id
	Outcome  string   `json:"outcome"`
	Rank     int      `json:"rank"` // of the first expected document, 0: not found
	NDCG     float64  `json:"ndcg_at_10"`
	Score    float64  `json:"score"`
	Found    []string `json:"found"` // ids of documents that the caller may read
}

type thresholdJSON struct {
	Least    float64 `json:"least"`
	Answered int     `json:"answered"`
	Wrong    int     `json:"wrong"`
	Missed   int     `json:"missed"`
	Refused  int     `json:"refused"`
	Invented int     `json:"invented"`
}

func (q *request) restTrialRunShow() error {
	r, outcomes, err := q.trialRun(q.r.PathValue("id"))
	if err != nil {
		return err
	}
	doc := trialRunDoc{trialRunJSON: asTrialRun(r), Outcomes: []trialOutcomeJSON{}, Thresholds: []thresholdJSON{}}
	err = q.view(func(v *store.View) error {
		for _, o := range outcomes {
			docs, _, _ := q.trialDocuments(v, o.Found)
			found := []string{}
			for _, d := range docs {
				found = append(found, d.ID)
			}
			doc.Outcomes = append(doc.Outcomes, trialOutcomeJSON{o.Trial, o.Outcome, o.Rank, o.NDCG, o.Score, found})
		}
		return nil
	})
	for _, a := range trial.Thresholds(outcomes) {
		doc.Thresholds = append(doc.Thresholds, thresholdJSON{a.Least, a.Answered, a.Wrong, a.Missed, a.Refused, a.Invented})
	}
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, doc)
}

func (q *request) restTrialAccept() error {
	if err := q.acceptRun(q.r.PathValue("id")); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}
