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
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
	"coffre/vault"
	"coffre/vault/backupfile"
)

// A restore reads a backup into a directory of its own and believes nothing of it
// until the age stream has come to its end, every checksum agrees, every database
// was read page by page in a child, and every chain holds against the checkpoint
// that the file names. Only then does anything get its name.

// RestoredChain is one chain of a backup that was read.
type RestoredChain struct {
	Tenant  string `json:"tenant"` // "box" for the box's own
	Entries uint64 `json:"entries"`
	Size    uint64 `json:"checkpoint_size"` // of the backup's checkpoint
	// Authentic: the first key was given from elsewhere, and leads here.
	Authentic bool `json:"authentic"`
	// Restore is the number of the entry audit.restore, 0 where none was written.
	Restore uint64 `json:"restore,omitempty"`
	// Known is the size of the highest checkpoint known elsewhere, where it is
	// beyond the backup's: the entries Size+1…Known are lost.
	Known uint64 `json:"known_size,omitempty"`
	// Waits: without the chain's recovery key it doesn't go on yet.
	Waits bool `json:"waits,omitempty"`

	recoveryKey string
}

// RestoreReport is what a backup held, and what became of it.
type RestoreReport struct {
	OK        bool            `json:"ok"`
	Backup    string          `json:"backup"`
	Made      time.Time       `json:"made"`
	Coffre    string          `json:"coffre"`
	Members   int             `json:"members"`
	Bytes     int64           `json:"bytes"` // of the members
	Originals int             `json:"originals"`
	Chains    []RestoredChain `json:"chains"`
	// Damaged are firms that didn't open when the backup was made: their files come
	// back as they were, unverified, and they don't open here either.
	Damaged []DamagedFirm `json:"damaged,omitempty"`
	Data    string        `json:"data,omitempty"`
	// Former is where the directory that was replaced lies.
	Former string `json:"former,omitempty"`
	// Erased is how many people the ledgers of erasures keep erased.
	Erased int `json:"erased,omitempty"`
	// Replays is how many people of the backup are erased again at the first opening.
	Replays int `json:"replays,omitempty"`
	// HTTPS is what comes back of what browsers know the box by.
	HTTPS RestoredHTTPS `json:"https"`
	// Destroyed are firms of the backup that were destroyed since; the first opening
	// destroys them again.
	Destroyed []Destroyed `json:"destroyed,omitempty"`
}

// has tells whether the backup holds anything of a firm.
func (r RestoreReport) has(tenant string) bool {
	return slices.ContainsFunc(r.Chains, func(c RestoredChain) bool { return c.Tenant == tenant }) || slices.Contains(damagedIDs(r.Damaged), tenant)
}

// reading is what is wanted of a backup's file.
type backupReading struct {
	file     string    // path
	in       io.Reader // instead of the file
	identity BackupIdentity
	firstKey string // lines of first keys known from elsewhere
	progress func(stage string, done, total int64)
	set      *backupfile.ObjectKey // opens the objects of a copy instead of identity
	spare    int64                 // bytes that stay free on the disk
	alone    bool                  // nothing lies beside the file
	only     string                // of the firms nothing but this one is kept; "": all
	// first, if not nil, refuses a backup by what it says before anything is unpacked.
	first func(backupfile.Facts) error
}

// Stages that a restore's progress names.
const (
	StageRead   = "read"
	StageVerify = "verify"
	StageTake   = "take" // of a part: documents
)

// stage reads and verifies a backup into dir, which exists and is empty.
func (q backupReading) stage(ctx context.Context, dir string) (rep RestoreReport, err error) {
	if len(q.identity.Identities) == 0 {
		return rep, Fail(Invalid, "backup-identity")
	}
	if q.in == nil {
		if q.file, err = FindCopy(q.file); err != nil {
			return rep, err
		}
	}
	facts, m, beside, err := q.unpack(ctx, dir)
	if err != nil {
		return rep, err
	}
	rep = RestoreReport{Backup: facts.ID, Made: facts.Made, Coffre: facts.Coffre, Members: len(m.Members), Bytes: m.Bytes + facts.ApartBytes, Originals: beside, Damaged: facts.Damaged}
	for _, one := range m.Members {
		if backupfile.OriginalHash(one.Name) != "" {
			rep.Originals++
		}
	}
	if q.only != "" {
		facts.Chains = slices.DeleteFunc(facts.Chains, func(c backupfile.Chain) bool { return c.Tenant != BoxID && c.Tenant != q.only })
	}
	if err := complete(dir, facts); err != nil {
		return rep, err
	}
	for i, c := range facts.Chains {
		q.tell(StageVerify, int64(i), int64(len(facts.Chains)))
		one, err := q.verify(ctx, dir, c)
		if err != nil {
			return rep, err
		}
		rep.Chains = append(rep.Chains, one)
	}
	q.tell(StageVerify, int64(len(facts.Chains)), int64(len(facts.Chains)))
	if err := inside(dir, facts, q.only == ""); err != nil {
		return rep, err
	}
	if rep.HTTPS, err = readHTTPS(dir, time.Now()); err != nil {
		return rep, err
	}
	rep.OK = true
	return rep, nil
}

