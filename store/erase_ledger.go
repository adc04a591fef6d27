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

	"coffre/chain"
)

// The ledger of erasures lies beside the database as well, in lines of JSON: a
// backup that is put back doesn't know whom the firm has erased since. Whoever
// restores keeps this file, and every opening replays it.

const ledgerName = "erasures.jsonl"

// LedgerPath is where a tenant's ledger of erasures lies under a data directory.
func LedgerPath(dir, id string) string { return filepath.Join(dir, "tenants", id, ledgerName) }

// ReadLedger reads a ledger of erasures; none is an empty one. A line that is
// none is an error: nobody may be forgotten in silence.
func ReadLedger(path string) ([]Erasure, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read ledger of erasures: %w", err)
	}
	return ParseLedger(b)
}

// ParseLedger reads the lines of a ledger.
func ParseLedger(b []byte) (out []Erasure, err error) {
	for line := range bytes.Lines(b) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		e, err := parseErasure(line)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// writeLedger writes the file anew: the database's lines and those of the file
// that it doesn't have.
func (t *Tenant) writeLedger() error {
	var all []Erasure
	err := t.View(func(v *View) (err error) { all, err = v.Erasures(); return err })
	if err != nil {
		return err
	}
	path := filepath.Join(t.dir, ledgerName)
	known, err := ReadLedger(path)
	if err != nil {
		return err
	}
	text, _, err := ledgerText(append(all, known...))
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, text) || len(text) == 0 {
		return nil
	}
	return replaceFile(path, text)
}

// ledgerText writes a ledger with each person once, and counts them.
func ledgerText(all []Erasure) (text []byte, people int, err error) {
	have := map[string]bool{}
	for _, e := range all {
		if have[e.Person] {
			continue
		}
		have[e.Person] = true
		b, err := json.Marshal(e)
		if err != nil {
			return nil, 0, fmt.Errorf("encode erasure: %w", err)
		}
		text = append(append(text, b...), '\n')
	}
	return text, len(have), nil
}

// replaceFile writes a file of mode 0600 durably, whole or not at all.
func replaceFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".ledger-*")
	if err != nil {
		return fmt.Errorf("create file: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write file: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// ReplayErasures erases again whom a restored backup has brought back, and
// returns how many. No approval is asked for: it was given. A legal hold doesn't
// stop it either, since what it would keep was destroyed once.
func (t *Tenant) ReplayErasures(ctx context.Context, ledger []Erasure) (n int, err error) {
	for _, e := range ledger {
		ev := chain.Event{Action: chain.UserErase, Detail: chain.Detail{"replayed": true}}
		_, err := t.Update(ctx, System("restore"), ev, func(tx *Tx) error { return tx.replayErasure(e) })
		if errors.Is(err, errNothing) {
			continue
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (tx *Tx) replayErasure(e Erasure) error {
	u, err := tx.User(e.Person)
	if IsNotFound(err) || err == nil && !u.Erased.IsZero() {
		return errNothing
	}
	if err != nil {
		return err
	}
	if err := tx.erasePerson(u, e.Approval); err != nil {
		return err
	}
	again, err := tx.Erasure(e.Person)
	if err != nil {
		return err
	}
	again.Replayed, again.Time = true, e.Time
	return erasures.put(tx, []byte(erasedPerson+e.Person), again)
}

// replayLedger erases at the opening whom the file beside the database says to
// be erased, and brings that file up to date.
func (t *Tenant) replayLedger(ctx context.Context) error {
	if t.ID == BoxID {
		return nil // nobody signs in to the box itself
	}
	known, err := ReadLedger(filepath.Join(t.dir, ledgerName))
	if err != nil {
		return err
	}
	n, err := t.ReplayErasures(ctx, known)
	if err != nil {
		return err
	}
	if n > 0 {
		t.log.Warn("erased people were in the database again; it was put back from a backup", "tenant", t.ID, "people", n)
	}
	return t.writeLedger()
}
