package store

import (
	"encoding/binary"
	"encoding/json"
	"slices"
	"time"

	"coffre/chain"
)

// How much of the past is kept.
const (
	MaxTrialRuns = 400 // figures
	trialDetails = 30  // what each question came to
)

// Why a run was made.
const (
	TrialByPerson = "person"
	TrialBySetup  = "setup" // the embedder, a setting or the program changed
	TrialByNight  = "night" // documents changed
)

// TrialSetup is what answers depend on, beside the documents.
type TrialSetup struct {
	Embedder string `json:"embedder,omitempty"` // id, "" for words alone
	Model    string `json:"model,omitempty"`
	Prompt   string `json:"prompt,omitempty"`
	Version  string `json:"version,omitempty"` // of the program
	Settings string `json:"settings,omitempty"`
	// Documents is the last change of documents that the index held.
	Documents uint64 `json:"documents"`
}

// What a question came to.
const (
	TrialRight     = "right"     // answered from an expected document, or refused where that is right
	TrialRefused   = "refused"   // no answer, though the documents hold one
	TrialWrong     = "wrong"     // answered from elsewhere, or without the expected words
	TrialAnswered  = "answered"  // an answer where there is none
	TrialStale     = "stale"     // no expected document is left that its asker may read: not counted
	TrialUnowned   = "unowned"   // its author's or reader's account is closed: not counted
	TrialUnsettled = "unsettled" // the search failed: not counted
)

// TrialOutcome is what one question came to in one run.
type TrialOutcome struct {
	Trial   string `json:"trial"`
	Changed uint64 `json:"changed"` // Trial.Changed as it was put
	Outcome string `json:"outcome"`
	// Expected: an answer was.
	Expected bool `json:"expected,omitempty"`
	// Rank of the first expected document among the documents found, from 1; 0: not found.
	Rank int  `json:"rank,omitempty"`
	Hit  bool `json:"hit,omitempty"` // among the first five passages
	// NDCG at 10 over the documents found, 0 to 1.
	NDCG float64 `json:"ndcg,omitempty"`
	// Score is how sure the box was that the documents hold an answer, 0 to 1.
	Score float64 `json:"score"`
	// From: with an answer however low the score is, it would be right.
	From  bool     `json:"from,omitempty"`
	Mute  bool     `json:"mute,omitempty"`  // no sentence could be quoted, however high the score is
	Found []string `json:"found,omitempty"` // ids of the first documents found
}

// TrialFigures are the sums of a run, over the questions that count.
type TrialFigures struct {
	Questions    int     `json:"questions"`
	Right        int     `json:"right"`        // all
	Answerable   int     `json:"answerable"`   // questions with an expected answer
	Hits         int     `json:"hits"`         // of those
	NDCG         float64 `json:"ndcg"`         // mean over those, 0 to 1
	Answered     int     `json:"answered"`     // right, of those
	Unanswerable int     `json:"unanswerable"` // questions without
	Refused      int     `json:"refused"`      // right, of those
	Left         int     `json:"left"`         // questions that don't count
}

// TrialRun is one run of the list.
type TrialRun struct {
	ID      string        `json:"id"`
	Seq     uint64        `json:"seq"` // of its entry
	Began   time.Time     `json:"began"`
	Took    time.Duration `json:"took"`
	Cause   string        `json:"cause"`
	Setup   TrialSetup    `json:"setup"`
	Figures TrialFigures  `json:"figures"`
	// Against is the run that it was compared with, "" for none; Common counts the
	// questions that both put, Lost and Gained those that went wrong or right.
	Against string `json:"against,omitempty"`
	Common  int    `json:"common,omitempty"`
	Lost    int    `json:"lost,omitempty"`
	Gained  int    `json:"gained,omitempty"`
	// Changed names what is not as it was in Against: embedder, model, prompt,
	// version, settings, documents, questions.
	Changed  []string  `json:"changed,omitempty"`
	Worse    bool      `json:"worse,omitempty"`
	Accepted time.Time `json:"accepted,omitzero"` // an administrator takes it as the new measure
}

var (
	trialRuns     = table[TrialRun]("trials")
	trialOutcomes = table[[]TrialOutcome]("trials")
)

