package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"coffre/chain"
)

// A firm that comes back lies in the data directory, since a service's account may
// write nowhere else:
//
//	return/<id>/new/                 what will be tenants/<id>, verified and awake
//	return/<id>/key                  the key that signs its journal from then on
//	return/<id>/mark                 written last before the word in the box's chain
//	former/<id>.before-<stamp>/      what was tenants/<id>, its way back
//	former/<id>.before-<stamp>/*.key the keys that signed its journal
//
// The word is the entry tenant.restore of the box's chain: an opening that finds
// return/<id>/mark and that entry goes on, and removes what it finds without.

const (
	returnDir  = "return"
	returnMark = "mark"
	formerDir  = "former"
)

// FirmReturnRecord is the last return of a firm, as the box remembers it: in its
// bucket "drills", by the firm's id. Note keeps whoever returns the firm once more
// from beginning a second life of the same number, also where its data is lost.
type FirmReturnRecord struct {
	ID      string      `json:"id"` // of this return
	Tenant  string      `json:"tenant"`
	Backup  string      `json:"backup"`
	At      time.Time   `json:"at"`
	By      chain.Actor `json:"by"`
	Seq     uint64      `json:"seq"` // of tenant.restore, in the box's chain
	Size    uint64      `json:"size"`
	Restore uint64      `json:"restore"`
	Note    string      `json:"note"` // the firm's checkpoint when it came back
	Former  string      `json:"former,omitempty"`
}

var firmReturns = table[FirmReturnRecord]("drills")

// firmMark is return/<id>/mark.
type firmMark struct {
	ID     string `json:"id"` // of the return
	Tenant string `json:"tenant"`
	Former string `json:"former"` // name below former/
}

func (r *Root) returnPath(id string, name ...string) string {
	return filepath.Join(append([]string{r.Dir, returnDir, id}, name...)...)
}

// takeFirmsPlace gives the firm of a backup the place of the one of now.
func (r *Root) takeFirmsPlace(ctx context.Context, b *firmAside, q FirmReturnRequest, out *FirmReturned) error {
	before, err := r.lastReturn(b.id)
	if err != nil {
		return err
	}
	m, err := r.layFirm(b)
	if err != nil {
		return errors.Join(err, r.dropReturn(b.id))
	}
	killPoint("return-marked")
	rec := FirmReturnRecord{ID: m.ID, Tenant: b.id, Backup: b.rep.Backup, At: r.opts.Now().UTC(), By: q.By.Actor, Size: b.firm.Size, Restore: out.Restore}
	if rec.Note, err = b.note(r.returnPath(b.id, "new", "store.db")); err != nil {
		return errors.Join(err, r.dropReturn(b.id))
	}
	if m.Former != "" {
		rec.Former = filepath.Join(formerDir, m.Former)
		out.Former = filepath.Join(r.Dir, rec.Former)
	}
	ev := b.event(q.Request, out)
	ev.Detail["sessions"] = out.Sessions
	out.Seq, err = r.Box.Update(ctx, q.By, ev, func(tx *Tx) error {
		rec.Seq = tx.Seq
		return firmReturns.put(tx, []byte(b.id), rec)
	})
	if err != nil {
		given, gerr := r.wordGiven(m) // its result may be unknown
		if gerr != nil {
			r.keepAway(b.id, err)
			return errors.Join(err, gerr)
		}
		if !given {
			return errors.Join(err, r.dropReturn(b.id))
		}
	}
	killPoint("return-entered")
	if err := r.endReturn(m); err != nil {
		return r.undoReturn(ctx, q, m, before, err)
	}
	return nil
}

// wordGiven tells whether the box's chain has the word for a return.
func (r *Root) wordGiven(m firmMark) (bool, error) {
	rec, err := r.lastReturn(m.Tenant)
	return err == nil && rec.ID == m.ID, err
}

// lastReturn is the last return of a firm, an empty record where there was none.
func (r *Root) lastReturn(id string) (rec FirmReturnRecord, err error) {
	err = r.Box.View(func(v *View) (err error) { rec, err = firmReturns.get(v, []byte(id)); return err })
	if IsNotFound(err) {
		err = nil
	}
	return rec, err
}

// note reads the checkpoint that the firm begins its new life with.
func (b *firmAside) note(path string) (note string, err error) {
	err = b.r.peek(path, func(tx *boltTx) error {
		c, err := (&View{tx: tx}).checkpoint()
		note = c.Note
		return err
	})
	return note, err
}

