package page

import (
	"strconv"
	"time"

	"coffre/ui/look"
)

// Signing is the page of the key that signs the journal's checkpoints, of those
// before it, and of the checkpoints that are kept.
type Signing struct {
	look.Frame
	Key   string
	Since time.Time
	Fault *look.Fault // why the newest hand-over failed, or nil
	Moves []KeyMove   // the newest first, not all of them
	Total int         // of hand-overs
	Kept  []KeptCheckpoint
	Next  string // address of older ones, or empty
	May   bool   // ask for a new key
	// Search: the reader may search the private parts.
	Search bool
}

// KeyMove is a hand-over of the signing key.
type KeyMove struct {
	Seq     uint64 // of its entry
	Time    time.Time
	Key     string // the new one
	Restore bool   // signed by the recovery key, after a restore
}

// KeptCheckpoint is a checkpoint of the past.
type KeptCheckpoint struct {
	Size uint64
	Time time.Time
	Why  string // a code of the catalogue's family "kept"
}

func (c KeptCheckpoint) address() string {
	return "/journal/checkpoints/" + strconv.FormatUint(c.Size, 10)
}
