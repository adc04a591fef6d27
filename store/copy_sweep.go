package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"coffre/chain"
)

// tidy removes what a kill left of files that were being written, and lists without
// a copy. It runs before a copy, when nobody else writes.
func tidy(home string) error {
	runs := filepath.Join(home, copyRuns)
	entries, err := os.ReadDir(runs)
	if err != nil {
		return fmt.Errorf("list copies: %w", err)
	}
	for _, e := range entries {
		name, isSums := strings.CutSuffix(e.Name(), copySums)
		if isSums {
			_, err := os.Lstat(filepath.Join(runs, name+copyEnding))
			isSums = errors.Is(err, fs.ErrNotExist)
		}
		if isSums || strings.HasPrefix(e.Name(), copyPart) {
			if err := os.Remove(filepath.Join(runs, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove leftover: %w", err)
			}
		}
	}
	return eachObject(home, func(path string, d fs.DirEntry) error {
		if strings.HasPrefix(d.Name(), copyPart) {
			return os.Remove(path)
		}
		return nil
	})
}

// eachObject calls fn for every file among the objects.
func eachObject(home string, fn func(path string, d fs.DirEntry) error) error {
	err := filepath.WalkDir(filepath.Join(home, "objects"), func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case d.IsDir():
			return nil
		}
		return fn(path, d)
	})
	if err != nil {
		return fmt.Errorf("walk objects: %w", err)
	}
	return nil
}

// expired are the copies whose time is over.
func (p CopyPlan) expired(all []CopyFile, now time.Time) (out []CopyFile) {
	made := make([]time.Time, len(all))
	for i, f := range all {
		made[i] = f.Made
	}
	for i, keep := range p.keeps(made, now) {
		if !keep {
			out = append(out, all[i])
		}
	}
	return out
}

// sweep removes the copies whose time is over and that nothing holds, then the objects that no copy needs
// any more. The entry backup.sweep comes first. A copy goes by its name, its list
// after it, and objects only once no list names them: killed at any moment, what is
// left is whole, and the next sweep ends it. Where a copy has no list, no object is
// removed at all.
func (c *copyRun) sweep(ctx context.Context, by Actor, request string) error {
	all, err := copiesIn(c.home)
	if err != nil {
		return err
	}
	held, err := c.held(all)
	if err != nil {
		return err
	}
	gone := slices.DeleteFunc(c.plan.expired(all, c.r.opts.Now()), func(f CopyFile) bool { return f.name() == c.rec.Name || held[f.ID] })
	if len(gone) == 0 && !c.leftover() {
		return nil
	}
	if len(gone) > 0 {
		if err := c.r.enterSweep(ctx, by, request, gone, len(all)-len(gone)); err != nil {
			return err
		}
	}
	killPoint("sweep-entered")
	runs := filepath.Join(c.home, copyRuns)
	for _, f := range gone {
		if err := os.Remove(f.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove copy: %w", err)
		}
		if err := syncShare(runs); err != nil {
			return err
		}
		killPoint("sweep-run")
		if err := os.Remove(strings.TrimSuffix(f.Path, copyEnding) + copySums); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove copy: %w", err)
		}
	}
	if err := syncShare(runs); err != nil {
		return err
	}
	return sweepObjects(c.home)
}

// leftover tells whether there are objects that this copy doesn't need, though no
// copy expires: those of a copy that was never finished, or of a sweep that was cut.
func (c *copyRun) leftover() bool {
	list, err := copiesIn(c.home)
	if err != nil {
		return false
	}
	most := 0
	for _, f := range list {
		if sums, ok := sumsOf(f); ok {
			most = max(most, len(sums)-1)
		}
	}
	n := 0
	eachObject(c.home, func(string, fs.DirEntry) error { n++; return nil })
	return n > most
}

func sweepObjects(home string) error {
	all, err := copiesIn(home)
	if err != nil {
		return err
	}
	need := map[string]bool{}
	for _, f := range all {
		sums, ok := sumsOf(f)
		if !ok {
			return Fail(Corrupt, "copy-list", "name", f.name())
		}
		for path := range sums {
			need[path] = true
		}
	}
	return eachObject(home, func(path string, d fs.DirEntry) error {
		rel, err := filepath.Rel(home, path)
		if err != nil || need[filepath.ToSlash(rel)] || !strings.HasSuffix(path, copyEnding) {
			return err
		}
		killPoint("sweep-object")
		return os.Remove(path)
	})
}

// enterSweep enters in every chain which copies go, and marks their records.
func (r *Root) enterSweep(ctx context.Context, by Actor, request string, gone []CopyFile, left int) error {
	var ids []string
	for _, f := range gone {
		ids = append(ids, f.ID)
	}
	return r.everywhere(func(t *Tenant) error {
		ev := chain.Event{Action: chain.BackupSweep, Request: request, Detail: chain.Detail{"backups": ids, "left": left}}
		_, err := t.Update(ctx, by, ev, func(tx *Tx) error {
			if t.ID != BoxID {
				return nil
			}
			all, err := tx.CopyRecords()
			if err != nil {
				return err
			}
			for _, rec := range all {
				if slices.Contains(ids, rec.ID) && rec.Removed.IsZero() {
					rec.Removed = r.opts.Now().UTC()
					if err := copyRecords.put(tx, copyKey('r', rec.Seq), rec); err != nil {
						return err
					}
				}
			}
			return nil
		})
		return err
	})
}

// everywhere calls fn with every firm of the box whose data opens, then with the box
// itself.
func (r *Root) everywhere(fn func(*Tenant) error) error {
	all, err := r.Tenants()
	if err != nil {
		return err
	}
	for _, rec := range all {
		t, release, why, err := r.tryAcquire(rec.ID)
		if err != nil {
			return err
		}
		if why != nil {
			continue
		}
		err = fn(t)
		release()
		if err != nil {
			return err
		}
	}
	return fn(r.Box)
}