// layFirm moves the firm from the scratch directory to where an opening looks for it.
func (r *Root) layFirm(b *firmAside) (m firmMark, err error) {
	dir := r.returnPath(b.id)
	if err := r.dropReturn(b.id); err != nil {
		return m, err
	}
	if err := makeDirs(dir); err != nil {
		return m, fmt.Errorf("create directory: %w", err)
	}
	secret, err := readSigner(signerPath(filepath.Join(b.data, "keys"), b.id))
	if err != nil {
		return m, err
	}
	if err := writeSecret(r.returnPath(b.id, "key"), secret.Secret()); err != nil {
		return m, err
	}
	if err := syncTree(filepath.Dir(TenantDB(b.data, b.id))); err != nil {
		return m, err
	}
	if err := os.Rename(filepath.Dir(TenantDB(b.data, b.id)), r.returnPath(b.id, "new")); err != nil {
		return m, fmt.Errorf("lay firm ready: %w", err)
	}
	killPoint("return-laid")
	m = firmMark{ID: NewID(), Tenant: b.id}
	if m.Former, err = r.formerOf(b.id); err != nil {
		return m, err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return m, fmt.Errorf("encode mark: %w", err)
	}
	return m, errors.Join(replaceFile(r.returnPath(b.id, returnMark), text), syncDir(filepath.Dir(dir)), syncDir(r.Dir))
}

// movable refuses where a firm's data is a mount or a link: it could not change places.
func (r *Root) movable(id string) error {
	here, _ := deviceOf(r.Dir)
	for _, path := range []string{filepath.Dir(r.tenantDir(id)), r.tenantDir(id), r.keys()} {
		on, ok := deviceOf(path)
		if _, err := os.Lstat(path); err == nil && (!ok || on != here) {
			return Fail(Conflict, "restore-mount", "name", filepath.Base(path))
		}
	}
	return nil
}

// formerOf names the place for what a firm has now, "" where it has nothing.
func (r *Root) formerOf(id string) (string, error) {
	left, err := os.ReadDir(r.tenantDir(id))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(left) == 0 {
		return "", nil
	}
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return "", fmt.Errorf("read data of a firm: %w", err)
	}
	name := formerName(id, r.opts.Now())
	for n := 2; ; n++ {
		if _, err := os.Lstat(filepath.Join(r.Dir, formerDir, name)); err != nil {
			return name, nil
		}
		name = formerName(id, r.opts.Now()) + "-" + strconv.Itoa(n)
	}
}

// endReturn puts a firm in place for which the word was given; done again, it does
// what is left.
func (r *Root) endReturn(m firmMark) error {
	here, former := r.tenantDir(m.Tenant), filepath.Join(r.Dir, formerDir, m.Former)
	if _, err := os.Lstat(r.returnPath(m.Tenant, "new")); err == nil {
		if err := r.putAside(m, here, former); err != nil {
			return err
		}
		killPoint("return-aside")
		if err := os.Rename(r.returnPath(m.Tenant, "new"), here); err != nil {
			return fmt.Errorf("put firm in place: %w", err)
		}
		if err := errors.Join(syncDir(filepath.Dir(here)), syncDir(r.returnPath(m.Tenant))); err != nil {
			return err
		}
		killPoint("return-placed")
	}
	if err := r.changeSigner(m, former); err != nil {
		return err
	}
	killPoint("return-keyed")
	if err := r.waitsNoMore(m.Tenant); err != nil {
		return err
	}
	if err := os.Remove(r.returnPath(m.Tenant, returnMark)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove mark of a firm's return: %w", err)
	}
	if err := syncDir(r.returnPath(m.Tenant)); err != nil {
		return err
	}
	killPoint("return-unmarked")
	return r.dropReturn(m.Tenant)
}

// putAside gives what a firm has now the name of its way back.
func (r *Root) putAside(m firmMark, here, former string) error {
	if m.Former == "" {
		if err := os.Remove(here); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("put former data aside: %w", err)
		}
		return makeDirs(filepath.Dir(here))
	}
	if _, err := os.Lstat(here); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := makeDirs(filepath.Dir(former)); err != nil {
		return err
	}
	if err := os.Rename(here, former); err != nil {
		return fmt.Errorf("put former data aside: %w", err)
	}
	return errors.Join(syncDir(filepath.Dir(former)), syncDir(filepath.Dir(here)))
}

