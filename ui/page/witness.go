package page

import (
	"strconv"
	"time"

	"coffre/ui/look"
)

// Witnesses is the page of those outside who keep the last checkpoint that they
// saw.
type Witnesses struct {
	look.Frame
	All    []Witness
	Size   uint64 // of the chain now
	Silent bool   // nobody has looked for too long
	Days   int    // how long that is
	May    bool   // add, drop and hand in
	Search bool   // the private parts, another tab
	Faults look.Faults
	Key    string // typed
	Note   string // typed
	Keys   string // typed
	Admin  bool   // may make this box a witness of others
	// LogBlock and BoxBlock are what another box's people paste there; BoxBlock is
	// empty while this box witnesses nothing.
	LogBlock, BoxBlock string
	Watches            []Watch
	From               uint64 // the last size seen by the first witness, a likely one to be asked for
	// Update is the text for a witness, in parts that fit a QR code each; empty
	// until it was asked for.
	Update []Part
}

// Witness is one of them.
type Witness struct {
	Name, Key string
	Added     time.Time
	Size      uint64
	Seen      time.Time // zero: never
	Behind    uint64    // entries since
	// Of one that is a box:
	Address     string
	Tried, Next time.Time
	Fault       *look.Fault // why it isn't reached now; nil if it is
	Failing     time.Time   // since when
	Refusal     string      // witness-ahead or witness-fork: it saw another journal; ""
	RefusedAt   time.Time
	RefusedSize uint64
}

// Watch is another box's journal that this one witnesses.
type Watch struct {
	Log     string
	Added   time.Time
	Size    uint64
	Seen    time.Time // zero: never
	Silent  bool      // nothing came for too long
	Alarm   *WatchAlarm
	Restore *WatchRestore
	Doubt   time.Time // zero: none
}

// WatchAlarm is what was proved against it.
type WatchAlarm struct {
	Code  string // watch-fork or watch-shrunk
	At    time.Time
	Size  uint64    // that had been seen
	Noted time.Time // zero: nobody has yet
}

// alarmTitle and refusalTitle are the catalogue's keys for what was proved.
func alarmTitle(code string) string {
	if code == "watch-shrunk" {
		return "watch.watch-shrunk"
	}
	return "watch.watch-fork"
}

func refusalTitle(code string) string {
	if code == "witness-ahead" {
		return "witness.witness-ahead"
	}
	return "witness.witness-fork"
}

// invalid is the value of aria-invalid, which has no meaning when empty.
func invalid(faulty bool) string { return strconv.FormatBool(faulty) }

// watchTone is red until somebody has taken note.
func watchTone(a *WatchAlarm) look.Tone {
	if a.Noted.IsZero() {
		return look.Bad
	}
	return look.Warn
}

// WatchRestore waits for an administrator.
type WatchRestore struct {
	At           time.Time
	Lives        int
	Size, LostTo uint64
}

// Part is a piece of an update as a QR code.
type Part struct {
	Width int    // modules, with the quiet zone
	Dark  string // an SVG path of the dark ones
}

// Box is the SVG's viewBox.
func (p Part) Box() string {
	n := strconv.Itoa(p.Width)
	return "0 0 " + n + " " + n
}
