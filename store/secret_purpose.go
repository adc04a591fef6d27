package store

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What a credential is for. A use for anything else is refused.
const (
	// PurposeRuntime is the key of a model server, sent as a bearer token.
	PurposeRuntime = "runtime"
	// PurposeSIEM is the TLS client certificate for the receiver of the journal,
	// with its private key, in PEM. The key signs and is never sent.
	PurposeSIEM = "siem"
	// PurposeDirectory is the password of the account that reads the directory.
	PurposeDirectory = "directory"
	// PurposeOIDC is the client secret at an OpenID provider.
	PurposeOIDC = "oidc"
	// PurposeSAML is a certificate with its private key, in PEM, by which the box
	// signs and decrypts towards a SAML provider. The key is never sent.
	PurposeSAML = "saml"
	// PurposeMail is the password of the box's account at the firm's mail relay.
	PurposeMail = "mail"
	// PurposeACME is the HMAC key of an external account at the authority that issues
	// the box's certificate, in base64url (RFC 8555, section 7.3.4). It is never sent.
	PurposeACME = "acme"
)

// purpose says what a value for it looks like, and where it may be sent.
type purpose struct {
	name    string
	schemes []string // of addresses
	check   func(value []byte) error
	// pair: the value is a certificate with its key, and several lines.
	pair bool
	// ends: a value that has an end of its own isn't kept longer.
	ends bool
	// trust are the settings that say by which authorities the server is believed: a
	// file's name, or certificates in PEM. A value is bound to them as to its
	// address: whoever names an authority of their own, and bends DNS, would be sent
	// it otherwise.
	trust []string
}

// SettingRuntimeCA names a file of authorities that may sign for model servers.
const SettingRuntimeCA = "llm.ca_file"

// The settings of the authority that the box's certificate is asked of.
const (
	SettingACME        = "acme.url"        // of its directory (RFC 8555, section 7.1.1); "": nobody is asked
	SettingACMECA      = "acme.ca"         // by which it is believed, PEM; "": the system's
	SettingACMENames   = "acme.names"      // host names, between spaces; "": those of the firm
	SettingACMEWay     = "acme.challenge"  // "http-01", "tls-alpn-01"; "": by the ports
	SettingACMEAccount = "acme.eab_id"     // key id of an external account
	SettingACMESecret  = "acme.eab_secret" // its HMAC key
)

var purposes = []purpose{
	{name: PurposeRuntime, schemes: []string{"http", "https"}, check: checkBearer, trust: []string{SettingRuntimeCA}},
	{name: PurposeSIEM, schemes: []string{"syslog"}, check: checkPair, pair: true, ends: true},
	{name: PurposeDirectory, schemes: []string{"ldap", "ldaps"}, check: checkLine, trust: []string{"directory.ca_file", "directory.ca"}},
	{name: PurposeOIDC, schemes: []string{"https", "http"}, check: checkLine},
	{name: PurposeSAML, schemes: []string{"https", "http"}, check: checkPair, pair: true},
	{name: PurposeMail, schemes: []string{"smtp", "smtps"}, check: checkLine, trust: []string{"alerts.ca"}},
	{name: PurposeACME, schemes: []string{"https"}, check: checkHMAC, trust: []string{SettingACMECA}},
}

// Purposes are those that there are.
func Purposes() (out []string) {
	for _, p := range purposes {
		out = append(out, p.name)
	}
	return out
}

func purposeOf(name string) (purpose, bool) {
	i := slices.IndexFunc(purposes, func(p purpose) bool { return p.name == name })
	if i < 0 {
		return purpose{}, false
	}
	return purposes[i], true
}

// PurposeIsPair tells whether a purpose's values are certificates with their
// keys, in PEM, rather than one line.
func PurposeIsPair(name string) bool {
	p, _ := purposeOf(name)
	return p.pair
}

// CredentialTrust is by which authorities the servers of a purpose are believed
// now, "" for the system's alone: what a use says as Trust, and what new values are
// bound to besides the address. Certificates stand in it by their SHA-256.
func (v *View) CredentialTrust(name string) string {
	p, _ := purposeOf(name)
	var out []string
	for _, setting := range p.trust {
		value := v.Setting(setting, "")
		if strings.Contains(value, "\n") {
			value = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(value)))
		}
		if value != "" {
			out = append(out, value)
		}
	}
	return strings.Join(out, " ")
}

// unencrypted tells of an address where nobody is believed by anything.
func unencrypted(address string) bool { return strings.HasPrefix(address, "http://") }

func badValue(code string) *Error { return Fail(Invalid, code, "name", "value") }

// checkBearer accepts what a header can carry: one line of printable signs
// without spaces.
func checkBearer(value []byte) error {
	if len(value) == 0 || len(value) > 8<<10 {
		return badValue("secret-value")
	}
	for _, b := range value {
		if b <= ' ' || b > '~' {
			return badValue("secret-value")
		}
	}
	return nil
}

// checkLine accepts a password as people choose them: one line, of any script.
func checkLine(value []byte) error {
	if len(value) == 0 || len(value) > 1<<10 || !utf8.Valid(value) {
		return badValue("secret-line")
	}
	for rest := value; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if rest = rest[n:]; unicode.IsControl(r) {
			return badValue("secret-line")
		}
	}
	return nil
}

// DecodeHMAC reads a key as authorities hand it out: base64url, with or without
// padding, or plain base64. It is of 16 bytes at least (RFC 2104, section 3).
func DecodeHMAC(value []byte) ([]byte, bool) {
	text := strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(string(value)), "=")
	key, err := base64.RawURLEncoding.DecodeString(text)
	whole := !strings.ContainsAny(text, "\r\n") // which the decoder passes over
	return key, err == nil && whole && len(key) >= 16 && len(key) <= 512
}

func checkHMAC(value []byte) error {
	if _, ok := DecodeHMAC(value); !ok {
		return badValue("secret-hmac")
	}
	return nil
}

// checkPair accepts a certificate, with those between it and its authority, and
// its private key without a passphrase.
func checkPair(value []byte) error {
	if _, err := tls.X509KeyPair(value, value); err != nil {
		// Its error may quote nothing, but it needn't be found out.
		if bytes.Contains(value, []byte("ENCRYPTED")) {
			return badValue("secret-pair-locked")
		}
		return badValue("secret-pair")
	}
	return nil
}

// endOfPair is when the certificate of a checked value ends.
func endOfPair(value []byte) time.Time {
	for rest := value; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return time.Time{}
		}
		if block.Type != "CERTIFICATE" {
			clear(block.Bytes)
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return time.Time{}
		}
		return c.NotAfter
	}
}
