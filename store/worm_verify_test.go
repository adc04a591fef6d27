package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffre/chain"
)

// archivedFirm is a firm with so many closed segments in a folder.
func archivedFirm(t *testing.T, segments int) (f *firm, dir string) {
	t.Helper()
	f, dir = newFirm(t), t.TempDir()
	f.archiveTo(t, dir)
	for range segments {
		f.do(t, chain.ModelList, func(*Tx) error { return nil })
		f.rotate(t, 1)
	}
	f.archived(t)
	return f, dir
}

// TestArchiveAttacks: whatever is done to the folder is red by the first key, and
// names the file.
func TestArchiveAttacks(t *testing.T) {
	f, dir := archivedFirm(t, 5)
	paths, _ := f.segmentsOf(t, dir, "1")
	f.worm.Load().close() // it would put back what is gone
	b, err := os.ReadFile(filepath.Join(filepath.Dir(paths[4]), fmt.Sprintf("checkpoint-%016d.note", closing(t, paths[4]))))
	if err != nil {
		t.Fatal(err)
	}
	newest := string(b)
	if rep := f.verifyArchive(t, dir, newest); !rep.OK || rep.Segments != len(paths) {
		t.Fatalf("untouched: %+v", rep)
	}
	other, otherDir := archivedFirm(t, 5)
	strangers, _ := other.segmentsOf(t, otherDir, "1")
	edit := func(path string, change func([]byte) []byte) func() error {
		return func() error {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			os.Remove(path)
			return os.WriteFile(path, change(b), 0o600)
		}
	}
	for name, c := range map[string]struct {
		do    func() error
		file  string // with the fault
		fault string
	}{
		"nothing":        {func() error { return nil }, "", ""},
		"a segment gone": {func() error { return os.Remove(paths[2]) }, paths[3], chain.FaultMissing},
		"the first gone": {func() error { return os.Remove(paths[0]) }, paths[1], chain.FaultHandoverMissing},
		"the tail gone":  {func() error { return os.Remove(paths[4]) }, "", chain.FaultUndecided},
		"an entry edited": {edit(paths[2], func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"outcome":"ok"`), []byte(`"outcome":"denied"`), 2)
		}), paths[2], ""},
		"an entry cut off": {edit(paths[3], func(b []byte) []byte { return b[:bytes.LastIndexByte(b[:len(b)-1], '\n')+1] }), paths[3], chain.FaultTruncated},
		"another's segment": {func() error {
			b, err := os.ReadFile(strangers[2])
			if err == nil {
				os.Remove(paths[2])
				err = os.WriteFile(paths[2], b, 0o600)
			}
			return err
		}, paths[2], ""},
		"a segment twice": {func() error {
			b, err := os.ReadFile(paths[1])
			if err == nil {
				os.Remove(paths[2])
				err = os.WriteFile(paths[2], b, 0o600)
			}
			return err
		}, paths[2], ""},
		"a hand-over gone": {edit(paths[2], func(b []byte) []byte {
			i, j := bytes.Index(b, []byte(`,"handovers":[`)), bytes.Index(b, []byte(`,"last":`))
			return append(append([]byte(nil), b[:i]...), b[j:]...)
		}), paths[2], chain.FaultHandoverMissing},
		"a checkpoint of another history": {func() error {
			note := filepath.Join(filepath.Dir(paths[0]), fmt.Sprintf("checkpoint-%016d.note", closing(t, paths[1])))
			b, err := os.ReadFile(note)
			if err != nil {
				return err
			}
			lines := strings.SplitN(string(b), "\n", 4)
			lines[2] = strings.Repeat("A", 43) + "="
			os.Remove(note)
			return os.WriteFile(note, []byte(strings.Join(lines, "\n")), 0o600)
		}, paths[1], ""},
	} {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			defer func() {
				os.RemoveAll(filepath.Join(dir, filepath.Base(f.home(t, dir))))
				if err := os.CopyFS(dir, os.DirFS(copied)); err != nil {
					t.Fatal(err)
				}
			}()
			if err := c.do(); err != nil {
				t.Fatal(err)
			}
			rep := f.verifyArchive(t, dir, newest)
			if name == "nothing" {
				if !rep.OK {
					t.Errorf("%+v", rep)
				}
				return
			}
			if rep.OK || rep.Authentic || c.fault != "" && rep.Fault != c.fault {
				t.Errorf("%+v, want %s", rep, c.fault)
			}
			if c.file != "" && rep.File != filepath.Join("1", filepath.Base(c.file)) {
				t.Errorf("the fault is said to be in %q, it is in %s", rep.File, filepath.Base(c.file))
			}
		})
	}
}

func closing(t *testing.T, path string) (size uint64) {
	t.Helper()
	m := segmentName.FindStringSubmatch(filepath.Base(path))
	if _, err := fmt.Sscanf(m[2], "%d", &size); err != nil {
		t.Fatal(err)
	}
	return size
}

// TestArchiveForged: a thief who holds the box of today can't put other segments
// in the place of earlier ones: not with the key of today, not with keys of his
// own, not as exports that carry all hand-overs.
func TestArchiveForged(t *testing.T) {
	f, dir := archivedFirm(t, 3)
	thief, thiefDir := archivedFirm(t, 3)
	if rep := thief.verifyArchive(t, thiefDir); !rep.OK {
		t.Fatalf("%+v", rep)
	}
	first, recovery := f.firstKey(t)
	rep, err := VerifyArchive(t.Context(), thiefDir, chain.VerifyOptions{FirstKey: first + "\n" + recovery})
	if err != nil || rep.OK || rep.Fault != chain.FaultFirstKey {
		t.Errorf("a whole folder with a thief's own keys: %+v %v", rep, err)
	}
	own := filepath.Join(f.home(t, dir), "1")
	paths, _ := f.segmentsOf(t, dir, "1")
	theirs, _ := thief.segmentsOf(t, thiefDir, "1")
	f.worm.Load().close()
	for i := 1; i < len(paths); i++ { // from the second on, all are the thief's
		os.Remove(paths[i])
		b, err := os.ReadFile(theirs[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(own, filepath.Base(theirs[i])), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if rep := f.verifyArchive(t, dir); rep.OK {
		t.Errorf("a tail with a thief's own keys: %+v", rep)
	}
}

// TestArchiveOfEarlier: folders in which every segment carries all hand-overs, as
// they were written before, verify, alone and followed by segments that don't;
// and of those one in wormWhole does.
func TestArchiveOfEarlier(t *testing.T) {
	f, dir := newFirm(t), t.TempDir()
	f.rotate(t, 3)
	home := filepath.Join(f.home(t, dir), "1")
	if err := os.MkdirAll(home, 0o755); err != nil {
		t.Fatal(err)
	}
	first := uint64(1)
	for _, c := range slicesBackward(f.kept(t)) {
		if !c.Closes {
			continue
		}
		var b bytes.Buffer
		if err := f.View(func(v *View) error { return v.writeSegment(t.Context(), &b, c, first, false) }); err != nil {
			t.Fatal(err)
		}
		rep, err := chain.VerifyExport(bytes.NewReader(b.Bytes()), chain.VerifyOptions{FirstKey: f.firstKeys(t)})
		if err != nil || !rep.Authentic {
			t.Errorf("a whole segment by itself: %+v %v", rep, err)
		}
		name := fmt.Sprintf("segment-%016d-%016d.ndjson", first, c.Size)
		if err := os.WriteFile(filepath.Join(home, name), b.Bytes(), 0o444); err != nil {
			t.Fatal(err)
		}
		first = c.Size + 1
	}
	if rep := f.verifyArchive(t, dir); !rep.OK || !rep.Authentic || rep.Segments != 3 {
		t.Errorf("an earlier folder: %+v", rep)
	}
	f.archiveTo(t, dir)
	f.rotate(t, wormWhole)
	f.archived(t)
	_, others := f.segmentsOf(t, dir, "1")
	for i, n := range others {
		want := 0
		if i < 3 || i%wormWhole == 0 {
			want = i
		}
		if n != want {
			t.Errorf("segment %d carries %d earlier hand-overs, want %d", i+1, n, want)
		}
	}
	if rep := f.verifyArchive(t, dir); !rep.OK || !rep.Authentic || rep.Segments != 3+wormWhole || rep.Entries != rep.CheckpointSize {
		t.Errorf("followed by today's: %+v", rep)
	}
	// A head that was taken away looks like one that was pruned early: never green.
	f.worm.Load().close()
	paths, _ := f.segmentsOf(t, dir, "1")
	for _, path := range paths[:wormWhole] {
		os.Remove(path)
	}
	if rep := f.verifyArchive(t, dir); !rep.OK || rep.Verdict() != chain.Amber || rep.Pruned == 0 {
		t.Errorf("without its head: %+v", rep)
	}
	os.Remove(paths[wormWhole])
	if rep := f.verifyArchive(t, dir); rep.OK {
		t.Errorf("without its head, from a segment that goes on: %+v", rep)
	}
}

// firstKeys are both keys of the kit.
func (f *firm) firstKeys(t *testing.T) string {
	t.Helper()
	first, recovery := f.firstKey(t)
	return first + "\n" + recovery
}

func slicesBackward(all []SignedCheckpoint) (out []SignedCheckpoint) {
	for i := len(all) - 1; i >= 0; i-- {
		out = append(out, all[i])
	}
	return out
}
