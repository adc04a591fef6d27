package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	bolt "go.etcd.io/bbolt"

	"coffre/chain"
)

// SignedCheckpoint is a note with the time of its last entry.
type SignedCheckpoint struct {
	Time time.Time `json:"time"`
	Size uint64    `json:"size"`
	Note string    `json:"note"`
}

var keyCheckpoint = []byte("checkpoint")

// putCheckpoint stores the newest note, and keeps the one before it for ever
// where it was the last of its hour.
func (t *Tenant) putCheckpoint(btx *bolt.Tx, h *head, note string) error {
	meta := btx.Bucket([]byte("meta"))
	now := SignedCheckpoint{Time: h.time, Size: h.seq, Note: note}
	var last SignedCheckpoint
	if b := meta.Get(keyCheckpoint); b != nil {
		if err := json.Unmarshal(b, &last); err != nil {
			return Fail(Corrupt, "damaged").Because(fmt.Errorf("decode checkpoint: %w", err))
		}
	}
	if last.Size > 0 && !last.Time.Truncate(time.Hour).Equal(now.Time.Truncate(time.Hour)) {
		b, _ := json.Marshal(last)
		if err := btx.Bucket([]byte("checkpoints")).Put(u64(last.Size), b); err != nil {
			return fmt.Errorf("keep checkpoint: %w", err)
		}
	}
	b, _ := json.Marshal(now)
	if err := meta.Put(keyCheckpoint, b); err != nil {
		return fmt.Errorf("put checkpoint: %w", err)
	}
	return nil
}

func (v *View) checkpoint() (SignedCheckpoint, error) {
	var c SignedCheckpoint
	b := v.tx.Bucket([]byte("meta")).Get(keyCheckpoint)
	if b == nil {
		return c, errNotFound
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, Fail(Corrupt, "damaged").Because(fmt.Errorf("decode checkpoint: %w", err))
	}
	return c, nil
}

func signerPath(keys, tenant string) string {
	return filepath.Join(keys, "checkpoint-"+tenant+".key")
}

// loadSigner reads the private checkpoint key of a tenant from the key
// directory; it is never in a database and never in a backup.
func loadSigner(keys, tenant string) (*chain.Signer, error) {
	b, err := os.ReadFile(signerPath(keys, tenant))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Fail(Unavailable, "checkpoint-key-missing", "path", signerPath(keys, tenant))
	}
	if err != nil {
		return nil, fmt.Errorf("read checkpoint key: %w", err)
	}
	s, err := chain.ParseSigner(string(b))
	if err != nil {
		return nil, Fail(Corrupt, "checkpoint-key-missing", "path", signerPath(keys, tenant)).Because(err)
	}
	return s, nil
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
