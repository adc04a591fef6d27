// Package factor checks what somebody has besides a password: six digits from
// an app (TOTP), a code from paper (recovery), a security key or passkey
// (WebAuthn).
//
// Its rule: it is pure. It knows no account, no store and no network; whoever
// calls it keeps the secrets sealed, remembers which step, code and counter were
// used last, and slows guessing down.
package factor
