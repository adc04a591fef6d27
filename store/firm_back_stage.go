package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"coffre/chain"
	"coffre/vault"
	"coffre/vault/backupfile"
)

// firmAside is a firm of a backup that was read and verified beside the data.
type firmAside struct {
	r    *Root
	id   string
	name string // the firm's, today
	data string // a data directory with the box's database and the firm
	rep  RestoreReport
	firm RestoredChain
	had  firmInside
	who  BackupIdentity
	end  func()
}

// openFirm reads a backup into a scratch directory, of its firms only one, and
// refuses what could not take that firm's place. Errors: those of LookForFirm, with
// keyed also Invalid "firm-key".
func (r *Root) openFirm(ctx context.Context, q FirmRequest, keyed bool) (b *firmAside, err error) {
	rec, err := r.returnable(q.Tenant)
	if err != nil {
		return nil, err
	}
	s, err := r.newAsideDir()
	if err != nil {
		return nil, err
	}
	b = &firmAside{r: r, id: q.Tenant, name: rec.Firm, data: filepath.Join(s.dir, "data"), who: q.Identity, end: s.end}
	defer func() {
		if err != nil {
			b.end()
		}
	}()
	if err = os.Mkdir(b.data, 0o700); err != nil {
		return b, fmt.Errorf("create directory: %w", err)
	}
	reading := backupReading{file: q.File, identity: q.Identity, firstKey: q.FirstKey, only: q.Tenant, spare: r.spared()}
	reading.first = func(f backupfile.Facts) error { return b.fits(f, keyed) }
	if b.rep, err = reading.stage(ctx, b.data); err != nil {
		return b, err
	}
	i := slices.IndexFunc(b.rep.Chains, func(c RestoredChain) bool { return c.Tenant == q.Tenant })
	if i < 0 {
		return b, Fail(NotFound, "part-no-firm", "tenant", q.Tenant)
	}
	if b.firm = b.rep.Chains[i]; q.FirstKey != "" && !b.firm.Authentic {
		return b, Fail(Conflict, "part-other-firm", "tenant", q.Tenant)
	}
	return b, b.same(rec)
}

// fits refuses a backup by what it says of itself, before an hour is spent on it;
// what it says is held against its databases afterwards.
func (b *firmAside) fits(f backupfile.Facts, keyed bool) error {
	if slices.Contains(damagedIDs(f.Damaged), b.id) {
		return Fail(Conflict, "part-damaged", "tenant", b.id)
	}
	i := slices.IndexFunc(f.Chains, func(c backupfile.Chain) bool { return c.Tenant == b.id })
	if i < 0 || b.id == BoxID {
		return Fail(NotFound, "part-no-firm", "tenant", b.id)
	}
	if keyed && b.who.recoveryFor(f.Chains[i].RecoveryKey) == nil {
		return Fail(Invalid, "firm-key", "tenant", b.id)
	}
	for _, c := range f.Chains {
		if c.Tenant == BoxID {
			return b.sameBox(c.FirstKey)
		}
	}
	return Fail(Corrupt, "backup-damaged")
}

// sameBox compares the first key of a backup's box with this one's.
func (b *firmAside) sameBox(first string) error {
	var today Facts
	err := b.r.Box.View(func(v *View) (err error) { today, err = v.Facts(); return err })
	if err == nil && today.FirstKey != first {
		err = Fail(Conflict, "firm-other-box", "tenant", b.id)
	}
	return err
}

// same refuses a firm of another box, another firm of that name, and one whose
// secrets the box could not open: an id is easily given twice.
func (b *firmAside) same(rec TenantRecord) error {
	var box Facts
	var then TenantRecord
	err := lookInto(b.data, BoxID, func(v *View) (err error) {
		if box, err = v.Facts(); err == nil {
			then, err = tenants.get(v, []byte(b.id))
		}
		return err
	})
	if IsNotFound(err) {
		return Fail(NotFound, "part-no-firm", "tenant", b.id)
	}
	if err != nil {
		return err
	}
	if err := b.sameBox(box.FirstKey); err != nil {
		return err
	}
	if !then.Created.Equal(rec.Created) {
		return Fail(Conflict, "part-other-firm", "tenant", b.id)
	}
	if err := lookInto(b.data, b.id, func(v *View) (err error) { b.had, err = v.inside(); return err }); err != nil {
		return err
	}
	return b.sameMaster()
}

