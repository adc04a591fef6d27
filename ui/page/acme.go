package page

import (
	"strings"
	"time"

	"coffre/ui/look"
)

// ACME is the authority that the box asks for its certificate.
type ACME struct {
	On      bool
	Names   []string // that it asks for
	Ways    []string // by which the authority looks, the first one first
	Serving bool
	Asking  bool
	Last    time.Time // zero: not yet
	Next    time.Time
	Failing time.Time // zero: it doesn't
	Code    string
	// Sentence says why, with what the authority said.
	Sentence string

	URL, CA, Typed, Way, Account string // settings; Typed are the names, one a line
	Secrets                      []look.Choice
}

// newAccount tells whether another account may be the remedy.
func (a ACME) newAccount() bool { return a.Code == "acme-account" }

func (v TLS) acmeBadge() (look.Tone, string) {
	switch {
	case v.ACME.Asking:
		return look.Plain, v.L.T("acme.asking")
	case v.ACME.Code != "":
		return look.Warn, v.L.T("acme.failing")
	case v.ACME.On:
		return look.Good, v.L.T("acme.on")
	}
	return look.Plain, v.L.T("acme.off")
}

func (v TLS) acmeWays() []look.Choice {
	return []look.Choice{
		{Value: "", Label: v.L.T("acme.way-auto"), Selected: v.ACME.Way == ""},
		{Value: "tls-alpn-01", Label: v.L.T("acme.way-tls-alpn-01"), Selected: v.ACME.Way == "tls-alpn-01"},
		{Value: "http-01", Label: v.L.T("acme.way-http-01"), Selected: v.ACME.Way == "http-01"},
	}
}

func (v TLS) acmeInput(name, label, hint, value, kind string) look.Input {
	return look.Input{Name: name, Label: label, Hint: hint, Value: value, Type: kind, Fault: v.Faults.For(v.L, name), Required: name == "acme.url"}
}

// acmeRefused tells whether something typed here was refused.
func (v TLS) acmeRefused() bool {
	for name := range v.Faults {
		if strings.HasPrefix(name, "acme.") {
			return true
		}
	}
	return false
}

// acmeWayNames are the ways in words.
func (v TLS) acmeWayNames() (out []string) {
	for _, w := range v.ACME.Ways {
		out = append(out, v.L.T("acme.way-"+w))
	}
	return out
}
