package store

import (
	"errors"
	"sync"
	"testing"
	"time"

	"coffre/chain"
	"coffre/chain/chaintest"
)

// offer brings a log's checkpoint to a witness, as a box does: from is what the
// witness is believed to have seen.
func offer(t testing.TB, tn *Tenant, l *chaintest.Log, from uint64, restores int) (string, *WatchRefused) {
	t.Helper()
	u, err := chain.ProveForWitness(l, l.Header(), from, restores)
	if err != nil {
		t.Fatal(err)
	}
	return push(t, tn, u)
}

func push(t testing.TB, tn *Tenant, u chain.WitnessUpdate) (string, *WatchRefused) {
	t.Helper()
	note, err := tn.TakeCheckpoint(t.Context(), u, "")
	var refused *WatchRefused
	if err != nil && !errors.As(err, &refused) {
		t.Fatal(err)
	}
	return note, refused
}

func keysOf(l *chaintest.Log) string { return l.FirstKey() + "\n" + l.Recovery.Verifier() }

func watched(t testing.TB, tn *Tenant, l *chaintest.Log) (w Watched) {
	t.Helper()
	err := tn.View(func(v *View) (err error) { w, err = v.Watch(chain.LogName(l.FirstKey())); return err })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// newWatch is a firm that witnesses a log and has seen it once.
func newWatch(t *testing.T, l *chaintest.Log) *firm {
	t.Helper()
	f := newFirm(t)
	if _, err := f.AddWatch(t.Context(), f.admin.Actor, keysOf(l), ""); err != nil {
		t.Fatal(err)
	}
	note, refused := offer(t, f.Tenant, l, 0, 0)
	if refused != nil {
		t.Fatal(refused)
	}
	var key string
	if err := f.View(func(v *View) (err error) { key, err = v.WitnessKey(); return err }); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := chain.OpenCosignature(note, key); err != nil || !ok {
		t.Fatalf("not its line: %v", err)
	}
	return f
}

func TestWatchAdds(t *testing.T) {
	l := chaintest.New(31, "acme").Some(5)
	f := newWatch(t, l)
	facts := Facts{}
	if err := f.View(func(v *View) (err error) { facts, err = v.Facts(); return err }); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ keys, code string }{
		{"", "watch-keys"}, {"hello", "watch-keys"}, {keysOf(l), "watch-known"}, {facts.FirstKey, "watch-own"},
	} {
		if _, err := f.AddWatch(t.Context(), f.admin.Actor, c.keys, ""); err == nil || AsError(err).Code != c.code {
			t.Errorf("%q: %v, want %s", c.keys, err, c.code)
		}
	}
	log := chain.LogName(l.FirstKey())
	if err := f.DropWatch(t.Context(), f.admin.Actor, log, ""); err != nil {
		t.Fatal(err)
	}
	if _, refused := offer(t, f.Tenant, l.Some(2), 6, 0); refused == nil || refused.Code != WatchUnknown {
		t.Errorf("a log that was dropped: %v", refused)
	}
	if err := f.DropWatch(t.Context(), f.admin.Actor, log, ""); !IsNotFound(err) {
		t.Errorf("dropped twice: %v", err)
	}
}