func (q backupReading) tell(stage string, done, total int64) {
	if q.progress != nil {
		q.progress(stage, done, total)
	}
}

// unpack writes the members to dir, durably, and the originals that lie beside
// the file, whose number it returns.
func (q backupReading) unpack(ctx context.Context, dir string) (_ backupfile.Facts, _ backupfile.Manifest, beside int, _ error) {
	var none backupfile.Facts
	var list apart
	in, total := q.in, int64(0)
	if in == nil {
		f, err := os.Open(q.file)
		if err != nil {
			return none, backupfile.Manifest{}, 0, fmt.Errorf("open backup: %w", err)
		}
		defer f.Close()
		if st, err := f.Stat(); err == nil {
			total = st.Size()
		}
		in = f
	}
	plain, err := backupfile.Open(&countingReader{r: in, total: total, tell: func(done, total int64) { q.tell(StageRead, done, total) }}, q.identity.Identities)
	if err != nil {
		return none, backupfile.Manifest{}, 0, backupFault(err)
	}
	facts, m, err := backupfile.Read(ctx, plain, backupfile.Sink{
		Facts: func(f backupfile.Facts) error {
			if f.Store > Format {
				return Fail(Corrupt, "backup-newer", "version", f.Coffre)
			}
			if q.alone && f.Beside() {
				return Fail(Invalid, "copy-alone")
			}
			if q.first != nil {
				if err := q.first(f); err != nil {
					return err
				}
			}
			if q.only != "" {
				return nil // it doesn't say how much of it is that firm's
			}
			return roomFor(dir, f.Bytes+f.ApartBytes+q.spare)
		},
		Open: func(name string, size int64) (io.WriteCloser, error) {
			if name == backupfile.ObjectsName {
				if size > maxObjectList {
					return nil, Fail(Corrupt, "backup-unsafe")
				}
				return &list, nil
			}
			if !q.wants(name) {
				return passed{}, nil
			}
			if q.only != "" {
				if err := roomFor(dir, size+q.spare); err != nil {
					return nil, err
				}
			}
			return createMember(filepath.Join(dir, filepath.FromSlash(backupfile.Place(name))))
		},
	})
	if err != nil {
		return facts, m, 0, backupFault(err)
	}
	if beside, err = q.fetch(ctx, dir, facts, &list); err != nil {
		return facts, m, beside, err
	}
	return facts, m, beside, syncTree(dir)
}

// wants tells whether a member is kept, or only read and checked.
func (q backupReading) wants(member string) bool {
	member = backupfile.Place(member)
	return q.only == "" || !strings.HasPrefix(member, "tenants/") || strings.HasPrefix(member, "tenants/"+q.only+"/")
}

// passed takes a member that nobody keeps.
type passed struct{}

// Write implements io.Writer.
func (passed) Write(b []byte) (int, error) { return len(b), nil }

// Close implements io.Closer.
func (passed) Close() error { return nil }

// backupFault names what is wrong with a file.
func backupFault(err error) error {
	for _, f := range []struct {
		is   error
		kind Kind
		code string
	}{
		{backupfile.ErrNotBackup, Corrupt, "backup-other"}, {backupfile.ErrIdentity, Corrupt, "backup-locked"},
		{backupfile.ErrCut, Corrupt, "backup-cut"}, {backupfile.ErrUnsafe, Corrupt, "backup-unsafe"},
		{backupfile.ErrNewer, Corrupt, "backup-newer"}, {backupfile.ErrDamaged, Corrupt, "backup-damaged"},
	} {
		if errors.Is(err, f.is) {
			return Fail(f.kind, f.code).Because(err)
		}
	}
	return err
}

type countingReader struct {
	r           io.Reader
	done, total int64
	tell        func(done, total int64)
}

func (c *countingReader) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.done += int64(n)
	c.tell(c.done, c.total)
	return n, err
}

// createMember makes a file that is durable once it is closed.
func createMember(path string) (io.WriteCloser, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create directory: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create file: %w", err)
	}
	return durable{f}, nil
}

type durable struct{ *os.File }

func (d durable) Close() error {
	err := d.Sync()
	if cerr := d.File.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return nil
}

