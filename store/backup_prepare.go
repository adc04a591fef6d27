package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"coffre/chain"
	"coffre/index"
	"coffre/vault"
	"coffre/vault/backupfile"
)

// BackupRequest says what backup is wanted.
type BackupRequest struct {
	By      Actor
	Request string // id of the request, or ""
	// Tenant is whose settings name the recipients; "" with one firm on the box.
	Tenant string
	// Recipients, if there are any, instead of all of those in the settings; each is
	// one that the firms on the box have there.
	Recipients []string
	Way        string
	// Progress, if not nil, is told how many bytes of the age file are written.
	Progress func(done, total int64)

	throwaway bool // Recipients has one that nobody keeps the identity of
	// copy, if not nil, takes the originals, which then aren't in the file.
	copy *copyRun
}

// Backup is a backup whose entries and snapshots are made, and of which nothing
// has left yet. Whoever prepared it closes it.
type Backup struct {
	ID    string
	Name  string // proposed for the file
	Bytes int64  // exact length of the age file
	// SHA256 of the age file, lower-case hex, once Write has returned.
	SHA256 string

	r       *Root
	req     BackupRequest
	facts   backupfile.Facts
	sources []backupfile.Source
	to      []backupfile.Recipient
	seal    *backupfile.Sealing
	dir     string
	parts   []*backupPart
	firms   int // in the registry, those that don't open too
	made    BackupRecord
	ended   bool
}

// backupPart is one chain of a backup: a tenant, or the box.
type backupPart struct {
	t       *Tenant
	release func()
	rec     BackupRecord
	files   []Original
}

// PrepareBackup enters backup.create in every chain of the box, keeps those
// checkpoints, and copies the databases as they are then; people go on working.
// Errors: Conflict "backup-recipients" where none are set, "backup-running",
// "rekey-running"; Denied "recipient-unapproved" (param n); Invalid "recipient" (param n), "recipients-mixed"; Corrupt
// "original-missing"; those of a locked master identity where its file can't be
// copied. A firm whose damage shows only now is left out in a second attempt.
func (r *Root) PrepareBackup(ctx context.Context, req BackupRequest) (b *Backup, err error) {
	b, broke, err := r.prepareBackup(ctx, req)
	if err != nil && broke && ctx.Err() == nil {
		b, _, err = r.prepareBackup(ctx, req)
	}
	return b, err
}

// prepareBackup tells, too, whether a firm stopped while it was read.
func (r *Root) prepareBackup(ctx context.Context, req BackupRequest) (b *Backup, broke bool, err error) {
	if !r.backing.TryLock() {
		return nil, false, Fail(Conflict, "backup-running")
	}
	b = &Backup{r: r, req: req, ID: NewID()}
	defer func() {
		if err != nil {
			broke = b.broke()
			b.give(AsError(err).Code)
			b = nil
		}
	}()
	return b, false, b.prepare(ctx)
}

// broke tells whether the database of a firm turned out to be damaged meanwhile.
func (b *Backup) broke() bool {
	return slices.ContainsFunc(b.parts, func(p *backupPart) bool { return p.t.ID != BoxID && unopened(p.t.usable()) != nil })
}

func (b *Backup) prepare(ctx context.Context) (err error) {
	r := b.r
	if r.Master().Rekeying {
		return Fail(Conflict, "rekey-running")
	}
	if err := b.open(); err != nil {
		return err
	}
	if err := b.recipients(); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp(r.Dir, scratchPrefix+"*"); err != nil {
		return fmt.Errorf("create directory: %w", err)
	}
	if err := b.req.copy.begin(b); err != nil {
		return err
	}
	if err := b.enter(ctx); err != nil {
		return err
	}
	killPoint("backup-entered")
	if err := b.copyAll(ctx); err != nil {
		return err
	}
	plain, err := backupfile.Length(b.facts, b.sources)
	b.Bytes = b.seal.Length(plain)
	killPoint("backup-prepared")
	return err
}

