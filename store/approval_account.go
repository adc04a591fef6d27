package store

import (
	"bytes"
	"slices"
	"time"

	"coffre/chain"
)

// Whoever could take away somebody's second factors and give them a password
// would be that person. So nobody alone opens a guarded account: one with second
// factors, or one whose role decides about others or watches over them.

// grantFor is how long who asked has to make the link that was approved.
const grantFor = 72 * time.Hour

// aboutAccount tells whether a request would give a way into somebody's account.
func (a Approval) aboutAccount() bool {
	return a.Kind == ApproveFactors || a.Kind == ApproveLink || a.Kind == ApproveIdentity
}

// Guarded tells whether a way into an account, a link, a password or an outside
// identity, is for two people to give. An account that nobody has used yet is
// not: its first password comes from an administrator anyway.
func (v *View) Guarded(u User) (bool, error) {
	if v.t.now().Before(u.Guarded) {
		return true, nil
	}
	have, err := v.Factors(u.ID)
	if err != nil || len(have) > 0 {
		return len(have) > 0, err
	}
	own, err := v.IdentitiesOf(u.ID)
	if err != nil {
		return false, err
	}
	if (u.Password == "" || u.MustChange) && len(own)+len(u.Places) == 0 {
		return false, nil
	}
	return v.watchful(u)
}

// watchful tells whether somebody has, or may take, a role beyond a member's.
func (v *View) watchful(u User) (bool, error) {
	role := Strongest(u.Role, u.May)
	err := groups.each(v, nil, func(_ []byte, g Group) bool {
		if slices.Contains(g.Members, u.ID) {
			role = Strongest(role, g.Role)
		}
		return true
	})
	return role == Admin || role == Auditor, err
}

// guardAfter keeps an account guarded for three days after it has lost what made
// it so: otherwise a demotion, or a reset, would be the first half of a theft.
func (tx *Tx) guardAfter(u *User) { u.Guarded = tx.t.now().UTC().Add(freshFor) }

// Approvers counts who could approve what p asks about a person: administrators,
// and who may become one, but neither of the two.
func (v *View) Approvers(p Principal, person string) (n int, err error) {
	off := v.ElevationMode() == ElevationOff
	err = users.each(v, nil, func(_ []byte, u User) bool {
		if mayApprove(u) && (u.Role == Admin || !off) && u.ID != p.UserID && u.ID != person {
			n++
		}
		return true
	})
	return n, err
}

// checkAccount refuses what would give no way into an account, or needs no second
// person. Errors: NotFound; Conflict "person-erased", "account-sealed",
// "factor-none", "account-elsewhere", "account-disabled", "link-free",
// "identity-taken", "identity-account".
func (v *View) checkAccount(a Approval) error {
	u, err := v.User(a.Person)
	switch {
	case err != nil:
		return err
	case !u.Erased.IsZero():
		return Fail(Conflict, "person-erased")
	case u.Source == SourceBreakGlass:
		return Fail(Conflict, "account-sealed")
	}
	switch a.Kind {
	case ApproveFactors:
		have, err := v.Factors(u.ID)
		if err == nil && len(have) == 0 {
			err = Fail(Conflict, "factor-none")
		}
		return err
	case ApproveIdentity:
		_, err := v.linkable(a.Provider, a.Subject, u.ID)
		return err
	}
	switch {
	case u.Source != "":
		return Fail(Conflict, "account-elsewhere")
	case u.Disabled:
		return Fail(Conflict, "account-disabled")
	}
	guarded, err := v.Guarded(u)
	if err == nil && !guarded {
		err = Fail(Conflict, "link-free")
	}
	return err
}

// notShown refuses what somebody asked for a person who has since shown what they
// were said to have lost: the request was another's idea than theirs. Conflict
// "factor-shown", "password-shown".
func (v *View) notShown(a Approval) error {
	switch a.Kind {
	case ApproveFactors:
		have, err := v.Factors(a.Person)
		if slices.ContainsFunc(have, func(f Factor) bool { return f.Used.After(a.Asked) }) {
			return Fail(Conflict, "factor-shown")
		}
		return err
	case ApproveLink:
		return v.noSignIn(a)
	}
	return nil
}

