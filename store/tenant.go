package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
	"coffre/vault"
)

// Format is the version of a store.db; migrate.go leads older ones here.
const Format = 1

var errDamaged = errors.New("database is damaged")

// Tenant is one firm's data, opened. One holds it, one never looks it up by id
// from a context.
type Tenant struct {
	ID       string
	Customer chain.Customer

	dir       string
	db        *bolt.DB
	master    *vault.Master
	signer    *chain.Signer
	origin    string
	now       func() time.Time
	log       *slog.Logger
	head      head // the committer's alone once it runs
	published atomic.Pointer[published]
	committer *committer
	follower  *follower
	dataKeys  sync.Map
	stopped   atomic.Pointer[Error]
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
	t.stopped.CompareAndSwap(nil, Fail(Unavailable, "tenant-stopped").Because(err))
}

// openTenant opens an existing database and checks that its newest checkpoint
// is what its entries say.
func openTenant(ctx context.Context, id, dir, dbPath, keys string, o Options) (*Tenant, error) {
	db, err := openBolt(dbPath, o.LockTimeout)
	if err != nil {
		return nil, err
	}
	t := &Tenant{ID: id, dir: dir, db: db, master: o.master, now: o.Now, log: o.Log}
	if err := t.load(keys); err != nil {
		db.Close()
		return nil, err
	}
	t.committer = newCommitter(t)
	if id != BoxID {
		if t.follower, err = openFollower(ctx, t); err != nil {
			t.committer.close()
			db.Close()
			return nil, err
		}
	}
	if err := t.recover(ctx); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func openBolt(path string, wait time.Duration) (*bolt.DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create data directory: %w", err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: max(wait, time.Millisecond), FreelistType: bolt.FreelistMapType})
	if errors.Is(err, bolt.ErrTimeout) {
		return nil, Fail(Unavailable, "in-use", "path", path)
	}
	if err != nil {
		return nil, Fail(Corrupt, "damaged", "path", path).Because(err)
	}
	return db, nil
}

// load reads facts and head.
func (t *Tenant) load(keys string) (err error) {
	if err := migrate(t.db); err != nil {
		return err
	}
	return t.db.View(func(tx *bolt.Tx) error {
		f, err := readFacts(tx)
		if err != nil {
			return Fail(Corrupt, "damaged").Because(err)
		}
		t.Customer = f.Customer
		genesis, err := f.Customer.Genesis()
		if err != nil {
			return Fail(Corrupt, "damaged").Because(err)
		}
		t.origin = chain.Origin(f.Customer, genesis, 0)
		if t.signer, err = loadSigner(keys, t.ID); err != nil {
			return err
		}
		return t.loadHead(tx, genesis)
	})
}

func (t *Tenant) loadHead(tx *bolt.Tx, genesis chain.Hash) error {
	v := &View{t, tx}
	c, err := v.checkpoint()
	if err != nil {
		return Fail(Corrupt, "damaged").Because(err)
	}
	e, err := v.entry(c.Size)
	if err != nil {
		return Fail(Corrupt, "damaged").Because(err)
	}
	tree, err := chain.RangeOf(treeNodes{tx}, c.Size)
	if err != nil {
		return Fail(Corrupt, "damaged").Because(err)
	}
	cp, _, err := chain.OpenCheckpoint(c.Note, t.signer.Verifier())
	if err != nil {
		return Fail(Corrupt, "damaged").Because(err)
	}
	if k, _ := tx.Bucket([]byte("entries")).Cursor().Last(); string(k) != string(u64(c.Size)) || cp.Size != c.Size || cp.Root != tree.Root() {
		return Fail(Corrupt, "damaged").Because(errors.New("newest checkpoint does not cover the entries"))
	}
	t.head = head{seq: c.Size, hash: e.Hash, time: e.Time, tree: tree}
	t.published.Store(&published{seq: c.Size, time: e.Time, note: c.Note})
	return nil
}

// close ends the tenant's goroutines and its files.
func (t *Tenant) close() error {
	if t.follower != nil {
		t.follower.close()
	}
	t.committer.close()
	if err := t.db.Close(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}
