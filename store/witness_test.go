package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coffre/chain"
)

// laptop is a witness on an auditor's own machine.
type laptop struct {
	t     *testing.T
	state chain.WitnessState
	at    time.Time
}

func newLaptop(t *testing.T, f *firm) *laptop {
	t.Helper()
	return newLaptopNamed(t, f, "auditor.example/laptop")
}

func newLaptopNamed(t *testing.T, f *firm, name string) *laptop {
	t.Helper()
	var facts Facts
	if err := f.View(func(v *View) (err error) { facts, err = v.Facts(); return err }); err != nil {
		t.Fatal(err)
	}
	s, err := chain.NewWitness(name, facts.FirstKey+"\n"+facts.RecoveryKey)
	if err != nil {
		t.Fatal(err)
	}
	return &laptop{t, s, time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)}
}

// watch takes the chain's newest checkpoint and returns it cosigned.
func (l *laptop) watch(tn *Tenant) (string, error) {
	l.t.Helper()
	var u chain.WitnessUpdate
	err := tn.View(func(v *View) (err error) { u, err = v.WitnessUpdate(l.state.Size, l.state.Restores); return err })
	if err != nil {
		return "", err
	}
	l.at = l.at.Add(time.Hour)
	next, w, err := l.state.Advance(u, l.at)
	l.state = next
	return w.Note, err
}

