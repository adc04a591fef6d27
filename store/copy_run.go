package store

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"coffre/chain"
	"coffre/vault"
	"coffre/vault/backupfile"
)

// copyRun is one copy on its way to the folder. Originals go first, each under its
// name as soon as it is durable; then the file with the databases, whose name is
// what makes the copy. A kill in between leaves objects that the next run uses,
// and unfinished files that it removes.
type copyRun struct {
	r         *Root
	plan      CopyPlan
	home      string
	set       string
	key       backupfile.ObjectKey
	to        []backupfile.Recipient
	head      int64 // bytes by which an object is longer than an empty one
	scheduled bool
	suspect   map[string]bool // paths that the last verification found damaged

	lost    []string // firms that don't open
	objects backupfile.Objects
	files   []string          // of the originals, in the order of objects
	sums    map[string]string // SHA-256 by path under home
	rec     CopyRecord
	secret  vault.DataKey
	part    *os.File
	made    time.Time
}

// begin is called once the recipients are known. A nil copyRun does nothing, here
// and below: the backup is no copy.
func (c *copyRun) begin(b *Backup) (err error) {
	if c == nil {
		return nil
	}
	c.objects, c.files = backupfile.Objects{}, nil // of an attempt before
	c.to, c.sums, c.lost = b.to, map[string]string{}, damagedIDs(b.facts.Damaged)
	if c.secret, err = c.r.copySecret(); err != nil {
		return err
	}
	if c.set, c.key, err = copySet(c.secret, c.home, b.req.Recipients); err != nil {
		return err
	}
	c.objects.Set = c.set
	c.head, err = backupfile.ObjectLength(c.to, 0)
	return err
}

// copySet derives the set of objects for recipients in a folder: other recipients
// have another set, so that whoever is taken from them opens nothing new, and
// whoever is added opens all.
func copySet(secret vault.DataKey, home string, recipients []string) (set string, key backupfile.ObjectKey, err error) {
	all := slices.Sorted(slices.Values(recipients))
	id, err := hkdf.Expand(sha256.New, secret[:], "coffre/copy-set/v1\x00"+filepath.Base(home)+"\x00"+strings.Join(all, "\n"), 8)
	if err != nil {
		return "", key, fmt.Errorf("derive set: %w", err)
	}
	set = hex.EncodeToString(id)
	key, err = setKey(secret, set)
	return set, key, err
}

// setKey is the key of a set by its name.
func setKey(secret vault.DataKey, set string) (key backupfile.ObjectKey, err error) {
	raw, err := hkdf.Expand(sha256.New, secret[:], "coffre/copy-key/v1\x00"+set, len(key))
	if err != nil {
		return key, fmt.Errorf("derive key: %w", err)
	}
	return backupfile.ObjectKey(raw), nil
}

// copySubject is whose data key in the box's database names and opens objects.
const copySubject = "copies"

// copySecret returns that key. Errors: those of a locked master identity.
func (r *Root) copySecret() (key vault.DataKey, err error) {
	read := func(v *View) error { key, _, err = v.openDataKey(copySubject); return err }
	if err := r.Box.View(read); err == nil || !IsNotFound(err) {
		return key, err
	}
	ev := chain.Event{Action: chain.SettingsUpdate, Object: chain.Object{Kind: "settings", ID: "settings"}, Detail: chain.Detail{"names": []string{SettingCopies}}}
	_, err = r.Box.Update(r.ctx, System("copies"), ev, func(tx *Tx) (err error) {
		key, _, err = r.Box.dataKey(tx, copySubject)
		return err
	})
	return key, err
}

// list takes an original.
func (c *copyRun) list(tenant string, f Original) error {
	st, err := os.Stat(f.Path)
	if err != nil {
		return Fail(Corrupt, "original-missing", "sha256", f.SHA256).Because(err)
	}
	if st.Size() != f.Bytes {
		return Fail(Corrupt, "original-damaged", "sha256", f.SHA256)
	}
	n := c.head + sealedLength(f.Bytes) - sealedLength(0)
	c.objects.Objects = append(c.objects.Objects, backupfile.Object{Tenant: tenant, SHA256: f.SHA256, Size: f.Bytes, Name: c.key.Name(tenant, f.SHA256), Bytes: n})
	c.files = append(c.files, f.Path)
	return nil
}

