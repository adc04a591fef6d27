package auth

import (
	"slices"

	"coffre/store"
)

// Action is what somebody wants to do. Pages, REST and commands ask Allowed
// with one of these; there is no other place where a role is looked at.
type Action string

// The actions.
const (
	DocumentsRead  Action = "documents.read"
	DocumentsWrite Action = "documents.write"
	Search         Action = "search"
	Ask            Action = "ask"
	ProfileOwn     Action = "profile.own"
	KeysOwn        Action = "keys.own"
	KeysAdmin      Action = "keys.admin"

	CollectionsAdmin Action = "collections.admin"
	UsersAdmin       Action = "users.admin"
	GroupsAdmin      Action = "groups.admin"
	SettingsRead     Action = "settings.read"
	SettingsAdmin    Action = "settings.admin"
	JobsAdmin        Action = "jobs.admin"
	ModelsRead       Action = "models.read"
	TrialsAdmin      Action = "trials.admin"

	AuditRead   Action = "audit.read"
	AuditVerify Action = "audit.verify"
	AuditExport Action = "audit.export"
	AuditKeys   Action = "audit.keys"

	AuditSearch     Action = "audit.search"
	RetentionRead   Action = "retention.read"
	RetentionAdmin  Action = "retention.admin"
	HoldsPut        Action = "holds.put"
	ApprovalsRefuse Action = "approvals.refuse"
	NoticeRead      Action = "notice.read"

	KeysForOthers Action = "keys.for-others"
	AuditPrivate  Action = "audit.private"
)

// Rule is one row of the table: who may do an action. Where Relation is not
// empty, the role only opens the door: the relation to the object decides.
type Rule struct {
	Action   Action
	SignedIn bool         // everyone who is signed in
	Roles    []store.Role // else these; none: the operator alone
	Relation string
	Scope    string // of an API key that opens it; no key with scopes may where empty
	Danger   bool   // presence must have been proven a short time ago
}

var (
	admins   = []store.Role{store.Admin}
	auditors = []store.Role{store.Admin, store.Auditor}
)

// rules is the whole policy. An action that is missing here is denied to all.
var rules = []Rule{
	{Action: DocumentsRead, SignedIn: true, Relation: "reader or writer of the collection"},
	{Action: DocumentsWrite, SignedIn: true, Relation: "writer of the collection"},
	{Action: Search, SignedIn: true, Relation: "reader or writer of the collection"},
	{Action: Ask, SignedIn: true, Relation: "reader or writer of the collection"},
	{Action: ProfileOwn, SignedIn: true, Relation: "the account itself"},
	{Action: KeysOwn, SignedIn: true, Relation: "the key's user"},
	{Action: ModelsRead, SignedIn: true},

	{Action: KeysAdmin, Roles: admins},
	{Action: CollectionsAdmin, Roles: admins},
	{Action: UsersAdmin, Roles: admins},
	{Action: GroupsAdmin, Roles: admins},
	{Action: SettingsAdmin, Roles: admins},
	{Action: JobsAdmin, Roles: admins},
	{Action: TrialsAdmin, Roles: admins, Relation: "a question is put with the rights of who wrote it"},

	{Action: SettingsRead, Roles: auditors},
	{Action: AuditRead, Roles: auditors},
	{Action: AuditVerify, Roles: auditors},
	{Action: AuditExport, Roles: auditors},
	{Action: AuditKeys, Roles: auditors},
	{Action: RetentionRead, Roles: auditors},
	{Action: HoldsPut, Roles: auditors},
	{Action: ApprovalsRefuse, Roles: auditors},
	{Action: RetentionAdmin, Roles: admins, Relation: "a second administrator approves what destroys"},

	// Words in private parts: with a reason, and each search is an entry that
	// administrators see. Administrators themselves may not, since they could give
	// anybody a right or a password, and would read what was asked of them.
	{Action: AuditSearch, Roles: []store.Role{store.Auditor}, Relation: "a reason, entered in the journal"},

	{Action: NoticeRead, SignedIn: true},

	// A key acts as its user. An administrator who could make one for somebody
	// else could read what only they may.
	{Action: KeysForOthers},

	// Private parts hold what people asked and the documents' own words: no role
	// reads them all. Whoever holds the data directory can.
	{Action: AuditPrivate},
}

// Allowed tells whether p may do a at all. It denies what the table doesn't
// name, and a Principal without a user and a valid role. The operator, who
// holds the data directory, may do everything that the table names. No role
// gives a right to a document: store.Principal.MayRead decides that.
func Allowed(p store.Principal, a Action) bool {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Action == a })
	switch {
	case i < 0:
		return false
	case p.All:
		return true
	case p.UserID == "" || !store.ValidRole(p.Role) || len(p.Needs) > 0:
		return false
	case p.Scopes != nil && (rules[i].Scope == "" || !slices.Contains(p.Scopes, rules[i].Scope)):
		return false
	}
	return rules[i].SignedIn || slices.Contains(rules[i].Roles, p.Role)
}

// Require is Allowed as an error: Denied, code "not-allowed".
func Require(p store.Principal, a Action) error {
	if Allowed(p, a) {
		return nil
	}
	return store.Fail(store.Denied, "not-allowed", "action", string(a))
}

// Table returns a copy of the policy, for docs and for the test that walks
// every route with every role.
func Table() []Rule {
	out := slices.Clone(rules)
	for i := range out {
		out[i].Roles = slices.Clone(out[i].Roles)
	}
	return out
}
