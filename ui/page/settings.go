package page

import (
	"time"

	"coffre/ui/look"
)

// Settings is the page of settings. A person who is no administrator sees
// their own language and theme alone: Runtime and Box are nil then.
type Settings struct {
	look.Frame
	Runtime *Runtime
	Meaning *Meaning // with Runtime
	Box     *Box
	Forward *Forward // for administrators; nil hides it
	// Keys of the chain, for administrators and auditors; nil hides them.
	Keys   *ChainKeys
	Faults look.Faults // by the dotted names: llm.url, llm.model; "old" and "new" of one's own password
	// MinPassword is the fewest characters of a password.
	MinPassword int
}

// Runtime is the model runtime: its settings and its state.
type Runtime struct {
	URL   string // empty: none
	Model string // the one in use; empty: quotations only
	// Models are those that the runtime has; the first, empty value means
	// "none, quotations only".
	Models []look.Choice
	Status RuntimeStatus
}

// RuntimeStatus is the answer of the last test, or of the last look.
type RuntimeStatus struct {
	// State: none (not configured), ok, or fault.
	State   string
	Version string
	Models  int
	Elapsed time.Duration
	Fault   *look.Fault
}

// The states of the runtime.
const (
	RuntimeNone  = "none"
	RuntimeOK    = "ok"
	RuntimeFault = "fault"
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

// ChainKeys are the keys that an auditor takes away.
type ChainKeys struct {
	First      string // first verifier key
	Checkpoint Checkpoint
}
