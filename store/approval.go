package store

import (
	"context"
	"slices"
	"strconv"
	"time"

	"coffre/chain"
)

// What needs two people.
const (
	ApproveRetention = "retention" // a shorter term
	ApproveErasure   = "erasure"   // of a person
	ApproveLift      = "hold-lift" // the end of a legal hold
	ApproveClock     = "clock"     // not to wait after the clock was set forward
	ApproveRelease   = "release"   // pruning what has no copy yet
	ApproveFactors   = "factors"   // taking somebody's second factors away
	ApproveLink      = "link"      // a link to choose the password of a guarded account
	ApproveIdentity  = "identity"  // an outside identity that opens a guarded account
	ApproveWitness   = "witness"   // the end, or another place, of a copy of the journal outside
	ApproveOpener    = "opener"    // a key that opens backups
	ApproveKit       = "kit"       // a new emergency kit for backups
	ApproveHardened  = "hardened"  // the end of hardened mode
)

// The states of a request.
const (
	ApprovalWaiting  = "waiting"
	ApprovalApproved = "approved" // and about to be carried out
	ApprovalDone     = "done"
	ApprovalRefused  = "refused" // or taken back by who asked
	ApprovalExpired  = "expired"
	ApprovalFailed   = "failed" // could not be carried out, Code says why
)

const (
	approvalLasts = 14 * 24 * time.Hour
	// AloneWaits is what a firm with one administrator waits instead of a second
	// person's approval (design.md, Two people, or one).
	AloneWaits = 72 * time.Hour
	// freshFor is how long an account that somebody else made, enabled, promoted
	// or gave a password can't approve: it may be the asker's own.
	freshFor = 72 * time.Hour
)

// Approval is an act that waits for a second administrator.
type Approval struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Class  string `json:"class,omitempty"`  // of retention
	Days   int    `json:"days,omitempty"`   // of retention
	Person string `json:"person,omitempty"` // of erasure and what concerns an account, user id
	// Provider, Subject: which identity, of identity. Linked: when the link that was
	// approved was made, of link.
	Provider string    `json:"provider,omitempty"`
	Subject  string    `json:"subject,omitempty"`
	Linked   time.Time `json:"linked,omitzero"`

	// Tenant: which firm, of firm. Unexported: although it was not exported whole.
	// Paper: whose paper key ended the waiting.
	Tenant     string `json:"tenant,omitempty"`
	Unexported bool   `json:"unexported,omitempty"`
	Paper      string `json:"paper,omitempty"`

	Hold string `json:"hold,omitempty"` // of hold-lift
	To   uint64 `json:"to,omitempty"`   // of release: the last entry that may go
	// Archive, Forward: which copy is not waited for, of release; which one ends
	// here, of witness.
	Archive bool `json:"archive,omitempty"`
	Forward bool `json:"forward,omitempty"`
	// Dir, Target: where the copy goes instead, of witness; empty for nowhere.
	Dir    string         `json:"dir,omitempty"`
	Target *ForwardTarget `json:"target,omitempty"`

	// Add, Drop: age recipients that open backups from then on, or no more, of opener;
	// of kit, the one of the new paper. Typed: that paper was typed back.
	Add   []string `json:"add,omitempty"`
	Drop  []string `json:"drop,omitempty"`
	Typed bool     `json:"typed,omitempty"`
	// Lost: a single administrator without the paper key; of opener and kit.
	Lost bool `json:"lost,omitempty"`

	Reason string `json:"reason"`

	By    chain.Actor `json:"by"`
	Asked time.Time   `json:"asked"`
	Seq   uint64      `json:"seq"`
	Alone bool        `json:"alone,omitempty"` // one administrator: a delay and the paper key
	Needs int         `json:"needs"`           // approvals
	Given []string    `json:"given,omitempty"` // user ids of who approved

	State   string    `json:"state"`
	Decided time.Time `json:"decided,omitzero"`
	Refuser string    `json:"refuser,omitempty"`
	Done    time.Time `json:"done,omitzero"`
	DoneSeq uint64    `json:"done_seq,omitempty"`
	Code    string    `json:"code,omitempty"`
}

