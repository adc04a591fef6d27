package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"coffre/chain"
)

// The private checkpoint key of a tenant is one file of the key directory, never
// in a database and never in a backup:
//
//	keys/checkpoint-<tenant>.key         the key that signs
//	keys/checkpoint-<tenant>.key.next    during a hand-over: the one that will
//
// Whichever of the two signed the newest checkpoint is the right one, and an
// opening ends what a kill left of a hand-over.

func signerPath(keys, tenant string) string {
	return filepath.Join(keys, "checkpoint-"+tenant+".key")
}

func nextSignerPath(keys, tenant string) string { return signerPath(keys, tenant) + ".next" }

// readSigner reads a key file. Errors: fs.ErrNotExist, chain.ErrKey.
func readSigner(path string) (*chain.Signer, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint key: %w", err)
	}
	s, err := chain.ParseSigner(string(b))
	if err != nil {
		return nil, fmt.Errorf("read checkpoint key: %w", err)
	}
	return s, nil
}

// loadSigner returns the key that signed the newest checkpoint. Errors:
// Unavailable or Corrupt "checkpoint-key-missing", Corrupt "foreign-database"
// where another box's key did, or one that was destroyed since.
func loadSigner(keys, tenant, dbPath, newest string) (*chain.Signer, error) {
	path := signerPath(keys, tenant)
	next, _ := readSigner(nextSignerPath(keys, tenant))
	if signs(next, newest) {
		return next, nil
	}
	cur, err := readSigner(path)
	switch {
	case signs(cur, newest):
		return cur, nil
	case errors.Is(err, fs.ErrNotExist) && waiting(keys, tenant):
		return nil, Fail(Unavailable, "restore-waits", "path", filepath.Dir(keys))
	case errors.Is(err, fs.ErrNotExist):
		return nil, Fail(Unavailable, "checkpoint-key-missing", "path", path)
	case errors.Is(err, chain.ErrKey):
		return nil, Fail(Corrupt, "checkpoint-key-missing", "path", path).Because(err)
	case err != nil:
		return nil, err
	}
	return nil, Fail(Corrupt, "foreign-database", "path", dbPath)
}

func signs(s *chain.Signer, note string) bool {
	if s == nil {
		return false
	}
	_, signed, err := chain.OpenCheckpoint(note, s.Verifier())
	return err == nil && len(signed) > 0
}

// tidyKeys makes the key file of a tenant hold cur, and nothing else exist: it
// ends a hand-over whose checkpoint is durable, or forgets one that never was.
// settle is called before a key is destroyed that the database could still need.
func tidyKeys(keys, tenant string, cur *chain.Signer, settle func() error) error {
	path, nextPath := signerPath(keys, tenant), nextSignerPath(keys, tenant)
	if is(path, cur) {
		return destroyKey(nextPath)
	}
	if !is(nextPath, cur) {
		return Fail(Corrupt, "checkpoint-key-missing", "path", path)
	}
	if err := settle(); err != nil {
		return err
	}
	if err := overwriteKey(path); err != nil {
		return err
	}
	return promoteKey(keys, tenant)
}

func is(path string, cur *chain.Signer) bool {
	s, err := readSigner(path)
	return err == nil && s.Verifier() == cur.Verifier()
}

// promoteKey puts the next key in the place of the old one.
func promoteKey(keys, tenant string) error {
	if err := os.Rename(nextSignerPath(keys, tenant), signerPath(keys, tenant)); err != nil {
		return fmt.Errorf("replace checkpoint key: %w", err)
	}
	return syncDir(keys)
}

// overwriteKey writes zeros over a file that holds keys and may be missing. A file
// system that copies on writing, or flash, can keep the old bytes all the same.
func overwriteKey(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("overwrite keys: %w", err)
	}
	st, err := f.Stat()
	if err == nil {
		zeros := make([]byte, min(st.Size(), 1<<20))
		for left := st.Size(); left > 0 && err == nil; left -= int64(len(zeros)) {
			_, err = f.Write(zeros[:min(left, int64(len(zeros)))])
		}
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("overwrite keys: %w", err)
	}
	return nil
}

// destroyKey overwrites and removes a file that holds keys and may be missing.
func destroyKey(path string) error {
	if err := overwriteKey(path); err != nil {
		return err
	}
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("remove keys: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// writeSecret writes a key file of mode 0600 durably, replacing none.
func writeSecret(path, secret string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("create key directory: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("create key file: %w", err)
	}
	_, err = f.WriteString(secret)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return nil
}
