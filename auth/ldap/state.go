package ldap

import (
	"strconv"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
)

// State is what a directory says of an account.
type State string

// The states. Locked and MustChange are of the password and pass; Disabled and
// Expired end an account.
const (
	Active     State = "active"
	Disabled   State = "disabled"
	Expired    State = "expired"
	Locked     State = "locked"
	MustChange State = "must-change"
)

// Ended tells whether nobody may use the account any more.
func (s State) Ended() bool { return s == Disabled || s == Expired }

// Bits of userAccountControl and of msDS-User-Account-Control-Computed (MS-ADTS,
// sections 2.2.16 and 3.1.1.4.5.17).
const (
	bitDisabled        = 0x2
	bitLocked          = 0x10
	bitPasswordExpired = 0x800000
)

// never is what accountExpires holds besides 0 where it doesn't.
const never = 0x7FFFFFFFFFFFFFFF

// stateAD reads an account's state from Active Directory's attributes.
func stateAD(e *goldap.Entry, now time.Time) State {
	num := func(name string) int64 {
		n, _ := strconv.ParseInt(e.GetEqualFoldAttributeValue(name), 10, 64)
		return n
	}
	flags, computed := num("userAccountControl"), num("msDS-User-Account-Control-Computed")
	switch until := num("accountExpires"); {
	case flags&bitDisabled != 0:
		return Disabled
	case until > 0 && until < never && !fileTime(until).After(now):
		return Expired
	case computed&bitLocked != 0:
		return Locked
	case computed&bitPasswordExpired != 0, e.GetEqualFoldAttributeValue("pwdLastSet") == "0":
		return MustChange
	}
	return Active
}

// fileTime is a count of 100 nanoseconds since 1601 (MS-DTYP, section 2.3.3).
func fileTime(n int64) time.Time {
	const since1601 = 11_644_473_600
	return time.Unix(n/10_000_000-since1601, n%10_000_000*100)
}

// stateOther reads the attributes of the password policy draft
// (draft-behera-ldap-password-policy), of 389 and of RFC 2307.
func stateOther(e *goldap.Entry, now time.Time) State {
	locked := e.GetEqualFoldAttributeValue("pwdAccountLockedTime")
	days, err := strconv.ParseInt(e.GetEqualFoldAttributeValue("shadowExpire"), 10, 32)
	switch {
	case locked == "000001010000Z", strings.EqualFold(e.GetEqualFoldAttributeValue("nsAccountLock"), "true"):
		return Disabled
	case err == nil && days >= 0 && !now.Before(time.Unix(days*86400, 0)):
		return Expired
	case locked != "":
		return Locked
	case strings.EqualFold(e.GetEqualFoldAttributeValue("pwdReset"), "true"):
		return MustChange
	}
	return Active
}