var approvals = table[Approval]("approvals")

// Open tells whether the request can still be approved or refused.
func (a Approval) Open() bool { return a.State == ApprovalWaiting }

// Ends is when a request that nobody decides is over.
func (a Approval) Ends() time.Time { return a.Asked.Add(approvalLasts) }

// Approval returns one request.
func (v *View) Approval(id string) (Approval, error) { return approvals.get(v, []byte(id)) }

// Approvals returns all requests, the newest first.
func (v *View) Approvals() ([]Approval, error) {
	all, err := approvals.all(v)
	slices.SortFunc(all, func(a, b Approval) int { return b.Asked.Compare(a.Asked) })
	return all, err
}

// AloneLeft is how long a request of a single administrator has yet to wait. The
// time is counted along the entries: neither a clock set forward nor a box that
// was off shortens it.
func (v *View) AloneLeft(a Approval) (time.Duration, error) {
	passed, err := v.countedSince(a.Seq, v.t.now())
	return max(0, a.waits()-passed), err
}

// admins counts the enabled administrators, and who may become one.
func (v *View) admins() (n int, err error) {
	off := v.ElevationMode() == ElevationOff
	err = users.each(v, nil, func(_ []byte, u User) bool {
		if mayApprove(u) && (u.Role == Admin || !off) {
			n++
		}
		return true
	})
	return n, err
}

// RequestApproval asks for an act that needs two people; of a, Kind, Reason and
// what the kind needs count. paperKey is the recovery key of the emergency kit,
// needed where the firm has one administrator; it is compared and forgotten.
// Errors: Invalid "reason", "retention-term", "retention-class"; Denied
// "paper-key"; Conflict "approval-waiting", "held", "person-erased",
// "prune-waits-not", "clock-doubt", "witness-same", "opener-there"; those of a
// recipient that is none.
func (t *Tenant) RequestApproval(ctx context.Context, p Principal, a Approval, paperKey, request string) (Approval, error) {
	ev := chain.Event{Action: chain.ApprovalRequest, Request: request, Session: p.Session}
	_, err := t.Update(ctx, p.Actor, ev, func(tx *Tx) (err error) {
		a, err = tx.requestApproval(p, a, paperKey)
		return err
	})
	return a, err
}

func (tx *Tx) requestApproval(p Principal, a Approval, paperKey string) (_ Approval, err error) {
	if err := tx.checkApproval(a); err != nil {
		return a, err
	}
	if a.Reason, err = checkReason(a.Reason); err != nil {
		return a, err
	}
	if a.Kind == ApproveRelease {
		if a, err = tx.releaseOf(a); err != nil {
			return a, err
		}
	}
	all, err := tx.Approvals()
	if err != nil {
		return a, err
	}
	for _, o := range all {
		if o.Open() && o.asksFor(a) {
			return a, Fail(Conflict, "approval-waiting")
		}
	}
	a.ID, a.By, a.Asked, a.Seq = NewID(), p.Actor.Actor, tx.t.now().UTC(), tx.Seq
	a.State, a.Given, a.Needs, a.Linked = ApprovalWaiting, nil, 1, time.Time{}
	if p.UserID == "" {
		a.Needs = 2 // the command line is nobody in particular
	}
	if a.Alone, err = tx.isAlone(p, a); err != nil {
		return a, err
	}
	if a.Lost = a.Lost && a.Alone && a.opens(); a.Alone && !a.Lost && a.Kind != ApproveFirm {
		if err := tx.checkPaperKey(paperKey); err != nil {
			return a, err
		}
	}
	tx.Event.Object = chain.Object{Kind: "approval", ID: a.ID}
	tx.Event.Private["reason"] = a.Reason
	a.describe(tx.Event.Detail)
	tx.Event.Detail["alone"] = a.Alone
	return a, approvals.put(tx, []byte(a.ID), a)
}

