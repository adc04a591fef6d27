package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"coffre/chain"
)

// The files of a destroyed firm go in an order in which what is readable without
// the rest goes first: the key of its checkpoints; its database, which holds its
// data keys and its credentials' keys, under zeros; then everything else.

// destroyFiles destroys what a firm has in the data directory; done again, it does
// what is left.
func (r *Root) destroyFiles(id string) error {
	for _, path := range []string{signerPath(r.keys(), id), nextSignerPath(r.keys(), id)} {
		if err := destroyKey(path); err != nil {
			return err
		}
	}
	killPoint("firm-key")
	dir := r.tenantDir(id)
	if err := destroyIn(dir, "*.db*"); err != nil {
		return err
	}
	killPoint("firm-database")
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("remove data of a firm: %w", err)
	}
	if err := syncDir(filepath.Dir(dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := r.destroyFormer(id); err != nil {
		return err
	}
	return r.waitsNoMore(id)
}

// destroyIn overwrites and removes the files of a directory that patterns name.
func destroyIn(dir string, patterns ...string) error {
	for _, pattern := range patterns {
		held, err := filepath.Glob(filepath.Join(globSafe(dir), pattern))
		if err != nil {
			return fmt.Errorf("list files: %w", err)
		}
		for _, path := range held {
			if err := destroyKey(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// destroyFormer destroys what returns from a backup have put aside of a firm.
func (r *Root) destroyFormer(id string) error {
	all, err := filepath.Glob(filepath.Join(globSafe(filepath.Join(r.Dir, formerDir, id)) + formerMid + "*"))
	if err != nil {
		return fmt.Errorf("list former data: %w", err)
	}
	for _, dir := range all {
		if err := destroyIn(dir, "*.key*", "*.db*"); err != nil {
			return err
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove former data: %w", err)
		}
	}
	return r.dropReturn(id)
}

// waitsNoMore forgets that a restored chain waits for its recovery key.
func (r *Root) waitsNoMore(id string) error {
	mark, err := ReadWaiting(r.Dir)
	if err != nil || !slices.Contains(mark.Waits, id) {
		return err
	}
	mark.Waits = slices.DeleteFunc(mark.Waits, func(s string) bool { return s == id })
	return mark.write(r.Dir)
}

// destroyedName is the ledger of destroyed firms, lines of JSON: a backup that is put
// back doesn't know which have been since.
const destroyedName = "destroyed.jsonl"

// DestroyedPath is where the ledger of destroyed firms lies under a data directory.
func DestroyedPath(dir string) string { return filepath.Join(dir, destroyedName) }

// ReadDestroyed reads a ledger of destroyed firms; none is an empty one. A line that
// is none is an error: no firm may come back in silence.
func ReadDestroyed(path string) (out []Destroyed, err error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ledger of destroyed firms: %w", err)
	}
	for line := range bytes.Lines(b) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		d, err := parseDestroyed(line)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// writeDestroyed writes the ledger anew where it doesn't say what the box's database
// does; what the file alone knows is in both after an opening.
func (r *Root) writeDestroyed(all []Destroyed) error {
	known, err := ReadDestroyed(DestroyedPath(r.Dir))
	if err != nil {
		return err
	}
	have := map[string]bool{}
	for _, d := range known {
		have[d.Tenant] = true
	}
	if !slices.ContainsFunc(all, func(d Destroyed) bool { return !have[d.Tenant] }) {
		return nil
	}
	return putDestroyedLedger(r.Dir, append(slices.Clone(all), known...))
}

// putDestroyedLedger writes the ledger, each firm once.
func putDestroyedLedger(dir string, all []Destroyed) error {
	var text []byte
	have := map[string]bool{}
	for _, d := range all {
		if have[d.Tenant] {
			continue
		}
		have[d.Tenant] = true
		b, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("encode destroyed firm: %w", err)
		}
		text = append(append(text, b...), '\n')
	}
	if len(text) == 0 {
		return nil
	}
	return replaceFile(DestroyedPath(dir), text)
}

// replayDestroyed destroys again at the opening the firms that a restored backup has
// brought back although the ledger beside box.db knows their end. No approval is
// asked for, and no hold stops it: both were settled before the first time.
func (r *Root) replayDestroyed(ctx context.Context) error {
	known, err := ReadDestroyed(DestroyedPath(r.Dir))
	if err != nil {
		return err
	}
	for _, d := range known {
		_, err := r.Box.Update(ctx, System("restore"), chain.Event{Action: chain.TenantDelete}, func(tx *Tx) error {
			if _, err := destroyed.get(&tx.View, []byte(d.Tenant)); err == nil {
				return errNothing
			} else if !IsNotFound(err) {
				return err
			}
			d.Replayed, d.Ended, d.EndedSeq = true, time.Time{}, 0
			return tx.putDestroyed(d)
		})
		if errors.Is(err, errNothing) {
			continue
		}
		if err != nil {
			return err
		}
		r.opts.Log.Warn("a destroyed firm was in the data again; they were put back from a backup", "tenant", d.Tenant)
	}
	return nil
}