// noSignIn looks for a sign-in with the password after the request.
func (v *View) noSignIn(a Approval) error {
	c := v.tx.Bucket([]byte("entries")).Cursor()
	for k, b := c.Seek(u64(a.Seq + 1)); k != nil; k, b = c.Next() {
		if len(b) <= 32 || !bytes.Contains(b[32:], []byte(a.Person)) {
			continue
		}
		p, err := chain.ParsePayload(bytes.Clone(b[32:]))
		if err != nil {
			return Fail(Corrupt, "damaged").Because(err)
		}
		if p.Action == chain.AuthSignIn && p.Actor.ID == a.Person && p.Detail["method"] == "password" {
			return Fail(Conflict, "password-shown")
		}
	}
	return nil
}

// openAccount is the act itself.
func (tx *Tx) openAccount(a Approval) error {
	if err := tx.checkAccount(a); err != nil {
		return err
	}
	if err := tx.notShown(a); err != nil {
		return err
	}
	switch a.Kind {
	case ApproveFactors:
		return tx.resetFactors(a)
	case ApproveIdentity:
		if err := tx.linkIdentity(a.Provider, a.Subject, a.Person); err != nil {
			return err
		}
		tx.Event.Detail["act"] = "link"
		rec, err := tx.Provider(a.Provider)
		if err != nil {
			return err
		}
		return tx.PutAlert(Alert{UserID: a.Person, What: chain.IdentityLink, By: a.By.ID, Kind: "link", Name: rec.Name})
	}
	tx.Event.Object = chain.Object{Kind: "user", ID: a.Person}
	return nil
}

// resetFactors takes all factors of somebody away, recovery codes included, and
// ends their sessions: at the next sign-in the password is enough, or a new
// factor is asked for where the firm wants one. They are told.
func (tx *Tx) resetFactors(a Approval) error {
	u, err := tx.User(a.Person)
	if err != nil {
		return err
	}
	gone, err := tx.DeleteFactorsOf(u.ID)
	if err != nil {
		return err
	}
	kinds := []string{}
	for _, f := range gone {
		kinds = append(kinds, f.Kind)
	}
	tx.guardAfter(&u)
	if err := tx.UpdateUser(u); err != nil {
		return err
	}
	tx.Event.Detail["kinds"] = kinds
	if err := tx.DeleteSessionsOf(u.ID); err != nil {
		return err
	}
	return tx.PutAlert(Alert{UserID: u.ID, What: chain.FactorReset, By: a.By.ID})
}

// LinkGrant returns the approval with which p may make a link for a guarded
// account, NotFound where there is none: who asked makes it, once, within 72
// hours.
func (v *View) LinkGrant(p Principal, person string) (Approval, error) {
	all, err := v.Approvals()
	if err != nil {
		return Approval{}, err
	}
	for _, a := range all {
		if a.Kind == ApproveLink && a.Person == person && a.State == ApprovalDone && a.Linked.IsZero() &&
			a.By == p.Actor.Actor && v.t.now().Before(a.Done.Add(grantFor)) {
			return a, nil
		}
	}
	return Approval{}, errNotFound
}

// UseLinkGrant uses an approval up. Conflict "reset-two" where p has none for an
// account that is guarded; "" where it needs none.
func (tx *Tx) UseLinkGrant(p Principal, u User) (id string, err error) {
	guarded, err := tx.Guarded(u)
	if err != nil || !guarded {
		return "", err
	}
	a, err := tx.LinkGrant(p, u.ID)
	if IsNotFound(err) {
		return "", Fail(Conflict, "reset-two")
	}
	if err != nil {
		return "", err
	}
	a.Linked = tx.t.now().UTC()
	return a.ID, approvals.put(tx, []byte(a.ID), a)
}
