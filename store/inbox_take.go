package store

import (
	"context"
	"fmt"
	"path"

	"coffre/chain"
)

// InboxArrival is a file of the watched folder, whose original is durable.
type InboxArrival struct {
	Plan       InboxPlan
	Path       string // in the folder
	Name       string // of the document
	Collection string
	MTime      int64
	SHA256     string
	Bytes      int64
}

// TakeInbox makes a document of a file, with its entry and the record by which it
// isn't taken twice, in one commit. The same bytes in the same collection stay one
// document. Errors: Conflict "inbox-changed" where the plan is another by now; those of
// AddDocument and InboxReady.
func (t *Tenant) TakeInbox(ctx context.Context, a InboxArrival) (f InboxFile, err error) {
	ev := chain.Event{Action: chain.DocumentAdd}
	_, err = t.Update(ctx, System(InboxActor), ev, func(tx *Tx) error {
		f, err = tx.takeInbox(a)
		return err
	})
	return f, err
}

func (tx *Tx) takeInbox(a InboxArrival) (InboxFile, error) {
	f := InboxFile{Size: a.Bytes, MTime: a.MTime, SHA256: a.SHA256, At: tx.t.now().UTC()}
	if err := tx.stillInbox(a); err != nil {
		return f, err
	}
	if err := tx.InboxReady(a.Plan, a.Collection); err != nil {
		return f, err
	}
	if _, err := tx.tx.CreateBucketIfNotExists([]byte(inboxBucket)); err != nil {
		return f, fmt.Errorf("create bucket: %w", err)
	}
	tx.Event.Detail["from"] = InboxActor
	if a.Plan.Owner != "" {
		tx.Event.Detail["user"] = a.Plan.Owner
	}
	sum := inboxKey('s', a.Collection, a.SHA256)
	if id, err := inboxSums.get(&tx.View, sum); err == nil {
		d, err := documents.get(&tx.View, []byte(id))
		if err == nil && d.Deleted.IsZero() && d.Collection == a.Collection {
			f.Document, f.Repeated = d.ID, true
			tx.Event.Object.Kind, tx.Event.Object.ID = "document", d.ID
			tx.Event.Detail["unchanged"] = true
			return f, inboxFiles.put(tx, inboxKey('f', a.Plan.Folder, a.Path), f)
		}
	}
	p, err := tx.inboxPrincipal(a.Plan)
	if err != nil {
		return f, Fail(Invalid, "inbox-owner")
	}
	n := NewDocument{Collection: a.Collection, Name: tx.ownName(a), SHA256: a.SHA256, Bytes: a.Bytes, AddedBy: a.Plan.Owner, Via: InboxActor}
	d, added, err := tx.AddDocument(p, n)
	if err != nil {
		return f, err
	}
	f.Document, f.Repeated = d.ID, !added
	if err := inboxSums.put(tx, sum, d.ID); err != nil {
		return f, err
	}
	return f, inboxFiles.put(tx, inboxKey('f', a.Plan.Folder, a.Path), f)
}

// stillInbox refuses what a look brings that began before somebody changed the plan, or
// paused it: a full folder takes its time, and whoever changes it means the next file.
func (tx *Tx) stillInbox(a InboxArrival) error {
	p, err := tx.InboxPlan()
	if err == nil && p != a.Plan {
		err = Fail(Conflict, "inbox-changed")
	}
	return err
}

// ownName is the file's name, or one beside it where another document has that: a
// copier that counts from one again, or calls every scan the same, must not replace
// what it brought before.
func (tx *Tx) ownName(a InboxArrival) string {
	name := cleanName(a.Name)
	return freeName(name, path.Ext(name), tx.t.now(), func(s string) bool {
		id := tx.getCopy("documents_by_name", nameKey(a.Collection, s))
		if id == nil {
			return true
		}
		d, err := documents.get(&tx.View, id)
		return err != nil || !d.Deleted.IsZero() || d.Latest().SHA256 == a.SHA256
	})
}

// RefuseInbox enters that a file is set aside, and why: a code of the catalogue. Error:
// Conflict "inbox-changed", as TakeInbox.
func (t *Tenant) RefuseInbox(ctx context.Context, a InboxArrival, code string) (f InboxFile, err error) {
	ev := chain.Event{Action: chain.DocumentRefuse, Detail: chain.Detail{"code": code, "bytes": a.Bytes, "from": InboxActor}, Private: chain.Detail{"name": cleanName(a.Name)}}
	_, err = t.Update(ctx, System(InboxActor), ev, func(tx *Tx) error {
		f = InboxFile{Size: a.Bytes, MTime: a.MTime, Code: code, At: t.now().UTC()}
		if err := tx.stillInbox(a); err != nil {
			return err
		}
		if _, err := tx.tx.CreateBucketIfNotExists([]byte(inboxBucket)); err != nil {
			return fmt.Errorf("create bucket: %w", err)
		}
		return inboxFiles.put(tx, inboxKey('f', a.Plan.Folder, a.Path), f)
	})
	return f, err
}
