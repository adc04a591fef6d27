package chain

import (
	"slices"
	"strings"
)

// Actions is the closed list that this box writes; an action's class is its
// part before the first dot. Files of other boxes may hold others.
const (
	TenantCreate       = "tenant.create"
	TenantAllow        = "tenant.allow"
	TenantUpdate       = "tenant.update"
	TenantSuspend      = "tenant.suspend"
	TenantResume       = "tenant.resume"
	TenantExport       = "tenant.export"
	TenantExported     = "tenant.exported"
	TenantDelete       = "tenant.delete"
	TenantDeleted      = "tenant.deleted"
	TenantRestore      = "tenant.restore"
	AuditKey           = "audit.key"
	AuditRestore       = "audit.restore"
	AuditPrune         = "audit.prune"
	AuditVerify        = "audit.verify"
	AuditExport        = "audit.export"
	AuditRead          = "audit.read"
	AuditArchive       = "audit.archive"
	AuditWitness       = "audit.witness"
	AuditWatch         = "audit.watch"
	AuditSearch        = "audit.search"
	ClockStep          = "clock.step"
	ClockAccept        = "clock.accept"
	AuthSignIn         = "auth.signin"
	AuthSignOut        = "auth.signout"
	AuthFailure        = "auth.failure"
	AuthStep           = "auth.step"
	FactorAdd          = "factor.add"
	FactorRemove       = "factor.remove"
	FactorRename       = "factor.rename"
	FactorBlock        = "factor.block"
	FactorReset        = "factor.reset"
	UserCreate         = "user.create"
	UserUpdate         = "user.update"
	UserDisable        = "user.disable"
	UserEnable         = "user.enable"
	UserPassword       = "user.password"
	UserImport         = "user.import"
	UserReset          = "user.reset"
	UserAllow          = "user.allow"
	UserNotice         = "user.notice"
	UserErase          = "user.erase"
	PrivateExpire      = "private.expire"
	RetentionUpdate    = "retention.update"
	RetentionWait      = "retention.wait"
	RetentionRelease   = "retention.release"
	HoldPut            = "hold.put"
	HoldLift           = "hold.lift"
	ApprovalRequest    = "approval.request"
	ApprovalApprove    = "approval.approve"
	ApprovalRefuse     = "approval.refuse"
	ApprovalExpire     = "approval.expire"
	ApprovalFail       = "approval.fail"
	GroupCreate        = "group.create"
	GroupUpdate        = "group.update"
	GroupDelete        = "group.delete"
	KeyCreate          = "key.create"
	KeyRevoke          = "key.revoke"
	CollectionCreate   = "collection.create"
	CollectionUpdate   = "collection.update"
	CollectionDelete   = "collection.delete"
	DocumentAdd        = "document.add"
	DocumentExtract    = "document.extract"
	DocumentFail       = "document.fail"
	DocumentRead       = "document.read"
	DocumentDelete     = "document.delete"
	DocumentRestore    = "document.restore"
	DocumentRefuse     = "document.refuse"
	DocumentDownload   = "document.download"
	DirectorySync      = "directory.sync"
	DirectoryAdmit     = "directory.admit"
	DirectoryTest      = "directory.test"
	DirectoryPreview   = "directory.preview"
	JobRetry           = "job.retry"
	QuestionAsk        = "question.ask"
	AnswerGive         = "answer.give"
	SearchQuery        = "search.query"
	ConversationCreate = "conversation.create"
	ConversationUpdate = "conversation.update"
	ConversationDelete = "conversation.delete"
	SettingsUpdate     = "settings.update"
	ModelList          = "model.list"
	BackupCreate       = "backup.create"
	BackupKit          = "backup.kit"
	BackupEnd          = "backup.end"
	BackupDrill        = "backup.drill"
	BackupSweep        = "backup.sweep"
	BackupCheck        = "backup.check"
	BackupLook         = "backup.look"
	BackupTake         = "backup.take"
	EgressRefuse       = "egress.refuse"
	EgressShut         = "egress.shut"
	EgressOpen         = "egress.open"
	EgressGap          = "egress.gap"
	ForwardFail        = "forward.fail"
	ForwardResume      = "forward.resume"
	MailSend           = "mail.send"
	BoxStart           = "box.start"
	BoxStop            = "box.stop"
	BoxReserve         = "box.reserve"
	UpdateBegin        = "update.begin"
	UpdateEnd          = "update.end"
	MasterHold         = "master.hold"
	MasterUnlock       = "master.unlock"
	MasterRekey        = "master.rekey"
	SystemRecover      = "system.recover"
	SystemCompact      = "system.compact"
	TrialCreate        = "trial.create"
	TrialUpdate        = "trial.update"
	TrialDelete        = "trial.delete"
	TrialImport        = "trial.import"
	TrialExport        = "trial.export"
	TrialRun           = "trial.run"
	TrialResult        = "trial.result"
	TrialAccept        = "trial.accept"
	CertificateInstall = "certificate.install"
	CertificateRemove  = "certificate.remove"
	CertificateRequest = "certificate.request"
	CertificateRenew   = "certificate.renew"
	CredentialCreate   = "credential.create"
	CredentialRead     = "credential.read"
	CredentialRotate   = "credential.rotate"
	CredentialRevoke   = "credential.revoke"
	CredentialExpire   = "credential.expire"
	ProviderCreate     = "provider.create"
	ProviderUpdate     = "provider.update"
	ProviderDelete     = "provider.delete"
	ProviderLogout     = "provider.logout"
	IdentityFollow     = "identity.follow"
	IdentityWait       = "identity.wait"
	IdentityLink       = "identity.link"
	RightsCheck        = "rights.check"
	RightsExport       = "rights.export"
	HealthExport       = "health.export"
	HealthAlert        = "health.alert"
	ElevationRequest   = "elevation.request"
	ElevationApprove   = "elevation.approve"
	ElevationRefuse    = "elevation.refuse"
	ElevationExpire    = "elevation.expire"
	ElevationBegin     = "elevation.begin"
	ElevationEnd       = "elevation.end"
	ElevationSeal      = "elevation.seal"
	ElevationBreak     = "elevation.break"
	HardenedOn         = "hardened.on"
	HardenedOff        = "hardened.off"
	HardenedPlan       = "hardened.plan"
	ExportReason       = "export.reason"
	AccessRefuse       = "access.refuse"
)

