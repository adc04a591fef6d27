package ldap

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
)

// guidString writes an objectGUID as people and tools do: the first three fields
// are stored little-endian (MS-DTYP, section 2.3.4.2). ok is false for anything
// but 16 bytes that aren't all zero.
func guidString(b []byte) (string, bool) {
	if len(b) != 16 || strings.Trim(string(b), "\x00") == "" {
		return "", false
	}
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:]),
		binary.LittleEndian.Uint16(b[6:]), b[8:10], b[10:]), true
}

// uuidString checks an entryUUID (RFC 4530) and brings it to lower case.
func uuidString(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return "", false
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	return s, err == nil && len(b) == 16 && strings.Trim(string(b), "\x00") != ""
}

// guidBytes is guidString's inverse.
func guidBytes(id string) ([]byte, bool) {
	if _, ok := uuidString(id); !ok {
		return nil, false
	}
	b, _ := hex.DecodeString(strings.ReplaceAll(strings.ToLower(id), "-", ""))
	out := make([]byte, 16)
	binary.LittleEndian.PutUint32(out, binary.BigEndian.Uint32(b))
	binary.LittleEndian.PutUint16(out[4:], binary.BigEndian.Uint16(b[4:]))
	binary.LittleEndian.PutUint16(out[6:], binary.BigEndian.Uint16(b[6:]))
	copy(out[8:], b[8:])
	return out, true
}

// sidString writes an objectSid as S-1-5-21-… (MS-DTYP, section 2.4.2.2). ok is
// false where the length doesn't fit the count of sub-authorities.
func sidString(b []byte) (string, bool) {
	if len(b) < 8 || b[0] != 1 || b[1] > 15 || len(b) != 8+4*int(b[1]) {
		return "", false
	}
	var authority uint64
	for _, x := range b[2:8] {
		authority = authority<<8 | uint64(x)
	}
	s := "S-1-" + strconv.FormatUint(authority, 10)
	for i := 8; i < len(b); i += 4 {
		s += "-" + strconv.FormatUint(uint64(binary.LittleEndian.Uint32(b[i:])), 10)
	}
	return s, true
}

// sidSibling replaces the last sub-authority of a SID: a person's primary group
// is in the person's own domain.
func sidSibling(sid string, rid uint32) (string, bool) {
	i := strings.LastIndexByte(sid, '-')
	if strings.Count(sid, "-") < 3 {
		return "", false
	}
	return sid[:i+1] + strconv.FormatUint(uint64(rid), 10), true
}

// escapeBytes writes raw bytes for a filter (RFC 4515, section 3).
func escapeBytes(b []byte) string {
	var s strings.Builder
	for _, x := range b {
		fmt.Fprintf(&s, `\%02x`, x)
	}
	return s.String()
}

// dnKey is the same for DNs that differ in case, in blanks around separators or
// in the way of escaping (RFC 4514). What isn't a DN is only brought to lower case.
func dnKey(dn string) string {
	d, err := goldap.ParseDN(dn)
	if err != nil {
		return strings.ToLower(strings.TrimSpace(dn))
	}
	var b strings.Builder
	for i, rdn := range d.RDNs {
		if i > 0 {
			b.WriteByte(0)
		}
		for j, a := range rdn.Attributes {
			if j > 0 {
				b.WriteByte(1)
			}
			b.WriteString(strings.ToLower(strings.TrimSpace(a.Type)))
			b.WriteByte('=')
			b.WriteString(strings.ToLower(a.Value))
		}
	}
	return b.String()
}
