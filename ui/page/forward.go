package page

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Forward is the page of the journal's receiver: where entries and checkpoints
// go, and how that stands.
type Forward struct {
	look.Frame
	Faults look.Faults // by the members' names, "forward." before them

	Host, Port, Name, CA string
	Clear                bool
	Facility, Enterprise string
	Facilities           []look.Choice
	Clients              []look.Choice // certificates of the vault, the first is none
	State                ForwardState
	Two                  Two
}

// ForwardState is what the card says of forwarding.
type ForwardState struct {
	On, Late      bool
	Connected     time.Time // zero: no connection now
	Sent, Head    uint64
	Note          uint64 // size of the newest checkpoint sent
	NoteAt        time.Time
	Pruned        uint64
	Fault         *look.Fault
	Failing, Next time.Time
	OldestWaiting time.Time
}

func (s ForwardState) waiting() uint64 {
	if s.Head < s.Sent {
		return 0
	}
	return s.Head - s.Sent
}

func (f Forward) ways(l words.Lang) []look.Choice {
	return []look.Choice{
		{Value: "tls", Label: l.T("forward.tls"), Selected: !f.Clear},
		{Value: "tcp", Label: l.T("forward.tcp"), Selected: f.Clear},
	}
}
