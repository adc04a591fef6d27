package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"coffre/index"
)

// BoxID is the reserved tenant of the box itself.
const BoxID = "box"

// Options of a Root. The zero value works.
type Options struct {
	Now         func() time.Time
	Log         *slog.Logger
	LockTimeout time.Duration // how long to wait for another process's lock
	// Embedders returns what a tenant's settings choose for search by meaning,
	// the chosen one first; others that can be had follow, since the one that
	// answers so far is needed until the chosen one is ready. It is asked at the
	// opening and after each change of a setting; none means words alone.
	Embedders func(*View) ([]index.Embedder, error)
	// Ways returns the hosts and ports that a tenant's settings name; nil: none.
	Ways func(*View) ([]NamedWay, error)
	// Passphrase is asked, at most once an opening, where the master identity lies
	// under one. None, or nil, leaves the box locked until Root.Unlock.
	Passphrase func() ([]byte, error)
	// Rerank tells how well each text answers a query, by the model that a
	// tenant's settings choose; nil for none. An error leaves a search as it is.
	Rerank func(ctx context.Context, t *Tenant, query string, texts []string) (Reranking, error)
	// Version of the program, for backups.
	Version string
	// Still lets nothing happen by itself: no key is renewed, nothing expires and
	// nothing leaves for write-once storage. For a look at data that may go back.
	Still bool

	// Disk reads the free and the whole room, bytes, of the file system that holds
	// a directory; nil: DiskSpace.
	Disk func(dir string) (free, total uint64, err error)

	master *master
	follow *wayFollower
	meters *Meters
	firms  *Root
}

// Root is a data directory, opened by one process at a time.
type Root struct {
	Dir string
	// Box holds what concerns no single tenant; its chain is the box's.
	Box *Tenant
	// BoxKit is the emergency kit of the box's own chain where this opening made
	// it, else nil; its recovery secret exists nowhere else.
	BoxKit *Kit

	opts  Options
	lock  *os.File // of the directory
	ctx   context.Context
	stop  context.CancelFunc
	mu    sync.Mutex
	slots map[string]*slot

	nights nights
	rooms  rooms
	copies copies

	masterState MasterState
	rekeying    sync.Mutex // held by whoever changes the master identity or its holder
	backing     sync.Mutex // held while a backup is made
	answering   atomic.Pointer[func() bool]
	drilling    sync.Mutex // held while one is restored on trial
	destroying  sync.Mutex // held while a firm's files go
}

type slot struct {
	mu   sync.Mutex
	t    *Tenant
	refs int
	gone bool  // the firm was destroyed
	away error // why nobody may open the firm: it is changing places
}

// TakeBoxKit returns BoxKit and forgets it, so that its secret is shown once.
func (r *Root) TakeBoxKit() *Kit {
	r.mu.Lock()
	defer r.mu.Unlock()
	kit := r.BoxKit
	r.BoxKit = nil
	return kit
}

// MasterPath is where a data directory keeps its master identity.
func MasterPath(dir string) string { return filepath.Join(dir, "keys", "master.age") }