func sealedLength(n int64) int64 { return backupfile.StreamLength(n) }

// listApart adds the list of originals to the file.
func (b *Backup) listApart() error {
	c := b.req.copy
	if c == nil {
		return nil
	}
	text, err := c.objects.Encode()
	if err != nil {
		return err
	}
	b.facts.Apart = len(c.objects.Objects)
	for _, o := range c.objects.Objects {
		b.facts.ApartBytes += o.Size
	}
	b.addBytes(backupfile.ObjectsName, text)
	if all, err := copiesIn(c.home); err != nil {
		return copyFault(c.plan.Folder, err)
	} else if len(all) > 0 && !b.facts.Made.After(all[0].Made) && all[0].Made.Sub(b.facts.Made) < time.Minute {
		b.facts.Made = all[0].Made.Add(time.Second) // names tell which one is newer
	}
	c.made = b.facts.Made
	c.rec.Name = c.made.UTC().Format(copyStamp) + "-" + b.ID
	return nil
}

// write makes the copy: objects, then the file.
func (c *copyRun) write(ctx context.Context, b *Backup) (err error) {
	if err = c.putObjects(ctx); err == nil {
		killPoint("copy-objects")
		if c.part, err = os.CreateTemp(filepath.Join(c.home, copyRuns), copyPart+"*"); err != nil {
			err = fmt.Errorf("create copy: %w", err)
		}
	}
	if err != nil {
		err = copyFault(c.plan.Folder, err)
		return errors.Join(err, b.give(AsError(err).Code))
	}
	defer func() {
		c.part.Close()
		os.Remove(c.part.Name()) // its name is another by then, if all went well
	}()
	return b.Write(ctx, shareWriter{ctx, c.part, c.plan.Folder})
}

// shareWriter names what is wrong with the folder, and stops when told to.
type shareWriter struct {
	ctx    context.Context
	f      io.Writer
	folder string
}

// Write implements io.Writer.
func (w shareWriter) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := w.f.Write(b)
	return n, copyFault(w.folder, err)
}

// commit gives the file its name, once its checksums lie beside it.
func (c *copyRun) commit(b *Backup) error {
	if c == nil {
		return nil
	}
	err := c.part.Sync()
	if cerr := c.part.Close(); err == nil {
		err = cerr
	}
	killPoint("copy-file")
	runs := filepath.Join(c.home, copyRuns)
	if err == nil {
		err = putShared(filepath.Join(runs, c.rec.Name+copySums), c.sumsText(b.SHA256))
	}
	killPoint("copy-sums")
	if err == nil {
		err = os.Rename(c.part.Name(), filepath.Join(runs, c.rec.Name+copyEnding))
	}
	if err == nil {
		err = syncShare(runs)
	}
	killPoint("copy-named")
	return copyFault(c.plan.Folder, err)
}

// tell adds to the entry of the end what was written.
func (c *copyRun) tell(d chain.Detail) {
	if c != nil && d["code"] == nil {
		d["new"], d["new_bytes"] = c.rec.New, c.rec.NewBytes
	}
}

// record is what the box keeps of the copy.
func (c *copyRun) record(b BackupRecord, seq uint64) CopyRecord {
	rec := c.rec
	rec.ID, rec.Seq, rec.At, rec.Ended, rec.State, rec.Code = b.ID, seq, b.At, b.Ended, b.State, b.Code
	rec.Folder, rec.Set, rec.SHA256, rec.Scheduled = c.home, c.set, b.SHA256, c.scheduled
	rec.Objects, rec.Damaged = len(c.objects.Objects), c.lost
	if b.State == BackupDone {
		rec.Bytes = b.Bytes
	}
	c.rec = rec
	return rec
}