const (
	trialRunPrefix     = "r:"
	trialOutcomePrefix = "o:"
)

func trialRunKey(prefix string, seq uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(prefix), seq)
}

// TrialRuns returns all runs that are kept, oldest first.
func (v *View) TrialRuns() (out []TrialRun, err error) {
	err = trialRuns.each(v, []byte(trialRunPrefix), func(_ []byte, r TrialRun) bool { out = append(out, r); return true })
	return out, err
}

// TrialOutcomes returns what the questions of a run came to; none where they
// are not kept any more.
func (v *View) TrialOutcomes(r TrialRun) ([]TrialOutcome, error) {
	out, err := trialOutcomes.get(v, trialRunKey(trialOutcomePrefix, r.Seq))
	if IsNotFound(err) {
		return nil, nil
	}
	return out, err
}

// PutTrialRun keeps a run under its entry trial.result and drops what is too old.
func (tx *Tx) PutTrialRun(r TrialRun, outcomes []TrialOutcome) (TrialRun, error) {
	r.Seq = tx.Seq
	tx.Event.Object = chain.Object{Kind: "run", ID: r.ID}
	tx.Event.Detail["questions"], tx.Event.Detail["right"] = r.Figures.Questions, r.Figures.Right
	tx.Event.Detail["hit"], tx.Event.Detail["ndcg"] = perMille(r.Figures.Hits, r.Figures.Answerable), int(1000*r.Figures.NDCG+0.5)
	tx.Event.Detail["worse"] = r.Worse
	if len(r.Changed) > 0 {
		tx.Event.Detail["changed"] = r.Changed
	}
	if r.Against != "" {
		tx.Event.Detail["against"] = r.Against
	}
	if err := trialRuns.put(tx, trialRunKey(trialRunPrefix, r.Seq), r); err != nil {
		return r, err
	}
	if err := trialOutcomes.put(tx, trialRunKey(trialOutcomePrefix, r.Seq), outcomes); err != nil {
		return r, err
	}
	return r, tx.trimTrialRuns(r)
}

// perMille is a share in thousandths; of nothing it is 1000.
func perMille(n, of int) int {
	if of == 0 {
		return 1000
	}
	return (1000*n + of/2) / of
}

// trimTrialRuns bounds the history. What the newest run was compared with stays.
func (tx *Tx) trimTrialRuns(newest TrialRun) error {
	all, err := tx.TrialRuns()
	if err != nil {
		return err
	}
	slices.Reverse(all)
	for i, r := range all {
		if i >= trialDetails && r.ID != newest.Against {
			if err := trialOutcomes.delete(tx, trialRunKey(trialOutcomePrefix, r.Seq)); err != nil {
				return err
			}
		}
		if i >= MaxTrialRuns && r.ID != newest.Against {
			if err := trialRuns.delete(tx, trialRunKey(trialRunPrefix, r.Seq)); err != nil {
				return err
			}
		}
	}
	return nil
}

// AcceptTrialRun takes a run that was worse as the new measure: the next one is
// compared with it. Conflict "trial-not-worse" where there is nothing to accept.
func (tx *Tx) AcceptTrialRun(id string) error {
	all, err := tx.TrialRuns()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(r TrialRun) bool { return r.ID == id })
	if i < 0 {
		return errNotFound
	}
	r := all[i]
	if !r.Worse || !r.Accepted.IsZero() {
		return Fail(Conflict, "trial-not-worse")
	}
	r.Accepted = tx.t.now().UTC()
	tx.Event.Object = chain.Object{Kind: "run", ID: r.ID}
	return trialRuns.put(tx, trialRunKey(trialRunPrefix, r.Seq), r)
}

// NewestTrialRun returns the newest run; false where there is none.
func (v *View) NewestTrialRun() (r TrialRun, ok bool, err error) {
	k, b := v.tx.Bucket([]byte("trials")).Cursor().Last() // no prefix comes after theirs
	if len(k) < len(trialRunPrefix) || string(k[:len(trialRunPrefix)]) != trialRunPrefix {
		return r, false, nil
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, false, trialRuns.damaged(err)
	}
	return r, true, nil
}
