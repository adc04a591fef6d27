package store

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"coffre/chain"
)

// prunes lets a firm keep nothing beyond so many days.
func (f *firm) prunes(t *testing.T, days int) {
	t.Helper()
	f.do(t, chain.RetentionUpdate, func(tx *Tx) error {
		for _, class := range append(chain.Classes(), RetentionEntries) {
			if err := tx.putRetention(class, 0, days); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestPrune: payloads go as a prefix, their hashes stay, and every verdict says
// so: live, exported, by the independent verifier; earlier checkpoints still fit.
func TestPrune(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	f.prunes(t, 30)
	asked := f.said(t, f.alice, "une question ancienne")
	payload := []byte(nil)
	f.View(func(v *View) error { e, err := v.Entry(asked); payload = e.Raw; return err })
	f.days(t, c, 20)
	_, old := f.Head()
	f.days(t, c, 9)
	if k := f.keepNow(t); k.Pruned != 0 {
		t.Errorf("before its time: %+v", k)
	}
	f.days(t, c, 2)
	if !f.inFile(t, payload[:200]) {
		t.Error("the test looks for the wrong bytes")
	}
	if k := f.keepNow(t); k.Pruned < asked {
		t.Errorf("pruned: %+v", k)
	}
	if f.inFile(t, payload[:200]) {
		t.Error("the file still holds a pruned payload")
	}
	var p Pruned
	f.View(func(v *View) (err error) {
		if p, err = v.Pruned(); err != nil {
			return err
		}
		if _, err := v.Entry(asked); !IsNotFound(err) {
			t.Errorf("pruned entry: %v", err)
		}
		e, err := v.Entry(p.By)
		if err != nil || e.Action != chain.AuditPrune || e.Detail["to"] != int64(p.To) || e.Detail["size"].(int64) < int64(p.To) {
			t.Errorf("entry of the cut: %+v %v", e, err)
		}
		return err
	})
	if rep := f.verifyLive(t); rep.Pruned != p.To || rep.PrunedBy != p.By {
		t.Errorf("live verdict %+v, want 1 to %d pruned by %d", rep, p.To, p.By)
	}
	rep, err := f.Verify(t.Context(), System("test"), VerifyRequest{Checkpoints: []string{old}}, "")
	if err != nil || !rep.OK {
		t.Errorf("held against an earlier checkpoint: %+v %v", rep, err)
	}
	f.checkExport(t, p)
	f.days(t, c, 10)
	if k := f.keepNow(t); k.Pruned == 0 {
		t.Errorf("a second cut: %+v", k)
	}
	f.verifyLive(t)
}

func (f *firm) checkExport(t *testing.T, p Pruned) {
	t.Helper()
	var first string
	f.View(func(v *View) error { facts, err := v.Facts(); first = facts.FirstKey; return err })
	x, err := f.Export(t.Context(), f.admin.Actor, true, "")
	if err != nil {
		t.Fatal(err)
	}
	defer x.Remove()
	b, err := os.ReadFile(x.Path)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := chain.VerifyExport(bytes.NewReader(b), chain.VerifyOptions{FirstKey: first})
	if err != nil || !rep.OK || !rep.Authentic || rep.Pruned != p.To || rep.PrunedBy != p.By {
		t.Errorf("verdict of the export: %+v %v", rep, err)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: apt install python3")
	}
	key := filepath.Join(t.TempDir(), "first.key")
	if err := os.WriteFile(key, []byte(first+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "../testdata/audit-verifier/verify.py", "--key", key, x.Path).CombinedOutput()
	if err != nil {
		t.Errorf("the independent verifier: %v\n%s", err, out)
	}
}

// TestNothingPrunedForEver: one class that keeps its texts for ever keeps every
// payload.
func TestNothingPrunedForEver(t *testing.T) {
	for name, days := range map[string]map[string]int{
		"never set":        {},
		"a class for ever": {RetentionEntries: 400, "answer": 0},
		"the longest term": {RetentionEntries: 30, "answer": 500},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCalendar()
			f := newFirmAt(t, t.TempDir(), c.now)
			f.do(t, chain.RetentionUpdate, func(tx *Tx) error {
				for class, d := range days {
					if err := tx.putRetention(class, 0, d); err != nil {
						return err
					}
				}
				return nil
			})
			f.days(t, c, 450)
			if k := f.keepNow(t); k.Pruned != 0 {
				t.Errorf("pruned %+v", k)
			}
		})
	}
}

// TestHoldStops: what a hold covers neither expires nor is pruned nor erased.
func TestHoldStops(t *testing.T) {
	c := newCalendar()
	f := newFirmAt(t, t.TempDir(), c.now)
	f.prunes(t, 30)
	place := func(h Hold) Hold {
		h.Reason = "litige devant le tribunal"
		f.do(t, chain.HoldPut, func(tx *Tx) (err error) { h, err = tx.PutHold(f.admin.Actor, h); return err })
		return h
	}
	alices, carols := f.said(t, f.alice, "la mienne"), f.said(t, f.carol, "la sienne")
	h := place(Hold{Person: f.alice.UserID, Class: "question"})
	f.days(t, c, 60)
	f.keepNow(t)
	if !f.left(t, alices) || f.left(t, carols) {
		t.Errorf("held: %v, not held: %v", f.left(t, alices), f.left(t, carols))
	}
	f.View(func(v *View) error {
		if p, err := v.Pruned(); err != nil || p.To >= alices {
			t.Errorf("pruned %+v beyond a held entry %d (%v)", p, alices, err)
		}
		if err := v.checkApproval(Approval{Kind: ApproveErasure, Person: f.alice.UserID}); AsError(err).Code != "held" {
			t.Errorf("erasure of a held person: %v", err)
		}
		if err := v.checkApproval(Approval{Kind: ApproveErasure, Person: f.carol.UserID}); err != nil {
			t.Errorf("erasure of somebody else: %v", err)
		}
		if s, err := v.PrivateState(alices); err != nil || !s.Held || !s.Exists {
			t.Errorf("state of what is held: %+v %v", s, err)
		}
		return nil
	})
	f.do(t, chain.HoldLift, func(tx *Tx) error { return tx.liftHold(h.ID) })
	f.keepNow(t)
	if f.left(t, alices) {
		t.Error("kept after the hold was lifted")
	}
	f.verifyLive(t)
}

// TestHoldCovers: what is empty covers everything; the ends of a time range are
// inclusive and exclusive.
func TestHoldCovers(t *testing.T) {
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	p := chain.Payload{Time: at, Action: chain.QuestionAsk, Actor: chain.Actor{Kind: "user", ID: "u1"}, Object: chain.Object{Kind: "user", ID: "u2"}}
	for name, c := range map[string]struct {
		h    Hold
		want bool
	}{
		"everything":       {Hold{}, true},
		"lifted":           {Hold{Lifted: at}, false},
		"its class":        {Hold{Class: "question"}, true},
		"another class":    {Hold{Class: "quest"}, false},
		"who acted":        {Hold{Person: "u1"}, true},
		"on whom":          {Hold{Person: "u2"}, true},
		"whose key":        {Hold{Person: "u3"}, true},
		"somebody else":    {Hold{Person: "u4"}, false},
		"from that moment": {Hold{From: at}, true},
		"from after":       {Hold{From: at.Add(1)}, false},
		"to that moment":   {Hold{To: at}, false},
		"to after":         {Hold{To: at.Add(1)}, true},
		"class and person": {Hold{Class: "question", Person: "u4"}, false},
	} {
		if got := c.h.covers(p, "u3"); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
