package certs

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"unicode/utf16"
)

// MaxHanded is the most that is read of a certificate with its chain, or of a
// key, in bytes. Real chains with their explanations stay under 20,000.
const MaxHanded = 256 << 10

// decodeText makes PEM of what editors and PowerShell leave: a byte order mark
// goes, UTF-16 (RFC 2781) becomes bytes.
func decodeText(b []byte) []byte {
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	var high, low int
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		high, low = 1, 0
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		high, low = 0, 1
	default:
		return b
	}
	var units []uint16
	for i := 2; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i+high])<<8|uint16(b[i+low]))
	}
	return []byte(string(utf16.Decode(units)))
}

// ReadCertificates returns the certificates of a PEM text in their order, or the
// single one of a DER file. Its errors are Faults that wrap ErrFile and tell the
// usual mistakes apart.
func ReadCertificates(b []byte) ([]*x509.Certificate, error) {
	if len(b) > MaxHanded {
		return nil, fault(ErrFile, "tls-large")
	}
	b = decodeText(b)
	if c, err := x509.ParseCertificate(b); err == nil {
		return []*x509.Certificate{c}, nil
	}
	if code := binaryKind(b); code != "" {
		return nil, fault(ErrFile, code)
	}
	var out []*x509.Certificate
	code := "tls-none"
	for rest := b; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE":
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fault(ErrFile, "tls-damaged")
			}
			out = append(out, c)
		case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
			code = "tls-request-given"
		case "PKCS7", "CMS":
			code = "tls-pkcs7"
		}
	}
	if len(out) == 0 {
		if code == "tls-none" && bytes.Contains(b, []byte("-----BEGIN CERTIFICATE")) {
			code = "tls-damaged"
		}
		return nil, fault(ErrFile, code)
	}
	return out, nil
}

// oidSigned is SignedData of RFC 5652, what a .p7b holds.
var oidSigned = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}

// binaryKind tells files in DER that are neither a certificate nor a key by
// their first members: PKCS #12 (RFC 7292) begins with version 3, PKCS #7 with
// its object identifier.
func binaryKind(b []byte) string {
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(b, &outer); err != nil || outer.Tag != asn1.TagSequence || !outer.IsCompound {
		// An indefinite length is BER, which Windows writes for PKCS #12.
		if len(b) > 5 && b[0] == 0x30 && b[1] == 0x80 && b[2] == 2 && b[3] == 1 && b[4] == 3 {
			return "tls-pkcs12"
		}
		return ""
	}
	var version int
	if _, err := asn1.Unmarshal(outer.Bytes, &version); err == nil && version == 3 {
		return "tls-pkcs12"
	}
	var oid asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(outer.Bytes, &oid); err == nil && oid.Equal(oidSigned) {
		return "tls-pkcs7"
	}
	return ""
}

// ReadPrivateKey returns the private key of a PEM text or of a DER file, in any of
// the forms that crypto/tls takes. Its errors are Faults that wrap ErrFile.
func ReadPrivateKey(b []byte) (crypto.Signer, error) {
	if len(b) > MaxHanded {
		return nil, fault(ErrFile, "tls-large")
	}
	b = decodeText(b)
	if code := binaryKind(b); code != "" {
		return nil, fault(ErrFile, code)
	}
	if k, err := signer(b); err == nil {
		return k, nil
	}
	for rest := b; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if locked(block) {
			return nil, fault(ErrFile, "tls-key-locked")
		}
		if isKey(block) {
			k, err := signer(block.Bytes)
			if err != nil {
				return nil, fault(ErrFile, "tls-key-damaged")
			}
			return k, nil
		}
	}
	if bytes.Contains(b, []byte(" PRIVATE KEY-----")) {
		return nil, fault(ErrFile, "tls-key-damaged")
	}
	return nil, fault(ErrFile, "tls-no-key")
}

// HasKey tells whether a text holds a private key, locked or not.
func HasKey(b []byte) bool {
	for rest := decodeText(b); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return false
		}
		if locked(block) || isKey(block) {
			return true
		}
	}
}
