package store

import (
	"bytes"
	"regexp"

	"coffre/chain"
	"coffre/vault"
	"coffre/vault/backupfile"
)

// BackupIdentity is what a restore needs from paper: what opens the file, and the
// recovery keys with which chains go on.
type BackupIdentity struct {
	Identities []backupfile.Identity
	Recovery   []*chain.Signer
}

var recoveryKey = regexp.MustCompile(`PRIVATE\+KEY\+[^\s"'<>]+`)

// ParseBackupIdentity reads an identity file of age, the 24 words of a kit, or
// either beside the recovery keys of chains ("PRIVATE+KEY+coffre.audit/…"), which
// may stand anywhere in the text, also in comments. It wipes text. Error: Invalid
// "backup-identity" where there is neither.
func ParseBackupIdentity(text []byte) (id BackupIdentity, err error) {
	defer clear(text)
	for _, secret := range recoveryKey.FindAll(text, -1) {
		s, err := chain.ParseSigner(string(secret))
		if err != nil {
			return id, Fail(Invalid, "recovery-key")
		}
		id.Recovery = append(id.Recovery, s)
	}
	rest := recoveryKey.ReplaceAll(text, nil)
	defer clear(rest)
	file, err := vault.IdentityFile(rest)
	if err == nil {
		defer clear(file)
		id.Identities, err = backupfile.Identities(file)
	}
	if err != nil && len(id.Recovery) == 0 {
		return id, Fail(Invalid, "backup-identity")
	}
	return id, nil // beside recovery keys there may be anything: what init printed
}

// ParseTypedIdentity reads what somebody typed beside each other: the words of a kit,
// or the text of an identity file, and the recovery keys, anywhere in a text. It wipes
// both. Errors: Invalid "paper-word", "paper-sum", "paper-count" for words,
// "backup-identity", "recovery-key".
func ParseTypedIdentity(words, keys []byte) (BackupIdentity, error) {
	defer clear(keys)
	if len(bytes.TrimSpace(words)) == 0 {
		return BackupIdentity{}, Fail(Invalid, "backup-identity")
	}
	if file, err := vault.IdentityFile(recoveryKey.ReplaceAll(words, nil)); err != nil {
		clear(words)
		return BackupIdentity{}, PaperFault(err)
	} else {
		clear(file)
	}
	id, err := ParseBackupIdentity(words)
	if err == nil && len(id.Identities) == 0 {
		err = Fail(Invalid, "backup-identity")
	}
	if err != nil || len(bytes.TrimSpace(keys)) == 0 {
		return id, err
	}
	more, err := ParseBackupIdentity(keys)
	if err != nil || len(more.Recovery) == 0 {
		return BackupIdentity{}, Fail(Invalid, "recovery-key")
	}
	id.Recovery = append(id.Recovery, more.Recovery...)
	return id, nil
}

// recoveryFor is the key of a chain, nil where it isn't at hand.
func (id BackupIdentity) recoveryFor(verifier string) *chain.Signer {
	for _, s := range id.Recovery {
		if s.Verifier() == verifier {
			return s
		}
	}
	return nil
}
