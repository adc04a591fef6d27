package store

import (
	"bytes"
	"context"

	"coffre/chain"
	"coffre/vault"
)

// Unlock takes the identity once more from where it lies, with a passphrase
// where one is wanted, which it wipes; also after a file was put back. The
// attempt is an entry of the box's chain, whatever comes of it. Errors: Denied
// "master-passphrase", and those that MasterState.Code may have.
func (r *Root) Unlock(ctx context.Context, by Actor, pass []byte) error {
	defer clear(pass)
	r.rekeying.Lock()
	defer r.rekeying.Unlock()
	if !r.opts.master.Locked() {
		return nil
	}
	var rec masterRecord
	err := r.Box.View(func(v *View) (err error) { rec, err = v.masterRecord(); return err })
	if err != nil {
		return err
	}
	loaded := r.loadMasters(rec, func() ([]byte, error) { return bytes.Clone(pass), nil })
	if loaded != nil {
		// A wrong passphrase says nothing new about why the box is locked.
		if why := AsError(loaded); why.Code != "master-passphrase" {
			r.opts.master.why.Store(why)
		}
	}
	ev := chain.Event{Action: chain.MasterUnlock, Detail: chain.Detail{"holder": string(r.Master().Holder)}}
	if loaded != nil {
		ev.Outcome, ev.Detail["code"] = chain.Denied, AsError(loaded).Code
	}
	if _, err := r.Box.Record(ctx, by, ev); err != nil {
		return err
	}
	if loaded != nil {
		return loaded
	}
	if r.Master().Rekeying {
		// In the background of whoever unlocks: what was begun ends now.
		if err := r.finishRekey(ctx, by); err != nil {
			r.opts.Log.Error("the new master identity doesn't seal everything yet", "err", err)
		}
	}
	return nil
}

// MoveMaster gives the master identity to another holder, or to the same under
// another passphrase; pass, which it wipes, is wanted where the holder encrypts
// the file. Errors: Invalid "passphrase-short", "master-holder"; those of a
// locked box; Conflict "rekey-running".
func (r *Root) MoveMaster(ctx context.Context, by Actor, to vault.Holder, pass []byte) error {
	defer clear(pass)
	r.rekeying.Lock()
	defer r.rekeying.Unlock()
	if err := r.mayMove(to, pass); err != nil {
		return err
	}
	// The entry first: if the move fails afterwards, another says what holds.
	rec := masterRecord{r.opts.master.Recipient(), to}
	was := r.Master()
	if err := r.putMaster(ctx, by, rec); err != nil {
		return err
	}
	killPoint("move-entered")
	if err := vault.MoveMaster(MasterPath(r.Dir), &r.opts.master.Master, to, pass); err != nil {
		rec.Holder = was.Holder
		if back := r.putMaster(ctx, System("box"), rec); back != nil {
			r.opts.Log.Error("the box's record of its holder can't be put back", "err", back)
		}
		return loadFailure(MasterPath(r.Dir), err)
	}
	r.setMasterState(func(s *MasterState) { s.Holder, s.Weaker = to, false })
	return nil
}

func (r *Root) mayMove(to vault.Holder, pass []byte) error {
	if err := r.MasterError(); err != nil {
		return err
	}
	if r.Master().Rekeying {
		return Fail(Conflict, "rekey-running")
	}
	for _, h := range vault.Holders() {
		if h != to {
			continue
		}
		if to.WantsPassphrase() && len(pass) < vault.MinPassphrase {
			return Fail(Invalid, "passphrase-short", "least", "12")
		}
		return nil
	}
	return Fail(Invalid, "master-holder")
}
