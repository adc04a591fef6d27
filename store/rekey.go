package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"coffre/chain"
	"coffre/vault"
)

// A new master identity takes the place of the old one over several databases,
// none of which can commit together with another:
//
//  1. everything sealed is opened once; one record that doesn't open ends it here
//  2. the box enters who asked; keys/master.age.next holds the new identity
//  3. each tenant seals its keys and parts anew, in one commit with its entry, and
//     is compacted, since freed pages hold what the old identity opens
//  4. every tenant is opened with the new identity alone
//  5. the box does the same, and its record names the new identity
//  6. the new file takes the name keys/master.age; the old one is destroyed
//
// Between 2 and 6 both identities are at hand, so that a kill at any moment
// leaves a box that opens everything; the next opening goes on. Until 5 there is
// a way back (RekeyBack).

// RekeyReport is what a new master identity came to.
type RekeyReport struct {
	Recipient string `json:"recipient"` // of the identity that seals now
	Databases int    `json:"databases"`
	Keys      int    `json:"keys"`  // data keys sealed anew, of people, tenants and credentials
	Parts     int    `json:"parts"` // private parts that had been sealed while the box was locked
}

func nextMasterPath(dir string) string { return MasterPath(dir) + ".next" }

// Rekey draws a new master identity and seals everything under it; where an
// earlier call could not end, it goes on with that one's. pass, which it wipes,
// is the present passphrase where there is one. Errors: those of a locked box,
// Denied "master-passphrase", Corrupt "rekey-damaged" where a record doesn't
// open, Conflict "rekey-unregistered"; anything later leaves both identities in
// use, and the call can be repeated.
func (r *Root) Rekey(ctx context.Context, by Actor, pass []byte) (RekeyReport, error) {
	defer clear(pass)
	r.rekeying.Lock()
	defer r.rekeying.Unlock()
	if err := r.MasterError(); err != nil {
		return RekeyReport{}, err
	}
	if !r.Master().Rekeying {
		if err := r.beginRekey(ctx, by, pass); err != nil {
			return RekeyReport{}, err
		}
	}
	return r.sealAll(ctx, by, false)
}

// RekeyBack seals everything under the old identity again, where the new one
// could not take its place. Conflict "rekey-none" where there is no way back.
func (r *Root) RekeyBack(ctx context.Context, by Actor) (RekeyReport, error) {
	r.rekeying.Lock()
	defer r.rekeying.Unlock()
	if err := r.MasterError(); err != nil {
		return RekeyReport{}, err
	}
	if !r.Master().Rekeying {
		return RekeyReport{}, Fail(Conflict, "rekey-none")
	}
	if err := r.opts.master.Revert(); err != nil {
		return RekeyReport{}, Fail(Conflict, "rekey-none").Because(err)
	}
	return r.sealAll(ctx, by, true)
}

func (r *Root) beginRekey(ctx context.Context, by Actor, pass []byte) error {
	path := MasterPath(r.Dir)
	if err := vault.CheckPassphrase(path, pass); err != nil {
		return loadFailure(path, err)
	}
	if err := r.onlyRegistered(); err != nil {
		return err
	}
	old, err := r.opts.master.Alone()
	if err != nil {
		return r.opts.master.failure(err)
	}
	defer old.Wipe()
	if err := r.eachTenant(ctx, func(t *Tenant) error { return t.opens(old) }); err != nil {
		return err
	}
	next, err := vault.NewMaster()
	if err != nil {
		return err
	}
	defer next.Wipe()
	ev := chain.Event{Action: chain.MasterRekey, Detail: chain.Detail{"step": "begin", "recipient": next.Recipient()}}
	if _, err := r.Box.Record(ctx, by, ev); err != nil {
		return err
	}
	killPoint("rekey-begun")
	if err := vault.AddMaster(nextMasterPath(r.Dir), next, r.Master().Holder, pass); err != nil {
		return loadFailure(path, err)
	}
	killPoint("rekey-next")
	r.opts.master.Succeed(next)
	r.setMasterState(func(s *MasterState) { s.Rekeying = true })
	return nil
}