// open holds every tenant of the box until the backup is closed, but those whose data
// don't open.
func (b *Backup) open() error {
	all, err := b.r.Tenants()
	if err != nil {
		return err
	}
	name := "coffre"
	b.firms = len(all)
	for _, rec := range all {
		t, release, why, err := b.r.tryAcquire(rec.ID)
		if err != nil {
			return err
		}
		if why != nil {
			b.leaveOut(rec, why)
			continue
		}
		b.parts = append(b.parts, &backupPart{t: t, release: release})
	}
	if len(all) == 1 {
		name += "-" + all[0].ID
	}
	b.parts = append(b.parts, &backupPart{t: b.r.Box, release: func() {}})
	b.Name = name + "-" + b.r.opts.Now().UTC().Format("2006-01-02-1504") + ".age"
	return nil
}

func (b *Backup) recipients() error {
	names := b.req.Recipients
	for _, p := range b.parts {
		if len(names) > 0 {
			break
		}
		if p.t.ID == b.req.Tenant && (p.t.ID != BoxID || b.req.copy != nil) || b.firms == 1 && b.req.Tenant == "" && p.t.ID != BoxID {
			if err := p.t.View(func(v *View) error { names = v.BackupRecipients(); return nil }); err != nil {
				return err
			}
		}
	}
	if len(names) == 0 {
		return Fail(Conflict, "backup-recipients")
	}
	to, bad, err := backupfile.Recipients(names)
	switch {
	case errors.Is(err, backupfile.ErrMixed):
		return Fail(Invalid, "recipients-mixed")
	case err != nil:
		return Fail(Invalid, "recipient", "n", strconv.Itoa(bad))
	}
	b.req.Recipients = names
	if !b.req.throwaway {
		if err := b.checkApproved(); err != nil {
			return err
		}
	}
	b.to = to
	return b.begin(to)
}

func (b *Backup) begin(to []backupfile.Recipient) (err error) {
	b.seal, err = backupfile.Seal(to)
	return err
}

// enter writes backup.create in every chain, the box's last.
func (b *Backup) enter(ctx context.Context) error {
	for _, p := range b.parts {
		p.rec = BackupRecord{
			ID: b.ID, At: b.r.opts.Now().UTC(), By: b.req.By.Actor, Way: b.req.Way, State: BackupRunning,
			Recipients: fingerprints(b.req.Recipients), Damaged: len(b.facts.Damaged),
		}
		ev := chain.Event{
			Action: chain.BackupCreate, Request: b.req.Request, Object: chain.Object{Kind: "backup", ID: b.ID},
			Detail: chain.Detail{"way": b.req.Way, "recipients": p.rec.Recipients},
		}
		b.tellDamaged(p.t, ev.Detail)
		p.t.backing.Store(&b.ID)
		seq, err := p.t.Update(ctx, b.req.By, ev, func(tx *Tx) error {
			tx.KeepCheckpoint(KeptBackup)
			rec := p.rec
			rec.Seq, rec.Size = tx.Seq, tx.Seq
			return tx.keepBackup(rec)
		})
		if err != nil {
			return err
		}
		p.rec.Seq, p.rec.Size = seq, seq
	}
	return nil
}

// copyAll copies what can change and lists what can't.
func (b *Backup) copyAll(ctx context.Context) error {
	b.facts = backupfile.Facts{
		Kind: backupfile.Kind, ID: b.ID, Coffre: b.r.opts.Version,
		Made: b.r.opts.Now().UTC().Truncate(time.Second), Store: Format, Damaged: b.facts.Damaged,
	}
	// The registry last: a tenant that it names is in the backup then.
	for _, p := range b.parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.copyPart(p); err != nil {
			return err
		}
	}
	for i := range b.facts.Damaged {
		if err := b.copyDamaged(ctx, &b.facts.Damaged[i]); err != nil {
			return err
		}
	}
	if err := b.copyMaster(); err != nil {
		return err
	}
	if err := b.copyHTTPS(); err != nil {
		return err
	}
	if err := b.listApart(); err != nil {
		return err
	}
	b.facts.Format = b.facts.FormatOf(b.sources)
	// The box first, then keys, databases, and the originals last.
	order := func(s backupfile.Source) int {
		switch {
		case s.Name == backupfile.BoxName:
			return 0
		case s.Name == backupfile.MasterName, backupfile.IsHTTPS(s.Name):
			return 1
		case backupfile.OriginalHash(s.Name) == "":
			return 2
		}
		return 3
	}
	slices.SortStableFunc(b.sources, func(x, y backupfile.Source) int { return order(x) - order(y) })
	slices.Reverse(b.facts.Chains)
	return nil
}

