package store

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"coffre/vault/backupfile"
)

// A backup holds what browsers know the box by: its own certificate authority, the
// firm's certificate, and what goes with both (backupfile says why, and why no key
// that signs a chain is among it). The certificate that the authority issued is not
// there: a restored box issues one for the names of the machine that it is on.

// AuthorityRenews is how long before its end the box replaces its own authority.
const AuthorityRenews = 30 * 24 * time.Hour

// copyHTTPS adds the files of HTTPS. They are read at once, since each may be
// replaced at any moment.
func (b *Backup) copyHTTPS() error {
	entries, err := os.ReadDir(b.r.keys())
	if err != nil {
		return fmt.Errorf("list keys: %w", err)
	}
	texts := map[string][]byte{}
	for _, e := range entries {
		name := "keys/" + e.Name()
		if !backupfile.IsHTTPS(name) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(b.r.keys(), e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // replaced, or removed, meanwhile
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		texts[name] = text
	}
	ca, some := texts[backupfile.AuthorityName]
	key, more := texts[backupfile.AuthorityKeyName]
	if _, err := readAuthority(ca, key); err != nil && (some || more) {
		// Half of one, or two halves: a restored box would not start with them.
		b.r.opts.Log.Warn("the box's certificate authority is not in the backup: its files don't belong together", "err", err)
		delete(texts, backupfile.AuthorityName)
		delete(texts, backupfile.AuthorityKeyName)
	}
	for _, e := range entries {
		name := "keys/" + e.Name()
		if text, ok := texts[name]; ok {
			b.addBytes(name, text)
		}
	}
	return nil
}

// readAuthority reads an authority and its key, which are of each other.
func readAuthority(ca, key []byte) (*x509.Certificate, error) {
	pair, err := tls.X509KeyPair(ca, key)
	if err != nil {
		return nil, fmt.Errorf("read certificate authority: %w", err)
	}
	if !pair.Leaf.IsCA {
		return nil, errors.New("read certificate authority: it is none")
	}
	return pair.Leaf, nil
}