// changeSigner puts the key of the firm's new life in the place of the former one,
// which goes with the former data: nothing else could go on with them.
func (r *Root) changeSigner(m firmMark, former string) error {
	next, err := readSigner(r.returnPath(m.Tenant, "key"))
	if err != nil {
		return err
	}
	keys := r.keys()
	for _, path := range []string{signerPath(keys, m.Tenant), nextSignerPath(keys, m.Tenant)} {
		s, err := readSigner(path)
		if err != nil || s.Verifier() == next.Verifier() || m.Former == "" {
			continue // zeros, where a kill came between
		}
		if err := replaceFile(filepath.Join(former, strings.TrimPrefix(filepath.Base(path), "checkpoint-")), []byte(s.Secret())); err != nil {
			return err
		}
	}
	if is(signerPath(keys, m.Tenant), next) {
		return destroyKey(nextSignerPath(keys, m.Tenant))
	}
	if !is(nextSignerPath(keys, m.Tenant), next) {
		if err := destroyKey(nextSignerPath(keys, m.Tenant)); err != nil {
			return err
		}
		if err := writeSecret(nextSignerPath(keys, m.Tenant), next.Secret()); err != nil {
			return err
		}
	}
	if err := overwriteKey(signerPath(keys, m.Tenant)); err != nil {
		return err
	}
	killPoint("return-overwritten")
	return promoteKey(keys, m.Tenant)
}

// undoReturn leaves the firm as it was where the new one could not take its place,
// and says so in the box's chain.
func (r *Root) undoReturn(ctx context.Context, q FirmReturnRequest, m firmMark, before FirmReturnRecord, why error) error {
	here, former := r.tenantDir(m.Tenant), filepath.Join(r.Dir, formerDir, m.Former)
	if _, err := os.Lstat(r.returnPath(m.Tenant, "new")); err != nil {
		r.keepAway(m.Tenant, why) // it is in place already: the next opening ends it
		return why
	}
	if _, err := os.Lstat(here); errors.Is(err, fs.ErrNotExist) && m.Former != "" {
		if err := os.Rename(former, here); err != nil {
			r.keepAway(m.Tenant, err)
			return errors.Join(why, err)
		}
	}
	ev := chain.Event{Action: chain.TenantRestore, Outcome: "error", Request: q.Request, Object: chain.Object{Kind: "tenant", ID: m.Tenant}, Detail: chain.Detail{"code": AsError(why).Code}}
	_, err := r.Box.Update(ctx, q.By, ev, func(tx *Tx) error {
		if before.ID != "" {
			return firmReturns.put(tx, []byte(m.Tenant), before)
		}
		return firmReturns.delete(tx, []byte(m.Tenant))
	})
	if err != nil {
		r.keepAway(m.Tenant, err)
		return errors.Join(why, err)
	}
	return errors.Join(why, r.dropReturn(m.Tenant))
}

// dropReturn removes what a firm's return has laid ready.
func (r *Root) dropReturn(id string) error {
	if err := destroyKey(r.returnPath(id, "key")); err != nil {
		return err
	}
	if err := removeAll(r.returnPath(id)); err != nil {
		return err
	}
	os.Remove(filepath.Join(r.Dir, returnDir)) // once it is empty
	return nil
}

// endReturns ends at the opening what a kill left of firms' returns. One that can't
// be ended keeps its firm closed, and no other.
func (r *Root) endReturns() {
	left, _ := os.ReadDir(filepath.Join(r.Dir, returnDir))
	for _, e := range left {
		if err := r.endOneReturn(e.Name()); err != nil {
			r.opts.Log.Error("a firm's return from a backup can't be ended", "tenant", e.Name(), "err", err)
			r.keepAway(e.Name(), err)
		}
	}
}

func (r *Root) endOneReturn(id string) error {
	text, err := os.ReadFile(r.returnPath(id, returnMark))
	if errors.Is(err, fs.ErrNotExist) {
		return r.dropReturn(id)
	}
	var m firmMark
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err == nil && (m.Tenant != id || filepath.Base(m.Former) != m.Former && m.Former != "") {
		err = errDamaged
	}
	if err != nil {
		return fmt.Errorf("read mark of a firm's return: %w", err)
	}
	given, err := r.wordGiven(m)
	if err != nil {
		return err
	}
	if !given {
		return r.dropReturn(id)
	}
	if err := r.endReturn(m); err != nil {
		return err
	}
	r.opts.Log.Warn("a firm's return from a backup was ended", "tenant", id, "former", m.Former)
	return nil
}
