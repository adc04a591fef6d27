package vault

import (
	"bytes"
	"strings"
	"testing"

	"filippo.io/age"
)

// FuzzParseMaster: what is read as an identity is one for age too, the same one,
// and it is written again as it was.
func FuzzParseMaster(f *testing.F) {
	id, _ := age.GenerateX25519Identity()
	f.Add(id.String() + "\n")
	f.Add("# c\n" + id.String())
	f.Add(strings.ToLower(id.String()))
	f.Add("AGE-SECRET-KEY-1")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMaster([]byte(text))
		if err != nil {
			return
		}
		var line string
		for l := range strings.Lines(text) {
			if l = strings.TrimSpace(l); l != "" && l[0] != '#' {
				line = l
			}
		}
		theirs, err := age.ParseX25519Identity(line)
		if err != nil {
			t.Fatalf("age refuses it: %v", err)
		}
		own, _ := m.secretText()
		if theirs.Recipient().String() != m.Recipient() || theirs.String() != string(bytes.TrimSpace(own)) {
			t.Error("another identity than age reads")
		}
	})
}

// FuzzHolding: no file makes the parser fail in another way than by an error, and
// what it accepts names a holder and a public key.
func FuzzHolding(f *testing.F) {
	m, _ := NewMaster()
	f.Add([]byte(holderLine + "keychain\n" + recipientLine + m.Recipient() + "\n"))
	f.Add([]byte("#\n#"))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, _, err := parseHolding(text)
		if err == nil && h.Holder != InFile && !strings.HasPrefix(h.Recipient, "age1") {
			t.Errorf("%+v", h)
		}
	})
}
