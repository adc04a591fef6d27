package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
	"coffre/vault"
)

// The master identity of a box may be missing, locked or another box's. Then the
// box serves what needs no secret. What acts would seal with a person's key,
// which can't be opened, is sealed with what is public of the identity, and opens
// once it is back (see private.go): nothing is lost, and no identity is made
// where data is sealed under another.

// master is the identity that all tenants of a box share, and why it opens
// nothing while it doesn't.
type master struct {
	vault.Master
	why atomic.Pointer[Error]
	// first is the record of a box that is being made.
	first masterRecord
}

// failure says what an error of the vault means here.
func (m *master) failure(err error) *Error {
	switch {
	case errors.Is(err, vault.ErrLocked):
		if why := m.why.Load(); why != nil {
			return why
		}
		return Fail(Denied, "master-locked")
	case errors.Is(err, vault.ErrWrongKey):
		return Fail(Corrupt, "master-key").Because(err)
	}
	return AsError(err)
}

// loadFailure says why an identity could not be taken from its holder.
func loadFailure(path string, err error) *Error {
	for _, f := range []struct {
		is   error
		kind Kind
		code string
	}{
		{vault.ErrNoMaster, Corrupt, "master-missing"}, {vault.ErrBadMaster, Corrupt, "master-bad"},
		{vault.ErrLoose, Denied, "master-loose"}, {vault.ErrPassphrase, Denied, "master-passphrase"},
		{vault.ErrHolder, Denied, "master-holder"}, {vault.ErrWrongKey, Corrupt, "master-wrong"},
	} {
		if errors.Is(err, f.is) {
			return Fail(f.kind, f.code, "path", path).Because(err)
		}
	}
	if errors.Is(err, vault.ErrLocked) {
		return Fail(Denied, "master-locked").Because(err)
	}
	return Fail(Unavailable, "master-bad", "path", path).Because(err)
}

// masterRecord is what box.db knows of the identity, so that another one is
// recognized as such.
type masterRecord struct {
	Recipient string       `json:"recipient"`
	Holder    vault.Holder `json:"holder"`
}

var keyMaster = []byte("master")

func (r masterRecord) put(tx *bolt.Tx) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode master record: %w", err)
	}
	if err := tx.Bucket([]byte("meta")).Put(keyMaster, b); err != nil {
		return fmt.Errorf("put master record: %w", err)
	}
	return nil
}

// readMasterRecord reads it of a database that nobody has open. What can't be
// read is told when the database is opened.
func (r *Root) readMasterRecord(path string) (rec masterRecord) {
	r.peek(path, func(tx *bolt.Tx) error {
		if meta := tx.Bucket([]byte("meta")); meta != nil {
			if b := meta.Get(keyMaster); b != nil {
				return json.Unmarshal(b, &rec)
			}
		}
		return nil
	})
	return rec
}

// peek reads a database that nobody has open, and leaves it as it is.
func (r *Root) peek(path string, fn func(*bolt.Tx) error) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("find database: %w", err)
	}
	db, err := openBolt(path, r.opts.LockTimeout, false)
	if err != nil {
		return err
	}
	defer closeBolt(db, path, true)
	return guard(path, func() error { return db.View(fn) })
}

// MasterState is where the master identity lies and whether it can be used.
type MasterState struct {
	Holder    vault.Holder // "" where its file can't be read
	Recipient string       // what is public of the identity that the data is sealed under
	// Code of the error that says why nothing can be opened, "" while all can.
	Code string
	// Weaker: its file holds it in clear, though the box was told otherwise.
	Weaker bool
	// Rekeying: not everything is sealed under the newest identity yet.
	Rekeying bool
}

// Master tells about the master identity.
func (r *Root) Master() MasterState {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.masterState
	s.Recipient = r.opts.master.Recipient()
	if why := r.opts.master.why.Load(); why != nil && r.opts.master.Locked() {
		s.Code = why.Code
	}
	return s
}

// MasterError is why nothing can be opened, nil while all can.
func (r *Root) MasterError() error { return r.opts.master.closed() }

func (m *master) closed() error {
	if !m.Locked() {
		return nil
	}
	return m.failure(vault.ErrLocked)
}

// Sealed is why the tenant's private parts can't be opened, nil while they can:
// what has to be read again, such as a question, isn't taken meanwhile.
func (t *Tenant) Sealed() error { return t.master.closed() }

// firstMaster makes the identity of a box that has no data yet, or takes the one
// that is there already.
func (r *Root) firstMaster() (masterRecord, error) {
	path := MasterPath(r.Dir)
	m, h, err := vault.LoadMaster(path, r.opts.Passphrase)
	if errors.Is(err, vault.ErrNoMaster) {
		h.Holder = vault.InFile
		m, err = vault.CreateMaster(path)
	}
	if err != nil {
		return masterRecord{}, loadFailure(path, err)
	}
	rec := masterRecord{m.Recipient(), h.Holder}
	r.masterState, r.opts.master.first = MasterState{Holder: h.Holder}, rec
	return rec, r.opts.master.Unlock(m)
}