// complete checks that what the facts name is there, and nothing of anybody else.
func complete(dir string, f backupfile.Facts) error {
	want := map[string]bool{}
	for _, c := range f.Chains {
		want[c.Tenant] = true
		if _, err := os.Stat(chainDB(dir, c.Tenant)); err != nil {
			return Fail(Corrupt, "backup-damaged").Because(err)
		}
	}
	for _, d := range f.Damaged {
		want[d.Tenant] = true
	}
	if !want[BoxID] {
		return Fail(Corrupt, "backup-damaged").Because(errors.New("no chain of the box"))
	}
	if _, err := os.Stat(MasterPath(dir)); err != nil {
		return Fail(Corrupt, "backup-damaged").Because(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "tenants"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list tenants: %w", err)
	}
	for _, e := range entries {
		if !want[e.Name()] {
			return Fail(Corrupt, "backup-damaged").Because(errors.New("a tenant that its facts don't name"))
		}
	}
	return nil
}

// chainDB is where the database of a chain lies under a data directory.
func chainDB(dir, tenant string) string {
	if tenant == BoxID {
		return filepath.Join(dir, "box.db")
	}
	return TenantDB(dir, tenant)
}

// verify has a child read a database whole, and holds its chain against the
// checkpoint of the facts and those known from elsewhere.
func (q backupReading) verify(ctx context.Context, dir string, c backupfile.Chain) (RestoredChain, error) {
	one := RestoredChain{Tenant: c.Tenant, recoveryKey: c.RecoveryKey}
	cp, _, err := chain.OpenCheckpoint(c.Note)
	if err != nil || cp.Size != c.Size {
		return one, Fail(Corrupt, "backup-damaged").Because(err)
	}
	name, _, _ := strings.Cut(c.FirstKey, "+")
	req := VerifyRequest{Path: chainDB(dir, c.Tenant), Tenant: c.Tenant, Alone: true, Checkpoints: []string{c.Note}}
	for line := range strings.Lines(q.firstKey) {
		if key := strings.TrimSpace(line); strings.HasPrefix(key, name+"+") {
			req.FirstKey += key + "\n"
		}
	}
	req.FirstKey = strings.TrimSpace(req.FirstKey)
	rep, err := VerifyDatabase(ctx, req)
	if err != nil {
		return one, err
	}
	if !rep.OK {
		return one, Fail(Corrupt, "backup-chain", "tenant", c.Tenant, "fault", rep.Fault)
	}
	if rep.CheckpointSize != c.Size {
		return one, Fail(Corrupt, "backup-damaged").Because(errors.New("the database stands elsewhere than its facts say"))
	}
	one.Entries, one.Size, one.Authentic = rep.Entries, c.Size, rep.Authentic
	return one, nil
}

// inside checks what the databases say of each other: every tenant of the registry
// is there (if all are wanted), every original that they refer to, the identity that
// they are sealed under, and no format that this program doesn't know.
func inside(dir string, f backupfile.Facts, all bool) error {
	for _, c := range f.Chains {
		if err := insideOne(dir, c.Tenant, f.Damaged, all); err != nil {
			return err
		}
	}
	h, err := vault.ReadHolding(MasterPath(dir))
	if err != nil {
		return loadFailure(MasterPath(dir), err)
	}
	rec := (&Root{Dir: dir}).readMasterRecord(chainDB(dir, BoxID))
	if rec.Recipient != "" && h.Recipient != "" && rec.Recipient != h.Recipient {
		return Fail(Corrupt, "master-wrong", "path", MasterPath(dir))
	}
	return nil
}

func insideOne(dir, tenant string, damaged []DamagedFirm, all bool) error {
	return lookInto(dir, tenant, func(v *View) error {
		facts, err := v.Facts()
		if err != nil {
			return err
		}
		if facts.Format > Format {
			return Fail(Corrupt, "backup-newer", "format", fmt.Sprint(facts.Format))
		}
		switch {
		case tenant != BoxID:
			return v.hasOriginals()
		case all:
			return v.registered(dir, damaged)
		}
		return nil
	})
}

// lookInto reads a database of a restored directory.
func lookInto(dir, tenant string, fn func(*View) error) error {
	path := chainDB(dir, tenant)
	db, err := openBolt(path, time.Second, false)
	if err != nil {
		return err
	}
	t := &Tenant{ID: tenant, dir: filepath.Dir(path), path: path}
	t.file.Store(db)
	err = guard(path, func() error {
		return db.View(func(tx *bolt.Tx) error { return fn(&View{t, tx}) })
	})
	if cerr := closeBolt(db, path, err != nil); err == nil {
		err = cerr
	}
	return err
}

func (v *View) registered(dir string, damaged []DamagedFirm) error {
	all, err := tenants.all(v)
	ids := damagedIDs(damaged)
	for _, rec := range all {
		if slices.Contains(ids, rec.ID) {
			continue
		}
		if _, serr := os.Stat(TenantDB(dir, rec.ID)); err == nil && serr != nil {
			err = Fail(Corrupt, "backup-damaged").Because(serr)
		}
	}
	return err
}

func (v *View) hasOriginals() error {
	files, err := v.originals()
	if err != nil {
		return err
	}
	for _, f := range files {
		if st, err := os.Stat(f.Path); err != nil || st.Size() != f.Bytes {
			return Fail(Corrupt, "backup-damaged").Because(errors.New("an original is missing"))
		}
	}
	return nil
}

// syncTree makes every directory below dir durable, and originals unwritable.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("sync restored files: %w", err)
		case d.IsDir():
			return syncDir(path)
		case filepath.Base(filepath.Dir(path)) == "files":
			if err := os.Chmod(path, 0o400); err != nil {
				return fmt.Errorf("protect file: %w", err)
			}
		}
		return nil
	})
}
