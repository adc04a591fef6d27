package auth

import (
	"slices"

	"coffre/store"
)

// Relation is what somebody must be to the object of an act, beside the role. It
// is decided where the object is read, in the same transaction; this table says
// which one an action asks for.
type Relation string

// The relations.
const (
	AnyRelation Relation = ""       // the role is enough
	ToReader    Relation = "reader" // may read the object's collection, or add to it
	ToWriter    Relation = "writer" // may add to the object's collection
	ToOwner     Relation = "owner"  // the object is the person's own
	ToAuthor    Relation = "author" // nothing beyond what the one who wrote it may read
	ToSecond    Relation = "second" // another administrator approves what destroys, or opens an account
	ToReason    Relation = "reason" // a reason is given, and entered
)

// Standing is what somebody is to an object, for Decide.
type Standing int

// The standings. Foreign is an object of the same firm that the person has
// nothing to do with, Abroad one of another firm on the same box.
const (
	Own Standing = iota
	Shared
	Foreign
	Abroad
)

// Verdict is what becomes of an act.
type Verdict int

// The verdicts. What is hidden answers as if it did not exist.
const (
	Hidden  Verdict = iota
	Refused         // with its reason, since the person knows of the object
	Granted
)

// Rule is one row of the table: who may do an action.
type Rule struct {
	Action   Action
	SignedIn bool         // everyone who is signed in
	Roles    []store.Role // else these; none: the operator alone
	Relation Relation
	Over     Action   // whoever may do this needs no relation
	Scopes   []string // of an API key: any of them opens it; no key with scopes may where there is none
	Danger   bool     // presence must have been proven a short time ago
}

// ruleOf returns an action's row.
func ruleOf(a Action) (Rule, bool) {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Action == a })
	if i < 0 {
		return Rule{}, false
	}
	return rules[i], true
}

// Known tells whether the table has a row for an action. A server with a route
// whose action has none doesn't start.
func Known(a Action) bool { _, ok := ruleOf(a); return ok }

// Allowed tells whether p may do a at all. It denies what the table doesn't
// name, and a Principal without a user and a valid role, with a step of the
// sign-in to do, or with a key whose scopes don't open it. The operator, who
// holds the data directory, may do everything that the table names. No role
// gives a right to a document: store.Principal.MayRead decides that.
func Allowed(p store.Principal, a Action) bool {
	r, ok := ruleOf(a)
	switch {
	case !ok:
		return false
	case p.All:
		return true
	case p.UserID == "" || !store.ValidRole(p.Role) || len(p.Needs) > 0 || !opens(p, r):
		return false
	}
	return r.SignedIn || slices.Contains(r.Roles, p.Role)
}

// opens tells whether the key with which p came, if it was one, opens r.
func opens(p store.Principal, r Rule) bool {
	return p.Scopes == nil || slices.ContainsFunc(r.Scopes, func(s string) bool { return slices.Contains(p.Scopes, s) })
}

// Unscoped tells whether p may do a, and only the scopes of the key stand
// against it: the key's holder may learn that.
func Unscoped(p store.Principal, a Action) bool {
	if Allowed(p, a) {
		return false
	}
	p.Scopes = nil
	return Allowed(p, a)
}

// Decide is the table's answer to an act of p on an object: the role, the key's
// scopes and the standing together. A server works it out where it reads the
// object; docs and tests are generated from this.
func Decide(p store.Principal, a Action, s Standing) Verdict {
	r, _ := ruleOf(a)
	switch {
	case Unscoped(p, a):
		return Refused
	case s == Abroad || !Allowed(p, a):
		return Hidden
	case p.All || r.Over != "" && Allowed(p, r.Over):
		return Granted
	case r.Relation == ToReader && s == Foreign, r.Relation == ToWriter && s == Foreign, r.Relation == ToOwner && s != Own:
		return Hidden
	case r.Relation == ToWriter && s == Shared:
		return Refused
	}
	return Granted
}

// Require is Allowed as an error: Denied, code "key-lacks-scope" where only the key's
// scopes are in the way, "not-allowed" otherwise.
func Require(p store.Principal, a Action) error {
	switch {
	case Allowed(p, a):
		return nil
	case Unscoped(p, a):
		return store.Fail(store.Denied, "key-lacks-scope").Because(&store.Refusal{Of: store.RefusedScope})
	}
	return store.Fail(store.Denied, "not-allowed", "action", string(a)).Because(&store.Refusal{Of: store.RefusedRole})
}

// Table returns a copy of the policy, for docs and for the test that walks
// every route with every role.
func Table() []Rule {
	out := slices.Clone(rules)
	for i := range out {
		out[i].Roles, out[i].Scopes = slices.Clone(out[i].Roles), slices.Clone(out[i].Scopes)
	}
	return out
}
