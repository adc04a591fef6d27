package store

import (
	"encoding/json"
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

// A restored chain goes on once its recovery key has signed for it. Until then the
// data directory has a mark that says so, and the chain doesn't open.

// waitsName is the mark: WaitingChains as JSON.
const waitsName = "restored.json"

// WaitingChains is what a restore left to do.
type WaitingChains struct {
	Backup string   `json:"backup"`
	Waits  []string `json:"waits"` // tenants, "box" for the box's own
	// Known are checkpoints that were known elsewhere when it was restored.
	Known []string `json:"known,omitempty"`
}

// ReadWaiting reads the mark of a data directory; none is an empty one.
func ReadWaiting(data string) (w WaitingChains, err error) {
	b, err := os.ReadFile(filepath.Join(data, waitsName))
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &w)
	}
	if err != nil {
		return w, fmt.Errorf("read what waits: %w", err)
	}
	return w, nil
}

func (w WaitingChains) write(data string) error {
	path := filepath.Join(data, waitsName)
	if len(w.Waits) == 0 {
		err := os.Remove(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("remove mark: %w", err)
		}
		return syncDir(data)
	}
	b, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("encode what waits: %w", err)
	}
	return replaceFile(path, append(b, '\n'))
}

// waking lets restored chains go on.
type waking struct {
	dir      string
	backup   string
	identity BackupIdentity
	by       Actor
	known    []string
	options  Options
	damaged  []DamagedFirm
}

// all wakes the chains whose key is at hand, and marks the others.
func (w waking) all(chains []RestoredChain) error {
	mark := WaitingChains{Backup: w.backup, Known: w.known}
	for i := range chains {
		if err := w.one(&chains[i]); err != nil {
			return err
		}
		if chains[i].Waits {
			mark.Waits = append(mark.Waits, chains[i].Tenant)
		}
	}
	for _, d := range w.damaged {
		if d.Code == "restore-waits" { // so it did when the backup was made
			mark.Waits = append(mark.Waits, d.Tenant)
		}
	}
	return mark.write(w.dir)
}

func (w waking) one(c *RestoredChain) error {
	signer := w.identity.recoveryFor(c.recoveryKey)
	name, _, _ := strings.Cut(c.recoveryKey, "+")
	r := Restoration{Tenant: c.Tenant, By: w.by, Recovery: signer, Known: knownOf(w.known, name)}
	for _, note := range r.Known {
		if cp, _, err := chain.OpenCheckpoint(note); err == nil && cp.Size > max(c.Size, c.Known) {
			c.Known = cp.Size
		}
	}
	if c.Waits = signer == nil; c.Waits {
		return nil
	}
	o := w.options
	o.LockTimeout = max(o.LockTimeout, 2*time.Second)
	seq, err := RestoreChain(w.dir, r, o)
	c.Restore = seq
	return err
}

// RecoverChains lets chains of a restored data directory go on whose recovery key
// is at hand now, and returns all that waited. Errors: NotFound "restore-nothing"
// where none waits, Invalid "recovery-key" where no key is of one that does, those
// of RestoreChain.
func RecoverChains(data string, identity BackupIdentity, by Actor, known []string, o Options) ([]RestoredChain, error) {
	mark, err := ReadWaiting(data)
	if err != nil {
		return nil, err
	}
	if len(mark.Waits) == 0 {
		return nil, Fail(NotFound, "restore-nothing", "path", data)
	}
	w := waking{dir: data, identity: identity, by: by, known: append(slices.Clone(mark.Known), known...), options: o}
	var out []RestoredChain
	woken := 0
	for _, id := range slices.Clone(mark.Waits) {
		c := RestoredChain{Tenant: id}
		err := (&Root{Dir: data, opts: o}).peek(chainDB(data, id), func(tx *boltTx) error {
			f, err := readFacts(tx)
			if err != nil {
				return err
			}
			at, err := (&View{tx: tx}).checkpoint()
			c.recoveryKey, c.Size = f.RecoveryKey, at.Size
			return err
		})
		if err != nil {
			return out, err
		}
		if err := w.one(&c); err != nil {
			return out, err
		}
		if out = append(out, c); c.Waits {
			continue
		}
		woken++
		mark.Waits = slices.DeleteFunc(mark.Waits, func(s string) bool { return s == id })
		if err := mark.write(data); err != nil {
			return out, err
		}
	}
	if woken == 0 {
		return out, Fail(Invalid, "recovery-key")
	}
	return out, nil
}

// waiting tells whether a chain waits for its recovery key; keys is the key
// directory of its data.
func waiting(keys, tenant string) bool {
	w, err := ReadWaiting(filepath.Dir(keys))
	return err == nil && slices.Contains(w.Waits, tenant)
}
