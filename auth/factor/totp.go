package factor

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// What every authenticator app understands, and many understand nothing else:
// HMAC-SHA-1, 30 seconds, six digits (RFC 6238, section 4). SHA-1's collisions
// don't touch HMAC.
const (
	TOTPSecretBytes = 20 // the length of SHA-1, as RFC 4226 section 4 R6 recommends
	TOTPDigits      = 6
	TOTPStep        = 30 * time.Second
	// totpWindow is how many steps before and after now are accepted too: a phone
	// may be that wrong, and a person needs time to type.
	totpWindow = 1
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewTOTPSecret draws TOTPSecretBytes.
func NewTOTPSecret() []byte {
	secret := make([]byte, TOTPSecretBytes)
	rand.Read(secret)
	return secret
}

// TOTPText is a secret for somebody who types it: Base32 (RFC 4648) in groups
// of four.
func TOTPText(secret []byte) string {
	s := base32Text.EncodeToString(secret)
	var b strings.Builder
	for i := 0; i < len(s); i += 4 {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s[i:min(i+4, len(s))])
	}
	return b.String()
}

// TOTPAddress is what stands in the QR code: Google's key URI format, which all
// apps read. issuer is the firm, account the person's name for signing in.
func TOTPAddress(issuer, account string, secret []byte) string {
	issuer, account = strings.ReplaceAll(issuer, ":", " "), strings.ReplaceAll(account, ":", " ")
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + account}
	// Apps take a plus sign for itself: spaces must be %20.
	u.RawQuery = "secret=" + base32Text.EncodeToString(secret) + "&issuer=" + strings.ReplaceAll(url.QueryEscape(issuer), "+", "%20")
	return u.String()
}

// TOTPAt is the number of the step that a moment belongs to.
func TOTPAt(t time.Time) int64 { return t.Unix() / int64(TOTPStep/time.Second) }

// TOTPCode is the code of a step.
func TOTPCode(secret []byte, step int64) string { return hotp(secret, step, TOTPDigits) }

// hotp is RFC 4226, section 5.3: the last digits of a number that the last
// nibble of the HMAC points at.
func hotp(secret []byte, counter int64, digits int) string {
	mac := hmac.New(sha1.New, secret)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(counter)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	mod := uint32(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

// CheckTOTP looks for code among the steps around now that are later than last,
// the step accepted before: a code holds once (RFC 6238, section 5.2). step is
// to be remembered as the next last. Spaces within code are ignored. Every step
// is compared, in constant time.
func CheckTOTP(secret []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	if len(code) != TOTPDigits || len(secret) == 0 {
		return 0, false
	}
	at := TOTPAt(now)
	for s := at - totpWindow; s <= at+totpWindow; s++ {
		if subtle.ConstantTimeCompare([]byte(TOTPCode(secret, s)), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}
