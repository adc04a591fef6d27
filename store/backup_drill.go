package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"coffre/chain"
	"coffre/vault/backupfile"
)

// The bucket "drills" holds the certificates of trial restores: one DrillRecord
// each, by the number of its entry backup.drill, the newest drillsKept of them.

const drillsKept = 500

// The steps of a trial restore.
const (
	DrillMaking    = "making"
	DrillRestoring = "restoring"
	DrillSearching = "searching"
)

// DrillRequest says which backup is to be restored on trial.
type DrillRequest struct {
	By      Actor
	Request string // id of the request, or ""
	// Tenant is whose record Drill returns; "" with one firm on the box.
	Tenant string
	// Path is a backup's file, and Identities open it; "" makes one now.
	Path       string
	Identities []backupfile.Identity
	Backup     string // id of the backup at Path, as far as it is known
	// Progress, if not nil, is told what goes on: DrillMaking with the bytes written of
	// all, DrillRestoring and DrillSearching without numbers.
	Progress func(step string, done, total int64)

	set *backupfile.ObjectKey // opens the originals beside a copy
}

// DrillRecord is the certificate of a trial restore of one firm's data: what was
// restored, and what was tried on it.
type DrillRecord struct {
	ID     string        `json:"id"`
	Seq    uint64        `json:"audit_seq"` // of backup.drill
	At     time.Time     `json:"at"`
	Took   time.Duration `json:"took_ns"`
	By     chain.Actor   `json:"by"`
	Tenant string        `json:"tenant"`
	Backup string        `json:"backup"`
	OK     bool          `json:"ok"`
	Code   string        `json:"code,omitempty"` // why it failed
	Bytes  int64         `json:"bytes"`          // of what was restored
	// Originals were read whole and are what their names say.
	Originals int `json:"originals"`
	// Entries of the chain, verified up to the checkpoint of Size entries whose root
	// is Root, in base64.
	Entries uint64 `json:"entries"`
	Size    uint64 `json:"checkpoint_size"`
	Root    string `json:"root"`
	// Passages that the restored index holds.
	Passages int `json:"passages"`
	// Questions of the firm's own list were put by words, and for Found of them an
	// expected document was among the first ten.
	Questions int `json:"questions"`
	Found     int `json:"found"`
	// Denied and Allowed texts were searched for with rights that don't, and do,
	// reach them; Leaks and Misses are what went wrong.
	Denied  int `json:"denied"`
	Allowed int `json:"allowed"`
	Leaks   int `json:"leaks"`
	Misses  int `json:"misses"`
	// Damaged is how many other firms of the box the backup has as files alone: they
	// didn't open, and nothing of theirs was tried.
	Damaged int `json:"damaged,omitempty"`
}

var drills = table[DrillRecord]("drills")

// Drills lists the trial restores, newest first.
func (v *View) Drills() (out []DrillRecord, err error) {
	if out, err = drills.all(v); err == nil {
		slices.Reverse(out)
	}
	return out, err
}

// Drill restores a backup into a scratch directory, as RestoreBackup does up to its
// last step, opens its index, asks the firm's questions again, and enters what came
// of it as backup.drill. That the backup is no good is no error of Drill's: the
// record says it. A firm that doesn't open is not tried. Errors: Conflict "drill-running"; Unavailable "drill-room" where
// the disk has no room for it; those of PrepareBackup where it makes one; those of
// the scratch directory.
func (r *Root) Drill(ctx context.Context, q DrillRequest) (rec DrillRecord, err error) {
	defer func() {
		if noRoom(err) {
			err = Fail(Unavailable, "drill-room").Because(err)
		}
	}()
	s, err := r.newAsideDir()
	if err != nil {
		return rec, err
	}
	defer s.end()
	d := &drill{r: r, q: q, dir: s.dir, begun: time.Now(), id: NewID()}
	if q.Path == "" {
		if err := d.makeOne(ctx); err != nil {
			return rec, err
		}
	}
	return d.run(ctx)
}

type drill struct {
	r     *Root
	q     DrillRequest
	dir   string
	id    string
	begun time.Time
}

func (d *drill) step(name string, done, total int64) {
	if d.q.Progress != nil {
		d.q.Progress(name, done, total)
	}
}