var knownActions = map[string]bool{
	TenantAllow: true, TenantUpdate: true, TenantSuspend: true, TenantResume: true, TenantExport: true, TenantExported: true, TenantDelete: true, TenantDeleted: true, TenantRestore: true,
	TenantCreate: true, AuditKey: true, AuditRestore: true, AuditPrune: true,
	AuditVerify: true, AuditExport: true, AuditRead: true, AuditArchive: true, AuditWitness: true, AuditWatch: true, ClockStep: true,
	AuthSignIn: true, AuthSignOut: true, AuthFailure: true, AuthStep: true,
	FactorAdd: true, FactorRemove: true, FactorRename: true, FactorBlock: true, FactorReset: true, UserReset: true, UserAllow: true, UserNotice: true,
	UserCreate: true, UserUpdate: true, UserDisable: true, UserEnable: true, UserPassword: true, UserImport: true,
	ElevationRequest: true, ElevationApprove: true, ElevationRefuse: true, ElevationExpire: true, ElevationBegin: true, ElevationEnd: true, ElevationSeal: true, ElevationBreak: true,
	UserErase: true, AuditSearch: true, ClockAccept: true, PrivateExpire: true, RetentionUpdate: true, RetentionWait: true, RetentionRelease: true, HoldPut: true, HoldLift: true,
	ApprovalRequest: true, ApprovalApprove: true, ApprovalRefuse: true, ApprovalExpire: true, ApprovalFail: true,
	GroupCreate: true, GroupUpdate: true, GroupDelete: true,
	KeyCreate: true, KeyRevoke: true,
	CollectionCreate: true, CollectionUpdate: true, CollectionDelete: true,
	DocumentAdd: true, DocumentExtract: true, DocumentFail: true, DocumentRead: true,
	DocumentDelete: true, DocumentRestore: true, DocumentRefuse: true, DocumentDownload: true,
	JobRetry: true, QuestionAsk: true, AnswerGive: true, SearchQuery: true,
	ConversationCreate: true, ConversationUpdate: true, ConversationDelete: true,
	SettingsUpdate: true, ModelList: true, BackupCreate: true, BackupKit: true, BackupEnd: true, BackupDrill: true, BackupSweep: true, BackupCheck: true, BackupLook: true, BackupTake: true, EgressRefuse: true, EgressShut: true, EgressOpen: true, EgressGap: true,
	ForwardFail: true, ForwardResume: true, MailSend: true, HealthAlert: true,
	MasterHold: true, MasterUnlock: true, MasterRekey: true,
	BoxStart: true, BoxStop: true, BoxReserve: true, UpdateBegin: true, UpdateEnd: true, SystemRecover: true, SystemCompact: true,
	TrialCreate: true, TrialUpdate: true, TrialDelete: true, TrialImport: true, TrialExport: true,
	TrialRun: true, TrialResult: true, TrialAccept: true,
	CertificateInstall: true, CertificateRemove: true, CertificateRequest: true, CertificateRenew: true,
	CredentialCreate: true, CredentialRead: true, CredentialRotate: true, CredentialRevoke: true, CredentialExpire: true,
	RightsCheck: true, RightsExport: true, HealthExport: true,
	HardenedOn: true, HardenedOff: true, HardenedPlan: true, ExportReason: true, AccessRefuse: true,
	DirectorySync: true, DirectoryAdmit: true, DirectoryTest: true, DirectoryPreview: true,
	ProviderCreate: true, ProviderUpdate: true, ProviderDelete: true, ProviderLogout: true, IdentityFollow: true, IdentityWait: true, IdentityLink: true,
}

// KnownAction reports whether action is in the closed list.
func KnownAction(action string) bool { return knownActions[action] }

// isActionName reports whether s is lower-case words joined by dots, at least
// two of them: what a verifier accepts from any box.
func isActionName(s []byte) bool {
	dots, start := 0, true
	for _, c := range s {
		switch {
		case c == '.':
			if start {
				return false
			}
			dots, start = dots+1, true
		case c >= 'a' && c <= 'z':
			start = false
		case (c >= '0' && c <= '9' || c == '_' || c == '-') && !start:
		default:
			return false
		}
	}
	return dots > 0 && !start
}

// Classes lists the classes of the closed list, in alphabetical order.
func Classes() []string {
	seen := map[string]bool{}
	var out []string
	for action := range knownActions {
		class, _, _ := strings.Cut(action, ".")
		if !seen[class] {
			seen[class] = true
			out = append(out, class)
		}
	}
	slices.Sort(out)
	return out
}
