package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"coffre/chain"
)

// VerifyBackupRequest says which backup is to be read whole and thrown away again.
type VerifyBackupRequest struct {
	File     string    // path
	In       io.Reader // instead of File
	Identity BackupIdentity
	FirstKey string // lines: first keys of chains, known from elsewhere
	Scratch  string // directory for the copy; "" is the system's
	Progress func(stage string, done, total int64)
}

// VerifyBackup does all of a restore but the last step, in a directory that is
// removed. Errors: Invalid "backup-identity"; Corrupt "backup-other",
// "backup-locked" (no identity opens it), "backup-cut", "backup-damaged",
// "backup-unsafe", "backup-chain", "backup-newer", "master-wrong"; those of
// reading and writing.
func VerifyBackup(ctx context.Context, q VerifyBackupRequest) (RestoreReport, error) {
	dir, err := os.MkdirTemp(q.Scratch, "coffre-verify-*")
	if err != nil {
		return RestoreReport{}, fmt.Errorf("create directory: %w", err)
	}
	defer os.RemoveAll(dir)
	return backupReading{file: q.File, in: q.In, identity: q.Identity, firstKey: q.FirstKey, progress: q.Progress}.stage(ctx, dir)
}

// RestoreRequest says what is to be restored where.
type RestoreRequest struct {
	VerifyBackupRequest
	Data    string // the data directory to be
	Replace bool   // Data holds a box, which is put aside
	By      Actor
	// Known are checkpoints known elsewhere, of any of the chains: a witness's,
	// those on write-once storage, a printed one. Those of a box that is replaced
	// are found there.
	Known []string
	// Ledgers are ledgers of erasures known elsewhere, by tenant; "" is of any. Those
	// of a box that is replaced are found there.
	Ledgers map[string][]Erasure
	// Destroyed are firms that were destroyed since, known elsewhere. Those of a box
	// that is replaced are found there.
	Destroyed []Destroyed
	// NewAuthority leaves the box's own certificate authority out: the box makes another.
	NewAuthority bool
	Options      Options
}

// RestoreBackup restores a backup as a data directory: beside it first, and under
// its name in one step once everything holds. A kill at any moment leaves either
// what was there or all of the backup. Chains whose recovery key the identity has
// go on with an entry audit.restore; the others wait for RecoverChains, and until
// the box's own and a tenant's go on, neither opens: who has no recovery key can't
// write what outsiders would take for anything but a fork (audit-chain.md).
// Errors: those of VerifyBackup and of RestoreChain; Conflict "restore-full" where
// Data holds something; Unavailable "in-use".
func RestoreBackup(ctx context.Context, q RestoreRequest) (rep RestoreReport, err error) {
	q.Data = filepath.Clean(q.Data)
	free, err := emptyDir(q.Data)
	if err != nil {
		return rep, err
	}
	if !free && (!q.Replace || !HasData(q.Data)) {
		return rep, Fail(Conflict, "restore-full", "path", q.Data)
	}
	var seen []seenChain
	if !free {
		var unlock func()
		if seen, unlock, err = q.lookAround(); err != nil {
			return rep, err
		}
		defer unlock()
	}
	dir, end, err := besides(q.Data)
	if err != nil {
		return rep, err
	}
	defer end() // of what has not taken its place by then
	killPoint("restore-made")
	rep, err = backupReading{file: q.File, in: q.In, identity: q.Identity, firstKey: q.FirstKey, progress: q.Progress}.stage(ctx, dir)
	if err != nil {
		return rep, err
	}
	killPoint("restore-staged")
	if err := rep.putKnown(dir, q.Ledgers, q.Destroyed); err != nil {
		return rep, err
	}
	if q.NewAuthority {
		if err := rep.HTTPS.leaveAuthority(dir); err != nil {
			return rep, err
		}
	}
	w := waking{
		dir: dir, backup: rep.Backup, damaged: rep.Damaged, identity: q.Identity, by: q.By,
		known: append(slices.Clone(q.Known), seenOf(seen, rep.Chains)...), options: q.Options,
	}
	if err := w.all(rep.Chains); err != nil {
		return rep, err
	}
	if err := ctx.Err(); err != nil {
		return rep, err
	}
	killPoint("restore-awake")
	rep.Data = q.Data
	rep.Former, err = takePlace(dir, q.Data, free, time.Now())
	return rep, err
}

