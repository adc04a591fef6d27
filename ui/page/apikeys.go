package page

import (
	"time"

	"coffre/ui/look"
)

// Keys is the page of API keys, with what was typed where it was wrong.
type Keys struct {
	look.Frame
	Items  []Key
	Person string // who makes a key
	// Fresh is the secret of the key that was just made: shown once.
	Fresh     string
	FreshName string
	Faults    look.Faults // name, scope, expires, from
	Name      string
	Scopes    []look.Choice
	Ends      []look.Choice // days until its end; "" for never
	From      string        // one address or network a line
	Most      int           // days; 0: no bound
}

// Key is one API key; it never holds the secret.
type Key struct {
	ID, Name string
	User     string // display name of the person it is bound to
	Created  time.Time
	LastUsed time.Time // to the hour; zero: never
	Expires  time.Time // zero: never
	State    string    // revoked, expired, suspended, expiring or ""
	Scopes   []string  // nil: all
	Networks []string
}

func (v Keys) scopeWords(k Key) []string {
	if k.Scopes == nil {
		return []string{v.L.T("keys.scope-all")}
	}
	var out []string
	for _, s := range k.Scopes {
		out = append(out, v.L.Or("key-scope", s))
	}
	return out
}

func (v Keys) ends(k Key) string {
	switch {
	case k.Expires.IsZero():
		return v.L.T("keys.ends-never")
	case k.State == "expired":
		return v.L.T("keys.ended", "day", v.L.Date(k.Expires))
	}
	return v.L.T("keys.ends", "day", v.L.Date(k.Expires))
}

func (v Keys) used(k Key) string {
	if k.LastUsed.IsZero() {
		return v.L.T("keys.unused")
	}
	return v.L.T("keys.used-at", "at", v.L.DateTime(k.LastUsed))
}

func (v Keys) untilHint() string {
	if v.Most == 0 {
		return ""
	}
	return v.L.T("keys.most", "n", v.Most)
}
