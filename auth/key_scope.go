package auth

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"coffre/store"
)

// The scopes of an API key: what its bearer may do of what its user may. An old
// key without scopes has all of them.
const (
	ScopeRead  = "read"
	ScopeAsk   = "ask"
	ScopeWrite = "write"
	ScopeAdmin = "admin"
	ScopeAudit = "audit"
	// ScopeMetrics reads /metrics and nothing else.
	ScopeMetrics = "metrics"
)

// Scopes are all of them, in the order in which they are shown.
var Scopes = []string{ScopeRead, ScopeAsk, ScopeWrite, ScopeAdmin, ScopeAudit, ScopeMetrics}

const (
	// DefaultKeyDays is how long a key is valid where nobody says otherwise.
	DefaultKeyDays = 90
	// maxKeyDays is the longest that may be asked for, but for "never".
	maxKeyDays = 3650
	// KeyWarns is how long before its end a key's user is told.
	KeyWarns    = 14 * 24 * time.Hour
	maxNetworks = 20
)

// CleanScopes puts scopes in their order and drops what is named twice. None is
// the default: read and ask. Error: Invalid "key-scope".
func CleanScopes(in []string) ([]string, error) {
	if len(in) == 0 {
		return []string{ScopeRead, ScopeAsk}, nil
	}
	for _, s := range in {
		if !slices.Contains(Scopes, s) {
			return nil, store.Fail(store.Invalid, "key-scope", "scope", printable(s, 40))
		}
	}
	return slices.DeleteFunc(slices.Clone(Scopes), func(s string) bool { return !slices.Contains(in, s) }), nil
}

// CleanNetworks brings addresses and networks (CIDR, RFC 4632 and RFC 4291) to
// one form: 192.0.2.7 is 192.0.2.7/32, and bits behind the prefix are cleared.
// Error: Invalid "key-network".
func CleanNetworks(in []string) ([]string, error) {
	var out []string
	for _, s := range in {
		p, ok := parseNetwork(strings.TrimSpace(s))
		if !ok {
			return nil, store.Fail(store.Invalid, "key-network", "network", printable(s, 60))
		}
		if !slices.Contains(out, p.String()) {
			out = append(out, p.String())
		}
	}
	if len(out) > maxNetworks {
		return nil, store.Fail(store.Invalid, "key-networks", "max", "20")
	}
	return out, nil
}

func parseNetwork(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		if a := p.Addr(); a.Is4In6() {
			if p.Bits() < 96 {
				return p, false
			}
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

// within tells whether an address, with or without a port, lies in one of the
// networks. No networks hold every address; what is no address lies in none.
func within(networks []string, address string) bool {
	if len(networks) == 0 {
		return true
	}
	a, err := netip.ParseAddr(address)
	if err != nil {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return false
		}
		a = ap.Addr()
	}
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(n string) bool {
		p, err := netip.ParsePrefix(n)
		return err == nil && p.Contains(a)
	})
}

// KeyStateNow is KeyState of a key of the store, or "suspended" for one that would
// be valid but rests (KeysRest).
func (s *Service) KeyStateNow(v *store.View, k store.APIKeyRecord) (string, error) {
	state := KeyState(k.Revoked, k.Expires, s.now())
	if state == "revoked" || state == "expired" {
		return state, nil
	}
	rests, err := KeysRest(v, k.UserID, s.now())
	if store.IsNotFound(err) {
		return state, nil
	}
	if rests {
		state = "suspended"
	}
	return state, err
}

// KeyState says what became of a key: "revoked", "expired", "expiring" (within
// KeyWarns, and valid until then) or "". A zero expires is never.
func KeyState(revoked bool, expires, now time.Time) string {
	switch {
	case revoked:
		return "revoked"
	case expires.IsZero():
		return ""
	case !now.Before(expires):
		return "expired"
	case expires.Sub(now) <= KeyWarns:
		return "expiring"
	}
	return ""
}
