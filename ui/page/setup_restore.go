package page

import (
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"coffre/ui/look"
	"coffre/ui/words"
)

// How far a restore at first run is.
const (
	RestoreNone  = ""      // nothing was chosen
	RestoreFile  = "file"  // a backup is at hand, nothing of it was read
	RestoreRuns  = "runs"  // it is read and verified
	RestoreFound = "found" // it holds, and waits for somebody's word
)

// SetupRestore is the first run's other way: a backup instead of a new firm.
type SetupRestore struct {
	look.Frame
	Token string // from the one-time link, sent back with the forms
	RestoreState
}

// RestoreState is what all who have the link see of the restore.
type RestoreState struct {
	Phase string
	Name  string // of the file, as it was sent or typed
	Bytes int64  // of the file
	// Step is store's word for what is done; Done and Total are its bytes or chains.
	Step        string
	Done, Total int64
	// Faults: "file", "path", "words", "keys", "checkpoint", "ledger", "lost", and ""
	// for the whole.
	Faults look.Faults
	// Ledger is what was sent of ledgers: it stays when the words are refused, and when
	// the backup is.
	Ledger RestoreLedger
	Found  RestoredBackup
}

// RestoreLedger counts the lines of ledgers kept elsewhere.
type RestoreLedger struct{ People, Firms int }

// Given tells whether any was sent.
func (l RestoreLedger) Given() bool { return l.People+l.Firms > 0 }

// RestoredBackup is what a backup holds that was verified whole.
type RestoredBackup struct {
	Firms     []string
	Made      time.Time
	Coffre    string // the version that made it
	Documents int
	Originals int
	Bytes     int64
	Chains    []RestoredJournal
	Damaged   []string       // ids of firms that it has as files alone
	Replays   int            // people whom the ledgers erase again
	Destroyed []RestoredFirm // firms that they destroy again
	HTTPS     RestoredHTTPS
}

// RestoredFirm is a firm that was destroyed after the backup.
type RestoredFirm struct {
	Tenant string
	When   time.Time
}

// RestoredHTTPS is what becomes of the box's own certificate authority.
type RestoredHTTPS struct {
	State     string // store's word: kept, none, ends, other
	Print     string // SHA-256 of the authority, "" for none
	Until     time.Time
	FirmUntil time.Time // of the firm's certificate, zero for none
}

// Lines say what comes back of HTTPS.
func (h RestoredHTTPS) Lines(l words.Lang) []string {
	out := []string{l.Or("restored-authority", h.State, "date", l.Date(h.Until.Local()))}
	if !h.FirmUntil.IsZero() {
		out = append(out, l.T("restore.https-firm", "date", l.Date(h.FirmUntil.Local())))
	}
	return out
}

// mayLeave tells whether there is an authority that may be left out.
func (h RestoredHTTPS) mayLeave() bool { return h.State == "kept" }

// RestoredJournal is one journal of a backup.
type RestoredJournal struct {
	Tenant string // "box" for the box's own
	Size   uint64 // entries
	// Known is how many entries a checkpoint says that there were, 0 where it says
	// no more than Size.
	Known uint64
}

// Lost tells whether a checkpoint shows that the backup isn't all there was.
func (b RestoredBackup) Lost() bool {
	for _, c := range b.Chains {
		if c.Known > c.Size {
			return true
		}
	}
	return false
}

func (v SetupRestore) to(part string) templ.SafeURL {
	return templ.SafeURL("/setup/restore" + part + "?token=" + url.QueryEscape(v.Token))
}

func (v SetupRestore) step() string {
	if v.Step == "verify" {
		return v.L.T("restore.verifying")
	}
	return v.L.T("restore.reading")
}

func (v SetupRestore) asksAgain() templ.Attributes {
	if v.Phase != RestoreRuns {
		return nil
	}
	return templ.Attributes{"hx-get": string(v.to("/state")), "hx-trigger": "every 1s", "hx-target": "this", "hx-swap": "outerHTML"}
}

// ledger says what was sent of ledgers.
func (v SetupRestore) ledger() string {
	return v.L.T("restore.ledger-given", "people", v.Ledger.People, "firms", v.Ledger.Firms)
}

// replays says what the first opening does by the ledgers.
func (v SetupRestore) replays() []string {
	if !v.Ledger.Given() {
		return []string{v.L.T("restore.replays-unknown")}
	}
	var out []string
	if v.Ledger.People > 0 {
		out = append(out, v.L.T("restore.replays", "n", v.Found.Replays, "of", v.Ledger.People))
	}
	for _, f := range v.Found.Destroyed {
		out = append(out, v.L.T("restore.destroyed", "tenant", f.Tenant, "when", v.L.DateTime(f.When.Local())))
	}
	if v.Ledger.Firms > 0 && len(v.Found.Destroyed) == 0 {
		out = append(out, v.L.T("restore.destroyed-none", "n", v.Ledger.Firms))
	}
	return out
}

func (v SetupRestore) journal(c RestoredJournal) string {
	if c.Tenant == "box" {
		return v.L.T("restore.journal-box", "n", c.Size)
	}
	return v.L.T("restore.journal-firm", "tenant", c.Tenant, "n", c.Size)
}

func (v SetupRestore) gone(c RestoredJournal) string {
	return v.L.T("restore.gone", "tenant", c.Tenant, "first", strconv.FormatUint(c.Size+1, 10), "last", strconv.FormatUint(c.Known, 10))
}
