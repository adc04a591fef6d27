package vault

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

func TestMain(m *testing.M) {
	work = 10
	os.Exit(m.Run())
}

func giving(pass string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(pass), nil }
}

const phrase = "cinq tuiles sur le pré"

// TestHolders moves an identity from each holder to each other: it stays the
// same, opens what it sealed before, and where it is encrypted nothing of it is
// left in clear in the directory.
func TestHolders(t *testing.T) {
	fakeKeychain(t)
	for _, from := range Holders() {
		for _, to := range Holders() {
			t.Run(string(from)+" to "+string(to), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "keys", "master.age")
				m, err := NewMaster()
				if err == nil {
					err = AddMaster(path, m, from, []byte(phrase))
				}
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { ForgetHeld(from, m.Recipient()); ForgetHeld(to, m.Recipient()) })
				sealed, err := m.Seal("here", []byte("plain"))
				if err != nil {
					t.Fatal(err)
				}
				if err := MoveMaster(path, m, to, []byte(phrase+"!")); err != nil {
					t.Fatal(err)
				}
				again, h, err := LoadMaster(path, giving(phrase+"!"))
				if err != nil || h.Holder != to || h.Recipient != m.Recipient() {
					t.Fatalf("%+v %v", h, err)
				}
				if p, err := again.Open("here", sealed); err != nil || string(p) != "plain" {
					t.Errorf("%q %v", p, err)
				}
				secret, _ := m.secretText()
				if to != InFile && inDirectory(t, filepath.Dir(path), bytes.TrimSpace(secret)) {
					t.Error("the identity is still there in clear")
				}
			})
		}
	}
}

func inDirectory(t *testing.T, dir string, secret []byte) bool {
	t.Helper()
	found := false
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			b, _ := os.ReadFile(path)
			found = found || bytes.Contains(b, secret)
		}
		return nil
	})
	return found
}

// TestRefusedFiles: what is wrong with the file is told apart, and nothing is
// made or changed.
func TestRefusedFiles(t *testing.T) {
	m, err := NewMaster()
	if err != nil {
		t.Fatal(err)
	}
	other, _ := NewMaster()
	clearText, _ := m.secretText()
	wrapped, err := heldText(m, UnderPassphrase, []byte(phrase))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		mode fs.FileMode
		pass func() ([]byte, error)
		want error
	}{
		"group may read":        {string(clearText), 0o640, nil, ErrLoose},
		"all may read":          {string(clearText), 0o604, nil, ErrLoose},
		"all may write":         {string(clearText), 0o602, nil, ErrLoose},
		"empty":                 {"", 0o600, nil, ErrBadMaster},
		"two identities":        {string(clearText) + string(clearText), 0o600, nil, ErrBadMaster},
		"lower case":            {strings.ToLower(string(clearText)), 0o600, nil, ErrBadMaster},
		"a letter changed":      {strings.Replace(string(clearText), "1", "2", 1), 0o600, nil, ErrBadMaster},
		"a recipient":           {m.Recipient(), 0o600, nil, ErrBadMaster},
		"unknown holder":        {holderLine + "moon\n" + string(clearText), 0o600, nil, ErrBadMaster},
		"no passphrase":         {string(wrapped), 0o600, nil, ErrLocked},
		"empty passphrase":      {string(wrapped), 0o600, giving(""), ErrLocked},
		"wrong passphrase":      {string(wrapped), 0o600, giving(phrase + " "), ErrPassphrase},
		"cut":                   {string(wrapped[:len(wrapped)-60]), 0o600, giving(phrase), ErrBadMaster},
		"another public key":    {strings.Replace(string(wrapped), m.Recipient(), other.Recipient(), 1), 0o600, giving(phrase), ErrWrongKey},
		"no public key":         {holderLine + "passphrase\n", 0o600, giving(phrase), ErrBadMaster},
		"keyring without a key": {strings.Replace(string(wrapped), "passphrase", "keyring", 1), 0o600, nil, ErrLocked},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "master.age")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			os.Chmod(path, c.mode)
			if _, _, err := LoadMaster(path, c.pass); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			if b, _ := os.ReadFile(path); string(b) != c.text {
				t.Error("the file was changed")
			}
			if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// TestOwner: a file of another account is not used. Only root can give one away.
func TestOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give a file to another account: sudo go test ./vault")
	}
	path := filepath.Join(t.TempDir(), "master.age")
	if _, err := CreateMaster(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 65534, 0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := LoadMaster(path, nil); !errors.Is(err, ErrLoose) {
		t.Error(err)
	}
}

