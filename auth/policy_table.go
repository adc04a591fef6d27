package auth

import "coffre/store"

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

	FactorsOwn Action = "factors.own"
	UsersReset Action = "users.reset"

	HealthRead  Action = "health.read"
	MetricsRead Action = "metrics.read"

	HealthExport Action = "health.export"
	AccessOwn    Action = "access.own"
	AccessRead   Action = "access.read"
	RightsCheck  Action = "rights.check"

	BackupsRead  Action = "backups.read"
	BackupsAdmin Action = "backups.admin"

	ElevationOwn   Action = "elevation.own"
	ElevationTake  Action = "elevation.take"
	ElevationAdmin Action = "elevation.admin"

	HardenedAdmin Action = "hardened.admin"
)

var (
	admins   = []store.Role{store.Admin}
	auditors = []store.Role{store.Admin, store.Auditor}

	readKeys  = []string{ScopeRead}
	adminKeys = []string{ScopeAdmin}
	auditKeys = []string{ScopeAudit}
	eitherKey = []string{ScopeAdmin, ScopeAudit}
)

// rules is the whole policy. An action that is missing here is denied to all.
var rules = []Rule{
	{Action: DocumentsRead, SignedIn: true, Relation: ToReader, Scopes: readKeys},
	{Action: DocumentsWrite, SignedIn: true, Relation: ToWriter, Scopes: []string{ScopeWrite}},
	{Action: Search, SignedIn: true, Relation: ToReader, Scopes: readKeys},
	{Action: Ask, SignedIn: true, Relation: ToOwner, Scopes: []string{ScopeAsk}},
	{Action: ProfileOwn, SignedIn: true, Relation: ToOwner, Scopes: readKeys},
	{Action: AccessOwn, SignedIn: true, Relation: ToOwner, Over: AccessRead, Scopes: []string{ScopeRead, ScopeAdmin}},
	{Action: ModelsRead, SignedIn: true, Scopes: []string{ScopeRead, ScopeAsk}},
	{Action: NoticeRead, SignedIn: true, Scopes: readKeys},

	// No key with scopes makes or ends a key: it could make one without.
	{Action: KeysOwn, SignedIn: true, Relation: ToOwner, Over: KeysAdmin, Danger: true},
	{Action: KeysAdmin, Roles: admins, Danger: true},

	// No key touches what stands between a password and an account.
	{Action: FactorsOwn, SignedIn: true, Relation: ToOwner, Danger: true},
	{Action: UsersReset, Roles: admins, Relation: ToSecond, Scopes: adminKeys, Danger: true},

	// What gives rights, accounts and ways out asks for presence: a session left
	// open at a desk, or stolen, must not open documents to somebody else.
	{Action: CollectionsAdmin, Roles: admins, Scopes: adminKeys, Danger: true},
	{Action: UsersAdmin, Roles: admins, Scopes: adminKeys, Danger: true},
	{Action: GroupsAdmin, Roles: admins, Scopes: adminKeys, Danger: true},
	{Action: SettingsAdmin, Roles: admins, Scopes: adminKeys, Danger: true},
	{Action: RetentionAdmin, Roles: admins, Relation: ToSecond, Scopes: adminKeys, Danger: true},
	{Action: JobsAdmin, Roles: admins, Scopes: adminKeys},
	{Action: TrialsAdmin, Roles: admins, Relation: ToAuthor, Scopes: adminKeys},
	{Action: AccessRead, Roles: admins, Scopes: adminKeys},
	{Action: HealthRead, Roles: admins, Scopes: adminKeys},
	// The bundle is made to leave the firm.
	{Action: HealthExport, Roles: admins, Scopes: adminKeys, Danger: true},
	// A key for what gathers figures opens nothing else.
	{Action: MetricsRead, Roles: admins, Scopes: []string{ScopeMetrics, ScopeAdmin}},

	// A backup holds everything that the firm has: whoever takes one away, or says
	// who can open the next ones, proves presence.
	{Action: BackupsRead, Roles: admins, Scopes: adminKeys},
	{Action: BackupsAdmin, Roles: admins, Scopes: adminKeys, Danger: true},

	// One administrator makes the box stricter; the way back takes two. No key can.
	{Action: HardenedAdmin, Roles: admins, Relation: ToSecond, Danger: true},

	{Action: RightsCheck, Roles: auditors, Scopes: eitherKey},
	{Action: SettingsRead, Roles: auditors, Scopes: eitherKey},
	{Action: RetentionRead, Roles: auditors, Scopes: eitherKey},
	{Action: HoldsPut, Roles: auditors, Scopes: eitherKey},
	{Action: ApprovalsRefuse, Roles: auditors, Scopes: eitherKey},
	{Action: AuditRead, Roles: auditors, Scopes: auditKeys},
	{Action: AuditVerify, Roles: auditors, Scopes: auditKeys},
	{Action: AuditExport, Roles: auditors, Scopes: auditKeys},
	{Action: AuditKeys, Roles: auditors, Scopes: auditKeys, Danger: true},

	// Words in private parts: with a reason, and each search is an entry that
	// administrators see. Administrators themselves may not, since they could give
	// anybody a right or a password, and would read what was asked of them.
	{Action: AuditSearch, Roles: []store.Role{store.Auditor}, Relation: ToReason, Scopes: auditKeys, Danger: true},

	// A role taken for a time: who may take or approve one is said by the account,
	// and looked at where it is done. Keys can't.
	{Action: ElevationOwn, SignedIn: true, Relation: ToOwner},
	{Action: ElevationTake, SignedIn: true, Relation: ToOwner, Danger: true},
	{Action: ElevationAdmin, Roles: admins, Danger: true},

	// A key acts as its user. An administrator who could make one for somebody
	// else could read what only they may.
	{Action: KeysForOthers},

	// Private parts hold what people asked and the documents' own words: no role
	// reads them all. Whoever holds the data directory can.
	{Action: AuditPrivate},
}
