package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
	"coffre/index"
)

// Format is the version of a store.db; migrate.go leads older ones here.
const Format = 8

var errDamaged = Fail(Corrupt, "damaged")

// Tenant is one firm's data, opened. One holds it, one never looks it up by id
// from a context.
type Tenant struct {
	ID       string
	Customer chain.Customer

	dir         string
	path        string // of the database
	file        atomic.Pointer[bolt.DB]
	master      *master
	signer      atomic.Pointer[chain.Signer] // changed by the committer alone
	keys        keyDuty
	keeper      *keyKeeper
	worm        atomic.Pointer[wormKeeper]
	origin      string
	now         func() time.Time
	log         *slog.Logger
	head        head // the committer's alone once it runs
	published   atomic.Pointer[published]
	committer   *committer
	follower    *follower
	terms       *termKeeper
	embedders   func(*View) ([]index.Embedder, error)
	ways        func(*View) ([]NamedWay, error)
	wayFollower *wayFollower
	meters      *Meters
	reranker    func(context.Context, *Tenant, string, []string) (Reranking, error)
	dataKeys    sync.Map
	leases      leases
	secrets     *secretKeeper
	closing     sync.WaitGroup         // of files that compaction replaced
	backing     atomic.Pointer[string] // id of the backup that is being made
	stopped     atomic.Pointer[Error]
	registered  atomic.Pointer[TenantRecord] // as Root last read it; nil for the box
	firms       *Root                        // of the box: whose firms its chain decides about; nil for a firm
}

// Facts is what the meta bucket says of a tenant.
type Facts struct {
	Format      int            `json:"format"`
	Customer    chain.Customer `json:"customer"`
	Firm        string         `json:"firm"`
	FirstKey    string         `json:"first_key"`
	RecoveryKey string         `json:"recovery_key"`
}

var keyFacts = []byte("facts")

// Facts returns what is fixed about the tenant.
func (v *View) Facts() (Facts, error) { return readFacts(v.tx) }

func readFacts(tx *bolt.Tx) (Facts, error) {
	var f Facts
	meta := tx.Bucket([]byte("meta"))
	if meta == nil {
		return f, errDamaged
	}
	b := meta.Get(keyFacts)
	if b == nil {
		return f, errDamaged
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, errDamaged
	}
	return f, nil
}

// usable says why the tenant can't be used, nil if it can.
func (t *Tenant) usable() error {
	if e := t.stopped.Load(); e != nil {
		return e
	}
	return nil
}

// stop makes the tenant refuse everything: a commit's result is unknown. Root
// opens it again from what the file says.
func (t *Tenant) stop(err error) {
	t.log.Error("tenant stopped", "tenant", t.ID, "err", err)
	why := Fail(Unavailable, "tenant-stopped").Because(err)
	if e := AsError(err); e.Kind == Corrupt {
		why = e
	}
	t.stopped.CompareAndSwap(nil, why)
}

// resume takes the box into use again after a commit whose result was unknown:
// nobody acquires it, so nobody would open it again. It runs on the committer's
// goroutine, and believes only what the file says.
func (t *Tenant) resume() {
	genesis, err := t.Customer.Genesis()
	if err == nil {
		err = guard(t.path, func() error {
			return t.read(func(tx *bolt.Tx) error { return t.loadHead(tx, genesis) })
		})
	}
	if err == nil {
		err = t.settle()
	}
	if err != nil {
		t.log.Error("the box's own database can't be used", "err", err)
		return
	}
	t.stopped.Store(nil)
}

// openTenant opens an existing database and checks that its newest checkpoint
// is what its entries say.
func openTenant(ctx context.Context, id, dir, dbPath, keys string, o Options) (*Tenant, error) {
	db, err := openBolt(dbPath, o.LockTimeout, false)
	if err != nil {
		return nil, err
	}
	t := &Tenant{ID: id, dir: dir, path: dbPath, master: o.master, now: o.Now, log: o.Log, embedders: o.Embedders, ways: o.Ways, wayFollower: o.follow, meters: o.meters, reranker: o.Rerank}
	t.file.Store(db)
	t.keys.dir = keys
	if id == BoxID {
		t.firms = o.firms
	}
	if err := guard(dbPath, t.load); err != nil {
		closeBolt(db, dbPath, true)
		return nil, err
	}
	t.committer = newCommitter(t)
	if id != BoxID {
		err := guard(dbPath, func() (err error) { t.follower, err = openFollower(ctx, t); return err })
		if err != nil {
			t.committer.close()
			closeBolt(db, dbPath, true)
			return nil, err
		}
	}
	if err := guard(dbPath, func() error { return t.recover(ctx) }); err != nil {
		t.close()
		return nil, err
	}
	if o.Still {
		return t, nil
	}
	t.rotateIfDue(ctx) // a failure is in KeyState and tried again
	t.keeper = startKeyKeeper(ctx, t)
	t.terms = startTermKeeper(ctx, t)
	t.secrets = startSecretKeeper(ctx, t)
	t.worm.Store(startWorm(ctx, t))
	return t, nil
}

