package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffre/chain"
)

// TakeRequest says what is to come back from a backup.
type TakeRequest struct {
	PartRequest
	As         Principal
	Documents  []string // ids, or
	Collection string   // id: all that it held outside the bin
	Into       string   // id of a collection of now that takes them; "" is each one's own
	// Rights gives a collection that has to be made again those of its rights whose
	// people and groups still exist; else As alone manages it.
	Rights bool
}

// TakenCollection is a collection that was made again.
type TakenCollection struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Readers Grants `json:"readers"`
	Writers Grants `json:"writers"`
}

// Taken is what came back. Collection and Name of a document are those of now.
type Taken struct {
	Backup    string            `json:"backup"`
	Made      time.Time         `json:"made"`
	Size      uint64            `json:"checkpoint_size"`
	Seq       uint64            `json:"audit_seq"` // of backup.take
	Remade    []TakenCollection `json:"collections_made"`
	Documents []PartDocument    `json:"documents"`
}

// TakeFromBackup brings documents of a backup back, each with an entry of its own
// after backup.take, which says from where. What is there already stays as it is,
// so that the same request may be put again after a failure. The caller has the
// texts extracted. Errors: those of LookIntoBackup; NotFound "part-absent" (param id)
// for what the backup doesn't hold, "collection-not-found"; Denied
// "collection-read-only"; Invalid "part-what" where nothing is named; Unavailable
// "quota-bytes", "quota-documents".
func (r *Root) TakeFromBackup(ctx context.Context, now *Tenant, q TakeRequest) (out Taken, err error) {
	if err := q.what(); err != nil {
		return out, err
	}
	b, err := r.openAside(ctx, now, q.PartRequest)
	if err != nil {
		return out, err
	}
	defer b.end()
	return b.take(ctx, now, q)
}

func (q TakeRequest) what() error {
	if (len(q.Documents) == 0) == (q.Collection == "") {
		return Fail(Invalid, "part-what")
	}
	return nil
}

func (b *aside) taking(now *Tenant, q TakeRequest) *taking {
	return &taking{now: now, q: q, plan: &partPlan{b: b, into: q.Into}, out: Taken{Backup: b.rep.Backup, Made: b.rep.Made, Size: b.firm.Size, Remade: []TakenCollection{}, Documents: []PartDocument{}}}
}

func (b *aside) take(ctx context.Context, now *Tenant, q TakeRequest) (out Taken, err error) {
	w := b.taking(now, q)
	if err := w.decide(); err != nil {
		return out, err
	}
	if err := w.enter(ctx); err != nil {
		return out, err
	}
	killPoint("take-entered")
	for i, d := range w.plan.docs {
		q.tell(StageTake, i, len(w.plan.docs))
		if err := ctx.Err(); err != nil {
			return out, err
		}
		if err := w.one(ctx, d); err != nil {
			return out, err
		}
	}
	return w.out, nil
}

// taking is one request at work.
type taking struct {
	now  *Tenant
	q    TakeRequest
	plan *partPlan
	out  Taken
}

// decide finds what is wanted and whether there is room for it.
func (w *taking) decide() error {
	q, p := w.q, w.plan
	err := p.read(func(d Document) bool {
		return slices.Contains(q.Documents, d.ID) || q.Collection != "" && d.Collection == q.Collection && d.Deleted.IsZero()
	})
	if err != nil {
		return err
	}
	for _, id := range q.Documents {
		if !slices.ContainsFunc(p.docs, func(d partDoc) bool { return d.ID == id }) {
			return Fail(NotFound, "part-absent", "id", id)
		}
	}
	if _, ok := p.collections[q.Collection]; q.Collection != "" && !ok {
		return Fail(NotFound, "part-absent", "id", q.Collection)
	}
	return w.now.View(func(v *View) error {
		if q.Into != "" {
			c, err := v.Collection(q.Into)
			if err != nil || !q.As.MayRead(c) {
				return Fail(NotFound, "collection-not-found")
			}
			if !q.As.MayWrite(c) {
				return Fail(Denied, "collection-read-only", "name", c.Name)
			}
		}
		if err := p.hold(v); err != nil {
			return err
		}
		return w.room(v)
	})
}

