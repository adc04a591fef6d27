package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"coffre/chain"
	"coffre/vault/backupfile"
)

// A firm whose data doesn't open keeps no other firm of the box from being backed up.
// Its files go into the backup as they are, marked as what nobody has verified: they
// may be all that is left of it, and whoever is to look into the damage needs them.

// DamagedFirm is a firm that a backup has as files alone.
type DamagedFirm = backupfile.Damaged

// unopened is why a firm's data doesn't open, or is half a firm's that comes back; nil
// where err says something else: that there is no such firm, that another process holds
// it, that the machine has run out of something.
func unopened(err error) *Error {
	e := AsError(err)
	switch {
	case err == nil:
		return nil
	case e.Kind == Corrupt, e.Code == "checkpoint-key-missing", e.Code == "restore-waits", errors.Is(err, errHalfReturned):
		return e
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.EIO):
		return Fail(Corrupt, "damaged").Because(err)
	}
	return nil
}

// tryAcquire acquires a firm as Acquire does. Where its data doesn't open, why says so, and
// there is nothing to release.
func (r *Root) tryAcquire(id string) (t *Tenant, release func(), why *Error, err error) {
	if t, release, err = r.Acquire(id); err == nil {
		if err = t.usable(); err == nil {
			return t, release, nil, nil
		}
		release()
	}
	if why = unopened(err); why != nil {
		err = nil
	}
	return nil, nil, why, err
}

// leaveOut notes a firm that doesn't open.
func (b *Backup) leaveOut(rec TenantRecord, why *Error) {
	b.r.opts.Log.Error("a firm does not open; a backup takes its files as they are", "tenant", rec.ID, "code", why.Code, "err", why.Err)
	b.facts.Damaged = append(b.facts.Damaged, DamagedFirm{Tenant: rec.ID, Code: why.Code})
}

// Damaged are the firms of the box that the backup has as files alone.
func (b *Backup) Damaged() []DamagedFirm { return b.facts.Damaged }

// damagedIDs names those of a list.
func damagedIDs(all []DamagedFirm) (ids []string) {
	for _, d := range all {
		ids = append(ids, d.Tenant)
	}
	return ids
}

// partial is what an administrator has to know of a backup without these firms; nil
// where it has all.
func partial(ids []string) *Error {
	if len(ids) == 0 {
		return nil
	}
	return Fail(Corrupt, "backup-partial", "names", strings.Join(ids, ", "))
}

// tellDamaged adds to a chain's entry how many firms are in a backup as files alone.
// Which ones is for the box's own chain.
func (b *Backup) tellDamaged(t *Tenant, detail chain.Detail) {
	if len(b.facts.Damaged) == 0 {
		return
	}
	if detail["damaged"] = len(b.facts.Damaged); t.ID == BoxID {
		detail["without"] = damagedIDs(b.facts.Damaged)
	}
}

// copyDamaged lists what the directory of a firm has that doesn't open. Everything is
// read to its end first, since a disk that fails would cut the backup in the middle:
// what can't be read is left out and counted.
func (b *Backup) copyDamaged(ctx context.Context, d *DamagedFirm) error {
	dir := b.r.tenantDir(d.Tenant)
	for _, name := range []string{"store.db", ledgerName} {
		if _, _, err := digestOf(ctx, filepath.Join(dir, name)); err != nil {
			if err := unread(ctx, d, err); err != nil {
				return err
			}
			continue
		}
		if err := b.addRaw(d, name); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, "files"))
	if err != nil {
		return unread(ctx, d, err)
	}
	for _, e := range entries {
		if raw, err := hex.DecodeString(e.Name()); err != nil || len(raw) != 32 || e.Name() != strings.ToLower(e.Name()) {
			continue // of a document that was being received
		}
		if err := b.copyDamagedOriginal(ctx, d, filepath.Join(dir, "files", e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// unread counts a file that can't be read; one that isn't there is none.
func unread(ctx context.Context, d *DamagedFirm, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		d.Unread++
	}
	return nil
}

// copyDamagedOriginal lists an original as all are where it is what its name says.
func (b *Backup) copyDamagedOriginal(ctx context.Context, d *DamagedFirm, path string) error {
	sum, n, err := digestOf(ctx, path)
	switch {
	case err != nil:
		return unread(ctx, d, err)
	case sum != filepath.Base(path):
		return b.addRaw(d, "files/"+filepath.Base(path))
	}
	d.Originals++
	return b.listFile(d.Tenant, Original{SHA256: sum, Bytes: n, Path: path})
}

func (b *Backup) addRaw(d *DamagedFirm, name string) error {
	d.Files++
	if err := b.add("damaged/"+d.Tenant+"/"+name, filepath.Join(b.r.tenantDir(d.Tenant), filepath.FromSlash(name)), ""); err != nil {
		return fmt.Errorf("list files of a damaged firm: %w", err)
	}
	return nil
}
