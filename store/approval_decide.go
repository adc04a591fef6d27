package store

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"coffre/chain"
)

// Approve gives an administrator's approval, and carries the act out where
// nothing more is needed. Errors: Denied "approval-self", "approver-new",
// "approval-person"; Conflict "approval-over".
func (t *Tenant) Approve(ctx context.Context, p Principal, id, request string) (Approval, error) {
	var a Approval
	ev := chain.Event{Action: chain.ApprovalApprove, Request: request, Session: p.Session}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *Tx) (err error) {
		a, err = tx.approve(p, id)
		return err
	})
	if err != nil || a.State != ApprovalApproved {
		return a, err
	}
	killPoint("approved")
	return t.carryOut(ctx, id)
}

func (tx *Tx) approve(p Principal, id string) (Approval, error) {
	a, err := tx.Approval(id)
	switch {
	case err != nil:
		return a, err
	case !a.Open():
		return a, Fail(Conflict, "approval-over")
	case p.UserID == "" || p.Role != Admin:
		return a, Fail(Denied, "approval-person")
	}
	by, err := tx.asker(a)
	if err != nil {
		return a, err
	}
	if by == p.UserID || slices.Contains(a.Given, p.UserID) || a.Person == p.UserID {
		return a, Fail(Denied, "approval-self")
	}
	if u, err := tx.User(p.UserID); err != nil || u.Source == SourceBreakGlass {
		return a, errors.Join(err, Fail(Denied, "approval-person")) // a code on paper is nobody's second opinion
	}
	// Their role may have ended since the request began, or since they approved.
	if now, err := tx.Principal(p.UserID, p.Actor); err != nil || now.Role != Admin {
		return a, Fail(Denied, "approval-person")
	}
	if a.Given, err = tx.stillApprove(a.Given); err != nil {
		return a, err
	}
	fresh, err := tx.isFresh(p.UserID)
	if err != nil {
		return a, err
	}
	if fresh {
		return a, Fail(Denied, "approver-new")
	}
	a.Given = append(a.Given, p.UserID)
	if len(a.Given) >= a.Needs {
		a.State, a.Decided = ApprovalApproved, tx.t.now().UTC()
	}
	tx.Event.Object = chain.Object{Kind: "approval", ID: id}
	a.describe(tx.Event.Detail)
	return a, approvals.put(tx, []byte(id), a)
}

// stillApprove are those of some people who may approve today.
func (v *View) stillApprove(given []string) (out []string, err error) {
	for _, id := range given {
		u, err := v.User(id)
		if err != nil && !IsNotFound(err) {
			return nil, err
		}
		p, perr := v.Principal(id, Person(id))
		if err == nil && (mayApprove(u) || perr == nil && p.Role == Admin) {
			out = append(out, id)
		}
	}
	return out, nil
}

// asker is the person behind a request: who asked through a key of theirs can't
// approve in their own name.
func (v *View) asker(a Approval) (string, error) {
	if a.By.Kind != "api_key" {
		return a.By.ID, nil
	}
	k, err := v.APIKey(a.By.ID)
	if IsNotFound(err) {
		return "", nil
	}
	return k.UserID, err
}

// isFresh tells whether somebody else had a hand in an account a short while ago.
func (v *View) isFresh(user string) (fresh bool, err error) {
	since := v.t.now().Add(-freshFor)
	c := v.tx.Bucket([]byte("entries")).Cursor()
	for k, b := c.Last(); k != nil && len(b) > 32; k, b = c.Prev() {
		m, err := readMoment(b[32:])
		if err != nil {
			return false, err
		}
		if !m.made.After(since) {
			return false, nil
		}
		if !bytes.Contains(b[32:], []byte(user)) {
			continue
		}
		p, err := chain.ParsePayload(bytes.Clone(b[32:]))
		if err != nil {
			return false, Fail(Corrupt, "damaged").Because(err)
		}
		if p.Outcome == chain.OK && p.Actor.ID != user && touches(p, user) {
			return true, nil
		}
	}
	return false, nil
}

// touches tells whether an entry is about a way into somebody's account.
func touches(p chain.Payload, user string) bool {
	switch {
	case p.Action == chain.IdentityLink:
		return p.Detail["user"] == user
	case p.Action == chain.FactorReset, classOf(p.Action) == "user":
		return p.Object.ID == user
	}
	return false
}

// Refuse ends a request; who asked takes it back with it. The caller has checked
// that p is an administrator or auditor. Error: Conflict "approval-over".
func (t *Tenant) Refuse(ctx context.Context, p Principal, id, request string) (a Approval, err error) {
	ev := chain.Event{Action: chain.ApprovalRefuse, Request: request, Session: p.Session}
	_, err = t.Update(ctx, p.Actor, ev, func(tx *Tx) error {
		if a, err = tx.Approval(id); err != nil {
			return err
		}
		if !a.Open() {
			return Fail(Conflict, "approval-over")
		}
		a.State, a.Decided, a.Refuser = ApprovalRefused, tx.t.now().UTC(), p.Actor.ID
		tx.Event.Object = chain.Object{Kind: "approval", ID: id}
		a.describe(tx.Event.Detail)
		return approvals.put(tx, []byte(id), a)
	})
	return a, err
}

// runApprovals ends requests that nobody decided, and carries out what may be:
// also what a kill kept from being carried out.
func (t *Tenant) runApprovals(ctx context.Context) error {
	var over, due []string
	err := t.View(func(v *View) error {
		all, err := v.Approvals()
		for _, a := range all {
			switch {
			case a.State == ApprovalApproved:
				due = append(due, a.ID)
			case !a.Open():
			case a.Alone:
				left, err := v.AloneLeft(a)
				if err != nil {
					return err
				}
				if left == 0 {
					due = append(due, a.ID)
				}
			case !t.now().Before(a.Ends()):
				over = append(over, a.ID)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range over {
		if err := t.expireApproval(ctx, id); err != nil {
			return err
		}
	}
	for _, id := range due {
		if _, err := t.carryOut(ctx, id); err != nil {
			return err
		}
	}
	if t.firms != nil {
		return t.firms.finishDestroyed(ctx)
	}
	return nil
}

func (t *Tenant) expireApproval(ctx context.Context, id string) error {
	ev := chain.Event{Action: chain.ApprovalExpire, Object: chain.Object{Kind: "approval", ID: id}}
	_, err := t.Update(ctx, System("approvals"), ev, func(tx *Tx) error {
		a, err := tx.Approval(id)
		if err != nil || !a.Open() {
			return errors.Join(err, errNothing)
		}
		a.State, a.Decided = ApprovalExpired, tx.t.now().UTC()
		a.describe(tx.Event.Detail)
		return approvals.put(tx, []byte(id), a)
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}