// room refuses at once what the firm's quota wouldn't take to its end.
func (w *taking) room(v *View) error {
	k, err := v.sums()
	if err != nil {
		return err
	}
	for _, d := range w.plan.docs {
		switch d.State {
		case PartBack:
			k.Bytes, k.Documents = k.Bytes+d.Bytes, k.Documents+1
		case PartBin:
			k.Documents++
		}
	}
	most, grows := w.now.Quota(), w.count(PartBack)+w.count(PartBin) > 0
	switch {
	case grows && most.Bytes > 0 && k.Bytes > most.Bytes && w.count(PartBack) > 0:
		return quotaBytes(most)
	case grows && most.Documents > 0 && k.Documents > most.Documents:
		return Fail(Unavailable, "quota-documents", "most", strconv.FormatInt(most.Documents, 10))
	}
	return nil
}

func (w *taking) count(state string) (n int) {
	for _, d := range w.plan.docs {
		if d.State == state {
			n++
		}
	}
	return n
}

// enter says in the chain from which backup what follows comes.
func (w *taking) enter(ctx context.Context) (err error) {
	ev := w.plan.b.event(chain.BackupTake, w.q.Request)
	ev.Detail["documents"] = w.count(PartBack) + w.count(PartBin)
	ev.Detail["there"] = w.count(PartThere) + w.count(PartNewer)
	ev.Detail["erased"] = w.count(PartErased)
	if w.q.Collection != "" {
		ev.Detail["collection"] = w.q.Collection
	}
	w.out.Seq, err = w.now.Record(ctx, w.q.By, ev)
	return err
}

// one brings one document back.
func (w *taking) one(ctx context.Context, d partDoc) (err error) {
	switch d.State {
	case PartBack:
		err = w.back(ctx, &d)
	case PartBin:
		_, err = w.now.Update(ctx, w.q.By, w.event(chain.DocumentRestore), func(tx *Tx) error { return tx.takeOut(&d) })
	}
	if err != nil && !errors.Is(err, errNothing) {
		return err
	}
	killPoint("take-one")
	w.out.Documents = append(w.out.Documents, d.PartDocument)
	return nil
}

func (w *taking) event(action string) chain.Event {
	return chain.Event{Action: action, Request: w.q.Request, Detail: chain.Detail{"backup": w.plan.b.rep.Backup}}
}

func (w *taking) back(ctx context.Context, d *partDoc) error {
	if err := w.home(ctx, *d); err != nil {
		return err
	}
	f, err := os.Open(w.plan.b.t.FilePath(d.version.SHA256))
	if err != nil {
		return fmt.Errorf("open original: %w", err)
	}
	defer f.Close()
	o, err := w.now.ReceiveFile(f, d.version.Bytes)
	if err != nil {
		return err
	}
	if o.SHA256 != d.version.SHA256 {
		return Fail(Corrupt, "backup-damaged").Because(errors.New("an original is not what its name says"))
	}
	killPoint("take-received")
	_, err = w.now.Update(ctx, w.q.By, w.event(chain.DocumentAdd), func(tx *Tx) error { return tx.bringBack(d, w.plan.target(*d), w.q.By.ID) })
	return err
}

// home makes the collection of a document again where it is gone.
func (w *taking) home(ctx context.Context, d partDoc) error {
	p, id := w.plan, w.plan.target(d)
	if _, ok := p.there[id]; ok || p.into != "" {
		return nil
	}
	then := p.collections[id]
	var c Collection
	_, err := w.now.Update(ctx, w.q.By, w.event(chain.CollectionCreate), func(tx *Tx) (err error) {
		c = Collection{ID: id, Name: tx.freeCollectionName(then.Name, p.b.rep.Made)}
		switch {
		case w.q.Rights:
			c.Readers, c.Writers = tx.grantsAgain(then)
		case w.q.As.UserID != "":
			own := Grants{"user:" + w.q.As.UserID}
			c.Readers, c.Writers = own, own
		}
		c, err = tx.CreateCollection(c)
		return err
	})
	if err != nil {
		return err
	}
	p.there[id] = c
	w.out.Remade = append(w.out.Remade, TakenCollection{c.ID, c.Name, append(Grants{}, c.Readers...), append(Grants{}, c.Writers...)})
	return nil
}

