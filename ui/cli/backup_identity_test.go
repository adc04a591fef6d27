package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffre/vault"
	"coffre/vault/paper"
)

// TestBackupIdentity: the paper alone gives the file that opens backups.
func TestBackupIdentity(t *testing.T) {
	made, err := vault.NewRecovery()
	if err != nil {
		t.Fatal(err)
	}
	words := made.Words(paper.French)
	dir := t.TempDir()
	out, in := filepath.Join(dir, "id.txt"), filepath.Join(dir, "words.txt")
	if err := os.WriteFile(in, []byte("1. "+strings.Join(words, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	call := func(stdin string, args ...string) (code int, stdout, stderr string) {
		var o, e bytes.Buffer
		env := Env{Args: append([]string{"backup", "identity", "--lang", "en"}, args...), Stdin: strings.NewReader(stdin), Stdout: &o, Stderr: &e, Getenv: func(string) string { return "" }}
		code = Main(context.Background(), env)
		return code, o.String(), e.String()
	}
	if code, got, msg := call(strings.Join(words, " ")); code != ExitDone || got != string(made.File()) {
		t.Errorf("%d %s %s", code, got, msg)
	}
	code, got, msg := call("", "--words-file", in, "--out", out)
	file, err := os.ReadFile(out)
	if code != ExitDone || err != nil || string(file) != string(made.File()) || !strings.Contains(got, vault.RecipientMark(made.Recipient())) {
		t.Errorf("%d %s %s %v", code, got, msg, err)
	}
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  string
	}{
		"there":   {strings.Join(words, " "), []string{"--out", out}, "not overwritten"},
		"no file": {"", []string{"--words-file", out + "x"}, "does not exist"},
		"few":     {"one two", nil, "24 words"},
		"unknown": {strings.Join(append([]string{"secretword"}, words[1:]...), " "), nil, "number 1"},
	} {
		if code, _, msg := call(c.stdin, c.args...); code == ExitDone || !strings.Contains(msg, c.want) || strings.Contains(msg, "secretword") {
			t.Errorf("%s: %d %s", name, code, msg)
		}
	}
}