// seenChain is what a box that is replaced knows of one of its chains.
type seenChain struct {
	recoveryKey string // "" where it can't be read any more
	notes       []string
}

// seenOf picks the checkpoints that were seen of a backup's chains. A name alone doesn't tell them:
// two boxes made in one second for firms of one id have the same genesis.
func seenOf(seen []seenChain, chains []RestoredChain) (notes []string) {
	for _, s := range seen {
		if s.recoveryKey == "" || slices.ContainsFunc(chains, func(c RestoredChain) bool { return c.recoveryKey == s.recoveryKey }) {
			notes = append(notes, s.notes...)
		}
	}
	return notes
}

// lookAround learns from a box that is about to be replaced what is known of its
// chains and whom it has erased, and keeps it from being opened meanwhile.
func (q *RestoreRequest) lookAround() (seen []seenChain, unlock func(), err error) {
	root, err := lockRoot(q.Data, q.Options)
	if err != nil {
		return nil, nil, err
	}
	ids := []string{BoxID}
	entries, _ := os.ReadDir(filepath.Join(q.Data, "tenants"))
	for _, e := range entries {
		ids = append(ids, e.Name())
	}
	if q.Ledgers == nil {
		q.Ledgers = map[string][]Erasure{}
	}
	for _, id := range ids {
		// What is damaged there is why a backup is wanted: it says nothing then.
		root.peek(chainDB(q.Data, id), func(tx *boltTx) error {
			v := &View{tx: tx}
			facts, _ := v.Facts()
			one := seenChain{recoveryKey: facts.RecoveryKey}
			defer func() { seen = append(seen, one) }()
			if c, err := v.checkpoint(); err == nil {
				one.notes = append(one.notes, c.Note)
			}
			if tx.Bucket([]byte(witnesses)) == nil {
				return nil
			}
			all, err := v.Witnesses()
			for _, w := range all {
				if w.Note != "" {
					one.notes = append(one.notes, w.Note)
				}
			}
			return err
		})
		// A ledger that can't be read would bring people back.
		ledger, err := ReadLedger(LedgerPath(q.Data, id))
		if err != nil {
			root.lock.Close()
			return nil, nil, err
		}
		q.Ledgers[id] = append(q.Ledgers[id], ledger...)
	}
	// Nor may a firm come back that was destroyed.
	gone, err := ReadDestroyed(DestroyedPath(q.Data))
	if err != nil {
		root.lock.Close()
		return nil, nil, err
	}
	q.Destroyed = append(q.Destroyed, gone...)
	return seen, func() { root.lock.Close() }, nil
}

// stagedPrefix follows a target's name in that of the directory beside it.
const stagedPrefix = ".restore-"

// besides makes the directory in which a restore works, on the target's file
// system, and removes what killed ones left there: it holds everything in clear.
// What is returned lies in a directory of its own, since RestoreChain locks it.
func besides(data string) (dir string, end func(), err error) {
	parent, base := filepath.Dir(data), filepath.Base(data)
	if err := makeDirs(parent); err != nil {
		return "", nil, fmt.Errorf("create directory: %w", err)
	}
	if _, err := endExchange(data, time.Now()); err != nil {
		return "", nil, err
	}
	left, _ := filepath.Glob(filepath.Join(parent, globSafe(base)+stagedPrefix+"*"))
	for _, old := range left {
		if lock, err := lockDir(old, 0); err == nil {
			os.RemoveAll(old)
			lock.Close()
		}
	}
	outer, err := os.MkdirTemp(parent, base+stagedPrefix+"*")
	if err != nil {
		return "", nil, fmt.Errorf("create directory: %w", err)
	}
	end = func() { os.RemoveAll(outer) }
	lock, err := lockDir(outer, 0)
	if err == nil {
		end = func() { os.RemoveAll(outer); lock.Close() }
		dir = filepath.Join(outer, "data")
		err = os.Mkdir(dir, 0o700)
	}
	if err != nil {
		end()
		return "", nil, err
	}
	return dir, end, nil
}

