package page

import (
	"net"
	"strconv"
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Egress is the page of the ways out.
type Egress struct {
	look.Frame
	Faults      look.Faults // by field: lan
	On          bool        // the air gap
	LAN         string      // a network a line
	Gap         Deed        // who changed it last
	Ways        []Way
	Refused     []Refused // the newest first
	NameServers int       // that were asked since the program started
}

// Deed is who did something and when. Seq 0: nobody knows.
type Deed struct {
	Name string // of a person; "" for others
	Kind string
	At   time.Time
	Seq  uint64
}

func (d Deed) who(l words.Lang) string {
	if d.Name != "" {
		return d.Name
	}
	return l.Or("actor", d.Kind)
}

// Way is one host and port.
type Way struct {
	Host    string
	Port    int
	State   string // open, shut or barred
	For     []WayReason
	Clear   bool
	Opened  Deed
	Shut    *Deed
	In, Out int64
	Since   time.Time // from when on that counts, zero where nothing was ever sent
	Live    int
	Last    time.Time
	Address string // last reached
}

// WayReason is a setting that names a way.
type WayReason struct{ Kind, Name, Href string }

func (r WayReason) label(l words.Lang) string {
	s := l.Or("egress-for", r.Kind)
	if r.Name != "" {
		s += " " + r.Name
	}
	return s
}

func (w Way) place() string { return net.JoinHostPort(w.Host, strconv.Itoa(w.Port)) }

// moved tells whether the address reached is worth a line of its own.
func (w Way) moved() bool { return w.Address != "" && w.Address != w.Host }

// Refused is connections that were refused.
type Refused struct {
	Host   string
	Port   int
	Reason string
	Count  int
	Last   time.Time
}

func (r Refused) place() string {
	if r.Port == 0 {
		return r.Host
	}
	return net.JoinHostPort(r.Host, strconv.Itoa(r.Port))
}

func wayAction(w Way) string {
	if w.State == "shut" {
		return "/settings/egress/open"
	}
	return "/settings/egress/close"
}
