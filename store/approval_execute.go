package store

import (
	"context"
	"errors"

	"coffre/chain"
)

var approvedActions = map[string]string{
	ApproveRetention: chain.RetentionUpdate, ApproveErasure: chain.UserErase,
	ApproveLift: chain.HoldLift, ApproveClock: chain.ClockAccept,
	ApproveRelease: chain.RetentionRelease, ApproveWitness: chain.SettingsUpdate,
	ApproveOpener: chain.SettingsUpdate, ApproveKit: chain.BackupKit,
	ApproveFactors: chain.FactorReset, ApproveLink: chain.UserAllow, ApproveIdentity: chain.IdentityLink,
	ApproveHardened: chain.HardenedOff,
	ApproveExport:   chain.TenantAllow, ApproveFirm: chain.TenantDelete,
}

// carryOut does what was approved, in the same commit that says so. What can't
// be done any more is entered as failed, and the error is nil.
func (t *Tenant) carryOut(ctx context.Context, id string) (a Approval, err error) {
	err = t.View(func(v *View) error { a, err = v.Approval(id); return err })
	if err != nil {
		return a, err
	}
	if a.Kind == ApproveFirm && t.firms != nil {
		a, err = t.firms.destroyApproved(ctx, a)
	} else {
		ev := chain.Event{Action: approvedActions[a.Kind]}
		_, err = t.Update(ctx, System("approvals"), ev, func(tx *Tx) (err error) {
			a, err = tx.carryOut(id)
			return err
		})
	}
	var why *Error
	switch {
	case err == nil:
		killPoint("carried-out")
		t.afterApproval(ctx, a)
		return a, nil
	case errors.Is(err, errNothing):
		return a, nil
	case !errors.As(err, &why) || why.Kind != Conflict && why.Kind != NotFound && why.Kind != Invalid:
		return a, err
	}
	ev := chain.Event{Action: chain.ApprovalFail, Outcome: chain.Failed, Object: chain.Object{Kind: "approval", ID: id}}
	_, err = t.Update(ctx, System("approvals"), ev, func(tx *Tx) (err error) {
		if a, err = tx.Approval(id); err != nil {
			return err
		}
		a.State, a.Code, a.Done, a.DoneSeq = ApprovalFailed, why.Code, tx.t.now().UTC(), tx.Seq
		tx.Event.Detail["code"] = why.Code
		a.describe(tx.Event.Detail)
		return approvals.put(tx, []byte(id), a)
	})
	return a, err
}

// decided ends a request that may be carried out; errNothing for any other.
func (tx *Tx) decided(id string) (Approval, error) {
	a, err := tx.Approval(id)
	if err != nil {
		return a, err
	}
	if ready, err := tx.ready(a); err != nil || !ready {
		return a, errors.Join(err, errNothing)
	}
	a.State, a.Done, a.DoneSeq = ApprovalDone, tx.t.now().UTC(), tx.Seq
	if a.Decided.IsZero() {
		a.Decided = a.Done
	}
	// Before the act: an erasure clears what the request says of the person.
	if err := approvals.put(tx, []byte(id), a); err != nil {
		return a, err
	}
	tx.Event.Detail["approval"], tx.Event.Detail["requested_by"] = a.ID, a.By.ID
	if len(a.Given) > 0 {
		tx.Event.Detail["approved_by"] = a.Given
	}
	return a, nil
}

func (tx *Tx) carryOut(id string) (Approval, error) {
	a, err := tx.decided(id)
	if err != nil {
		return a, err
	}
	switch a.Kind {
	case ApproveRetention:
		before, err := tx.Retention().checkTerm(a.Class, a.Days)
		if err != nil {
			return a, err
		}
		return a, tx.putRetention(a.Class, before, a.Days)
	case ApproveErasure:
		u, err := tx.User(a.Person)
		if err != nil {
			return a, err
		}
		if err := tx.checkErasable(u); err != nil {
			return a, err
		}
		return a, tx.erasePerson(u, a.ID)
	case ApproveLift:
		return a, tx.liftHold(a.Hold)
	case ApproveClock:
		return a, tx.trustClock()
	case ApproveRelease:
		return a, tx.release(a)
	case ApproveWitness:
		if err := tx.checkWitnessEnd(a); err != nil {
			return a, err
		}
		return a, tx.endWitness(a)
	case ApproveOpener, ApproveKit:
		return a, tx.addOpener(a)
	case ApproveHardened:
		return a, tx.soften()
	case ApproveFactors, ApproveLink, ApproveIdentity:
		return a, tx.openAccount(a)
	case ApproveExport:
		// What was approved is done by who asked: BeginTakeout.
		tx.Event.Object = chain.Object{Kind: "approval", ID: a.ID}
		return a, nil
	}
	return a, Fail(Invalid, "bad-parameter", "name", "kind")
}

// ready tells whether a request was approved, or has waited long enough.
func (v *View) ready(a Approval) (bool, error) {
	if a.State == ApprovalApproved {
		return true, nil
	}
	if !a.Open() || !a.Alone {
		return false, nil
	}
	left, err := v.AloneLeft(a)
	return left == 0, err
}

// afterApproval does at once what need not wait for the night. A failure is
// tried again by the keeper.
func (t *Tenant) afterApproval(ctx context.Context, a Approval) {
	if a.Kind == ApproveWitness || a.Kind == ApproveHardened {
		if err := t.wayFollower.call(); err != nil {
			t.log.Error("ways out after what two people decided", "tenant", t.ID, "err", err)
		}
	}
	if a.Kind != ApproveErasure {
		return
	}
	if err := t.writeLedger(); err != nil {
		t.log.Error("writing the ledger of erasures", "tenant", t.ID, "err", err)
	}
	if err := t.compactIfDue(ctx); err != nil {
		t.log.Error("compaction after an erasure", "tenant", t.ID, "err", err)
	}
}
