package auth

import (
	"slices"
	"time"

	"coffre/store"
)

// phishingResistant are the words by which a provider says that a key answered to
// its own name: hwk of RFC 8176, phr and phrh of OpenID Connect Extended
// Authentication Profile ACR Values 1.0, and certificates of
// saml-authn-context-2.0-os. A firm that wants keys of its administrators believes
// no others, and these only where the provider's record lists them.
var phishingResistant = []string{
	"hwk", "phr", "phrh",
	"urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
	"urn:oasis:names:tc:SAML:2.0:ac:classes:X509",
	"urn:oasis:names:tc:SAML:2.0:ac:classes:TLSClient",
}

// FactorProvider is what a session shows of a second factor that the provider is
// believed to have asked for, whatever it told.
const FactorProvider = "provider"

// Bounds of what an entry keeps of a provider's words.
const (
	saidMost  = 10
	saidBytes = 80
)

// shownThere is what a provider has shown about somebody's factors.
type shownThere struct {
	second bool     // a second factor
	key    bool     // by a key that can't be phished
	by     string   // listed or always; "" where nothing was proven
	values []string // that proved it
	said   []string // all that was told, for the entry
}

// proven is what a provider's words are worth, as its record says now.
func proven(p store.Provider, said []string) shownThere {
	out := shownThere{said: clipped(said)}
	switch p.Proof.Mode() {
	case store.ProofAlways:
		out.second, out.by, out.values = true, store.ProofAlways, []string{FactorProvider}
	case store.ProofListed:
		for _, v := range p.Proof.Believed() {
			if slices.Contains(said, v) {
				out.second, out.by = true, store.ProofListed
				out.values = append(out.values, v)
			}
		}
	default:
		return out
	}
	out.key = slices.ContainsFunc(p.Proof.Values, func(v string) bool {
		return slices.Contains(phishingResistant, v) && slices.Contains(said, v)
	})
	return out
}

// clipped keeps an entry small whatever a provider tells.
func clipped(said []string) (out []string) {
	for _, s := range said {
		if s = printable(s, saidBytes); s != "" && !slices.Contains(out, s) && len(out) < saidMost {
			out = append(out, s)
		}
	}
	return out
}

// presentAt is until when a sign-in through a provider proves presence: when the
// provider says that the person proved it there. One that doesn't say is believed
// where it was asked to have it proven anew; else the person may have been signed
// in there for days.
func presentAt(told, now time.Time, again bool) time.Time {
	switch {
	case told.IsZero() && again:
		return now
	case told.After(now):
		return now
	}
	return told
}