// makeOne makes the backup that is tried, for those whom the settings name, so that
// it is what a real one would be.
func (d *drill) makeOne(ctx context.Context) error {
	req := BackupRequest{By: d.q.By, Request: d.q.Request, Tenant: d.q.Tenant, Way: WayDrill}
	req.Progress = func(done, total int64) { d.step(DrillMaking, done, total) }
	b, err := d.r.PrepareBackup(ctx, req)
	if err != nil && AsError(err).Code == "backup-recipients" {
		to, terr := backupfile.Throwaway()
		if terr != nil {
			return terr
		}
		req.Recipients, req.throwaway = []string{to}, true
		b, err = d.r.PrepareBackup(ctx, req)
	}
	if err != nil {
		return err
	}
	defer b.Close()
	d.q.Path, d.q.Backup, d.q.Identities = filepath.Join(d.dir, "backup.age"), b.ID, []backupfile.Identity{b.Opener()}
	f, err := os.OpenFile(d.q.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("create file: %w", err)
	}
	err = b.Write(ctx, f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

func (d *drill) run(ctx context.Context) (out DrillRecord, err error) {
	data := filepath.Join(d.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return out, fmt.Errorf("create directory: %w", err)
	}
	d.step(DrillRestoring, 0, 0)
	rep, failed := backupReading{file: d.q.Path, identity: BackupIdentity{Identities: d.q.Identities}, set: d.q.set}.stage(ctx, data)
	if failed != nil && (ctx.Err() != nil || AsError(failed).Kind == Internal || noRoom(failed)) {
		return out, failed // nothing is known of the backup
	}
	all, err := d.r.Tenants()
	if err != nil {
		return out, err
	}
	for _, t := range all {
		rec := DrillRecord{
			ID: d.id, At: d.r.opts.Now().UTC(), By: d.q.By.Actor, Tenant: t.ID, Backup: cmpOr(d.q.Backup, rep.Backup), Bytes: rep.Bytes, Originals: rep.Originals,
			Damaged: len(rep.Damaged),
		}
		if failed == nil {
			failed := d.try(ctx, data, rep, &rec)
			switch {
			case ctx.Err() != nil:
				return out, ctx.Err()
			case noRoom(failed):
				return out, failed
			}
			rec.judge(failed)
		} else {
			rec.judge(failed)
		}
		rec.Took = time.Since(d.begun)
		if err := d.enter(ctx, &rec); err != nil {
			return out, err
		}
		if rec.Seq > 0 && (t.ID == d.q.Tenant || out.ID == "") {
			out = rec
		}
	}
	return out, nil
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// judge says whether the trial is passed.
func (r *DrillRecord) judge(failed error) {
	switch {
	case failed != nil:
		r.Code = AsError(failed).Code
	case r.Leaks > 0:
		r.Code = "drill-leak"
	case r.Misses > 0 || r.Questions > 0 && r.Found == 0:
		r.Code = "drill-search"
	default:
		r.OK = true
	}
}

// try opens a restored tenant and uses it.
func (d *drill) try(ctx context.Context, data string, rep RestoreReport, rec *DrillRecord) error {
	i := slices.IndexFunc(rep.Chains, func(c RestoredChain) bool { return c.Tenant == rec.Tenant })
	if i < 0 {
		return Fail(Corrupt, "drill-absent")
	}
	rec.Entries, rec.Size = rep.Chains[i].Entries, rep.Chains[i].Size
	d.step(DrillSearching, 0, 0)
	t, end, err := d.open(ctx, data, rec.Tenant)
	if err != nil {
		return err
	}
	defer end()
	cp, _, err := chain.OpenCheckpoint(t.head.signed.Note)
	if err != nil {
		return Fail(Corrupt, "damaged").Because(err)
	}
	rec.Root = cp.Root.Base64()
	var last uint64
	if err := t.View(func(v *View) error { last = v.lastChange(); return nil }); err != nil {
		return err
	}
	if err := t.WaitIndexed(ctx, last); err != nil {
		return Fail(Corrupt, "drill-index").Because(err)
	}
	rec.Passages = t.follower.index().Stats().Passages
	c := &canaryCheck{t: t, search: t.Search, run: CanaryRun{}}
	if err := c.all(ctx); err != nil {
		return err
	}
	rec.Denied, rec.Allowed, rec.Leaks, rec.Misses = c.run.Denied, c.run.Allowed, c.run.Leaks, c.run.Misses
	return t.askAgain(ctx, rec)
}

// open opens a restored database for reading: nothing commits to it, its keys sign
// nothing, and none of what a box does by itself goes on in it. The master
// identity is the running box's.
func (d *drill) open(ctx context.Context, data, tenant string) (t *Tenant, end func(), err error) {
	path := TenantDB(data, tenant)
	db, err := openBolt(path, time.Second, false)
	if err != nil {
		return nil, nil, err
	}
	o := d.r.opts
	t = &Tenant{ID: tenant, dir: filepath.Dir(path), path: path, master: o.master, now: o.Now, log: o.Log, wayFollower: &wayFollower{}, meters: &Meters{}}
	t.file.Store(db)
	t.committer = newCommitter(t)
	t.committer.close()
	err = guard(path, func() error {
		if err := t.loadFacts(); err != nil {
			return err
		}
		return t.read(func(tx *boltTx) error {
			v := &View{t, tx}
			c, err := v.checkpoint()
			if err != nil {
				return err
			}
			t.head, _, err = v.readHead(c)
			return err
		})
	})
	if err == nil {
		t.published.Store(&published{seq: t.head.seq, time: t.head.time, note: t.head.signed.Note})
		err = guard(path, func() (err error) { t.follower, err = openFollower(ctx, t); return err })
	}
	if err != nil {
		closeBolt(db, path, true)
		return nil, nil, err
	}
	return t, func() { t.follower.close(); closeBolt(t.db(), path, t.usable() != nil) }, nil
}

// askAgain puts the questions of the firm's list whose documents are known.
func (t *Tenant) askAgain(ctx context.Context, rec *DrillRecord) error {
	var all []Trial
	if err := t.View(func(v *View) (err error) { all, err = v.Trials(); return err }); err != nil {
		return err
	}
	for _, one := range all {
		if one.Paused || one.NoAnswer || len(one.Documents) == 0 {
			continue
		}
		var p Principal
		err := t.View(func(v *View) (err error) { p, err = v.TrialAsker(one); return err })
		if IsNotFound(err) {
			continue // its author or reader is gone
		}
		if err != nil {
			return err
		}
		res, err := t.Search(ctx, p, SearchQuery{Text: one.Question, Limit: 10})
		if err != nil {
			return errors.Join(Fail(Corrupt, "drill-search"), err)
		}
		if rec.Questions++; slices.ContainsFunc(res.Hits, func(h SearchHit) bool { return slices.Contains(one.Documents, h.DocumentID) }) {
			rec.Found++
		}
	}
	return nil
}

// enter keeps the certificate with its entry.
func (d *drill) enter(ctx context.Context, rec *DrillRecord) error {
	t, release, why, err := d.r.tryAcquire(rec.Tenant)
	if err != nil || why != nil { // a firm that doesn't open keeps no certificate
		return err
	}
	defer release()
	ev := chain.Event{
		Action: chain.BackupDrill, Request: d.q.Request,
		Detail: chain.Detail{
			"drill": rec.ID, "result": rec.OK, "entries": rec.Entries, "size": rec.Size, "originals": rec.Originals, "passages": rec.Passages,
			"questions": rec.Questions, "found": rec.Found, "denied": rec.Denied, "leaks": rec.Leaks,
		},
	}
	if rec.Damaged > 0 {
		ev.Detail["damaged"] = rec.Damaged
	}
	if rec.Backup != "" { // the id of a file that doesn't open is in it
		ev.Object = chain.Object{Kind: "backup", ID: rec.Backup}
	}
	if !rec.OK {
		ev.Outcome, ev.Detail["code"] = "error", rec.Code
		t.log.Error("a trial restore failed", "tenant", t.ID, "backup", rec.Backup, "code", rec.Code)
	}
	rec.Seq, err = t.Update(context.WithoutCancel(ctx), d.q.By, ev, func(tx *Tx) error {
		keep := *rec
		keep.Seq = tx.Seq
		return tx.keepDrill(keep)
	})
	return err
}

func (tx *Tx) keepDrill(r DrillRecord) error {
	return keepNewest(tx, drills, drillsKept, u64(r.Seq), r)
}
