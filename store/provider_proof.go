package store

import (
	"slices"
	"strconv"
	"strings"
)

// ProviderProof says what a provider's word on a second factor is worth here.
type ProviderProof struct {
	Trust string `json:"trust,omitempty"` // ProofListed where empty
	// Values are those of amr or acr (OpenID Connect Core 1.0, section 2; RFC 8176),
	// or of AuthnContextClassRef (saml-authn-context-2.0-os), that prove a second
	// factor; ProofValues where empty.
	Values []string `json:"values,omitempty"`
	// Ask are the values that a sign-in asks the provider for: acr_values, or
	// RequestedAuthnContext.
	Ask []string `json:"ask,omitempty"`
}

// The values of ProviderProof.Trust.
const (
	ProofListed = "listed" // where one of the values is told
	ProofAlways = "always" // whatever the provider tells
	ProofNever  = "never"  // this box asks for its own
)

// Bounds of what a provider's record says.
const (
	KeyDaysDefault = 30
	KeyDaysMost    = 365
	maxProofValues = 20
	maxProofValue  = 200 // bytes
)

// ProofValues are believed where a provider's record names none: those that mean
// nothing else than several factors.
func ProofValues() []string {
	return []string{"mfa", "https://refeds.org/profile/mfa", "http://schemas.microsoft.com/claims/multipleauthn"}
}

// Mode is Trust with its default.
func (p ProviderProof) Mode() string {
	if p.Trust == "" {
		return ProofListed
	}
	return p.Trust
}

// Believed are Values with their default.
func (p ProviderProof) Believed() []string {
	if len(p.Values) == 0 {
		return ProofValues()
	}
	return p.Values
}

func (p *ProviderProof) check() error {
	if !slices.Contains([]string{"", ProofListed, ProofAlways, ProofNever}, p.Trust) {
		return Fail(Invalid, "provider-proof", "name", "proof")
	}
	for name, list := range map[string]*[]string{"proof_values": &p.Values, "proof_ask": &p.Ask} {
		*list = tidyList(*list)
		if len(*list) > maxProofValues {
			return Fail(Invalid, "provider-proof-many", "name", name, "max", strconv.Itoa(maxProofValues))
		}
		for _, v := range *list {
			if len(v) > maxProofValue || strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
				return Fail(Invalid, "provider-proof-value", "name", name)
			}
		}
	}
	return nil
}

// tidyList trims a list and drops what is empty or there twice.
func tidyList(in []string) (out []string) {
	for _, s := range in {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// KeysLast is KeyDays with its default.
func (p Provider) KeysLast() int {
	if p.KeyDays == 0 {
		return KeyDaysDefault
	}
	return p.KeyDays
}
