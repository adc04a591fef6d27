package store

import (
	"context"

	"coffre/chain"
)

// recover ends what a kill left half-way: files that were being received or
// made, and questions without an answer, which get an answer.give with outcome error.
// Jobs need nothing: they are queued until they succeed.
func (t *Tenant) recover(ctx context.Context) error {
	t.removeUnfinished()
	var open []Message
	err := t.View(func(v *View) (err error) {
		open, err = v.openQuestions()
		return err
	})
	if err != nil {
		return err
	}
	for _, m := range open {
		m.Failed = "interrupted"
		ev := chain.Event{Action: chain.AnswerGive, Outcome: "error", Detail: chain.Detail{"code": "interrupted"}}
		if _, err := t.Update(ctx, System("recovery"), ev, func(tx *Tx) error { return tx.PutAnswer(m) }); err != nil {
			return err
		}
	}
	return nil
}