// freeCollectionName adds the backup's day where the name is another collection's.
func (v *View) freeCollectionName(name string, made time.Time) string {
	all, _ := v.Collections()
	return freeName(name, "", made, func(s string) bool {
		return !slices.ContainsFunc(all, func(c Collection) bool { return strings.EqualFold(c.Name, s) })
	})
}

// freeName is name, or name with a day and a number before its ending.
func freeName(name, ending string, day time.Time, free func(string) bool) string {
	base := strings.TrimSuffix(name, ending)
	for n := 1; !free(name); n++ {
		name = base + " (" + day.Local().Format(time.DateOnly) + ")" + ending
		if n > 1 {
			name = base + " (" + day.Local().Format(time.DateOnly) + ", " + strconv.Itoa(n) + ")" + ending
		}
	}
	return name
}

func (tx *Tx) freeFileName(collection, name string, day time.Time) string {
	return freeName(name, filepath.Ext(name), day, func(s string) bool {
		return tx.getCopy("documents_by_name", nameKey(collection, s)) == nil
	})
}

// takeOut takes a document out of the bin, under another name where its own is
// another document's by now. errNothing where it is out already.
func (tx *Tx) takeOut(d *partDoc) error {
	now, err := documents.get(&tx.View, []byte(d.ID))
	if err != nil {
		return err
	}
	if d.Collection = now.Collection; now.Deleted.IsZero() {
		d.State = PartThere
		return errNothing
	}
	c, err := tx.Collection(now.Collection)
	if err != nil {
		return err
	}
	now.Name = tx.freeFileName(c.ID, now.Name, now.Deleted)
	d.Name, d.Title = now.Name, now.Title
	_, err = tx.leaveBin(now, c)
	return err
}

// bringBack puts a document of a backup, and its job. It keeps its id, its title and
// its date; who brought it in stays named while that account exists. errNothing
// where somebody was faster.
func (tx *Tx) bringBack(d *partDoc, collection, by string) error {
	now, err := documents.get(&tx.View, []byte(d.ID))
	fresh := IsNotFound(err)
	if err != nil && !fresh {
		return err
	}
	if !fresh {
		if s := stateBeside(now, d.version.SHA256); s != PartBack {
			d.State = s
			return errNothing
		}
		collection = now.Collection
	}
	c, err := tx.Collection(collection)
	if err != nil || c.Deleted {
		return Fail(NotFound, "collection-not-found")
	}
	switch {
	case fresh:
		now, err = tx.seat(d, c)
	case !now.Deleted.IsZero():
		now.Name = tx.freeFileName(c.ID, now.Name, now.Deleted)
		now, err = tx.leaveBin(now, c)
	}
	if err != nil {
		return err
	}
	if err := tx.count(d.version.Bytes, 0); err != nil {
		return err
	}
	if _, err := tx.User(d.version.AddedBy); err == nil {
		by = d.version.AddedBy
	}
	v := Version{ID: NewID(), SHA256: d.version.SHA256, Bytes: d.version.Bytes, Status: Queued, Added: cmp.Or(d.version.Added, tx.t.now().UTC()), AddedBy: by}
	now.Versions = append(now.Versions, v)
	d.Name, d.Collection = now.Name, c.ID
	tx.Event.Object = chain.Object{Kind: "document", ID: now.ID}
	tx.Event.Detail["version"], tx.Event.Detail["bytes"], tx.Event.Detail["collection"] = v.ID, v.Bytes, c.ID
	tx.Event.Private["name"], tx.Event.Private["sha256"] = now.Name, v.SHA256
	if err := documents.put(tx, []byte(now.ID), now); err != nil {
		return err
	}
	return tx.putJob(Job{Document: now.ID, Version: v.ID})
}

// seat gives a document that is gone its id again, and an ordinal.
func (tx *Tx) seat(d *partDoc, c Collection) (now Document, err error) {
	now = Document{ID: d.ID, Collection: c.ID, Class: c.Class, Name: tx.freeFileName(c.ID, cleanName(d.then.Name), d.Added), Title: d.then.Title}
	if err := tx.count(0, 1); err != nil {
		return now, err
	}
	if now.Ordinal, err = tx.next("document"); err != nil {
		return now, err
	}
	if err := tx.putRaw("ordinals", u32(now.Ordinal), []byte(now.ID)); err != nil {
		return now, err
	}
	return now, tx.putRaw("documents_by_name", nameKey(c.ID, now.Name), []byte(now.ID))
}