// sameMaster refuses a firm that is sealed under an identity which this box hasn't.
func (b *firmAside) sameMaster() error {
	state := b.r.Master()
	other := Fail(Conflict, "firm-master", "tenant", b.id)
	if state.Rekeying {
		return Fail(Conflict, "rekey-running")
	}
	then := b.r.readMasterRecord(chainDB(b.data, BoxID)).Recipient
	if then == "" {
		h, err := vault.ReadHolding(MasterPath(b.data))
		if err != nil {
			return loadFailure(MasterPath(b.data), err)
		}
		then = h.Recipient
	}
	if then != "" && then != state.Recipient {
		return other
	}
	if b.r.opts.master.Locked() {
		return nil
	}
	return lookInto(b.data, b.id, func(v *View) error {
		return v.eachWrapped(func(w wrappedKey) error {
			k, err := b.r.opts.master.UnwrapDataKey(b.id, w.subject, w.record[w.at:])
			clear(k[:])
			if err != nil {
				return other.Because(err)
			}
			return nil
		})
	})
}

// wake lets the firm's chain go on aside, erases there again whom the firm has erased
// since, and ends the sessions of then: what was revoked since must not come alive.
func (b *firmAside) wake(ctx context.Context, q FirmReturnRequest, now firmNow, out *FirmReturned) error {
	if _, err := putLedgers(b.data, RestoreReport{Chains: []RestoredChain{b.firm}}, map[string][]Erasure{b.id: append(slices.Clone(now.ledger), q.Ledger...)}); err != nil {
		return err
	}
	w := waking{
		dir: b.data, backup: b.rep.Backup, identity: b.who, by: q.By, known: append(now.notes(b.firm.Size), q.Known...),
		options: Options{Now: b.r.opts.Now, Log: b.r.opts.Log, Version: b.r.opts.Version},
	}
	if err := w.one(&b.firm); err != nil {
		return err
	}
	if b.firm.Waits {
		return Fail(Invalid, "firm-key", "tenant", b.id)
	}
	out.Restore = b.firm.Restore
	killPoint("return-reborn")
	return b.settle(ctx, q, out)
}

// settle opens the firm aside, which does what an opening after a restore does, and
// enters in its chain where it comes from.
func (b *firmAside) settle(ctx context.Context, q FirmReturnRequest, out *FirmReturned) error {
	o := b.r.opts
	o.Still, o.Embedders, o.Ways, o.Rerank, o.firms = true, nil, nil, nil, nil
	o.follow, o.meters = &wayFollower{}, &Meters{}
	path := TenantDB(b.data, b.id)
	t, err := openTenant(ctx, b.id, filepath.Dir(path), path, filepath.Join(b.data, "keys"), o)
	if err != nil {
		return err
	}
	ev := b.event(q.Request, out)
	_, err = t.Update(ctx, q.By, ev, func(tx *Tx) (err error) {
		out.Sessions, err = tx.deleteSessions(func(Session) bool { return true })
		tx.Event.Detail["sessions"] = out.Sessions
		return err
	})
	if cerr := t.close(); err == nil {
		err = cerr
	}
	return err
}

// event begins the entry tenant.restore, which both chains have.
func (b *firmAside) event(request string, out *FirmReturned) chain.Event {
	ev := chain.Event{
		Action: chain.TenantRestore, Request: request, Object: chain.Object{Kind: "tenant", ID: b.id},
		Detail: chain.Detail{"backup": b.rep.Backup, "size": b.firm.Size, "restore": out.Restore},
	}
	if out.Counted {
		ev.Detail["lost"] = out.Lost.Entries
	}
	if out.Known > 0 {
		ev.Detail["known_size"] = out.Known
	}
	return ev
}
