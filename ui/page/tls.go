package page

import (
	"net/url"
	"strings"
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// TLS is the page about HTTPS: the certificate in use, and how to change it.
type TLS struct {
	look.Frame
	Kind     string // own, installed or file
	Standing string // ok, soon, ended or stuck
	Days     int    // that are left, negative once it has ended
	Facts    CertificateFacts
	Missing  []string    // hosts in use that it is not for
	Problem  *look.Fault // why a newer one is not served
	Strict   int         // days for which browsers insist on HTTPS, 0: not

	CAPrint           string // of the box's own authority, "" where it isn't in use
	CertFile, KeyFile string // of the command line
	Installed         bool   // one was handed in
	May               bool   // change it: where the box has a single firm

	Pending      bool // a signing request waits
	RequestFor   []string
	RequestNames string // to begin with, one a line
	RequestKey   string

	ACME *ACME // the authority that the certificate is asked of

	Minimum, Names string // settings
	Faults         look.Faults
	Rest           url.Values // what was typed and refused
}

// CertificateFacts are what a person reads of a certificate.
type CertificateFacts struct {
	Names       []string
	Subject     string
	Issuer      string
	From, Until time.Time
	Fingerprint string
	Key         string
	Chain       int
}

// Typed puts what was typed and refused in its place.
func (v *TLS) Typed() {
	for name, to := range map[string]*string{"names": &v.RequestNames, "kind": &v.RequestKey, "tls.minimum": &v.Minimum, "tls.names": &v.Names} {
		if v.Rest.Has(name) && len(v.Faults) > 0 {
			*to = v.Rest.Get(name)
		}
	}
}

func (v TLS) badge() (look.Tone, string) {
	switch v.Standing {
	case "soon":
		return look.Warn, v.L.T("tls.soon", "n", v.Days)
	case "ended":
		return look.Bad, v.L.T("tls.ended")
	case "stuck":
		return look.Bad, v.L.T("tls.stuck")
	case "unissued":
		return look.Warn, v.L.T("tls.unissued")
	}
	return look.Good, v.L.T("tls.well")
}

func (v TLS) kindLine() string {
	switch v.Kind {
	case "installed":
		if v.ACME != nil && v.ACME.On {
			return v.L.T("tls.kind-acme")
		}
		return v.L.T("tls.kind-installed")
	case "file":
		return v.L.T("tls.kind-file", "cert", v.CertFile, "key", v.KeyFile)
	}
	return v.L.T("tls.kind-own")
}

// anyway tells whether the last upload was refused for its names alone.
func (v TLS) anyway() bool { return v.Faults["certificate"].Code == "tls-names" }

func (v TLS) minimums() []look.Choice {
	return []look.Choice{
		{Value: "1.2", Label: v.L.T("tls.minimum-12"), Selected: v.Minimum != "1.3"},
		{Value: "1.3", Label: v.L.T("tls.minimum-13"), Selected: v.Minimum == "1.3"},
	}
}

func (v TLS) keys() []look.Choice {
	return []look.Choice{
		{Value: "rsa", Label: v.L.T("tls.key-rsa"), Selected: v.RequestKey != "ecdsa"},
		{Value: "ecdsa", Label: v.L.T("tls.key-ecdsa"), Selected: v.RequestKey == "ecdsa"},
	}
}

func (v TLS) strictLine() string {
	if v.Strict > 0 {
		return v.L.T("tls.strict-on", "n", v.Strict)
	}
	return v.L.T("tls.strict-off")
}

// platform is how one system learns to trust the authority.
type platform struct{ name, steps string }

func platforms(l words.Lang) []platform {
	return []platform{
		{l.T("tls.gpo"), l.T("tls.gpo-steps")},
		{l.T("tls.windows"), l.T("tls.windows-steps")},
		{l.T("tls.macos"), l.T("tls.macos-steps")},
		{l.T("tls.ios"), l.T("tls.ios-steps")},
		{l.T("tls.firefox"), l.T("tls.firefox-steps")},
		{l.T("tls.linux"), l.T("tls.linux-steps")},
	}
}

// steps are the lines of a text.
func (p platform) lines() []string { return strings.Split(p.steps, "\n") }

// tlsDescribed ties a control to what stands under it.
func tlsDescribed(name, fault string) string {
	if fault != "" {
		return "field-" + name + "-fault field-" + name + "-hint"
	}
	return "field-" + name + "-hint"
}

func (v TLS) keyHint() string {
	if v.Pending {
		return v.L.T("tls.key-hint-pending")
	}
	return v.L.T("tls.key-hint")
}

func (v TLS) requestTitle() string {
	if v.Pending {
		return v.L.T("tls.request-again")
	}
	return v.L.T("tls.request-new")
}
