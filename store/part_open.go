package store

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"coffre/chain"
	"coffre/vault/backupfile"
)

// A part of a backup comes back in three steps: the backup is read and verified
// aside as a trial restore does, what is wanted of it is held against what the firm
// has now, and each document returns as an act of its own. So a kill leaves whole
// documents, and the same call again brings the rest.

// PartRequest says which backup somebody opens, to look into it or to take
// something out.
type PartRequest struct {
	By       Actor
	Request  string // id of the request, or ""
	File     string // a backup's file, or a folder of copies: its newest
	Identity BackupIdentity
	// Alone: File was sent by itself, so that nothing lies beside it.
	Alone bool
	// Progress, if not nil, is told StageRead and StageVerify, and StageTake with the
	// documents that were brought back of all.
	Progress func(stage string, done, total int64)
}

func (q PartRequest) tell(stage string, done, total int) {
	if q.Progress != nil {
		q.Progress(stage, int64(done), int64(total))
	}
}

// aside is a backup that was read, verified and opened beside the data.
type aside struct {
	rep  RestoreReport
	firm RestoredChain
	t    *Tenant // of the backup: nothing commits to it
	asideDir
}

// openAside reads a backup and opens the firm now in it. Errors: those of
// VerifyBackup; Conflict "drill-running"; NotFound "part-no-firm" where the backup
// has no such firm, Conflict "part-damaged" where it has its files alone, both said
// before it is read; Conflict "part-other-firm" where it has another one of that name;
// Invalid "copy-alone"; ENOSPC where the disk's reserve would be touched.
func (r *Root) openAside(ctx context.Context, now *Tenant, q PartRequest) (b *aside, err error) {
	b = &aside{}
	if b.asideDir, err = r.newAsideDir(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			b.end()
		}
	}()
	reading := backupReading{file: q.File, identity: q.Identity, alone: q.Alone, progress: q.Progress, spare: r.spared(), first: func(f backupfile.Facts) error {
		switch {
		case slices.Contains(damagedIDs(f.Damaged), now.ID):
			return Fail(Conflict, "part-damaged", "tenant", now.ID)
		case !slices.ContainsFunc(f.Chains, func(c backupfile.Chain) bool { return c.Tenant == now.ID }):
			return Fail(NotFound, "part-no-firm", "tenant", now.ID)
		}
		return nil
	}}
	if b.rep, err = reading.stage(ctx, b.dir); err != nil {
		return b, err
	}
	b.firm = b.rep.Chains[slices.IndexFunc(b.rep.Chains, func(c RestoredChain) bool { return c.Tenant == now.ID })]
	path := TenantDB(b.dir, now.ID)
	db, err := openBolt(path, time.Second, false)
	if err != nil {
		return b, err
	}
	whole := b.end
	b.end = func() { closeBolt(db, path, false); whole() }
	b.t = &Tenant{ID: now.ID, dir: filepath.Dir(path), path: path, now: r.opts.Now, log: r.opts.Log, meters: &Meters{}}
	b.t.file.Store(db)
	if err = guard(path, b.t.loadFacts); err != nil {
		return b, err
	}
	return b, b.sameFirm(now)
}

// sameFirm compares the first keys: a name is easily given twice.
func (b *aside) sameFirm(now *Tenant) error {
	var then, today Facts
	err := b.t.View(func(v *View) (err error) { then, err = v.Facts(); return err })
	if err == nil {
		err = now.View(func(v *View) (err error) { today, err = v.Facts(); return err })
	}
	if err == nil && then.FirstKey != today.FirstKey {
		err = Fail(Conflict, "part-other-firm", "tenant", now.ID)
	}
	return err
}

// event begins an entry that is about the backup.
func (b *aside) event(action, request string) chain.Event {
	return chain.Event{
		Action: action, Request: request, Object: chain.Object{Kind: "backup", ID: b.rep.Backup},
		Detail: chain.Detail{"size": b.firm.Size},
	}
}

// What became of a document, or would.
const (
	PartBack   = "back"   // a new act puts it there again
	PartBin    = "bin"    // it comes out of the bin
	PartThere  = "there"  // the same original is there: nothing to do
	PartNewer  = "newer"  // so it is, as an older version of the document
	PartErased = "erased" // it was of people alone who were erased since: it stays away
)

// PartDocument is a document of a backup.
type PartDocument struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Title      string    `json:"title"`
	Collection string    `json:"collection"` // id
	Added      time.Time `json:"added"`      // its version of then
	Bytes      int64     `json:"bytes"`
	Binned     bool      `json:"binned,omitempty"` // it was in the bin already then
	State      string    `json:"state"`            // PartBack, …
}

// PartCollection is a collection of a backup.
type PartCollection struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Documents int    `json:"documents"` // outside the bin
	There     bool   `json:"there"`     // it exists now too
}

// PartContents is what a firm has in a backup.
type PartContents struct {
	Backup      string           `json:"backup"`
	Made        time.Time        `json:"made"`
	Size        uint64           `json:"checkpoint_size"`
	Seq         uint64           `json:"audit_seq"` // of backup.look
	Firms       []string         `json:"firms"`     // ids
	Collections []PartCollection `json:"collections"`
	Documents   []PartDocument   `json:"documents"` // by collection and title
}

// LookIntoBackup lists what a firm has in a backup, after reading and verifying all
// of it aside. backup.look is entered before anything is told. Errors: those of
// VerifyBackup; NotFound "part-no-firm"; Conflict "part-other-firm", "drill-running".
func (r *Root) LookIntoBackup(ctx context.Context, now *Tenant, q PartRequest) (out PartContents, err error) {
	b, err := r.openAside(ctx, now, q)
	if err != nil {
		return out, err
	}
	defer b.end()
	return b.look(ctx, now, q)
}

func (b *aside) look(ctx context.Context, now *Tenant, q PartRequest) (out PartContents, err error) {
	p := &partPlan{b: b}
	if err := p.read(func(Document) bool { return true }); err != nil {
		return out, err
	}
	if err := now.View(p.hold); err != nil {
		return out, err
	}
	out = PartContents{Backup: b.rep.Backup, Made: b.rep.Made, Size: b.firm.Size, Collections: []PartCollection{}, Documents: []PartDocument{}}
	for _, c := range b.rep.Chains {
		if c.Tenant != BoxID {
			out.Firms = append(out.Firms, c.Tenant)
		}
	}
	count := map[string]int{}
	for _, d := range p.docs {
		if !d.Binned {
			count[d.Collection]++
		}
		out.Documents = append(out.Documents, d.PartDocument)
	}
	for id, c := range p.collections {
		if !c.Deleted || count[id] > 0 {
			out.Collections = append(out.Collections, PartCollection{id, c.Name, count[id], p.there[id].ID != ""})
		}
	}
	sortParts(&out)
	ev := b.event(chain.BackupLook, q.Request)
	ev.Detail["documents"] = len(out.Documents)
	out.Seq, err = now.Record(ctx, q.By, ev)
	return out, err
}