func globSafe(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(s)
}

// putLedgers adds to the backup's ledgers of erasures what is known elsewhere; the
// first opening erases again whom they name.
func putLedgers(dir string, rep RestoreReport, known map[string][]Erasure) (n int, err error) {
	damaged := damagedIDs(rep.Damaged)
	ids := slices.Clone(damaged)
	for _, c := range rep.Chains {
		if c.Tenant != BoxID {
			ids = append(ids, c.Tenant)
		}
	}
	for _, id := range ids {
		path := LedgerPath(dir, id)
		all, err := ReadLedger(path)
		if err != nil && slices.Contains(damaged, id) {
			continue // it stays as it was, like all that the firm has
		}
		if err != nil {
			return n, err
		}
		text, k, err := ledgerText(slices.Concat(all, known[id], known[""]))
		if err != nil {
			return n, err
		}
		if n += k; k == 0 {
			continue
		}
		if err := makeDirs(filepath.Dir(path)); err != nil { // a damaged firm may have had nothing
			return n, fmt.Errorf("create directory: %w", err)
		}
		if err := replaceFile(path, text); err != nil {
			return n, err
		}
	}
	return n, nil
}

// takePlace gives dir the name data. A box that was there is put aside: with one
// system call where the file system exchanges names, else with two.
func takePlace(dir, data string, free bool, now time.Time) (former string, err error) {
	if free {
		if err := os.Remove(data); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTEMPTY) {
			return "", fmt.Errorf("take place: %w", err)
		}
		if err := os.Rename(dir, data); err != nil {
			return "", fmt.Errorf("take place: %w", err)
		}
		killPoint("restore-named")
		return "", syncDir(filepath.Dir(data))
	}
	if err := replaceFile(filepath.Join(dir, exchangeMark), []byte(filepath.Base(filepath.Dir(dir)))); err != nil {
		return "", err
	}
	if exchange(dir, data) == nil {
		killPoint("restore-exchanged")
		return endExchange(data, now)
	}
	former = formerName(data, now)
	if err = os.Rename(data, former); err == nil {
		if err = os.Rename(dir, data); err != nil {
			err = errors.Join(err, os.Rename(former, data))
		}
	}
	if err != nil {
		return "", fmt.Errorf("take place: %w", err)
	}
	_, err = endExchange(data, now)
	return former, err
}

// exchangeMark lies in a restored directory from before it takes its place until
// the one that was there has its own name: it names the directory beside in which
// that one lies meanwhile.
const exchangeMark = ".restore-mark"

// formerMid stands between a name and the time when what bore it was put aside.
const formerMid = ".before-"

func formerName(data string, now time.Time) string {
	return data + formerMid + now.UTC().Format("20060102-150405")
}

// endExchange names the box that a restore has put aside, also after a kill.
func endExchange(data string, now time.Time) (former string, err error) {
	mark := filepath.Join(data, exchangeMark)
	b, err := os.ReadFile(mark)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	name := filepath.Base(string(b))
	if err != nil || !strings.HasPrefix(name, filepath.Base(data)+stagedPrefix) {
		return "", fmt.Errorf("read mark of a restore: %w", errors.Join(err, os.Remove(mark)))
	}
	outer := filepath.Join(filepath.Dir(data), name)
	if old := filepath.Join(outer, "data"); HasData(old) {
		former = formerName(data, now)
		if err := os.Rename(old, former); err != nil {
			return "", fmt.Errorf("put former data aside: %w", err)
		}
		os.Remove(outer)
	}
	if err := syncDir(filepath.Dir(data)); err != nil {
		return former, err
	}
	if err := os.Remove(mark); err != nil {
		return former, fmt.Errorf("remove mark of a restore: %w", err)
	}
	return former, syncDir(data)
}

// knownOf picks the checkpoints of one chain.
func knownOf(notes []string, name string) (out []string) {
	for _, text := range notes {
		note, _ := chain.NoteIn([]byte(text))
		if cp, _, err := chain.OpenCheckpoint(note); err == nil && (cp.Origin == name || strings.HasPrefix(cp.Origin, name+"/")) {
			out = append(out, note)
		}
	}
	return out
}
