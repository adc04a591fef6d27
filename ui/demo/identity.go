package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"coffre/chain"
	"coffre/store"
	"coffre/vault"
)

// IdentityName is a file of a demonstration's data directory: what a firm would
// have on paper, so that anybody can try a backup and its restore. A firm's own box
// never has it: it holds what opens its backups, and the recovery keys of its
// chains.
const IdentityName = "demo-identity.txt"

// equip makes the identity, and has the sample firm's backups encrypted to it.
func equip(ctx context.Context, root *store.Root, t *store.Tenant, kits ...store.Kit) error {
	id, err := vault.NewRecovery()
	if err != nil {
		return err
	}
	var text strings.Builder
	text.Write(id.File())
	for _, k := range kits {
		fmt.Fprintf(&text, "# %s\n# %s\n", k.RecoveryKey, k.RecoverySecret)
	}
	if err := os.WriteFile(filepath.Join(root.Dir, IdentityName), []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("write demonstration's identity: %w", err)
	}
	_, err = t.Update(ctx, store.Operator("demo").Actor, chain.Event{Action: chain.BackupKit}, func(tx *store.Tx) error {
		return tx.PutBackupKit(id.Recipient(), true)
	})
	return err
}
