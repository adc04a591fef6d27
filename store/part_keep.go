package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// OpenPart is a backup that was read and verified once and stays open beside the
// data, so that somebody may look for what is lost, see what would become of it and
// take it, while what opens the backup is asked for once and kept nowhere. On disk
// it is the firm's database of then and its originals, in clear, and nothing of keys
// or of others; Close removes it, and an opening of the data what a kill left.
type OpenPart struct {
	mu sync.RWMutex // Close waits for those who look or take
	b  *aside       // nil: closed
}

var errPartClosed = Fail(Conflict, "part-closed")

// OpenPart reads a backup and keeps it open; out is what LookIntoBackup tells, and
// entered as such. Errors: those of LookIntoBackup.
func (r *Root) OpenPart(ctx context.Context, now *Tenant, q PartRequest) (p *OpenPart, out PartContents, err error) {
	b, err := r.openAside(ctx, now, q)
	if err != nil {
		return nil, out, err
	}
	if err = b.strip(now.ID); err == nil {
		out, err = b.look(ctx, now, q)
	}
	if err != nil {
		b.end()
		return nil, out, err
	}
	killPoint("part-open")
	b.next()
	return &OpenPart{b: b}, out, nil
}

// strip removes all that is not needed to bring documents of one firm back: the
// master identity of then first.
func (b *aside) strip(tenant string) error {
	errs := []error{destroyIn(filepath.Join(b.dir, "keys"), "*")}
	only := func(dir string, names ...string) {
		entries, err := os.ReadDir(dir)
		errs = append(errs, err)
		for _, e := range entries {
			if !slices.Contains(names, e.Name()) {
				errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
			}
		}
	}
	only(b.dir, "tenants")
	only(filepath.Join(b.dir, "tenants"), tenant)
	only(filepath.Join(b.dir, "tenants", tenant), filepath.Base(b.t.path), "files")
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove what is not needed: %w", err)
	}
	return nil
}

// Plan says what Take would come to as things stand now, and refuses what it would
// refuse, without an entry.
func (p *OpenPart) Plan(now *Tenant, q TakeRequest) (out PartPlan, err error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.b == nil {
		return out, errPartClosed
	}
	if err := q.what(); err != nil {
		return out, err
	}
	w := p.b.taking(now, q)
	if err := w.decide(); err != nil {
		return out, err
	}
	err = now.View(func(v *View) error { return w.plan.tell(v, &out) })
	return out, err
}

// Take is TakeFromBackup of the backup that is open; File and Identity of the request
// don't count. Error also: Conflict "part-closed".
func (p *OpenPart) Take(ctx context.Context, now *Tenant, q TakeRequest) (out Taken, err error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.b == nil {
		return out, errPartClosed
	}
	if err := q.what(); err != nil {
		return out, err
	}
	return p.b.take(ctx, now, q)
}

// Close removes what was read. It may be called again, and of nil.
func (p *OpenPart) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.b != nil {
		p.b.end()
	}
	p.b = nil
}

// ReceiveAside writes a backup that is sent beside the data of a box at work, and
// returns its path, for DropAside; size is what its sender says, negative where they
// don't. Where it fails nothing stays. Errors: ENOSPC; those of in.
func (r *Root) ReceiveAside(in io.Reader, size int64) (path string, n int64, err error) {
	dir, err := os.MkdirTemp(r.Dir, scratchPrefix+"*")
	if err != nil {
		return "", 0, fmt.Errorf("create directory: %w", err)
	}
	path = filepath.Join(dir, firstUpload)
	if n, err = r.receive(path, in, size); err != nil {
		return "", n, errors.Join(err, r.DropAside(path))
	}
	return path, n, nil
}

// DropAside removes what ReceiveAside wrote.
func (r *Root) DropAside(path string) error {
	dir := filepath.Dir(path)
	if filepath.Dir(dir) != filepath.Clean(r.Dir) || !strings.HasPrefix(filepath.Base(dir), scratchPrefix) {
		return fmt.Errorf("remove what was sent: %s is not of it", path)
	}
	return removeAll(dir)
}