func TestWitness(t *testing.T) {
	f := newFirm(t)
	l := newLaptop(t, f)
	by := f.admin.Actor
	for _, c := range []struct{ key, code string }{{"x", "witness-key"}, {l.state.Verifier(), ""}, {l.state.Verifier(), "witness-known"}} {
		if _, err := f.AddWitness(t.Context(), by, c.key, ""); (c.code == "") != (err == nil) || err != nil && AsError(err).Code != c.code {
			t.Errorf("add %q: %v, want %q", c.key, err, c.code)
		}
	}
	var kept string
	for i := range 3 {
		note, err := l.watch(f.Tenant)
		if err != nil {
			t.Fatal(err)
		}
		w, err := f.TakeCosignature(t.Context(), by, note, "")
		if err != nil || w.Size != l.state.Size || !w.Seen.Equal(l.at) {
			t.Fatalf("round %d: %+v %v", i, w, err)
		}
		if kept == "" {
			kept = note
		}
		if i == 1 { // the witness follows a new key
			if _, err := f.RotateKey(t.Context(), by); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, plain := f.Head()
	for name, c := range map[string]struct{ note, code string }{
		"one older than the last": {kept, "witness-old"},
		"no witness's line":       {plain, "witness-note"},
		"no note":                 {"hello", "witness-note"},
	} {
		if _, err := f.TakeCosignature(t.Context(), by, c.note, ""); AsError(err).Code != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	if err := f.DropWitness(t.Context(), by, "auditor.example/laptop", ""); err != nil {
		t.Fatal(err)
	}
	note, err := l.watch(f.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.TakeCosignature(t.Context(), by, note, ""); AsError(err).Code != "witness-note" {
		t.Errorf("a dropped witness: %v", err)
	}
}

// TestWitnessSeesRollback: the whole data directory is put back to an earlier
// day. Nothing inside tells; the witness does, on both sides.
func TestWitnessSeesRollback(t *testing.T) {
	dir := t.TempDir()
	f := newFirmAt(t, dir, nil)
	l := newLaptop(t, f)
	if _, err := f.AddWitness(t.Context(), f.admin.Actor, l.state.Verifier(), ""); err != nil {
		t.Fatal(err)
	}
	earlier := t.TempDir()
	copyTree(t, dir, earlier)
	f.do(t, chain.BoxStart, func(*Tx) error { return nil })
	note, err := l.watch(f.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	r := newRoot(t, earlier, nil)
	defer r.Close()
	back, release, err := r.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if rep, err := back.Verify(t.Context(), System("test"), VerifyRequest{}, ""); err != nil || !rep.OK {
		t.Errorf("the copy alone: %+v %v", rep, err)
	}
	if _, err := back.TakeCosignature(t.Context(), System("test"), note, ""); AsError(err).Code != "witness-fork" {
		t.Errorf("the box: %v", err)
	}
	if _, err := l.watch(back); err == nil {
		t.Error("the witness follows a chain that was rolled back")
	}
}

// TestVerifyAgainstWitness: a verification is held against what the box's
// witnesses have cosigned, and a journal rewritten since is red and names one.
func TestVerifyAgainstWitness(t *testing.T) {
	f := newFirm(t)
	l := newLaptop(t, f)
	if _, err := f.AddWitness(t.Context(), f.admin.Actor, l.state.Verifier(), ""); err != nil {
		t.Fatal(err)
	}
	note, err := l.watch(f.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.TakeCosignature(t.Context(), f.admin.Actor, note, ""); err != nil {
		t.Fatal(err)
	}
	rep, err := f.Verify(t.Context(), System("test"), VerifyRequest{}, "")
	if err != nil || !rep.OK || len(rep.Witnessed) != 1 || rep.Witnessed[0].Name != "auditor.example/laptop" || rep.Witnessed[0].Size != l.state.Size {
		t.Errorf("sound: %+v %v", rep, err)
	}
	if _, err := f.AddWitness(t.Context(), f.admin.Actor, newLaptopNamed(t, f, "second.example/desk").state.Verifier(), ""); err != nil {
		t.Fatal(err)
	}
	rep, err = f.Verify(t.Context(), System("test"), VerifyRequest{Alone: true}, "")
	if err != nil || !rep.OK || len(rep.Witnessed) != 0 {
		t.Errorf("alone: %+v %v", rep, err)
	}
	for kind, seq := range map[string]uint64{TamperRewrite: 2, TamperCut: l.state.Size} {
		path := filepath.Join(t.TempDir(), "store.db")
		if err := f.Snapshot(path); err != nil {
			t.Fatal(err)
		}
		if err := f.tamper(path, &Tampered{Tampering: Tampering{Kind: kind, Entry: seq}}); err != nil {
			t.Fatal(err)
		}
		rep, err := VerifyDatabase(t.Context(), VerifyRequest{Path: path, Tenant: "acme"})
		if err != nil || rep.OK || rep.AgainstWitness != "auditor.example/laptop" || rep.Against != 0 {
			t.Errorf("%s: %+v %v", kind, rep, err)
		}
		if s := f.standings(t, rep); s != "broken never" {
			t.Errorf("%s: the witnesses stand %s", kind, s)
		}
	}
	for kind, c := range map[string]struct {
		seq  uint64
		want string
	}{"within what it saw": {2, "beyond never"}, "at its end": {l.state.Size, "beyond never"}, "behind it": {l.state.Size + 1, "open never"}} {
		f.tamperWith(t, c.seq)
		rep, standings, err := f.VerifyWitnessed(t.Context(), System("test"), VerifyRequest{}, "")
		f.tamperWith(t, c.seq) // and back
		if err != nil || rep.OK || rep.FirstFault != c.seq || rep.AgainstWitness != "" {
			t.Errorf("%s: %+v %v", kind, rep, err)
		}
		if s := states(standings); s != c.want {
			t.Errorf("%s: the witnesses stand %s, want %s", kind, s, c.want)
		}
	}
	rep, standings, err := f.VerifyWitnessed(t.Context(), System("test"), VerifyRequest{}, "")
	if err != nil || !rep.OK || states(standings) != "held never" || standings[0].Size != l.state.Size || !standings[0].At.Equal(l.at) {
		t.Errorf("sound: %+v %v", standings, err)
	}
}

// standings is how the firm's witnesses stand to a report, in their order.
func (f *firm) standings(t *testing.T, rep chain.Report) string {
	t.Helper()
	var trusted []Witness
	if err := f.View(func(v *View) (err error) { trusted, err = v.Witnesses(); return err }); err != nil {
		t.Fatal(err)
	}
	return states(standingsOf(trusted, rep))
}

func states(all []WitnessStanding) string {
	var out []string
	for _, s := range all {
		out = append(out, s.State)
	}
	return strings.Join(out, " ")
}

// TestWitnessBeforeRestore: what a witness cosigned of a life that a restore ended
// is not called compared, and the journal is amber.
func TestWitnessBeforeRestore(t *testing.T) {
	b := newBackup(t)
	f := reopen(t, b.dir)
	l := newLaptop(t, f)
	if _, err := f.AddWitness(t.Context(), System("test"), l.state.Verifier(), ""); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy")
	copyData(t, f.root, f.Tenant, copied)
	f.rotate(t, 2)
	note, err := l.watch(f.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := RestoreChain(copied, b.restoration(t, note), Options{}); err != nil {
		t.Fatal(err)
	}
	g := reopen(t, copied)
	if _, err := g.Update(t.Context(), System("test"), chain.Event{Action: chain.BoxStart}, func(tx *Tx) error {
		w, err := tx.Witness("auditor.example/laptop")
		w.Note, w.Size, w.Seen = note, l.state.Size, l.at // as if it had been handed in before
		return errors.Join(err, witnesses.put(tx, []byte(w.Name), w))
	}); err != nil {
		t.Fatal(err)
	}
	rep, standings, err := g.VerifyWitnessed(t.Context(), System("test"), VerifyRequest{}, "")
	if err != nil || !rep.OK || !rep.Amber || states(standings) != "lost" {
		t.Errorf("%+v %+v %v", rep, standings, err)
	}
}

// TestVerifyTakesWhatHoldsANote: a receipt, a witness's state or an export stands
// for the checkpoint in it.
func TestVerifyTakesWhatHoldsANote(t *testing.T) {
	f := newFirm(t)
	l := newLaptop(t, f)
	if _, err := l.watch(f.Tenant); err != nil {
		t.Fatal(err)
	}
	state, err := l.state.Encode()
	if err != nil {
		t.Fatal(err)
	}
	rep, err := f.Verify(t.Context(), System("test"), VerifyRequest{Checkpoints: []string{string(state)}, Witnesses: []string{l.state.Verifier()}}, "")
	if err != nil || !rep.OK || len(rep.Witnessed) != 1 {
		t.Errorf("%+v %v", rep, err)
	}
	for _, bad := range []VerifyRequest{
		{Checkpoints: []string{"hello"}}, {Checkpoints: []string{`{"format":"coffre-receipt/v1","checkpoint":"coffre.audit/x"}`}},
		{Witnesses: []string{"x"}},
	} {
		if _, err := f.Verify(t.Context(), System("test"), bad, ""); AsError(err).Code != "bad-parameter" {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(from, path)
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}
