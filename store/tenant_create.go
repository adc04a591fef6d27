package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// NewTenant says what a tenant starts with.
type NewTenant struct {
	ID    string
	Firm  string
	Hosts []string
}

// Kit is what the firm must keep on paper: the key from which the chain's
// trust starts, and the recovery key whose private half the box forgets.
type Kit struct {
	FirstKey       string
	RecoveryKey    string
	RecoverySecret string
}

// CreateTenant makes a tenant: its own file with entry 1 first, then the
// registry. The kit's recovery secret exists nowhere else.
func (r *Root) CreateTenant(ctx context.Context, by Actor, n NewTenant) (Kit, error) {
	if _, err := chain.NewCustomer(n.ID, r.opts.Now()); err != nil || n.ID == BoxID {
		return Kit{}, Fail(Invalid, "tenant-id", "id", n.ID)
	}
	if _, err := r.Registered(n.ID); err == nil {
		return Kit{}, Fail(Conflict, "name-taken", "name", n.ID)
	}
	if _, err := r.TenantCertificate(n.ID); !IsNotFound(err) {
		// The ledger of destroyed firms would take the new one for the old.
		return Kit{}, errors.Join(err, Fail(Conflict, "name-taken", "name", n.ID))
	}
	if _, err := os.Stat(r.tenantPath(n.ID)); err == nil {
		// Kept by removeHalfMade: its key and its data are not to be overwritten.
		return Kit{}, Fail(Conflict, "name-taken", "name", n.ID)
	}
	kit, err := r.create(n, r.tenantPath(n.ID))
	if err != nil {
		return Kit{}, err
	}
	ev := chain.Event{Action: chain.TenantCreate, Object: chain.Object{Kind: "tenant", ID: n.ID}}
	_, err = r.Box.Update(ctx, by, ev, func(tx *Tx) error {
		return tenants.put(tx, []byte(n.ID), TenantRecord{ID: n.ID, Firm: n.Firm, Hosts: n.Hosts, Created: r.opts.Now().UTC()})
	})
	return kit, err
}

// create writes a database with its first entry and checkpoint. It has its
// name only once it is whole: a kill leaves nothing that has to be understood.
func (r *Root) create(n NewTenant, path string) (Kit, error) {
	var kit Kit
	customer, err := chain.NewCustomer(n.ID, r.opts.Now())
	if err != nil {
		return kit, fmt.Errorf("create tenant: %w", err)
	}
	genesis, err := customer.Genesis()
	if err != nil {
		return kit, fmt.Errorf("create tenant: %w", err)
	}
	first, err := chain.NewSigner(chain.KeyName(customer, genesis))
	if err != nil {
		return kit, fmt.Errorf("create tenant: %w", err)
	}
	recovery, err := chain.NewSigner(chain.KeyName(customer, genesis))
	if err != nil {
		return kit, fmt.Errorf("create tenant: %w", err)
	}
	kit = Kit{first.Verifier(), recovery.Verifier(), recovery.Secret()}
	// A leftover of a creation that was killed before its database existed.
	os.Remove(signerPath(r.keys(), n.ID))
	os.Remove(nextSignerPath(r.keys(), n.ID))
	if err := writeSecret(signerPath(r.keys(), n.ID), first.Secret()); err != nil {
		return kit, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return kit, fmt.Errorf("create data directory: %w", err)
	}
	unnamed := path + ".new"
	if err := os.Remove(unnamed); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return kit, fmt.Errorf("remove unfinished database: %w", err)
	}
	db, err := openBolt(unnamed, r.opts.LockTimeout, true)
	if err != nil {
		return kit, err
	}
	t := &Tenant{ID: n.ID, Customer: customer, master: r.opts.master, now: r.opts.Now, log: r.opts.Log}
	t.signer.Store(first)
	t.file.Store(db)
	t.origin = chain.Origin(customer, genesis, 0)
	facts := Facts{Format: Format, Customer: customer, Firm: n.Firm, FirstKey: kit.FirstKey, RecoveryKey: kit.RecoveryKey}
	err = db.Update(func(btx *bolt.Tx) error { return t.firstEntry(btx, genesis, facts) })
	if cerr := db.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(unnamed, path)
	}
	if err != nil {
		return kit, fmt.Errorf("create tenant: %w", err)
	}
	return kit, r.syncUpFrom(filepath.Dir(path))
}

// syncUpFrom makes durable that dir and the directories between it and the data
// directory have what was put in them.
func (r *Root) syncUpFrom(dir string) error {
	for {
		if err := syncDir(dir); err != nil {
			return err
		}
		if dir == r.Dir || len(dir) < len(r.Dir) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

func (t *Tenant) firstEntry(btx *bolt.Tx, genesis chain.Hash, f Facts) error {
	if err := makeBuckets(btx); err != nil {
		return err
	}
	b, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode facts: %w", err)
	}
	if err := btx.Bucket([]byte("meta")).Put(keyFacts, b); err != nil {
		return fmt.Errorf("put facts: %w", err)
	}
	if t.ID == BoxID {
		if err := t.master.first.put(btx); err != nil {
			return err
		}
	}
	ev := chain.Event{
		Action: chain.TenantCreate, Object: chain.Object{Kind: "tenant", ID: t.ID},
		Detail: chain.Detail{"key": f.FirstKey, "recovery_key": f.RecoveryKey},
	}
	s := stage{head: head{hash: genesis}}
	tx := &Tx{View: View{t, btx}, Event: &ev, Seq: 1}
	if err := t.appendEntry(tx, &s.head, System("box"), ev); err != nil {
		return err
	}
	return t.seal(btx, &s)
}
