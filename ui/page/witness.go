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
	From   uint64 // the last size seen by the first witness, a likely one to be asked for
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