// Alone tells whether a request of p's would have to wait, with the paper key,
// because nobody else could approve it.
func (v *View) Alone(p Principal, a Approval) (bool, error) { return v.isAlone(p, a) }

// isAlone tells whether nobody could approve a request: a firm's administrators are
// too few without who asks and, where their own account is meant, the person.
func (v *View) isAlone(p Principal, a Approval) (bool, error) {
	if a.aboutAccount() || a.opens() {
		n, err := v.Approvers(p, a.Person)
		return n < a.Needs, err
	}
	n, err := v.admins()
	return n <= 1, err
}

// asksFor tells whether a request is for what another one asks.
func (a Approval) asksFor(b Approval) bool {
	return a.Kind == b.Kind && a.Class == b.Class && a.Person == b.Person && a.Hold == b.Hold &&
		a.Provider == b.Provider && a.Subject == b.Subject && a.Tenant == b.Tenant && !a.addsElse(b) && (a.Kind != ApproveWitness || a.Archive == b.Archive)
}

// describe names the act in an entry's detail.
func (a Approval) describe(d chain.Detail) {
	d["kind"] = a.Kind
	switch a.Kind {
	case ApproveRetention:
		d["class"], d["days"] = a.Class, a.Days
	case ApproveErasure, ApproveFactors, ApproveLink:
		d["person"] = a.Person
	case ApproveIdentity:
		d["person"], d["provider"] = a.Person, a.Provider
	case ApproveLift:
		d["hold"] = a.Hold
	case ApproveFirm:
		d["tenant"] = a.Tenant
	case ApproveRelease:
		d["to"], d["archive"], d["forward"] = a.To, a.Archive, a.Forward
	case ApproveOpener, ApproveKit:
		d["recipients"], d["lost"] = fingerprints(a.Add), a.Lost
	case ApproveWitness:
		d["archive"], d["forward"], d["on"] = a.Archive, a.Forward, !a.EndsWitness()
	}
}

// checkApproval refuses what could not be carried out now either.
func (v *View) checkApproval(a Approval) error {
	switch a.Kind {
	case ApproveRetention:
		if err := v.checkFloor(a.Class, a.Days); err != nil {
			return err
		}
		_, err := v.Retention().checkTerm(a.Class, a.Days)
		return err
	case ApproveErasure:
		u, err := v.User(a.Person)
		if err != nil {
			return err
		}
		return v.checkErasable(u)
	case ApproveLift:
		h, err := v.Hold(a.Hold)
		if err == nil && !h.Active() {
			return Fail(Conflict, "hold-lifted")
		}
		return err
	case ApproveClock:
		wait, err := v.clockDoubt(v.t.now())
		if err == nil && wait == 0 {
			return Fail(Conflict, "clock-right")
		}
		return err
	case ApproveRelease:
		_, err := v.releaseOf(a)
		return err
	case ApproveWitness:
		return v.checkWitnessEnd(a)
	case ApproveOpener, ApproveKit:
		return v.checkOpener(a)
	case ApproveHardened:
		return v.checkSoften()
	case ApproveExport:
		return nil
	case ApproveFirm:
		return v.checkLeaves(a.Tenant)
	case ApproveFactors, ApproveLink, ApproveIdentity:
		return v.checkAccount(a)
	}
	return Fail(Invalid, "bad-parameter", "name", "kind")
}

// checkPaperKey compares the secret on paper with the recovery key that entry 1
// names. Error: Denied "paper-key".
func (v *View) checkPaperKey(secret string) error {
	f, err := v.Facts()
	if err != nil {
		return err
	}
	s, err := chain.ParseSigner(secret)
	if err != nil || s.Verifier() != f.RecoveryKey {
		return Fail(Denied, "paper-key", "hours", strconv.Itoa(int(AloneWaits.Hours())))
	}
	return nil
}
