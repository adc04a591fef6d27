package store

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"coffre/vault/backupfile"
)

// What becomes of the box's own certificate authority.
const (
	AuthorityKept  = "kept"  // it comes back: who trusts it needs nothing
	AuthorityNone  = "none"  // the backup has none, like those of earlier versions
	AuthorityEnds  = "ends"  // it comes back, and its time is over or nearly: the box makes another
	AuthorityOther = "other" // it was left out, as somebody wished: the box makes another
)

// RestoredHTTPS is what a backup holds of HTTPS.
type RestoredHTTPS struct {
	State string `json:"state"` // AuthorityKept, …
	// Authority is the SHA-256 of the box's own authority as browsers show it.
	Authority string    `json:"authority,omitempty"`
	Until     time.Time `json:"until,omitzero"` // its end
	// FirmUntil is the end of the firm's certificate, zero where none comes back.
	FirmUntil time.Time `json:"firm_until,omitzero"`
}

// readHTTPS reads what a restored directory has of HTTPS. A box doesn't start with an
// authority whose files are not of each other: Corrupt "backup-damaged".
func readHTTPS(dir string, now time.Time) (out RestoredHTTPS, err error) {
	out.State = AuthorityNone
	ca, err := readMember(dir, backupfile.AuthorityName)
	if err != nil {
		return out, err
	}
	key, err := readMember(dir, backupfile.AuthorityKeyName)
	if err != nil {
		return out, err
	}
	if ca != nil || key != nil {
		c, err := readAuthority(ca, key)
		if err != nil {
			return out, Fail(Corrupt, "backup-damaged").Because(err)
		}
		out.State, out.Authority, out.Until = AuthorityKept, fingerprintOf(c.Raw), c.NotAfter.UTC()
		if !now.Before(c.NotAfter.Add(-AuthorityRenews)) {
			out.State = AuthorityEnds
		}
	}
	firm, err := readMember(dir, backupfile.FirmName)
	if err != nil {
		return out, err
	}
	// What the box couldn't serve it says at its start: no reason to lose a backup.
	if pair, err := tls.X509KeyPair(firm, firm); err == nil {
		out.FirmUntil = pair.Leaf.NotAfter.UTC()
	}
	return out, nil
}

// readMember reads a small member, nil where it isn't there.
func readMember(dir, name string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return text, nil
}

// fingerprintOf is a SHA-256 in the form that browsers show.
func fingerprintOf(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

// leaveAuthority destroys the authority of a restored directory that is nobody's data
// yet, so that the box makes another.
func (h *RestoredHTTPS) leaveAuthority(dir string) error {
	for _, name := range []string{backupfile.AuthorityKeyName, backupfile.AuthorityName} {
		if err := destroyKey(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	if h.State != AuthorityNone {
		h.State = AuthorityOther
	}
	return nil
}
