package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// strangerVerdict is what testdata/audit-verifier prints.
type strangerVerdict struct {
	OK        bool   `json:"ok"`
	Authentic bool   `json:"authentic"`
	Entries   uint64 `json:"entries"`
	Fault     string `json:"fault"`
}

// askStranger runs the independent verifier, which shares no code with ours.
func askStranger(t *testing.T, args ...string) strangerVerdict {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3: install it to check exports with the independent verifier")
	}
	cmd := exec.Command(python, append([]string{"-B", "../testdata/audit-verifier/verify.py"}, args...)...)
	out, err := cmd.Output()
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	var v strangerVerdict
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatalf("%v: exit %d, %q, %v", args, code, out, err)
	}
	if v.OK != (code == 0) || !v.OK && code != 3 || v.OK != (v.Fault == "") {
		t.Fatalf("%v: exit %d, %s", args, code, out)
	}
	return v
}

func TestStrangerOnAuditData(t *testing.T) {
	t.Parallel()
	dir := auditData(t)
	for _, c := range auditCases(t, dir) {
		args := []string{filepath.Join(dir, c.file)}
		if c.key != "" {
			args = append(args, "--key", filepath.Join(dir, c.key))
		}
		if c.checkpoint != "" {
			args = append(args, "--checkpoint", filepath.Join(dir, c.checkpoint))
		}
		v := askStranger(t, args...)
		if v.OK != (c.verdict != "fault") || v.Authentic != (v.OK && c.key != "") {
			t.Errorf("%s: %+v, expected %s", c.file, v, c.verdict)
		}
	}
}

// TestStrangerAgrees lets both verifiers judge our own exports, sound ones and
// ones with a random byte changed.
func TestStrangerAgrees(t *testing.T) {
	t.Parallel()
	s := newSample(t, 41).some(40)
	s.handover()
	s.some(40)
	early := s.checkpoint(s.signer)
	s.restore()
	s.some(20)
	cut := *s
	cut.pruned = 30
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	key := write("key", []byte(s.first.Verifier()+"\n"))
	o := VerifyOptions{FirstKey: s.first.Verifier(), Checkpoints: []string{early}}
	note := write("note", []byte(early))
	rng := rand.New(rand.NewPCG(4, 1))
	for name, export := range map[string][]byte{
		"complete": s.export(false),
		"private":  s.export(true),
		"pruned":   cut.export(true),
		"filtered": s.filtered(map[string]any{"class": "answer"}, func(seq uint64) bool { return seq%3 == 1 }),
	} {
		opts, args := o, []string{"--key", key}
		if name != "filtered" {
			args = append(args, "--checkpoint", note)
		} else {
			opts.Checkpoints = nil
		}
		for try := range 4 {
			b := bytes.Clone(export)
			if try > 0 {
				b[rng.IntN(len(b))] ^= 1 << rng.IntN(7)
			}
			ours, err := VerifyExport(bytes.NewReader(b), opts)
			theirs := askStranger(t, append(args, write(name, b))...)
			if try == 0 && !ours.OK {
				t.Errorf("%s: our own export fails: %+v", name, ours)
			}
			if (err == nil && ours.OK) != theirs.OK || ours.OK && (ours.Authentic != theirs.Authentic || ours.Entries != theirs.Entries) {
				t.Errorf("%s, try %d: we say %+v, %v, they say %+v", name, try, ours, err, theirs)
			}
		}
	}
}
