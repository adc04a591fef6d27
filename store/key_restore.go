package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// Restoration is what RestoreChain needs besides a database from a backup.
type Restoration struct {
	Tenant   string        // or BoxID
	By       Actor         // who restores
	Recovery *chain.Signer // from the emergency kit; it is kept nowhere
	// Known are checkpoints that are known elsewhere: a witness's, those on
	// write-once storage, a printed one. The highest is entered, and so is what
	// was lost.
	Known []string
}

// RestoreChain begins the next life of a chain in the data directory dir, which
// no process has open and whose database of that tenant came from a backup:
// an entry audit.restore names the backup's checkpoint, the highest checkpoint
// known elsewhere and a new signing key, and the checkpoint that ends with it is
// signed by the recovery key and the new one. So verifiers call the loss a
// restore and no fork. It returns the entry's number; where a kill ended an
// earlier call after its commit, it ends that call's work instead. Errors:
// Invalid "recovery-key", Invalid "bad-parameter" for a text that is no
// checkpoint of this chain, Conflict "checkpoint-other" where the database does
// not hold what a checkpoint signed, Conflict "restored-before" where one is from
// a life after the backup's, Corrupt "damaged", "foreign-database".
func RestoreChain(dir string, r Restoration, o Options) (seq uint64, err error) {
	root, err := lockRoot(dir, o)
	if err != nil {
		return 0, err
	}
	defer root.lock.Close()
	path := root.tenantPath(r.Tenant)
	if r.Tenant == BoxID {
		path = root.boxPath()
	}
	db, err := openBolt(path, o.LockTimeout, false)
	if err != nil {
		return 0, err
	}
	t := &Tenant{ID: r.Tenant, path: path, now: root.opts.Now, log: root.opts.Log, meters: &Meters{}}
	t.keys.dir = root.keys()
	t.file.Store(db)
	err = guard(path, func() (err error) {
		seq, err = t.restore(r)
		return err
	})
	if cerr := closeBolt(db, path, err != nil); err == nil {
		err = cerr
	}
	return seq, err
}

func (t *Tenant) restore(r Restoration) (uint64, error) {
	if err := t.loadFacts(); err != nil {
		return 0, err
	}
	w, err := t.newRebirth(r)
	if err != nil {
		return 0, err
	}
	for _, step := range w.steps() {
		if err := step(); err != nil {
			return 0, err
		}
	}
	return w.seq, nil
}

// rebirth is one restoration, as steps that each leave something whole.
type rebirth struct {
	t             *Tenant
	r             Restoration
	next          *chain.Signer
	backup, known chain.Checkpoint
	origin        string
	seq           uint64
}

func (t *Tenant) newRebirth(r Restoration) (*rebirth, error) {
	w := &rebirth{t: t, r: r}
	err := t.read(func(tx *bolt.Tx) error {
		v := &View{t, tx}
		newest, err := v.checkpoint()
		if err != nil {
			return err
		}
		if s, err := readSigner(nextSignerPath(t.keys.dir, t.ID)); err == nil && signs(s, newest.Note) {
			w.next, w.seq = s, newest.Size // an earlier call's
			return nil
		}
		return w.prepare(v, newest)
	})
	return w, err
}

// prepare reads the backup's state and holds it against what is known.
func (w *rebirth) prepare(v *View, newest SignedCheckpoint) (err error) {
	damaged := Fail(Corrupt, "damaged", "path", w.t.path)
	facts, err := v.Facts()
	if err != nil {
		return damaged.Because(err)
	}
	if w.r.Recovery == nil || w.r.Recovery.Verifier() != facts.RecoveryKey {
		return Fail(Invalid, "recovery-key")
	}
	genesis, err := facts.Customer.Genesis()
	if err != nil {
		return damaged.Because(err)
	}
	if w.t.head, w.backup, err = v.readHead(newest); err != nil {
		return damaged.Because(err)
	}
	if w.next, err = chain.NewSigner(chain.KeyName(facts.Customer, genesis)); err != nil {
		return err
	}
	signer := facts.FirstKey
	if last, moved, err := v.lastHandover(); err != nil {
		return err
	} else if moved {
		signer = last.Key
	}
	if _, signed, err := chain.OpenCheckpoint(newest.Note, signer); err != nil || len(signed) == 0 {
		return Fail(Corrupt, "foreign-database", "path", w.t.path).Because(err)
	}
	restores, err := v.restores()
	if err != nil {
		return err
	}
	w.origin = chain.Origin(facts.Customer, genesis, restores+1)
	return w.compare(v, chain.KeyName(facts.Customer, genesis), restores)
}

// compare finds the highest checkpoint that is known, and refuses a database
// that lacks what one of them signed. A checkpoint of a later life shows that this
// backup, or one before it, was restored already: a second life of the same number
// would be a fork to whoever knows the first, since an origin says how many
// restores there were and nothing can say that one is missing.
func (w *rebirth) compare(v *View, name string, restores int) error {
	for _, text := range w.r.Known {
		cp, _, err := chain.OpenCheckpoint(text)
		if err == nil && cp.Origin != name && !strings.HasPrefix(cp.Origin, name+"/") {
			err = errors.New("its origin is another chain's")
		}
		if err != nil {
			return Fail(Invalid, "bad-parameter", "name", "known").Because(err)
		}
		if lives := chain.Lives(cp.Origin); lives > restores {
			return Fail(Conflict, "restored-before", "life", strconv.Itoa(lives+1), "size", fmt.Sprint(cp.Size))
		}
		if cp.Size > w.backup.Size {
			if cp.Size > w.known.Size {
				w.known = cp
			}
			continue
		}
		tree, err := chain.RangeOf(treeNodes{v.tx}, cp.Size)
		if err != nil {
			return Fail(Corrupt, "damaged", "path", w.t.path).Because(err)
		}
		if cp.Size > 0 && tree.Root() != cp.Root {
			return Fail(Conflict, "checkpoint-other", "size", fmt.Sprint(cp.Size))
		}
	}
	return nil
}

func (w *rebirth) steps() []func() error {
	t := w.t
	keys, id := t.keys.dir, t.ID
	finish := []func() error{
		t.settle,
		func() error { return overwriteKey(signerPath(keys, id)) },
		func() error { return promoteKey(keys, id) },
	}
	if w.seq > 0 {
		return finish
	}
	return append([]func() error{
		func() error { return t.keyFile(destroyKey(nextSignerPath(keys, id))) },
		func() error { return t.keyFile(writeSecret(nextSignerPath(keys, id), w.next.Secret())) },
		w.commit,
	}, finish...)
}

func (w *rebirth) commit() error {
	t := w.t
	t.signer.Store(w.next)
	t.origin = w.origin
	s := stage{head: t.head.next(), move: &keyMove{by: w.r.Recovery, next: w.next}}
	err := t.db().Update(func(btx *bolt.Tx) error {
		ev := chain.RestoreEvent(w.next, w.backup, w.known)
		tx := &Tx{View: View{t, btx}, Event: &ev, Seq: s.head.seq + 1}
		if err := t.appendEntry(tx, &s.head, w.r.By, ev); err != nil {
			return err
		}
		return t.seal(btx, &s)
	})
	if err != nil {
		return fmt.Errorf("enter restore: %w", err)
	}
	w.seq = s.head.seq
	return nil
}