// TestWatchProtocol holds the answers against C2SP tlog-witness, case by case.
func TestWatchProtocol(t *testing.T) {
	l := chaintest.New(32, "acme").Some(5)
	f := newWatch(t, l)
	seen := l.Size()
	grown := l.Clone().Some(7)
	good, err := chain.ProveForWitness(grown, grown.Header(), seen, 0)
	if err != nil {
		t.Fatal(err)
	}
	bad := good
	bad.Consistency = append([]chain.Hash{{1}}, good.Consistency[1:]...)
	other := chaintest.New(33, "acme").Some(9)
	first := chain.WitnessUpdate{Checkpoint: grown.Checkpoint()}
	for _, c := range []struct {
		name, code string
		u          chain.WitnessUpdate
	}{
		{"an origin that nobody added", WatchUnknown, chain.WitnessUpdate{Checkpoint: chaintest.New(32, "else").Some(3).Checkpoint()}},
		{"a key that nobody knows", WatchSignature, chain.WitnessUpdate{Checkpoint: other.Checkpoint(), From: seen}},
		{"an unknown key comes before a wrong size", WatchSignature, chain.WitnessUpdate{Checkpoint: other.Checkpoint(), From: 1}},
		{"old size zero", WatchSize, first},
		{"another old size", WatchSize, chain.WitnessUpdate{Checkpoint: grown.Checkpoint(), From: seen - 1, Consistency: good.Consistency}},
		{"a proof that does not hold", WatchProof, bad},
		{"no proof", WatchProof, chain.WitnessUpdate{Checkpoint: grown.Checkpoint(), From: seen}},
		{"an older checkpoint", WatchSize, chain.WitnessUpdate{Checkpoint: l.Clone().Back(3).Checkpoint(), From: 2}},
	} {
		note, refused := push(t, f.Tenant, c.u)
		if refused == nil || refused.Code != c.code || note != "" || refused.Known && refused.Size != seen {
			t.Errorf("%s: %v, want %s", c.name, refused, c.code)
		}
	}
	w := watched(t, f.Tenant, l)
	if w.State.Size != seen || w.Alarm != nil || w.Doubt == nil {
		t.Errorf("after refusals that prove nothing: %+v", w)
	}
	if _, refused := push(t, f.Tenant, good); refused != nil {
		t.Fatal(refused)
	}
	if w = watched(t, f.Tenant, l); w.State.Size != grown.Size() || w.Doubt != nil {
		t.Errorf("after a good one: %+v", w.Doubt)
	}
	before, _ := f.Head()
	if note, refused := push(t, f.Tenant, chain.WitnessUpdate{Checkpoint: grown.Checkpoint(), From: grown.Size()}); refused != nil || note == "" {
		t.Errorf("the same once more: %v", refused)
	}
	if now, _ := f.Head(); now != before {
		t.Error("anybody who sends the same again makes entries")
	}
	// The same size and another root, signed by the log's key, is proof by itself.
	fork := l.Clone().Some(3).HandOver().Back(l.Size() + 3).Some(4)
	if _, refused := push(t, f.Tenant, chain.WitnessUpdate{Checkpoint: fork.Checkpoint(), From: fork.Size()}); refused == nil || refused.Code != WatchFork {
		t.Errorf("a fork of the same size: %v", refused)
	}
	if w = watched(t, f.Tenant, l); !w.Red() || w.Alarm.Code != "watch-fork" || w.Alarm.Seen != w.State.Checkpoint {
		t.Errorf("the alarm: %+v", w.Alarm)
	}
}

func TestWatchKeysAndRestore(t *testing.T) {
	l := chaintest.New(34, "acme").Some(5).HandOver().Some(4)
	f := newWatch(t, l)
	log := chain.LogName(l.FirstKey())
	from := l.Size()
	if _, refused := offer(t, f.Tenant, l.HandOver().Some(2).HandOver(), from, 0); refused != nil {
		t.Fatal(refused)
	}
	seen := l.Size()
	back := l.Clone().Restore(6).Some(30)
	for range 2 {
		if _, refused := offer(t, f.Tenant, back, seen, 0); refused == nil || refused.Code != WatchWaits {
			t.Fatalf("a restore: %v", refused)
		}
	}
	w := watched(t, f.Tenant, l)
	if w.Restore == nil || w.Restore.Size != 6 || w.Restore.LostTo != seen || w.State.Size != seen || w.Alarm != nil {
		t.Fatalf("%+v", w.Restore)
	}
	if err := f.AcceptRestore(t.Context(), f.admin.Actor, log, 7, ""); AsError(err).Code != "watch-changed" {
		t.Errorf("a restore that nobody was shown: %v", err)
	}
	if err := f.AcceptRestore(t.Context(), f.admin.Actor, log, 1, ""); err != nil {
		t.Fatal(err)
	}
	if _, refused := offer(t, f.Tenant, back, seen, 0); refused != nil {
		t.Fatal(refused)
	}
	if w = watched(t, f.Tenant, l); w.State.Restores != 1 || w.State.Size != back.Size() || w.Restore != nil {
		t.Errorf("%+v", w)
	}
}