// load reads facts and head.
func (t *Tenant) load() error {
	if err := t.loadFacts(); err != nil {
		return err
	}
	genesis, err := t.Customer.Genesis()
	if err != nil {
		return Fail(Corrupt, "damaged", "path", t.path).Because(err)
	}
	if err := t.read(func(tx *bolt.Tx) error { return t.loadHead(tx, genesis) }); err != nil {
		return err
	}
	// What a kill left of a hand-over ends here; a failure is tried again.
	t.keys.note(t, t.keyFile(tidyKeys(t.keys.dir, t.ID, t.signer.Load(), t.settle)))
	return nil
}

// loadFacts brings the file to today's format and reads whose it is.
func (t *Tenant) loadFacts() error {
	damaged := Fail(Corrupt, "damaged", "path", t.path)
	if err := t.whole(); err != nil {
		return damaged.Because(err)
	}
	if err := migrate(t.db()); err != nil {
		return err
	}
	return t.read(func(tx *bolt.Tx) error {
		f, err := readFacts(tx)
		if err != nil {
			return damaged.Because(err)
		}
		if f.Customer.ID != t.ID {
			return Fail(Corrupt, "foreign-database", "path", t.path)
		}
		t.Customer = f.Customer
		return nil
	})
}

// whole checks that the file is as long as its pages need, since what was cut
// off would be a fault in mapped memory later, and that every bucket is there.
func (t *Tenant) whole() error {
	st, err := os.Stat(t.path)
	if err != nil {
		return fmt.Errorf("find database: %w", err)
	}
	return t.read(func(tx *bolt.Tx) error {
		if st.Size() < tx.Size() {
			return fmt.Errorf("%w: %d bytes of %d", errDamaged, st.Size(), tx.Size())
		}
		if tx.Bucket([]byte("meta")) == nil || tx.Bucket([]byte("entries")) == nil {
			return errDamaged
		}
		return nil
	})
}

// loadHead reads where the chain stands, and takes the key of this box that
// signed the newest checkpoint.
func (t *Tenant) loadHead(tx *bolt.Tx, genesis chain.Hash) error {
	damaged := Fail(Corrupt, "damaged", "path", t.path)
	for _, b := range buckets {
		if tx.Bucket([]byte(b)) == nil {
			return damaged.Because(errDamaged)
		}
	}
	v := &View{t, tx}
	c, err := v.checkpoint()
	if err != nil {
		return damaged.Because(err)
	}
	h, cp, err := v.readHead(c)
	if err != nil {
		return damaged.Because(err)
	}
	signer, err := loadSigner(t.keys.dir, t.ID, t.path, c.Note)
	if err != nil {
		return err
	}
	restores, err := v.restores()
	if err != nil {
		return err
	}
	t.origin = chain.Origin(t.Customer, genesis, restores)
	if cp.Origin != t.origin {
		return Fail(Corrupt, "foreign-database", "path", t.path)
	}
	t.signer.Store(signer)
	t.head = h
	t.published.Store(&published{seq: c.Size, time: h.time, note: c.Note})
	return nil
}

// readHead reads the head that the newest checkpoint, c, tells of, and checks
// that it covers the entries.
func (v *View) readHead(c SignedCheckpoint) (h head, cp chain.Checkpoint, err error) {
	e, err := v.entry(c.Size)
	if err != nil {
		return h, cp, err
	}
	tree, err := chain.RangeOf(treeNodes{v.tx}, c.Size)
	if err != nil {
		return h, cp, err
	}
	if cp, _, err = chain.OpenCheckpoint(c.Note); err != nil {
		return h, cp, err
	}
	if k, _ := v.tx.Bucket([]byte("entries")).Cursor().Last(); string(k) != string(u64(c.Size)) || cp.Size != c.Size || cp.Root != tree.Root() {
		return h, cp, errors.New("newest checkpoint does not cover the entries")
	}
	closed, err := v.closedBefore(0)
	return head{seq: c.Size, hash: e.Hash, time: e.Time, tree: tree, closed: closed, signed: c}, cp, err
}

// close ends the tenant's goroutines and its files.
func (t *Tenant) close() error {
	if t.keeper != nil {
		t.keeper.close()
		t.worm.Load().close()
	}
	if t.terms != nil {
		t.terms.close()
	}
	if t.secrets != nil {
		t.secrets.close()
	}
	if t.follower != nil {
		t.follower.close()
	}
	t.committer.close()
	if t.usable() == nil {
		t.closing.Wait()
	}
	return closeBolt(t.db(), t.path, t.usable() != nil)
}
