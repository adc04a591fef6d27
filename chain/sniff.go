package chain

import (
	"bytes"
	"strings"
)

// Kind says what a text is.
type Kind string

// The kinds that Sniff knows.
const (
	KindUnknown       Kind = ""
	KindExport        Kind = "export"
	KindSegment       Kind = "segment" // of an archive
	KindReceipt       Kind = "receipt"
	KindCheckpoint    Kind = "checkpoint" // a signed note
	KindWitnessUpdate Kind = "witness-update"
	KindWitnessState  Kind = "witness-state"
)

// Sniff tells what a text is by its content. Of an export its first line is
// enough. It trusts nothing and checks nothing else.
func Sniff(text []byte) Kind {
	if isParts(text) {
		return KindWitnessUpdate
	}
	if bytes.HasPrefix(text, []byte(originLabel)) {
		if _, _, err := OpenCheckpoint(string(text)); err == nil {
			return KindCheckpoint
		}
		return KindUnknown
	}
	f, err := objectFields(text)
	if err != nil {
		// The first line of something longer.
		head, _, _ := bytes.Cut(text, []byte("\n"))
		if f, err = objectFields(head); err != nil {
			return KindUnknown
		}
	}
	format, _ := f.text("format")
	return map[string]Kind{
		Format: KindExport, SegmentFormat: KindSegment, receiptFormat: KindReceipt, updateFormat: KindWitnessUpdate, stateFormat: KindWitnessState,
	}[format]
}

// NoteIn returns the checkpoint that a text carries, so that a receipt, an
// earlier export or a witness's file can be given wherever a note from elsewhere
// is wanted: the note of a checkpoint file, a receipt, an export's first line, or
// what a witness was shown or holds. ok is false where there is none.
func NoteIn(text []byte) (note string, ok bool) {
	switch Sniff(text) {
	case KindCheckpoint:
		return string(text), true
	case KindWitnessUpdate:
		if u, err := ParseWitnessUpdate(text); err == nil {
			return u.Checkpoint, true
		}
	case KindExport, KindSegment, KindReceipt, KindWitnessState:
		f, err := objectFields(text)
		if err != nil {
			head, _, _ := bytes.Cut(text, []byte("\n"))
			f, _ = objectFields(head)
		}
		if note, ok := f.text("checkpoint"); ok && strings.HasPrefix(note, originLabel) {
			return note, true
		}
	}
	return "", false
}
