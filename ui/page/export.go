package page

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Export is a session's export of the journal: being written, or to be fetched.
type Export struct {
	L           words.Lang
	State       string
	Done, Total uint64 // entries
	Entries     uint64
	Bytes       int64
	At          time.Time // when it ended
	Fault       *look.Fault
}

// The states of an export.
const (
	ExportRunning = "running"
	ExportReady   = "ready"
	ExportFailed  = "failed"
	ExportOld     = "old" // it was ready, and nobody fetched it in time
)