// onlyRegistered refuses where a database that no opening looks at would keep
// what only the old identity opens.
func (r *Root) onlyRegistered() error {
	entries, err := os.ReadDir(filepath.Join(r.Dir, "tenants"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("list tenants: %w", err)
	}
	for _, e := range entries {
		if _, err := r.Registered(e.Name()); IsNotFound(err) && e.IsDir() {
			return Fail(Conflict, "rekey-unregistered", "path", r.tenantDir(e.Name()))
		} else if err != nil && !IsNotFound(err) {
			return err
		}
	}
	return nil
}

// eachTenant calls fn for every tenant, and last for the box.
func (r *Root) eachTenant(ctx context.Context, fn func(*Tenant) error) error {
	all, err := r.Tenants()
	if err != nil {
		return err
	}
	for _, rec := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, release, err := r.Acquire(rec.ID)
		if err != nil {
			return err
		}
		err = fn(t)
		release()
		if err != nil {
			return err
		}
	}
	return fn(r.Box)
}

// finishRekey goes on with what a kill or a failure ended.
func (r *Root) finishRekey(ctx context.Context, by Actor) error {
	_, err := r.sealAll(ctx, by, false)
	return err
}

// resealTries: a seal made a moment before the identity changed can commit a
// moment after its tenant was done.
const resealTries = 3

// sealAll brings every database under the identity that seals now, and destroys
// the other.
func (r *Root) sealAll(ctx context.Context, by Actor, back bool) (RekeyReport, error) {
	alone, err := r.opts.master.Alone()
	if err != nil {
		return RekeyReport{}, r.opts.master.failure(err)
	}
	defer alone.Wipe()
	out := RekeyReport{Recipient: alone.Recipient()}
	err = r.eachTenant(ctx, func(t *Tenant) error {
		if t.ID == BoxID {
			return nil // the last, once all else is certain
		}
		defer killPoint("rekey-tenant")
		return out.add(t.resealed(ctx, by, alone, back))
	})
	if err != nil {
		return out, err
	}
	killPoint("rekey-resealed")
	err = r.eachTenant(ctx, func(t *Tenant) error {
		if t.ID == BoxID {
			return nil
		}
		return t.opens(alone)
	})
	if err != nil {
		return out, err
	}
	killPoint("rekey-verified")
	if err := out.add(r.Box.resealed(ctx, by, alone, back)); err != nil {
		return out, err
	}
	killPoint("rekey-box")
	if back {
		err = vault.Destroy(nextMasterPath(r.Dir))
	} else {
		err = r.endRekey()
	}
	if err != nil {
		return out, err
	}
	r.opts.master.Forget()
	r.setMasterState(func(s *MasterState) { s.Rekeying = false })
	return out, nil
}

// resealed seals a tenant's records anew until all open with the identity alone,
// and compacts.
func (t *Tenant) resealed(ctx context.Context, by Actor, alone *vault.Master, back bool) (out RekeyReport, err error) {
	for range resealTries {
		part, err := t.reseal(ctx, by, alone, back)
		out.Keys, out.Parts = out.Keys+part.Keys, out.Parts+part.Parts
		if err != nil {
			return out, err
		}
		if err = t.opens(alone); err == nil {
			break
		}
	}
	if err := t.opens(alone); err != nil {
		return out, err
	}
	t.dataKeys.Clear()
	killPoint("rekey-commit")
	if err := t.compactIfDue(ctx); err != nil {
		t.log.Error("compaction after a new master identity", "tenant", t.ID, "err", err)
	}
	return out, nil
}

func (out *RekeyReport) add(part RekeyReport, err error) error {
	out.Databases++
	out.Keys, out.Parts = out.Keys+part.Keys, out.Parts+part.Parts
	return err
}

// endRekey gives the new identity's file its name, and destroys the old one.
func (r *Root) endRekey() error {
	path, next := MasterPath(r.Dir), nextMasterPath(r.Dir)
	old, err := vault.ReadHolding(path)
	if err != nil && !errors.Is(err, vault.ErrNoMaster) {
		return loadFailure(path, err)
	}
	if err == nil {
		err = vault.Supersede(path, next)
	} else {
		err = os.Rename(next, path)
	}
	if err != nil {
		return fmt.Errorf("replace master identity: %w", err)
	}
	killPoint("rekey-named")
	now, err := vault.ReadHolding(path)
	if err == nil && old.Recipient != "" && old.Recipient != now.Recipient {
		vault.ForgetHeld(old.Holder, old.Recipient)
	}
	return vault.EndMove(path)
}

// loadNext takes the identity that is to follow, nil where none is.
func (r *Root) loadNext(pass func() ([]byte, error)) (*vault.Master, error) {
	path := nextMasterPath(r.Dir)
	m, _, err := vault.LoadMaster(path, pass)
	if errors.Is(err, vault.ErrNoMaster) {
		return nil, nil
	}
	if err != nil {
		return nil, loadFailure(path, err)
	}
	return m, nil
}
