package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"filippo.io/age"

	"coffre/vault/paper"
)

// TestRecoveryFromPaper: what is encrypted to the recipient is opened by age
// itself with what the words give back.
func TestRecoveryFromPaper(t *testing.T) {
	made, err := NewRecovery()
	if err != nil {
		t.Fatal(err)
	}
	to, err := age.ParseHybridRecipient(made.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "the firm")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []paper.Lang{paper.French, paper.English} {
		back, err := RecoveryOfWords(strings.Join(made.Words(lang), " "))
		if err != nil || back.Recipient() != made.Recipient() || back.Identity() != made.Identity() {
			t.Fatalf("%s: %v", lang, err)
		}
		ids, err := age.ParseIdentities(bytes.NewReader(back.File()))
		if err != nil {
			t.Fatal(err)
		}
		r, err := age.Decrypt(bytes.NewReader(sealed.Bytes()), ids...)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != "the firm" {
			t.Errorf("%s: %q %v", lang, got, err)
		}
	}
}

// TestRecoveryOfAge: an identity that age drew has the same seed.
func TestRecoveryOfAge(t *testing.T) {
	theirs, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := bech32Decode(hybridPrefix, []byte(theirs.String()))
	if err != nil || len(seed) != paper.Size {
		t.Fatal(len(seed), err)
	}
	own, err := recoveryOf(seed)
	if err != nil || own.Identity() != theirs.String() || own.Recipient() != theirs.Recipient().String() {
		t.Error("another identity than age's", err)
	}
}

func TestRecoveryHides(t *testing.T) {
	r, err := NewRecovery()
	if err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprintf("%v %+v %#v %s", r, r, r, r); strings.Contains(s, r.Identity()[30:]) || strings.Contains(s, r.Words(paper.English)[0]) {
		t.Error(s)
	}
}

func TestIdentityFile(t *testing.T) {
	r, err := NewRecovery()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"words": strings.Join(r.Words(paper.French), "\n"), "identity": r.Identity(), "file": string(r.File())} {
		got, err := IdentityFile([]byte(text))
		if err != nil || !bytes.Contains(got, []byte(r.Identity())) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := IdentityFile([]byte("nothing of the kind")); !errors.Is(err, paper.ErrCount) {
		t.Error(err)
	}
	if m := RecipientMark(r.Recipient()); len(m) != 19 || m != RecipientMark(r.Recipient()+"\n") {
		t.Error(m)
	}
}