// TestKilledMove ends a move at each of its steps: the identity opens from the
// old place or the new one, and what is left over goes with the next opening.
func TestKilledMove(t *testing.T) {
	for _, step := range []string{"move-written", "move-kept", "move-named"} {
		t.Run(step, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "keys", "master.age")
			m, err := CreateMaster(path)
			if err != nil {
				t.Fatal(err)
			}
			secret, _ := m.secretText()
			killPoint = func(s string) {
				if s == step {
					panic("killed")
				}
			}
			func() {
				defer func() { recover() }()
				// The panic runs deferred removals that a kill would not; the leftover
				// that they would have been is written below.
				MoveMaster(path, m, UnderPassphrase, []byte(phrase))
			}()
			killPoint = func(string) {}
			if err := os.WriteFile(filepath.Join(filepath.Dir(path), ".master-left"), secret, 0o600); err != nil {
				t.Fatal(err)
			}
			again, h, err := LoadMaster(path, giving(phrase))
			if err != nil || again.Recipient() != m.Recipient() {
				t.Fatal(err)
			}
			if err := EndMove(path); err != nil {
				t.Fatal(err)
			}
			left, _ := os.ReadDir(filepath.Dir(path))
			if len(left) != 1 {
				t.Errorf("left: %v", left)
			}
			if moved := step == "move-named"; moved != (h.Holder == UnderPassphrase) {
				t.Errorf("killed at %s, the holder is %s", step, h.Holder)
			}
		})
	}
}

// TestOwnUnwrap: the stanza opened over hidden memory is age's own.
func TestOwnUnwrap(t *testing.T) {
	m, err := NewMaster()
	if err != nil {
		t.Fatal(err)
	}
	text, _ := m.secretText()
	theirs, err := age.ParseX25519Identity(strings.TrimSpace(string(text)))
	if err != nil || theirs.Recipient().String() != m.Recipient() {
		t.Fatalf("%v", err)
	}
	generated, _ := age.GenerateX25519Identity()
	own, err := ParseMaster([]byte("# comment\n" + generated.String() + "\n"))
	if err != nil || own.Recipient() != generated.Recipient().String() {
		t.Fatalf("%v", err)
	}
	sealed, err := own.Seal("b", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := age.Decrypt(bytes.NewReader(sealed), generated); err != nil {
		t.Error(err)
	}
	own.Wipe()
	if _, err := own.Open("b", sealed); !errors.Is(err, ErrLocked) {
		t.Errorf("opened after it was wiped: %v", err)
	}
}

// TestSucceed: while an identity is replaced both open, afterwards one; and the
// way back leads to the first.
func TestSucceed(t *testing.T) {
	m, _ := NewMaster()
	next, _ := NewMaster()
	first := m.Recipient()
	old, _ := m.Seal("b", []byte("old"))
	m.Succeed(next)
	fresh, _ := m.Seal("b", []byte("new"))
	alone, err := m.Alone()
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"old, both": opens(m, old), "new, both": opens(m, fresh), "new, alone": opens(alone, fresh),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := opens(alone, old); !errors.Is(err, ErrWrongKey) {
		t.Errorf("old, alone: %v", err)
	}
	if err := m.Revert(); err != nil || m.Recipient() != first {
		t.Fatal(err)
	}
	if err := errors.Join(opens(m, old), opens(m, fresh)); err != nil {
		t.Errorf("after the way back: %v", err)
	}
	m.Forget()
	if err := opens(m, fresh); !errors.Is(err, ErrWrongKey) || opens(m, old) != nil {
		t.Errorf("after it is forgotten: %v", err)
	}
}

func opens(m *Master, sealed []byte) error {
	_, err := m.Open("b", sealed)
	return err
}

// fakeKeychain stands in for Apple's tool: it keeps in files what comes by
// standard input, and wants the commands that the real one documents.
func fakeKeychain(t *testing.T) {
	dir := t.TempDir()
	tool := filepath.Join(dir, "security")
	script := `#!/bin/sh
d='` + dir + `'
case "$1" in
-i) read -r line; a=$(printf '%s' "$line" | sed 's/.*-a "\([^"]*\)".*/\1/'); printf '%s\n' "${line##* }" > "$d/$a";;
find-generic-password) cat "$d/$5";;
delete-generic-password) rm "$d/$5";;
*) exit 2;;
esac
`
	if err := os.WriteFile(tool, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	was, worked := keychainTool, keychainWorks
	keychainTool, keychainWorks = tool, func() bool { return true }
	t.Cleanup(func() { keychainTool, keychainWorks = was, worked })
}
