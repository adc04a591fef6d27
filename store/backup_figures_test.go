package store

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"filippo.io/age"

	"coffre/chain"
)

// TestBackupFigures measures a backup of COFFRE_BACKUP_MB megabytes of originals
// beside age alone on the same bytes, by turns, and a restore beside a plain copy.
// It asserts that memory stays flat, and prints the rest.
func TestBackupFigures(t *testing.T) {
	mb, err := strconv.Atoi(os.Getenv("COFFRE_BACKUP_MB"))
	if err != nil {
		t.Skip("set COFFRE_BACKUP_MB to measure, 2048 for two gigabytes")
	}
	k := newKept(t)
	for i := range mb / 64 {
		o, err := k.ReceiveFile(io.LimitReader(rand.NewChaCha8([32]byte{byte(i), 1}), 64<<20), 65<<20)
		if err != nil {
			t.Fatal(err)
		}
		k.do(t, chain.DocumentAdd, func(tx *Tx) error {
			_, _, err := tx.AddDocument(k.admin, NewDocument{Collection: k.firm.open.ID, Name: fmt.Sprintf("%d.bin", i), SHA256: o.SHA256, Bytes: o.Bytes})
			return err
		})
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "b.age")
	var ours, theirs time.Duration
	peak := watchHeap(t)
	for range 3 {
		ours += k.timeBackup(t, path)
		theirs += k.timeAge(t, filepath.Join(dir, "plain.age"))
	}
	heap := peak()
	begun := time.Now()
	if _, err := RestoreBackup(t.Context(), k.request(path, filepath.Join(dir, "new"))); err != nil {
		t.Fatal(err)
	}
	restored := time.Since(begun)
	begun = time.Now()
	if err := os.CopyFS(filepath.Join(dir, "copy"), os.DirFS(k.root.Dir)); err != nil {
		t.Fatal(err)
	}
	copied := time.Since(begun)
	rate := func(d time.Duration, n int) float64 { return float64(mb*n) / d.Seconds() }
	t.Logf("%d MB: backup %.0f MB/s, age alone %.0f MB/s, ratio %.2f; heap %d MB; restore %.0f MB/s, plain copy %.0f MB/s, %.1f times as long",
		mb, rate(ours, 3), rate(theirs, 3), theirs.Seconds()/ours.Seconds(), heap>>20, rate(restored, 1), rate(copied, 1), restored.Seconds()/copied.Seconds())
	if heap > 64<<20 {
		t.Errorf("the heap grew to %d MB", heap>>20)
	}
}

func (k *kept) timeBackup(t *testing.T, path string) time.Duration {
	t.Helper()
	begun := time.Now()
	b, err := k.root.PrepareBackup(t.Context(), BackupRequest{By: CLI("x"), Way: WayFile})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := b.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	return time.Since(begun)
}

// timeAge encrypts the same originals in a row.
func (k *kept) timeAge(t *testing.T, path string) time.Duration {
	t.Helper()
	begun := time.Now()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	to, err := age.ParseHybridRecipient(k.to)
	if err != nil {
		t.Fatal(err)
	}
	w, err := age.Encrypt(f, to)
	if err != nil {
		t.Fatal(err)
	}
	all, _ := filepath.Glob(k.FilePath("*"))
	for _, name := range all {
		in, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(w, in); err != nil {
			t.Fatal(err)
		}
		in.Close()
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return time.Since(begun)
}

// watchHeap returns what tells the largest heap since.
func watchHeap(t *testing.T) func() uint64 {
	t.Helper()
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		var peak uint64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
			select {
			case <-stop:
				most <- peak
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(stop); return <-most }
}
