package page

import (
	"strconv"
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// VerifyForm is what was typed beside the signed checkpoint, with its faults:
// "key", "checkpoint".
type VerifyForm struct {
	Key, Checkpoint string
	Faults          look.Faults
}

// The states of a verification.
const (
	VerifyRunning = "running"
	VerifySound   = "sound"
	VerifyFault   = "fault"
	VerifyFailed  = "failed" // no verdict
)

// Verdict is a verification that runs or has ended.
type Verdict struct {
	look.Frame
	State       string
	Done, Total uint64 // while it runs; Total 0: not known yet
	First, Last uint64 // the range
	Entries     uint64 // found sound
	Elapsed     time.Duration
	// Authentic: the chain leads back to a first key that was given from
	// outside. Without it the chain is sound in itself.
	Authentic bool
	Handovers int
	Pruned    uint64 // 1..Pruned were pruned; 0: none
	Restored  bool   // a restore is in the range
	// FaultSeq is the entry where it breaks, 0 where it is not one entry's;
	// Fault is a code of the catalogue's family "fault", Looks one of "looks".
	FaultSeq   uint64
	Fault      string
	Looks      string
	Detail     string // the verifier's own words, technical
	Checkpoint Checkpoint
	At         time.Time
	// Against is what was known from outside the box, in the order in which it is
	// shown; a verification by itself has none.
	Against []Against
	// Copy: what was verified is a copy made to be tampered with, not the journal.
	Copy bool
}

// The kinds of what a journal is held against.
const (
	AgainstKey        = "key"
	AgainstCheckpoint = "checkpoint"
	AgainstWitness    = "witness"
)

// Against is one thing from outside that the journal was held against.
type Against struct {
	Kind string
	Name string // of a witness
	Size uint64 // entries that a checkpoint covers
	// Held and Broken: the journal agrees with it, or contradicts it. Neither: the
	// verification ended before it came to that.
	Held, Broken bool
	// Standing is a witness's, one of package store's; "unreached" for a box that
	// can't be reached since Failing.
	Standing string
	Failing  time.Time
}

// witness is the sentence of a witness, "" where it is none.
func (a Against) witness(l words.Lang) string {
	switch a.Standing {
	case "held":
		return l.T("verify.witness-held", "name", a.Name, "n", a.Size)
	case "broken":
		return l.T("verify.witness-broken", "name", a.Name, "n", a.Size)
	case "beyond":
		return l.T("verify.witness-beyond", "name", a.Name, "n", a.Size)
	case "open":
		return l.T("verify.witness-open", "name", a.Name, "n", a.Size)
	case "lost":
		return l.T("verify.witness-lost", "name", a.Name, "n", a.Size)
	case "never":
		return l.T("verify.witness-never", "name", a.Name)
	case "unreached":
		return l.T("verify.witness-unreached", "name", a.Name, "at", l.DateTime(a.Failing))
	}
	return ""
}

func (v Verdict) tone() look.Tone {
	switch {
	case v.State == VerifyRunning:
		return look.Busy
	case v.State == VerifyFault:
		return look.Bad
	case v.State == VerifyFailed || v.Restored || v.Pruned > 0:
		return look.Warn
	}
	return look.Good
}

func (v Verdict) title() string {
	switch {
	case v.State == VerifyRunning:
		return v.L.T("verify.running")
	case v.State == VerifyFailed:
		return v.L.T("verify.failed")
	case v.State == VerifyFault && v.FaultSeq > 0 && v.Looks == "cut":
		return v.L.T("verify.fault-cut", "seq", v.FaultSeq)
	case v.State == VerifyFault && v.FaultSeq > 0 && v.Looks == "rewrite":
		return v.L.T("verify.fault-upto", "seq", v.FaultSeq)
	case v.State == VerifyFault && v.FaultSeq > 0:
		return v.L.T("verify.fault-at", "seq", v.FaultSeq)
	case v.State == VerifyFault:
		return v.L.T("verify.fault")
	case v.Authentic:
		return v.L.T("verify.authentic", "first", v.First, "last", v.Last)
	}
	return v.L.T("verify.sound", "first", v.First, "last", v.Last)
}

// line says what a good verdict is worth.
func (v Verdict) line() string {
	outside := false
	for _, a := range v.Against {
		outside = outside || a.Kind != AgainstKey && a.Held
	}
	switch {
	case v.Copy:
		return v.L.T("verify.copy-line")
	case v.Authentic && outside:
		return v.L.T("verify.held-line")
	case v.Authentic:
		return v.L.T("verify.authentic-line")
	}
	return v.L.T("verify.sound-line")
}

func (v Verdict) perSecond() int64 {
	if v.Elapsed <= 0 {
		return 0
	}
	return int64(float64(v.Entries) / v.Elapsed.Seconds())
}

// entryAddress is where the journal shows an entry.
func entryAddress(seq uint64) string {
	return "/journal?cursor=" + strconv.FormatUint(seq+1, 10) + "#e" + strconv.FormatUint(seq, 10)
}

// against is a sentence for each thing from outside, and for what was missing.
func (v Verdict) against() (out []string) {
	key, checkpoint := false, false
	for _, a := range v.Against {
		switch {
		case a.Kind == AgainstWitness:
			out = append(out, a.witness(v.L))
		case a.Kind == AgainstKey && a.Held:
			out = append(out, v.L.T("verify.key-held"))
		case a.Kind == AgainstKey && a.Broken:
			out = append(out, v.L.T("verify.key-broken"))
		case a.Kind == AgainstKey:
			out = append(out, v.L.T("verify.key-open"))
		case a.Held:
			out = append(out, v.L.T("verify.checkpoint-held", "n", a.Size))
		case a.Broken:
			out = append(out, v.L.T("verify.checkpoint-broken", "n", a.Size))
		default:
			out = append(out, v.L.T("verify.checkpoint-open", "n", a.Size))
		}
		key, checkpoint = key || a.Kind == AgainstKey, checkpoint || a.Kind != AgainstKey && a.Size > 0
	}
	if !key {
		out = append(out, v.L.T("verify.key-none"))
	}
	if !checkpoint {
		out = append(out, v.L.T("verify.checkpoint-none"))
	}
	return out
}
