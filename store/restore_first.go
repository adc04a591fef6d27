package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"coffre/store/wayback"
	"coffre/vault/backupfile"
)

// A box that holds no firm yet can become one that a backup holds, while it runs.
// Everything lies inside its data directory until the end, since a service's account
// may write nowhere else and that directory may be a mount of its own:
//
//	restore/upload.age   the backup, where it was sent, until it was read
//	restore/data/        the data directory to be, verified and awake
//	restore/ready        written last: the next opening puts restore/data in place
//	restore/former/      what the first run had made, while it makes room
//
// Without the mark the next opening removes all of it.
const (
	firstDir    = "restore"
	firstUpload = "upload.age"
	firstReady  = "ready"
)

// FirstRestore is a backup that waits for somebody's word.
type FirstRestore struct {
	RestoreReport
	Firms     []string // their names
	Documents int      // of all firms, those in bins included
}

// FirstRequest says how a backup becomes the box's data.
type FirstRequest struct {
	File     string // path: UploadedBackup, or what FindBackup gave
	Identity BackupIdentity
	By       Actor
	Known    []string // checkpoints known elsewhere, as in RestoreRequest
	Ledgers  Ledgers  // known elsewhere
	Progress func(stage string, done, total int64)
}

// UploadedBackup is the path of the backup that was sent.
func (r *Root) UploadedBackup() string { return filepath.Join(r.Dir, firstDir, firstUpload) }

// RestoreRoom is how many bytes may be written of a backup that is sent or read: the disk keeps its
// reserve.
func (r *Root) RestoreRoom() (int64, error) {
	free, total, err := r.disk()
	if err != nil {
		return 0, err
	}
	return int64(free) - int64(spare(total)), nil
}

func spare(total uint64) uint64 { return max(reserveLeast, total/reserveShare) }

// firmless refuses where there is a firm, which a restore would replace.
func (r *Root) firmless() error {
	all, err := r.Tenants()
	if err == nil && len(all) > 0 {
		err = Fail(Conflict, "already-set-up")
	}
	return err
}

// ReceiveBackup writes a backup that is sent to UploadedBackup; size is what its
// sender says, negative where they don't. Where it fails nothing stays. Errors:
// Conflict "already-set-up"; ENOSPC; those of in.
func (r *Root) ReceiveBackup(in io.Reader, size int64) (n int64, err error) {
	if err := r.firmless(); err != nil {
		return 0, err
	}
	if err := r.DropRestore(); err != nil {
		return 0, err
	}
	path := r.UploadedBackup()
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		return 0, fmt.Errorf("create directory: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.DropRestore())
		}
	}()
	if n, err = r.receive(path, in, size); err == nil {
		err = r.firmless() // it took its time
	}
	return n, err
}

// receive writes a backup that is sent to a new file, as far as the disk's reserve
// stays; size is what its sender says, negative where they don't.
func (r *Root) receive(path string, in io.Reader, size int64) (n int64, err error) {
	room, err := r.RestoreRoom()
	if err != nil {
		return 0, err
	}
	full := fmt.Errorf("receive backup: %w", &os.PathError{Op: "write", Path: path, Err: syscall.ENOSPC})
	if size > room {
		return 0, full
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, fmt.Errorf("create file: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if n, err = io.Copy(f, io.LimitReader(in, room+1)); err == nil && n > room {
		err = full
	}
	return n, err
}

// FindBackup says which backup lies at a path of this machine: a file, or the newest
// copy of a folder. Whatever lies there that is no backup is NotFound "restore-path",
// with nothing about what it is. Error also: Conflict "copy-many".
func FindBackup(path string) (file string, size int64, err error) {
	none := Fail(NotFound, "restore-path")
	if !filepath.IsAbs(path) {
		return "", 0, none
	}
	file, err = FindCopy(filepath.Clean(path))
	if AsError(err).Code == "copy-many" {
		return "", 0, err
	}
	if err != nil {
		return "", 0, none.Because(err)
	}
	// Not to wait for whoever writes to a pipe.
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", 0, none.Because(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return "", 0, none.Because(err)
	}
	head := make([]byte, len(ageHead))
	if _, err := io.ReadFull(f, head); err != nil || string(head) != ageHead {
		return "", 0, none
	}
	return file, st.Size(), nil
}