// TestWatchAlarms: what a box that was rolled back shows about itself is red,
// once, until somebody has taken note of it; replays are not.
func TestWatchAlarms(t *testing.T) {
	l := chaintest.New(35, "acme").Some(20)
	f := newWatch(t, l)
	seen, log := l.Size(), chain.LogName(l.FirstKey())
	replay, err := chain.ProveAgainst(l.Clone().Back(9), l.Clone().Back(9).Header(), seen, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	rolled := l.Clone().Back(9).HandOver().Some(40)
	fork, err := chain.ProveAgainst(rolled, rolled.Header(), seen, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	judge := func(e chain.WitnessEvidence, want string) {
		t.Helper()
		var refused *WatchRefused
		if err := f.TakeEvidence(t.Context(), e, ""); !errors.As(err, &refused) || refused.Code != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	judge(replay, WatchNothing)
	before, _ := f.Head()
	judge(replay, WatchNothing)
	if now, _ := f.Head(); now != before {
		t.Error("a stranger's replay makes entries")
	}
	judge(fork, WatchFork)
	first, _ := f.Head()
	judge(fork, WatchFork)
	if now, _ := f.Head(); now != first || first == before {
		t.Errorf("entries %d, %d, %d: one for the alarm and none again", before, first, now)
	}
	w := watched(t, f.Tenant, l)
	if !w.Red() || len(w.Alarm.Evidence) == 0 {
		t.Fatalf("%+v", w.Alarm)
	}
	kept, err := chain.ParseWitnessEvidence(w.Alarm.Evidence)
	if err != nil || !errors.Is(w.State.Judge(kept, "anybody"), chain.ErrFork) {
		t.Errorf("the evidence that is kept proves nothing: %v", err)
	}
	for i, want := range []bool{true, false} {
		if err := f.NoteAlarm(t.Context(), f.admin.Actor, log, ""); (err == nil) != want {
			t.Errorf("note %d: %v", i, err)
		}
	}
	if watched(t, f.Tenant, l).Red() {
		t.Error("red after it was noted")
	}
	judge(fork, WatchFork)
	if watched(t, f.Tenant, l).Red() {
		t.Error("the same proof alarms again")
	}
	if _, refused := offer(t, f.Tenant, l.Some(3), seen, 0); refused != nil {
		t.Errorf("the log that was seen goes on: %v", refused)
	}
}

// TestWatchRace: many at once never take the state back.
func TestWatchRace(t *testing.T) {
	l := chaintest.New(36, "acme").Some(3)
	f := newWatch(t, l)
	seen := l.Size()
	var wg sync.WaitGroup
	for range 12 {
		l.Some(1)
		u, err := chain.ProveForWitness(l, l.Header(), seen, 0)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			var refused *WatchRefused
			if _, err := f.TakeCheckpoint(t.Context(), u, ""); err != nil && (!errors.As(err, &refused) || refused.Code != WatchSize) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if w := watched(t, f.Tenant, l); w.State.Size <= seen {
		t.Errorf("nothing was taken: %d", w.State.Size)
	}
	cosigned := 0
	err := f.View(func(v *View) error {
		es, err := v.EntriesAfter(0, 1000, 1<<20)
		for _, e := range es {
			if e.Action == chain.AuditWatch && e.Detail["act"] == "cosign" {
				cosigned++
			}
		}
		return err
	})
	if err != nil || cosigned != 2 {
		t.Errorf("%d cosigned, %v: of many with one old size only one is", cosigned, err)
	}
}

// TestWatchSurvives: the state is there after a restart, the key too.
func TestWatchSurvives(t *testing.T) {
	dir := t.TempDir()
	f := newFirmAt(t, dir, nil)
	l := chaintest.New(37, "acme").Some(5)
	if _, err := f.AddWatch(t.Context(), f.admin.Actor, keysOf(l), ""); err != nil {
		t.Fatal(err)
	}
	if _, refused := offer(t, f.Tenant, l, 0, 0); refused != nil {
		t.Fatal(refused)
	}
	seen := l.Size()
	copied := t.TempDir()
	copyTree(t, dir, copied)
	r := newRoot(t, copied, nil)
	defer r.Close()
	again, release, err := r.Acquire(f.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, refused := offer(t, again, l.Some(4), seen, 0); refused != nil {
		t.Errorf("after a restart: %v", refused)
	}
	w := watched(t, again, l)
	if w.Silent(w.State.Seen.Add(WatchSilence)) || !w.Silent(w.State.Seen.Add(WatchSilence+time.Second)) {
		t.Error("silence begins at another time than said")
	}
}
