package store

import (
	"time"

	"coffre/chain"
)

// How a witness stands to a verification.
const (
	WitnessHeld   = "held"   // the chain contains what it cosigned
	WitnessBroken = "broken" // the chain contradicts what it cosigned
	WitnessBeyond = "beyond" // not compared: the fault lies within what it cosigned
	WitnessOpen   = "open"   // not compared: the verification ended before it came to that
	WitnessLost   = "lost"   // what it cosigned is of a life that a restore ended
	WitnessNever  = "never"  // it has cosigned nothing yet
)

// WitnessStanding is a trusted witness after a verification.
type WitnessStanding struct {
	Name  string    `json:"name"`
	Size  uint64    `json:"size,omitempty"` // of the last checkpoint that it cosigned
	At    time.Time `json:"at,omitzero"`    // when
	State string    `json:"state"`
}

// standingsOf says of each witness what a verification that held the chain
// against all of them came to. trusted is from the very copy that was verified.
func standingsOf(trusted []Witness, rep chain.Report) (out []WitnessStanding) {
	for _, w := range trusted {
		s := WitnessStanding{Name: w.Name, Size: w.Size, At: w.Seen, State: WitnessOpen}
		switch {
		case w.Note == "":
			s.State = WitnessNever
		case !rep.OK && rep.AgainstWitness == w.Name:
			s.State = WitnessBroken
		case rep.OK:
			s.State = WitnessLost
			for _, held := range rep.Witnessed {
				if held.Name == w.Name && held.Size == w.Size {
					s.State = WitnessHeld
				}
			}
		case rep.FirstFault > 0 && rep.FirstFault <= w.Size:
			s.State = WitnessBeyond
		}
		out = append(out, s)
	}
	return out
}
