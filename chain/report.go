package chain

import (
	"fmt"
	"time"
)

// VerifyOptions is what the verifier knows from elsewhere.
type VerifyOptions struct {
	// FirstKey is the chain's first verifier key from the printed kit or another
	// trusted place; a second line may hold the recovery key. Empty: the
	// verdict can be "self-consistent", never "authentic".
	FirstKey string
	// Checkpoints are signed notes kept elsewhere, or texts that carry one
	// (NoteIn): receipts, earlier exports' first lines, witnesses' files. The chain must contain each of
	// them; one that these data can't decide is a fault too.
	Checkpoints []string
	// Witnesses are the verifier keys of witnesses (CheckCosigner). Those of them
	// that cosigned the checkpoint or one kept elsewhere are in the Report.
	Witnesses []string
	// Progress, if not nil, is told now and then how many entries are checked,
	// from a goroutine of the verifier's.
	Progress func(done uint64)
}

// Report is a verdict. Fault is one of the Fault constants, empty if OK; Detail
// says in English what exactly was found and never quotes a payload.
type Report struct {
	OK             bool      `json:"ok"`
	Authentic      bool      `json:"authentic"`
	Tenant         string    `json:"tenant"`
	Complete       bool      `json:"complete"`
	Entries        uint64    `json:"entries"`             // checked and found sound
	Pruned         uint64    `json:"pruned"`              // entries 1 to Pruned are hashes only
	PrunedBy       uint64    `json:"pruned_by,omitempty"` // seq of the audit.prune entry, if seen
	FirstFault     uint64    `json:"first_fault"`         // seq, or 0 if no entry is to blame
	Fault          string    `json:"fault"`
	Looks          string    `json:"looks_like,omitempty"`      // one of the Looks constants, if the fault tells
	Against        int       `json:"against,omitempty"`         // number, from 1, of the checkpoint from elsewhere that shows it
	AgainstWitness string    `json:"against_witness,omitempty"` // who cosigned that checkpoint
	Detail         string    `json:"detail,omitempty"`
	CheckpointSize uint64    `json:"checkpoint_size"`
	CheckpointRoot string    `json:"checkpoint_root,omitempty"` // base64, of the checkpoint that was verified
	Handovers      int       `json:"handovers"`
	Amber          bool      `json:"amber,omitempty"`    // OK, and something was lost in an honest restore
	Restored       []Restore `json:"restored,omitempty"` // for an amber line each
	Witnessed      []Witness `json:"witnessed,omitempty"`
	EntriesPerS    float64   `json:"entries_per_s"`
	Receipt        *Facts    `json:"receipt,omitempty"` // what a receipt proves
}

// Witness says how far a witness has seen the chain.
type Witness struct {
	Name string    `json:"name"`
	Size uint64    `json:"size"`
	At   time.Time `json:"at"`
}

// Verdict is a verdict as people see it.
type Verdict string

// The verdicts: sound, sound with a loss that was told of, not sound.
const (
	Green Verdict = "green"
	Amber Verdict = "amber"
	Red   Verdict = "red"
)

// Verdict returns the colour to show.
func (r Report) Verdict() Verdict {
	switch {
	case !r.OK:
		return Red
	case r.Amber:
		return Amber
	}
	return Green
}

// Restore tells that a backup of Size entries was restored by entry Entry;
// entries Size+1 to LostTo of the earlier life are lost. LostTo is Size where
// nothing is known to be lost.
type Restore struct {
	Entry  uint64 `json:"entry"`
	Size   uint64 `json:"size"`
	LostTo uint64 `json:"lost_to"`
}

// The codes of Report.Fault.
const (
	FaultHeader           = "bad-header"
	FaultGenesis          = "genesis-mismatch"
	FaultCheckpoint       = "bad-checkpoint"
	FaultPruned           = "bad-pruned"
	FaultLine             = "malformed-line"
	FaultLineLong         = "line-too-long"
	FaultCanonical        = "not-canonical"
	FaultPayload          = "bad-payload"
	FaultMissing          = "missing-payload"
	FaultSequence         = "sequence"
	FaultHash             = "hash-mismatch"
	FaultTime             = "time-backwards"
	FaultPrivate          = "private-mismatch"
	FaultTruncated        = "truncated"
	FaultExtra            = "extra-entry"
	FaultRoot             = "root-mismatch"
	FaultProof            = "proof-mismatch"
	FaultEnd              = "end-mismatch"
	FaultNeighbour        = "neighbour-missing"
	FaultFirstEntry       = "bad-first-entry"
	FaultFirstKey         = "first-key-mismatch"
	FaultRecoveryKey      = "recovery-key-mismatch"
	FaultHandover         = "bad-handover"
	FaultHandoverMissing  = "handover-missing"
	FaultHandoverMismatch = "handover-mismatch"
	FaultHandoverProof    = "handover-proof"
	FaultHandoverSigned   = "handover-signature"
	FaultRestore          = "bad-restore"
	FaultSignature        = "checkpoint-signature"
	FaultShorter          = "shorter-than-checkpoint"
	FaultOutside          = "checkpoint-mismatch"
	FaultOutsideOther     = "checkpoint-other-chain"
	FaultOutsideSigned    = "outside-checkpoint-signature"
	FaultUndecided        = "checkpoint-undecided"
	FaultReceipt          = "bad-receipt"
)

// fault is one finding; seq is 0 where no entry is to blame.
type fault struct {
	seq          uint64
	code, detail string
	looks        string // "" where the code says it all
	against      int    // number of the checkpoint from elsewhere, or 0
}

func faultf(seq uint64, code, format string, args ...any) *fault {
	return &fault{seq: seq, code: code, detail: fmt.Sprintf(format, args...)}
}
