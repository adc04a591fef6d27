package vectors

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// closed leaves a file and a stamped snapshot beside it.
func closed(t testing.TB, n uint32) *kept {
	t.Helper()
	k := newKept(t, filepath.Join(t.TempDir(), "vectors.db"))
	k.put(t, nil, some(rand.New(rand.NewPCG(48, 48)), 1, n))
	s := k.open(t)
	linked(t, s)
	s.Close()
	do(t, k.file.Close())
	k.file = nil
	return k
}

// TestStampedStart leaves most of a file for later after a clean end, and
// nothing of it after any other.
func TestStampedStart(t *testing.T) {
	k := closed(t, 700)
	k.reopen(t)
	if k.file.check.whole {
		t.Error("all of a file was checked that was closed with its snapshot")
	}
	s := k.open(t)
	k.check(t, s)
	do(t, k.file.sound())
	if b := s.cur.Load(); b.linked.Load() != 700 || s.keep.changes != 0 {
		t.Errorf("%d slots linked, %d changes at the start", b.linked.Load(), s.keep.changes)
	}
	k.put(t, s, some(rand.New(rand.NewPCG(49, 49)), 800, 3))
	k.remove(t, s, 5)
	s.Discard() // as if killed
	k.reopen(t)
	if !k.file.check.whole {
		t.Error("a file was not checked that had changed since its snapshot")
	}
	s = k.open(t)
	k.check(t, s)
	linked(t, s)
	s.Close()
	k.reopen(t)
	if k.file.check.whole {
		t.Error("what was brought up to date was not stamped")
	}
	k.check(t, k.open(t))
}

// TestStampOfAnotherFile gives a snapshot to a file with the same number of
// transactions.
func TestStampOfAnotherFile(t *testing.T) {
	one, other := closed(t, 600), closed(t, 650)
	b, err := os.ReadFile(one.graph())
	do(t, err)
	do(t, os.WriteFile(other.graph(), b, 0o600))
	other.reopen(t)
	if !other.file.check.whole {
		t.Error("another file's stamp was taken")
	}
	other.check(t, other.open(t))
}

func (k *kept) graph() string {
	all, _ := filepath.Glob(filepath.Join(filepath.Dir(k.path), "*"+graphSuffix))
	return all[0]
}

// TestDamageBehindStamp flips bits of a file whose most part is left for later:
// what is refused is refused for good, and what isn't is as it was.
func TestDamageBehindStamp(t *testing.T) {
	k := closed(t, 600)
	sound, err := os.ReadFile(k.path)
	do(t, err)
	graph, err := os.ReadFile(k.graph())
	do(t, err)
	path := k.graph()
	rnd := rand.New(rand.NewPCG(50, 50))
	atOnce, later := 0, 0
	for range brief(120, 25) {
		bad := bytes.Clone(sound)
		bad[rnd.IntN(len(bad))] ^= 1 << rnd.IntN(8)
		do(t, os.WriteFile(k.path, bad, 0o600))
		do(t, os.WriteFile(path, graph, 0o600))
		switch err := useStamped(t, k); {
		case errors.Is(err, ErrCorrupt):
			atOnce++
		case err != nil:
			t.Fatal(err)
		default:
			if useLater(t, k, path) {
				later++
			}
		}
	}
	t.Logf("%d refused at once, %d later", atOnce, later)
	if later == 0 || atOnce == 0 {
		t.Error("one kind of damage was never seen")
	}
}

// useStamped starts and searches, and returns what a start was refused with.
func useStamped(t *testing.T, k *kept) error {
	f, err := Open(k.path, true)
	if err != nil {
		return err
	}
	defer f.Close()
	texts, err := f.Verify()
	if err != nil {
		return err
	}
	s, err := f.OpenSet("e", keptDim, texts)
	if err != nil {
		return err
	}
	if !maps.Equal(texts, k.texts) {
		t.Error("texts are others than before")
	}
	k.check(t, s)
	return nil
}

// useLater does what has to wait for the check, tells whether it was refused,
// and that it stays refused.
func useLater(t *testing.T, k *kept, graph string) bool {
	f, err := Open(k.path, false)
	do(t, err)
	same := 0
	err = f.Load("e", k.texts, func(o uint32, q Quantized) error {
		if q.equals(k.have[o]) {
			same++
		}
		return nil
	})
	change := f.Apply(Change{Removed: []uint32{1}})
	do(t, f.Close())
	if err == nil {
		do(t, change)
		if same != len(k.have) {
			t.Errorf("%d of %d vectors are as they were", same, len(k.have))
		}
		return false
	}
	if !errors.Is(err, ErrCorrupt) || !errors.Is(change, ErrCorrupt) {
		t.Errorf("damage was found, reading: %v, writing: %v", err, change)
	}
	if _, err := os.Stat(graph); err == nil {
		t.Error("the next start would leave the damage for later again")
	}
	if f, err = Open(k.path, false); err == nil {
		_, err = f.Verify()
		do(t, f.Close())
	}
	if !errors.Is(err, ErrCorrupt) {
		t.Errorf("the next start: %v", err)
	}
	return true
}

// FuzzBehindStamp writes anything into a file whose most part is left for later.
func FuzzBehindStamp(f *testing.F) {
	k := closed(f, 520)
	sound, err := os.ReadFile(k.path)
	do(f, err)
	graph, err := os.ReadFile(k.graph())
	do(f, err)
	name := filepath.Base(k.graph())
	f.Add(uint32(0), []byte(nil))
	f.Add(uint32(3*4096+8), []byte{1, 0, 255, 255})
	f.Add(uint32(len(sound)/2), bytes.Repeat([]byte{7}, 4096))
	f.Fuzz(func(t *testing.T, at uint32, put []byte) {
		dir := t.TempDir()
		bad := bytes.Clone(sound)
		copy(bad[int(at)%len(bad):], put)
		k := &kept{path: filepath.Join(dir, "vectors.db"), texts: k.texts, have: k.have}
		do(t, os.WriteFile(k.path, bad, 0o600))
		do(t, os.WriteFile(filepath.Join(dir, name), graph, 0o600))
		file, err := Open(k.path, false)
		if err != nil {
			return
		}
		defer file.Close()
		texts, err := file.Verify()
		if err != nil {
			return
		}
		if s, err := file.OpenSet("e", keptDim, texts); err == nil {
			k.check(t, s)
			s.Discard()
		}
		_ = file.Apply(Change{Seq: 5, Texts: map[uint32]Text{9000: textOf(9000)}, Removed: []uint32{1}}) // refused or not
	})
}