// takeMaster takes the identity that the box's record names. That it can't is no
// error: then the box serves without, unless it can't even seal.
func (r *Root) takeMaster(rec masterRecord) (err error) {
	r.opts.master.SealFor(rec.Recipient)
	err = r.loadMasters(rec, once(r.opts.Passphrase))
	if err == nil {
		return nil
	}
	why := AsError(err)
	if r.opts.master.Recipient() == "" {
		return why // before the record there was: what it would seal under is unknown
	}
	r.opts.master.why.Store(why)
	r.opts.Log.Error("the master identity can't be used; the box serves what needs no secret", "code", why.Code, "err", why.Err)
	return nil
}

// once asks for a passphrase at most one time.
func once(pass func() ([]byte, error)) func() ([]byte, error) {
	if pass == nil {
		return nil
	}
	var typed []byte
	var err error
	asked := false
	return func() ([]byte, error) {
		if !asked {
			typed, err = pass()
			asked = true
		}
		return bytes.Clone(typed), err
	}
}

// loadMasters takes the identity of the record out of its holder, and where one
// is being replaced, the other as well.
func (r *Root) loadMasters(rec masterRecord, pass func() ([]byte, error)) error {
	path := MasterPath(r.Dir)
	m, h, err := vault.LoadMaster(path, pass)
	r.setMasterState(func(s *MasterState) { s.Holder = h.Holder })
	next, nextErr := r.loadNext(pass)
	if nextErr != nil {
		return nextErr
	}
	switch {
	case next != nil && next.Recipient() == rec.Recipient:
		// The box itself is under the new identity: all is, and the file follows.
		if err := r.opts.master.Unlock(next); err != nil {
			return loadFailure(path, err)
		}
		if err == nil {
			m.Wipe()
		}
		err = r.endRekey()
		r.opts.master.why.Store(nil)
		return err
	case err != nil:
		return loadFailure(path, err)
	case rec.Recipient == "":
		if err := r.prove(m); err != nil {
			m.Wipe()
			return loadFailure(path, err)
		}
	case m.Recipient() != rec.Recipient:
		m.Wipe()
		return Fail(Corrupt, "master-wrong", "path", path)
	}
	if err := r.opts.master.Unlock(m); err != nil {
		return loadFailure(path, err)
	}
	r.opts.master.why.Store(nil)
	if next != nil {
		r.opts.master.Succeed(next)
		r.setMasterState(func(s *MasterState) { s.Rekeying = true })
	} else if err := vault.EndMove(path); err != nil {
		r.opts.Log.Error("a former identity's file can't be destroyed", "err", err)
	}
	weaker := rec.Holder != "" && rec.Holder != vault.InFile && h.Holder == vault.InFile
	if weaker {
		r.opts.Log.Error("the master identity lies in clear though the box was told otherwise", "holder", string(rec.Holder))
	}
	r.setMasterState(func(s *MasterState) { s.Weaker = weaker })
	return nil
}

func (r *Root) setMasterState(fn func(*MasterState)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fn(&r.masterState)
}

// prove tells whether an identity opens what the databases hold, of a box from
// before its record named it: vault.ErrWrongKey where it doesn't.
func (r *Root) prove(m *vault.Master) error {
	entries, err := os.ReadDir(filepath.Join(r.Dir, "tenants"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("list tenants: %w", err)
	}
	paths := map[string]string{BoxID: r.boxPath()}
	for _, e := range entries {
		paths[e.Name()] = r.tenantPath(e.Name())
	}
	for id, path := range paths {
		err := r.peek(path, func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte("datakeys"))
			if b == nil {
				return nil
			}
			name, rec := b.Cursor().First()
			if len(name) < 2 || len(rec) <= keyIDSize {
				return nil
			}
			k, err := m.UnwrapDataKey(id, string(name[2:]), rec[keyIDSize:])
			clear(k[:])
			return err
		})
		if errors.Is(err, vault.ErrWrongKey) {
			return err
		}
	}
	return nil
}

// noteMaster writes the record of a box from before there was one.
func (r *Root) noteMaster(ctx context.Context, old masterRecord) error {
	if old.Recipient != "" || r.opts.master.Locked() {
		return nil
	}
	return r.putMaster(ctx, System("box"), masterRecord{r.opts.master.Recipient(), r.Master().Holder})
}

// putMaster makes the record say so, with its entry in the box's chain.
func (r *Root) putMaster(ctx context.Context, by Actor, rec masterRecord) error {
	ev := chain.Event{Action: chain.MasterHold, Detail: chain.Detail{"holder": string(rec.Holder), "recipient": rec.Recipient}}
	_, err := r.Box.Update(ctx, by, ev, func(tx *Tx) error { return tx.putMasterRecord(rec) })
	return err
}

func (tx *Tx) putMasterRecord(rec masterRecord) error {
	b, err := json.Marshal(rec)
	if err != nil {
		return fmt.Errorf("encode master record: %w", err)
	}
	return tx.putRaw("meta", keyMaster, b)
}

func (v *View) masterRecord() (rec masterRecord, err error) {
	if b := v.getCopy("meta", keyMaster); b != nil {
		err = json.Unmarshal(b, &rec)
	}
	return rec, err
}
