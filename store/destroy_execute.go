package store

import (
	"context"
	"errors"
	"time"

	"coffre/chain"
)

const (
	seizeWait = 10 * time.Second // for whoever has the firm open to give it back
	seizeLook = 20 * time.Millisecond
)

// seize opens a firm for nobody else: its slot stays locked until the caller unlocks
// it. Where its data doesn't open, why says so, and the slot holds none. Errors:
// Unavailable "tenant-busy", "tenant-returning", errNothing where it is gone already.
func (r *Root) seize(ctx context.Context, id string) (s *slot, why *Error, err error) {
	if s, err = r.vacate(ctx, id); err != nil {
		return nil, nil, err
	}
	if s.t != nil && s.t.usable() == nil {
		return s, nil, nil
	}
	if s.t != nil {
		s.t.close()
		s.t = nil
	}
	if s.t, err = openTenant(r.ctx, id, r.tenantDir(id), r.tenantPath(id), r.keys(), r.opts); err == nil {
		return s, nil, nil
	}
	s.t = nil
	if why = unopened(err); why != nil {
		return s, why, nil
	}
	s.mu.Unlock()
	return nil, nil, err
}

// vacate waits until nobody has a firm open, and locks its slot. Errors: Unavailable
// "tenant-busy", "tenant-returning", errNothing where it is gone.
func (r *Root) vacate(ctx context.Context, id string) (*slot, error) {
	s := r.slot(id)
	for late := time.Now().Add(seizeWait); ; {
		s.mu.Lock()
		switch {
		case s.gone:
			s.mu.Unlock()
			return nil, errNothing
		case s.away != nil:
			defer s.mu.Unlock()
			return nil, s.away
		case s.refs == 0:
			return s, nil
		}
		s.mu.Unlock()
		if time.Now().After(late) {
			return nil, Fail(Unavailable, "tenant-busy")
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(seizeLook):
		}
	}
}

// destroyApproved takes a firm out of the registry for good, with what the box
// remembers of it, and destroys what it had. Errors: those of destroyable,
// checkLeaves and seize; errNothing where it isn't time yet or all is done.
func (r *Root) destroyApproved(ctx context.Context, a Approval) (Approval, error) {
	if _, err := r.Registered(a.Tenant); IsNotFound(err) {
		return a, errNothing
	}
	s, why, err := r.seize(ctx, a.Tenant)
	if err != nil {
		return a, err
	}
	defer s.mu.Unlock()
	d, err := r.lastLook(s.t, why, a)
	if err != nil {
		return a, err
	}
	if s.t != nil {
		err = s.t.close()
		s.t = nil
	}
	if err != nil {
		return a, err
	}
	killPoint("firm-closed")
	_, err = r.Box.Update(ctx, System("approvals"), chain.Event{Action: chain.TenantDelete}, func(tx *Tx) error {
		var err error
		if a, err = tx.decided(a.ID); err != nil {
			return err
		}
		if err := tx.checkLeaves(a.Tenant); err != nil {
			return err
		}
		d.Paper = a.Paper
		return tx.putDestroyed(d)
	})
	if err != nil {
		return a, err
	}
	s.gone = true
	killPoint("firm-committed")
	if err := r.finishDestroyed(ctx); err != nil {
		r.opts.Log.Error("a firm that was destroyed has left something behind; it is tried again", "tenant", a.Tenant, "err", err)
	}
	return a, nil
}

// lastLook reads of a firm what the box is to remember.
func (r *Root) lastLook(t *Tenant, why *Error, a Approval) (d Destroyed, err error) {
	rec, err := r.Registered(a.Tenant)
	if err != nil {
		return d, err
	}
	if why != nil {
		return r.lastOfClosed(rec, why, a)
	}
	err = t.View(func(v *View) error {
		if err := v.destroyable(rec, a.Unexported); err != nil {
			return err
		}
		d, err = v.lastWords(rec, a)
		return err
	})
	return d, err
}

func (v *View) lastWords(rec TenantRecord, a Approval) (d Destroyed, err error) {
	d = newDestroyed(rec, a)
	use, err := v.Usage()
	if err != nil {
		return d, err
	}
	d.Documents, d.Bytes, d.People = use.Documents, use.Bytes, use.People
	if d.Exported, err = v.exportedSince(rec.Suspended); err != nil {
		return d, err
	}
	if d.Backups, err = v.backupDays(-1); err != nil {
		return d, err
	}
	err = v.lastCheckpoint(&d)
	return d, err
}

func newDestroyed(rec TenantRecord, a Approval) Destroyed {
	return Destroyed{Tenant: rec.ID, Firm: rec.Firm, Created: rec.Created, Suspended: rec.Suspended, Asked: a.Asked, By: a.By, Approval: a.ID}
}

// lastCheckpoint notes where the firm's chain stands.
func (v *View) lastCheckpoint(d *Destroyed) error {
	signed, err := v.checkpoint()
	if err != nil {
		return err
	}
	cp, _, err := chain.OpenCheckpoint(signed.Note)
	if err != nil {
		return Fail(Corrupt, "damaged").Because(err)
	}
	d.Size, d.Root, d.Note = cp.Size, cp.Root.String(), signed.Note
	return nil
}

// putDestroyed is the point of no return.
func (tx *Tx) putDestroyed(d Destroyed) error {
	d.Seq = tx.Seq
	if !d.Replayed {
		d.Time = tx.t.now().UTC()
	}
	tx.Event.Object = chain.Object{Kind: "tenant", ID: d.Tenant}
	for name, value := range map[string]any{"size": d.Size, "root": d.Root, "documents": d.Documents, "people": d.People, "exported": !d.Exported.IsZero(), "replayed": d.Replayed} {
		tx.Event.Detail[name] = value
	}
	if d.Paper != "" {
		tx.Event.Detail["paper"] = d.Paper
	}
	if d.Closed != "" {
		tx.Event.Detail["code"] = d.Closed
	}
	if err := tenants.delete(tx, []byte(d.Tenant)); err != nil {
		return err
	}
	return destroyed.put(tx, []byte(d.Tenant), d)
}

// finishDestroyed does what a firm's destruction has left to do: after its commit,
// after a kill, and each hour where something can't be removed.
func (r *Root) finishDestroyed(ctx context.Context) error {
	r.destroying.Lock()
	defer r.destroying.Unlock()
	all, err := r.Destroyed()
	if err != nil || len(all) == 0 {
		return err
	}
	errs := []error{r.writeDestroyed(all)}
	for _, d := range all {
		if d.Ended.IsZero() {
			errs = append(errs, r.finishOne(ctx, d))
		}
	}
	return errors.Join(errs...)
}

func (r *Root) finishOne(ctx context.Context, d Destroyed) error {
	if err := r.destroyFiles(d.Tenant); err != nil {
		return err
	}
	killPoint("firm-removed")
	ev := chain.Event{Action: chain.TenantDeleted, Object: chain.Object{Kind: "tenant", ID: d.Tenant}}
	_, err := r.Box.Update(ctx, System("approvals"), ev, func(tx *Tx) error {
		d.Ended, d.EndedSeq = tx.t.now().UTC(), tx.Seq
		return destroyed.put(tx, []byte(d.Tenant), d)
	})
	return err
}
