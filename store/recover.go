package store

import (
	"context"

	"coffre/chain"
)

// recover ends what a kill left half-way: files that were being received or
// made, whole exports that were being sent, and questions without an answer, which
// get an answer.give with outcome error.
// Jobs need nothing: they are queued until they succeed.
func (t *Tenant) recover(ctx context.Context) error {
	t.removeUnfinished()
	if err := t.reportHeader(ctx); err != nil {
		return err
	}
	if err := t.replayLedger(ctx); err != nil {
		return err
	}
	if err := t.cutTakeouts(ctx); err != nil {
		return err
	}
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

// reportHeader enters in the chain that a header page was found damaged, before
// the next commit writes over it: what follows may stand on a state older than
// the newest that was acknowledged.
func (t *Tenant) reportHeader(ctx context.Context) error {
	sound, err := soundHeaders(t.path, t.db().Info().PageSize)
	if err != nil || sound {
		return err
	}
	t.log.Error("a header page of the database is damaged; the newest commit may be missing", "tenant", t.ID, "path", t.path)
	ev := chain.Event{Action: chain.SystemRecover, Outcome: "error", Detail: chain.Detail{"code": FaultMeta}}
	_, err = t.Record(ctx, System("recovery"), ev)
	return err
}