func (b *Backup) copyPart(p *backupPart) error {
	path := filepath.Join(b.dir, p.t.ID+".db")
	name := "tenants/" + p.t.ID + "/"
	member := name + "store.db"
	if p.t.ID == BoxID {
		member = backupfile.BoxName
	}
	err := p.t.View(func(v *View) error {
		c, err := v.checkpoint()
		if err != nil {
			return err
		}
		f, err := v.Facts()
		if err != nil {
			return err
		}
		p.rec.Size = c.Size
		b.facts.Chains = append(b.facts.Chains, backupfile.Chain{Tenant: p.t.ID, Size: c.Size, Note: c.Note, FirstKey: f.FirstKey, RecoveryKey: f.RecoveryKey})
		if p.files, err = v.originals(); err != nil {
			return err
		}
		return v.snapshot(path)
	})
	if err == nil {
		err = b.add(member, path, "")
	}
	if err != nil || p.t.ID == BoxID {
		return err
	}
	if err := b.copyLedger(p.t, name); err != nil {
		return err
	}
	if err := b.copyVectors(p.t, name); err != nil {
		return err
	}
	for _, f := range p.files {
		if err := b.listFile(p.t.ID, f); err != nil {
			return err
		}
	}
	return nil
}

// originals lists the files that the database refers to, each once.
func (v *View) originals() (out []Original, err error) {
	seen := map[string]bool{}
	err = documents.each(v, nil, func(_ []byte, d Document) bool {
		for _, ver := range d.Versions {
			if !seen[ver.SHA256] {
				seen[ver.SHA256] = true
				out = append(out, Original{SHA256: ver.SHA256, Bytes: ver.Bytes, Path: v.t.FilePath(ver.SHA256)})
			}
		}
		return true
	})
	return out, err
}

func (b *Backup) listFile(tenant string, f Original) error {
	if b.req.copy != nil {
		return b.req.copy.list(tenant, f)
	}
	if err := b.add("tenants/"+tenant+"/files/"+f.SHA256, f.Path, f.SHA256); err != nil {
		return Fail(Corrupt, "original-missing", "sha256", f.SHA256).Because(err)
	}
	return nil
}

func (b *Backup) copyLedger(t *Tenant, name string) error {
	text, err := os.ReadFile(filepath.Join(t.dir, ledgerName))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read ledger of erasures: %w", err)
	}
	b.addBytes(name+ledgerName, text)
	return nil
}

// copyVectors: without them a restored index works, once it has embedded all anew.
func (b *Backup) copyVectors(t *Tenant, name string) error {
	path := filepath.Join(b.dir, t.ID+".vectors")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy vectors: %w", err)
	}
	err = t.follower.index().WriteVectors(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if errors.Is(err, index.ErrNoVectors) || errors.Is(err, index.ErrClosed) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("copy vectors: %w", err)
	}
	return b.add(name+"index/vectors.db", path, "")
}

// copyMaster copies the identity's file as its holder keeps it: under a passphrase
// it stays so. What lies in a key store of this machine alone is written in clear,
// inside the age file, since nobody could restore it elsewhere otherwise.
func (b *Backup) copyMaster() error {
	path := MasterPath(b.r.Dir)
	h, err := vault.ReadHolding(path)
	if err != nil {
		return loadFailure(path, err)
	}
	if h.Holder == vault.InKeychain {
		m, err := b.r.opts.master.Alone()
		if err != nil {
			return b.r.opts.master.failure(err)
		}
		defer m.Wipe()
		path = filepath.Join(b.dir, "master.age")
		if err := vault.AddMaster(path, m, vault.InFile, nil); err != nil {
			return loadFailure(path, err)
		}
	}
	return b.add(backupfile.MasterName, path, "")
}

// add lists a file as a member.
func (b *Backup) add(name, path, sha string) error {
	st, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("find %s: %w", name, err)
	}
	b.sources = append(b.sources, backupfile.Source{
		Name: name, Size: st.Size(), SHA256: sha, Open: func() (io.ReadCloser, error) { return os.Open(path) },
	})
	return nil
}

func (b *Backup) addBytes(name string, text []byte) {
	b.sources = append(b.sources, backupfile.Source{
		Name: name, Size: int64(len(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil },
	})
}
