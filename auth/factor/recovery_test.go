package factor

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSheet(t *testing.T) {
	codes, s := NewSheet()
	if len(codes) != RecoveryCodes || len(s.Digests) != RecoveryCodes {
		t.Fatalf("%d codes, %d digests", len(codes), len(s.Digests))
	}
	kept, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range codes {
		if seen[c] || len(c) != 29 || !LooksLikeRecovery(c) {
			t.Errorf("code %q", c)
		}
		seen[c] = true
		if strings.Contains(string(kept), c) || strings.Contains(string(kept), fold(c)) {
			t.Error("a code is kept in clear")
		}
	}
	left, ok := s.Use(strings.ToUpper(strings.ReplaceAll(codes[3], "-", " ")))
	if !ok || len(left.Digests) != RecoveryCodes-1 {
		t.Fatalf("code refused, %d left", len(left.Digests))
	}
	if _, ok := left.Use(codes[3]); ok {
		t.Error("a code was accepted twice")
	}
	if same, ok := left.Use("aaaaa-aaaaa-aaaaa"); ok || len(same.Digests) != RecoveryCodes-1 {
		t.Error("a wrong code was accepted, or cost one")
	}
	if _, ok := left.Use(""); ok {
		t.Error("an empty code was accepted")
	}
	_, other := NewSheet()
	if _, ok := other.Use(codes[0]); ok {
		t.Error("another sheet's code was accepted")
	}
	earlier := Sheet{Salt: []byte("salt")}
	earlier.Digests = []string{earlier.digest("abcde-fghij-kmnpq")}
	if _, ok := earlier.Use("ABCDE fghij kmnpq"); !ok || !LooksLikeRecovery("abcde-fghij-kmnpq") {
		t.Error("a code of an earlier sheet was refused")
	}
	if LooksLikeRecovery("123456") || LooksLikeRecovery("") {
		t.Error("six digits look like a recovery code")
	}
}