// OpenRoot opens a data directory, and makes it where there is none. It fails
// with Unavailable, code "in-use", while another process has it open.
func OpenRoot(dir string, o Options) (*Root, error) {
	r, err := lockRoot(dir, o)
	if err != nil {
		return nil, err
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	if err = r.open(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// lockRoot takes a data directory for this process, and opens nothing in it.
func lockRoot(dir string, o Options) (*Root, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.master, o.follow, o.meters = &master{}, &wayFollower{}, &Meters{}
	r := &Root{Dir: filepath.Clean(dir), opts: o, slots: map[string]*slot{}}
	r.opts.firms = r
	if err := makeDirs(r.keys()); err != nil {
		return nil, fmt.Errorf("create data directory: %w", err)
	}
	var err error
	r.lock, err = lockDir(r.Dir, o.LockTimeout)
	return r, err
}

func (r *Root) open() error {
	if done, err := endFirstRestore(r.Dir); err != nil {
		return err
	} else if done {
		r.opts.Log.Warn("a backup was restored in place of a box without a firm")
	}
	boxDB := r.boxPath()
	_, err := os.Stat(boxDB)
	fresh := errors.Is(err, os.ErrNotExist)
	if fresh && r.hasTenants() {
		// Without its registry every tenant would look half-made.
		return Fail(Corrupt, "damaged", "path", boxDB).Because(errors.New("the registry is missing"))
	}
	if err == nil && r.neverSetUp(boxDB) {
		// Its recovery key went with the process that made it. What nobody has a
		// key of vouches for nothing: the box begins again, with a kit to print.
		r.opts.Log.Warn("the box was started before and never set up; its own journal begins again")
		if err := os.Rename(boxDB, unfinished(boxDB)); err != nil {
			return fmt.Errorf("put unfinished box aside: %w", err)
		}
		fresh = true
	}
	var rec masterRecord
	if fresh {
		rec, err = r.firstMaster()
	} else {
		rec = r.readMasterRecord(boxDB)
		err = r.takeMaster(rec)
	}
	if err != nil {
		return err
	}
	if fresh {
		kit, err := r.create(NewTenant{ID: BoxID, Firm: "box"}, boxDB)
		if r.BoxKit = &kit; err != nil {
			return err
		}
		os.Remove(unfinished(boxDB))
	}
	if r.Box, err = openTenant(r.ctx, BoxID, r.Dir, boxDB, r.keys(), r.opts); err != nil {
		return err
	}
	r.endReturns()
	if !r.opts.Still {
		if err := r.replayDestroyed(r.ctx); err != nil {
			return err
		}
		if err := r.finishDestroyed(r.ctx); err != nil {
			r.opts.Log.Error("a firm that was destroyed has left something behind", "err", err)
		}
	}
	if err := r.removeHalfMade(); err != nil {
		return err
	}
	r.removeAside()
	if former, err := endExchange(r.Dir, r.opts.Now()); err != nil {
		r.opts.Log.Error("the data that a restore has replaced can't be named", "err", err)
	} else if former != "" {
		r.opts.Log.Warn("a restore was ended; the data from before is kept", "path", former)
	}
	return r.settleMaster(rec)
}

// settleMaster ends what the identity's taking left to do once the box is open.
func (r *Root) settleMaster(rec masterRecord) error {
	if err := r.noteMaster(r.ctx, rec); err != nil {
		return err
	}
	if r.Master().Rekeying {
		if err := r.finishRekey(r.ctx, System("recovery")); err != nil {
			r.opts.Log.Error("the new master identity doesn't seal everything yet", "err", err)
		}
	}
	return nil
}

func (r *Root) boxPath() string             { return filepath.Join(r.Dir, "box.db") }
func (r *Root) keys() string                { return filepath.Join(r.Dir, "keys") }
func (r *Root) tenantDir(id string) string  { return filepath.Join(r.Dir, "tenants", id) }
func (r *Root) tenantPath(id string) string { return filepath.Join(r.tenantDir(id), "store.db") }

// TenantDB is the path of a tenant's database under a data directory.
func TenantDB(dir, id string) string { return filepath.Join(dir, "tenants", id, "store.db") }

// slot is a firm's place among those that are open, made where there was none.
func (r *Root) slot(id string) *slot {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.slots[id]
	if s == nil {
		s = &slot{}
		r.slots[id] = s
	}
	return s
}

// Acquire opens a tenant, or joins those who have it open; release gives it
// back. A tenant that stopped is opened again once nobody holds it.
func (r *Root) Acquire(id string) (t *Tenant, release func(), err error) {
	rec, err := r.Registered(id)
	if err != nil {
		return nil, nil, err
	}
	s := r.slot(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.gone:
		return nil, nil, errNotFound
	case s.away != nil:
		return nil, nil, s.away
	}
	if s.t != nil && s.refs == 0 && s.t.usable() != nil {
		s.t.close()
		s.t = nil
	}
	if s.t == nil {
		if s.t, err = openTenant(r.ctx, id, r.tenantDir(id), r.tenantPath(id), r.keys(), r.opts); err != nil {
			return nil, nil, err
		}
	}
	s.t.registered.Store(&rec)
	s.refs++
	var once sync.Once
	return s.t, func() {
		once.Do(func() {
			s.mu.Lock()
			s.refs--
			s.mu.Unlock()
		})
	}, nil
}

// Close ends every tenant. Acts already submitted still commit.
func (r *Root) Close() error {
	r.stop()
	r.leaveCopies()
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for id, s := range r.slots {
		s.mu.Lock()
		if s.t != nil {
			errs = append(errs, s.t.close())
		}
		s.mu.Unlock()
		delete(r.slots, id)
	}
	if r.Box != nil {
		errs = append(errs, r.Box.close())
	}
	r.opts.master.Wipe()
	r.lock.Close()
	return errors.Join(errs...)
}

// TenantRecord is a tenant in the box's registry.
type TenantRecord struct {
	ID      string    `json:"id"`
	Firm    string    `json:"firm"`
	Hosts   []string  `json:"hosts,omitempty"`
	Created time.Time `json:"created"`
	// Suspended is since when the firm's people are not served; zero: they are.
	Suspended time.Time `json:"suspended,omitzero"`
	Quota     Quota     `json:"quota,omitzero"`
}

var tenants = table[TenantRecord]("tenants")

// Tenants lists the registry in order of id.
func (r *Root) Tenants() (out []TenantRecord, err error) {
	err = r.Box.View(func(v *View) error {
		out, err = tenants.all(v)
		return err
	})
	return out, err
}

// Registered returns a tenant's registry record.
func (r *Root) Registered(id string) (rec TenantRecord, err error) {
	err = r.Box.View(func(v *View) error {
		rec, err = tenants.get(v, []byte(id))
		return err
	})
	return rec, err
}
