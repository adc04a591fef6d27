package store

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffre/chain"
)

// rotate hands the key over n times, with acts between.
func (f *firm) rotate(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		before := f.signer.Load().Verifier()
		seq, err := f.RotateKey(t.Context(), System("test"))
		if err != nil {
			t.Fatal(err)
		}
		head, note := f.Head()
		if head != seq || !strings.Contains(note, "\n\n") || len(sigLines(note)) != 2 {
			t.Errorf("hand-over %d: entry %d, head %d, note %s", i+1, seq, head, note)
		}
		if f.signer.Load().Verifier() == before {
			t.Error("the old key still signs")
		}
		f.do(t, chain.BoxStart, func(*Tx) error { return nil })
		if _, note := f.Head(); len(sigLines(note)) != 1 || !signs(f.signer.Load(), note) {
			t.Errorf("the next checkpoint is not signed by the new key alone: %s", note)
		}
	}
}

func sigLines(note string) (lines []string) {
	_, sigs, _ := strings.Cut(note, "\n\n")
	return strings.Split(strings.TrimSpace(sigs), "\n")
}

func (f *firm) firstKey(t *testing.T) (key, recovery string) {
	t.Helper()
	err := f.View(func(v *View) error {
		facts, err := v.Facts()
		key, recovery = facts.FirstKey, facts.RecoveryKey
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return key, recovery
}

// oneKey checks that exactly one key file is left, and that it is the one that
// signed the newest checkpoint.
func oneKey(t *testing.T, keys, tenant, note string) {
	t.Helper()
	files, err := filepath.Glob(signerPath(keys, tenant) + "*")
	if err != nil || len(files) != 1 || files[0] != signerPath(keys, tenant) {
		t.Errorf("key files %v, %v", files, err)
	}
	if s, err := readSigner(signerPath(keys, tenant)); err != nil || !signs(s, note) {
		t.Errorf("the key file did not sign the newest checkpoint: %v", err)
	}
}

// exported writes an export beside a test and verifies it with the first key.
func (f *firm) exported(t *testing.T, o chain.VerifyOptions) (path string, rep chain.Report) {
	t.Helper()
	x, err := f.Export(t.Context(), System("test"), false, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Remove)
	r, err := x.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if rep, err = chain.VerifyExport(r, o); err != nil {
		t.Fatal(err)
	}
	return x.Path, rep
}

// TestHandovers: after many hand-overs the first key, on paper since the first
// day, is still what an export and the live log are authentic by.
func TestHandovers(t *testing.T) {
	f := newFirm(t)
	first, _ := f.firstKey(t)
	old, err := readSigner(signerPath(f.keys.dir, "acme"))
	if err != nil || old.Verifier() != first {
		t.Fatal(err)
	}
	_, early := f.Head()
	f.rotate(t, 5)
	_, note := f.Head()
	oneKey(t, f.keys.dir, "acme", note)
	if signs(old, note) {
		t.Error("the first key still signs")
	}
	path, rep := f.exported(t, chain.VerifyOptions{FirstKey: first, Checkpoints: []string{early}})
	if !rep.OK || !rep.Authentic || rep.Handovers != 5 {
		t.Errorf("export: %+v", rep)
	}
	if _, rep := f.exported(t, chain.VerifyOptions{FirstKey: f.signer.Load().Verifier()}); rep.OK {
		t.Errorf("today's key was taken for the first: %+v", rep)
	}
	live, err := f.Verify(t.Context(), System("test"), VerifyRequest{FirstKey: first, Checkpoints: []string{early}}, "")
	if err != nil || !live.OK || !live.Authentic || live.Handovers != 5 {
		t.Errorf("live: %+v %v", live, err)
	}
	strangerSays(t, path, first, early)
}

// strangerSays holds an export against the verifier that shares no code.
func strangerSays(t *testing.T, export, first, checkpoint string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Log("not held against testdata/audit-verifier: apt-get install python3")
		return
	}
	dir := t.TempDir()
	args := []string{"-B", "../testdata/audit-verifier/verify.py"}
	for name, text := range map[string]string{"--key": first, "--checkpoint": checkpoint} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name, path)
	}
	out, err := exec.Command(python, append(args, export)...).Output()
	var said struct{ OK, Authentic bool }
	if jerr := json.Unmarshal(out, &said); err != nil || jerr != nil || !said.OK || !said.Authentic {
		t.Errorf("the stranger's verifier says %s %v", out, err)
	}
}

