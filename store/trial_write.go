package store

import (
	"strconv"

	"coffre/chain"
)

// describe completes the entry: figures for ever, the question in the private part.
func (t Trial) describe(ev *chain.Event) {
	ev.Object = chain.Object{Kind: "trial", ID: t.ID}
	ev.Detail["documents"], ev.Detail["words"] = len(t.Documents), len(t.Words)
	ev.Detail["answer"], ev.Detail["reader"] = !t.NoAnswer, t.Reader != ""
	ev.Private = chain.Detail{"question": t.Question}
}

func (tx *Tx) putTrial(p Principal, t Trial, in TrialInput) (Trial, error) {
	in, err := tx.checkTrial(p, in)
	if err != nil {
		return t, err
	}
	t.Question, t.Lang, t.Documents, t.Words = in.Question, in.Lang, in.Documents, in.Words
	t.NoAnswer, t.Reader, t.Author, t.Changed = in.NoAnswer, in.Reader, p.UserID, tx.Seq
	return t, trials.put(tx, trialKey(t.ID), t)
}

// newTrial makes a question. Conflict "trials-full" from MaxTrials on.
func (tx *Tx) newTrial(p Principal, in TrialInput) (Trial, error) {
	all, err := tx.Trials()
	if err != nil {
		return Trial{}, err
	}
	if len(all) >= MaxTrials {
		return Trial{}, Fail(Conflict, "trials-full", "limit", strconv.Itoa(MaxTrials))
	}
	return tx.putTrial(p, Trial{ID: NewID(), Created: tx.t.now().UTC()}, in)
}

// CreateTrial adds a question, to be put with p's rights.
func (tx *Tx) CreateTrial(p Principal, in TrialInput) (Trial, error) {
	t, err := tx.newTrial(p, in)
	if err == nil {
		t.describe(tx.Event)
	}
	return t, err
}

// UpdateTrial changes what is asked and expected; from then on it is put with
// p's rights. Denied "trial-hidden" where p may not read an expected document.
func (tx *Tx) UpdateTrial(p Principal, id string, in TrialInput) (Trial, error) {
	t, err := tx.Trial(id)
	if err != nil {
		return t, err
	}
	if !tx.MayEditTrial(p, t) {
		return t, Fail(Denied, "trial-hidden")
	}
	if t, err = tx.putTrial(p, t, in); err == nil {
		t.describe(tx.Event)
	}
	return t, err
}

// PauseTrial leaves a question out of the runs, or takes it in again.
func (tx *Tx) PauseTrial(id string, paused bool) (Trial, error) {
	t, err := tx.Trial(id)
	if err != nil {
		return t, err
	}
	t.Paused = paused
	tx.Event.Object = chain.Object{Kind: "trial", ID: t.ID}
	tx.Event.Detail["paused"] = paused
	return t, trials.put(tx, trialKey(id), t)
}

// DeleteTrial takes a question off the list.
func (tx *Tx) DeleteTrial(id string) error {
	if _, err := tx.Trial(id); err != nil {
		return err
	}
	tx.Event.Object = chain.Object{Kind: "trial", ID: id}
	return trials.delete(tx, trialKey(id))
}

// ImportTrials adds questions, all of them or none. A question that is on the
// list already, word for word, is left as it is. The error's param line says
// which one was refused, from 1 on.
func (tx *Tx) ImportTrials(p Principal, in []TrialInput) (added int, err error) {
	all, err := tx.Trials()
	if err != nil {
		return 0, err
	}
	have := map[string]bool{}
	for _, t := range all {
		have[t.Question] = true
	}
	var questions []string
	for i, one := range in {
		one, err := tx.checkTrial(p, one)
		if err == nil && have[one.Question] {
			continue
		}
		if err == nil && len(all)+added >= MaxTrials {
			err = Fail(Conflict, "trials-full", "limit", strconv.Itoa(MaxTrials))
		}
		if err == nil {
			_, err = tx.putTrial(p, Trial{ID: NewID(), Created: tx.t.now().UTC()}, one)
		}
		if err != nil {
			e := *AsError(err)
			params := map[string]string{"line": strconv.Itoa(i + 1)}
			for k, v := range e.Params {
				params[k] = v
			}
			e.Params = params
			return 0, &e
		}
		have[one.Question] = true
		questions = append(questions, one.Question)
		added++
	}
	tx.Event.Detail["count"] = added
	if added > 0 {
		tx.Event.Private = chain.Detail{"questions": questions}
	}
	return added, nil
}
