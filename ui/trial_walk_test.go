package ui

import (
	"coffre/chain"
	"coffre/store"
)

// trialObject makes what a route of the test questions is about; a run is one
// that was worse, so that it can be accepted. The list is the administrator's,
// and paused, so that the walk waits for no run.
func (w *walk) trialObject(kind string) (id string) {
	w.t.Helper()
	if kind == "run" || kind == "worse run" {
		id = store.NewID()
		w.do(w.a, chain.TrialResult, func(tx *store.Tx) error {
			_, err := tx.PutTrialRun(store.TrialRun{ID: id, Worse: true, Lost: 2}, nil)
			return err
		})
		return id
	}
	w.do(w.a, chain.TrialCreate, func(tx *store.Tx) error {
		p, err := tx.Principal(w.admin.id, store.Person(w.admin.id))
		if err != nil {
			return err
		}
		all, err := tx.Trials()
		if err != nil {
			return err
		}
		if len(all) > 50 { // a walk sends a lot of people
			if err := tx.DeleteTrial(all[0].ID); err != nil {
				return err
			}
		}
		t, err := tx.CreateTrial(p, store.TrialInput{Question: "Quel préavis ?", NoAnswer: true})
		id = t.ID
		return err
	})
	w.do(w.a, chain.TrialUpdate, func(tx *store.Tx) error { _, err := tx.PauseTrial(id, true); return err })
	return id
}