// TestHandoverAmongWriters: the entry of a hand-over is the last of its
// checkpoint, however many acts wait beside it.
func TestHandoverAmongWriters(t *testing.T) {
	f := newFirm(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{}, 16)
	for range cap(ended) {
		go func() {
			for ctx.Err() == nil {
				f.Record(t.Context(), System("writer"), chain.Event{Action: chain.BoxStart})
			}
			ended <- struct{}{}
		}()
	}
	var rotated []uint64
	for range 20 {
		seq, err := f.RotateKey(t.Context(), System("test"))
		if err != nil {
			t.Error(err)
		}
		rotated = append(rotated, seq)
	}
	cancel()
	for range cap(ended) {
		<-ended
	}
	f.View(func(v *View) error {
		all, err := v.Handovers()
		if err != nil || len(all) != len(rotated) {
			t.Errorf("%d hand-overs, %v", len(all), err)
		}
		for i, h := range all {
			cp, _, err := chain.OpenCheckpoint(h.Note)
			if err != nil || cp.Size != h.Size || h.Size != rotated[i] || len(sigLines(h.Note)) != 2 {
				t.Errorf("hand-over %d: %+v %v", i, h, err)
			}
		}
		return nil
	})
	first, _ := f.firstKey(t)
	if rep, err := f.Verify(t.Context(), System("test"), VerifyRequest{FirstKey: first}, ""); err != nil || !rep.Authentic {
		t.Errorf("%+v %v", rep, err)
	}
}

// TestKeyEachDay: a key signs for one day of the box's clock, and a clock that
// is set back neither keeps it nor changes it again and again.
func TestKeyEachDay(t *testing.T) {
	c := &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	f := newFirmAt(t, t.TempDir(), c.now)
	count := func() (n int) {
		for range 3 {
			if err := f.rotateIfDue(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		f.View(func(v *View) error {
			all, err := v.Handovers()
			n = len(all)
			return err
		})
		return n
	}
	for _, step := range []struct {
		pass time.Duration
		want int
	}{{0, 0}, {11 * time.Hour, 0}, {time.Hour, 1}, {23 * time.Hour, 1}, {time.Hour, 2}, {72 * time.Hour, 3}, {-48 * time.Hour, 4}} {
		c.pass(step.pass)
		if got := count(); got != step.want {
			t.Errorf("after %v: %d hand-overs, want %d", step.pass, got, step.want)
		}
	}
}

// TestKeyDirectoryLost: where the next key can't be written nothing is entered,
// the old one goes on signing, and it is said; afterwards all is well again.
func TestKeyDirectoryLost(t *testing.T) {
	f := newFirm(t)
	before, _ := f.Head()
	blocked := nextSignerPath(f.keys.dir, "acme")
	if err := os.MkdirAll(filepath.Join(blocked, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := f.RotateKey(t.Context(), System("test")); AsError(err).Code != "key-file" {
		t.Errorf("handed over without a place for the key: %v", err)
	}
	if s, err := f.KeyState(); err != nil || s.Err == nil || s.Err.Code != "key-file" {
		t.Errorf("state %+v %v", s, err)
	}
	if now, _ := f.Head(); now != before {
		t.Errorf("%d entries, were %d", now, before)
	}
	if err := os.RemoveAll(blocked); err != nil {
		t.Fatal(err)
	}
	if err := f.rotateIfDue(t.Context()); err != nil {
		t.Error(err)
	}
	if s, err := f.KeyState(); err != nil || s.Err != nil || s.Since.IsZero() {
		t.Errorf("state %+v %v", s, err)
	}
	f.rotate(t, 1)
}

// TestAbandonedHandover: one whose caller gave up enters nothing, and its key is
// destroyed at the next turn.
func TestAbandonedHandover(t *testing.T) {
	f := newFirm(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	before, _ := f.Head()
	if _, err := f.RotateKey(ctx, System("test")); err == nil {
		t.Fatal("handed over for a caller who has gone")
	}
	if now, _ := f.Head(); now != before {
		t.Errorf("%d entries, were %d", now, before)
	}
	if err := f.rotateIfDue(t.Context()); err != nil {
		t.Error(err)
	}
	_, note := f.Head()
	oneKey(t, f.keys.dir, "acme", note)
}

// TestUpgradeHandsOver: a database of an earlier format gets its first hand-over
// when it is opened on a later day, and its first key still holds.
func TestUpgradeHandsOver(t *testing.T) {
	r := newRoot(t, unpack(t, "format-1.tgz"), func() time.Time { return time.Now().AddDate(0, 0, 2) })
	defer r.Close()
	tn, release, err := r.Acquire("ancienne-sarl")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	f := &firm{Tenant: tn, root: r}
	_, note := tn.Head()
	oneKey(t, r.keys(), "ancienne-sarl", note)
	first, _ := f.firstKey(t)
	rep, err := tn.Verify(t.Context(), System("test"), VerifyRequest{FirstKey: first}, "")
	if err != nil || !rep.Authentic || rep.Handovers != 1 {
		t.Errorf("%+v %v", rep, err)
	}
}