// ageHead begins every age file (https://age-encryption.org/v1).
const ageHead = "age-encryption.org/v1\n"

// StageRestore reads a backup, verifies it whole and lets its chains go on, beside
// what the box has: CommitRestore makes it the box's. Every chain must go on, or the
// box would not open. Errors: Conflict "already-set-up"; Invalid "restore-keys" where
// the recovery key of a chain is missing, "restore-empty" for a backup without any
// firm, "restore-destroyed" where each was destroyed since, "restore-checkpoint" where
// one of Known is of no chain; those of VerifyBackup and RestoreChain; ENOSPC.
func (r *Root) StageRestore(ctx context.Context, q FirstRequest) (out FirstRestore, err error) {
	if err := r.firmless(); err != nil {
		return out, err
	}
	dir := filepath.Join(r.Dir, firstDir, "data")
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return out, fmt.Errorf("create directory: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	killPoint("first-made")
	reading := backupReading{file: q.File, identity: q.Identity, progress: q.Progress, first: q.lacking, alone: q.File == r.UploadedBackup(), spare: r.spared()}
	if out.RestoreReport, err = reading.stage(ctx, dir); err != nil {
		return out, err
	}
	killPoint("first-staged")
	if out.Firms, out.Documents, err = insideOf(dir, out.Chains); err != nil {
		return out, err
	}
	for _, text := range q.Known {
		if !out.knows(text) {
			return out, Fail(Invalid, "restore-checkpoint")
		}
	}
	if err := out.putKnown(dir, map[string][]Erasure{"": q.Ledgers.Erased}, q.Ledgers.Destroyed); err != nil {
		return out, err
	}
	if len(out.Destroyed) == len(out.Chains)-1+len(out.Damaged) {
		return out, Fail(Invalid, "restore-destroyed")
	}
	w := waking{
		dir: dir, backup: out.Backup, damaged: out.Damaged, identity: q.Identity, by: q.By, known: q.Known,
		options: Options{Now: r.opts.Now, Log: r.opts.Log, Version: r.opts.Version},
	}
	if err := w.all(out.Chains); err != nil {
		return out, err
	}
	killPoint("first-awake")
	if err := ctx.Err(); err != nil {
		return out, err
	}
	if q.File == r.UploadedBackup() {
		os.Remove(q.File) // its room may be wanted
	}
	return out, syncTree(dir)
}

// lacking refuses a backup without firms, and one of which a chain would wait, before
// an hour is spent on reading it.
func (q FirstRequest) lacking(f backupfile.Facts) error {
	if len(f.Chains) < 2 {
		return Fail(Invalid, "restore-empty")
	}
	n := 0
	for _, c := range f.Chains {
		if q.Identity.recoveryFor(c.RecoveryKey) == nil {
			n++
		}
	}
	if n > 0 {
		return Fail(Invalid, "restore-keys", "n", fmt.Sprint(n), "of", fmt.Sprint(len(f.Chains)))
	}
	return nil
}

// knows tells whether a text is a checkpoint of one of the backup's chains.
func (f FirstRestore) knows(text string) bool {
	for _, c := range f.Chains {
		name, _, _ := strings.Cut(c.recoveryKey, "+")
		if len(knownOf([]string{text}, name)) > 0 {
			return true
		}
	}
	return false
}

// insideOf reads whose a restored directory is.
func insideOf(dir string, chains []RestoredChain) (firms []string, docs int, err error) {
	for _, c := range chains {
		if c.Tenant == BoxID {
			continue
		}
		err := lookInto(dir, c.Tenant, func(v *View) error {
			facts, err := v.Facts()
			if err != nil {
				return err
			}
			n, err := v.DocumentCounts()
			firms = append(firms, facts.Firm)
			for _, k := range n {
				docs += k
			}
			return err
		})
		if err != nil {
			return nil, 0, err
		}
	}
	return firms, docs, nil
}

// LeaveAuthority takes the box's own certificate authority out of the staged backup:
// the box makes another. Errors: Conflict "already-set-up"; NotFound "restore-none".
func (r *Root) LeaveAuthority(h *RestoredHTTPS) error {
	if err := r.firmless(); err != nil {
		return err
	}
	staged := filepath.Join(r.Dir, firstDir, "data")
	if !HasData(staged) || restoring(r.Dir) {
		return Fail(NotFound, "restore-none")
	}
	return h.leaveAuthority(staged)
}

// CommitRestore has the next opening of the data directory put the staged backup in
// place of what the first run made. From then on nothing else may be written here.
// Errors: Conflict "already-set-up"; NotFound "restore-none" where none is staged;
// Conflict "restore-mount" where a part of the data lies on another disk.
func (r *Root) CommitRestore() error {
	if err := r.firmless(); err != nil {
		return err
	}
	dir := filepath.Join(r.Dir, firstDir)
	staged := filepath.Join(dir, "data")
	if !HasData(staged) {
		return Fail(NotFound, "restore-none")
	}
	names, err := wayback.Names(staged)
	if err != nil {
		return err
	}
	if err := oneDisk(r.Dir, dir); err != nil {
		return err
	}
	b, err := json.Marshal(names)
	if err != nil {
		return fmt.Errorf("encode mark: %w", err)
	}
	if err := syncDir(r.Dir); err != nil {
		return err
	}
	killPoint("first-before-mark")
	if err := replaceFile(filepath.Join(dir, firstReady), b); err != nil {
		return err
	}
	killPoint("first-marked")
	return nil
}

// oneDisk refuses where a name of the data directory is a mount or a link: it could
// not change places with a restored one.
func oneDisk(data, dir string) error {
	names, err := wayback.Names(data)
	if err != nil {
		return err
	}
	here, _ := deviceOf(dir)
	for _, name := range names {
		if on, ok := deviceOf(filepath.Join(data, name)); !ok || on != here {
			return Fail(Conflict, "restore-mount", "name", name)
		}
	}
	return nil
}

// deviceOf is the file system that a path lies on; ok is false for a link and for
// nothing.
func deviceOf(path string) (device uint64, ok bool) {
	st, err := os.Lstat(path)
	if err != nil {
		return 0, false
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	return uint64(sys.Dev), ok && st.Mode()&fs.ModeSymlink == 0
}

// DropRestore removes what a restore at first run has brought so far.
func (r *Root) DropRestore() error { return removeAll(filepath.Join(r.Dir, firstDir)) }

// restoring tells whether a data directory is about to change places with a restored
// one.
func restoring(data string) bool {
	_, err := os.Stat(filepath.Join(data, firstDir, firstReady))
	return err == nil
}

// endFirstRestore puts a restored data directory in place, also one that a kill
// ended half-way, and removes one that nobody gave the word for. The caller holds
// the data directory.
func endFirstRestore(data string) (done bool, err error) {
	dir := filepath.Join(data, firstDir)
	b, err := os.ReadFile(filepath.Join(dir, firstReady))
	if errors.Is(err, fs.ErrNotExist) {
		return false, removeAll(dir)
	}
	var names []string
	if err == nil {
		err = json.Unmarshal(b, &names)
	}
	if err != nil {
		return false, fmt.Errorf("read mark of a restore: %w", err)
	}
	killPoint("first-taking")
	if err := wayback.Return(data, filepath.Join(dir, "data"), filepath.Join(dir, "former"), names); err != nil {
		return false, err
	}
	killPoint("first-taken")
	if err := os.Remove(filepath.Join(dir, firstReady)); err != nil {
		return false, fmt.Errorf("remove mark of a restore: %w", err)
	}
	if err := syncDir(dir); err != nil {
		return false, err
	}
	killPoint("first-unmarked")
	return true, removeAll(dir)
}

func removeAll(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove what was to be restored: %w", err)
	}
	return nil
}
