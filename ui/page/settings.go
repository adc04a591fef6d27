package page

import (
	"time"

	"coffre/ui/look"
)

// The parts of the settings, each a page of its own: what concerns the person,
// models and search, the journal's keys and where it goes, the machine. An
// address is /settings, and the part behind it for all but the first.
const (
	SettingsOwn    = ""
	SettingsModels = "models"
	SettingsRecord = "record"
	SettingsBox    = "box"
	// SettingsQuality is a page of its own at /quality, shown among them.
	SettingsQuality = "quality"
	SettingsEgress  = "egress" // with a page of its own
	SettingsTLS     = "tls"    // with a page of its own
	// SettingsHardened is open to auditors too.
	SettingsHardened = "hardened"
	// SettingsHealth is at /health, shown among them.
	SettingsHealth = "health"
	SettingsAlerts = "alerts" // with a page of its own
)

// Settings is one part of the settings. What belongs to the others is nil.
type Settings struct {
	look.Frame
	Part    string // one of the constants above
	Runtime *Runtime
	Meaning *Meaning // with Runtime
	Rerank  *Rerank  // with Runtime
	Box     *Box
	// Master is the master identity, with Box.
	Master *Master
	// Keys of the chain, for administrators and auditors; nil hides them.
	Keys *ChainKeys
	// Archive is the copy on write-once storage; nil hides it.
	Archive *Archive
	Faults  look.Faults // by the dotted names: llm.url, llm.model; "old" and "new" of one's own password
	// MinPassword is the fewest characters of a password.
	MinPassword int
}

// Runtime is the model runtime: its settings and its state.
type Runtime struct {
	URL   string // empty: none
	Model string // the one in use; empty: quotations only
	// Models are those that the runtime has; the first, empty value means
	// "none, quotations only".
	Models  []look.Choice
	Gateway Gateway
	Status  RuntimeStatus
}

// RuntimeStatus is the answer of the last test, or of the last look.
type RuntimeStatus struct {
	// State: none (not configured), ok, or fault.
	State   string
	Version string
	Models  int
	Elapsed time.Duration
	Fault   *look.Fault
	// Tried is the model that wrote a word in a test, Context the tokens that are
	// counted on for its window.
	Tried   string
	Context int
}

// The states of the runtime.
const (
	RuntimeNone  = "none"
	RuntimeOK    = "ok"
	RuntimeFault = "fault"
	// RuntimeUnsaved: what was typed is not what is saved, and was not tested.
	RuntimeUnsaved = "unsaved"
)

// Box is what this box is and holds.
type Box struct {
	Version   string
	Tenant    string
	Address   string
	Documents int
	Passages  int
	DataBytes int64
	FreeBytes int64
	Started   time.Time
	Indexed   int // passages that the index holds
}

// settingsTab is a part of the settings that the person may open.
type settingsTab struct{ part, label string }

func (v Settings) tabs() []settingsTab {
	all := []settingsTab{{SettingsOwn, v.L.T("settings.own")}}
	if v.Person.Admin {
		all = append(all, settingsTab{SettingsModels, v.L.T("settings.models")}, settingsTab{SettingsQuality, v.L.T("quality.title")})
	}
	if v.Person.Audit {
		all = append(all, settingsTab{SettingsRecord, v.L.T("settings.record")})
	}
	if v.Person.Audit {
		all = append(all, settingsTab{SettingsHardened, v.L.T("hardened.title")})
	}
	if v.Person.Admin {
		all = append(all, settingsTab{SettingsEgress, v.L.T("egress.title")}, settingsTab{SettingsTLS, v.L.T("tls.tab")}, settingsTab{SettingsBox, v.L.T("box.title")}, settingsTab{SettingsBackups, v.L.T("backups.title")}, settingsTab{SettingsFirm, v.L.T("firm.title")}, settingsTab{SettingsHealth, v.L.T("health.title")}, settingsTab{SettingsAlerts, v.L.T("mail.title")}, settingsTab{SettingsInbox, v.L.T("inbox.title")})
	}
	if v.Person.Admin {
		all = append(all, settingsTab{SettingsSignin, v.L.T("provider.title")}, settingsTab{SettingsDirectory, v.L.T("directory.title")}, settingsTab{SettingsSecrets, v.L.T("secret.title")})
		all = append(all, settingsTab{SettingsAccounts, v.L.T("accounts.title")})
	}
	if v.Person.Admin || v.Part == SettingsAdministration {
		all = append(all, settingsTab{SettingsAdministration, v.L.T("elevation.tab")})
	}
	return all
}

func settingsPath(part string) string {
	switch part {
	case SettingsOwn:
		return "/settings"
	case SettingsQuality:
		return "/quality"
	case SettingsHealth:
		return "/health"
	}
	return "/settings/" + part
}

// ChainKeys are the keys that an auditor takes away.
type ChainKeys struct {
	First      string // first verifier key
	Checkpoint Checkpoint
}
