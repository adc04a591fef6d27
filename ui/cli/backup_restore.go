package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"coffre/store"
)

// A restore needs no box: these commands read the file themselves.

func runBackupVerify(ctx context.Context, c *Call) error {
	q, err := c.backupFile()
	if err != nil {
		return err
	}
	rep, err := store.VerifyBackup(ctx, q)
	if err != nil {
		return c.refused(err)
	}
	if c.JSON {
		c.damaged(rep.Damaged)
		return c.object(rep)
	}
	c.say("cli.backup.holds", "made", rep.Made.Local(), "n", rep.Originals, "size", c.Lang.Size(rep.Bytes))
	c.chains(rep.Chains)
	c.damaged(rep.Damaged)
	c.https(rep.HTTPS)
	return nil
}

// damaged says of each firm that didn't open when the backup was made what there is of
// it, and what there isn't.
func (c *Call) damaged(all []store.DamagedFirm) {
	for _, d := range all {
		c.note("cli.backup.damaged", "tenant", d.Tenant, "why", c.Lang.Or("unopened", d.Code), "files", d.Files, "n", d.Originals)
		if d.Unread > 0 {
			c.note("cli.backup.unread", "tenant", d.Tenant, "n", d.Unread)
		}
	}
}

// refused tells with --json, too, that a file is bad.
func (c *Call) refused(err error) error {
	var e *store.Error
	if c.JSON && errors.As(err, &e) && e.Kind == store.Corrupt {
		if perr := c.object(map[string]any{"ok": false, "code": e.Code}); perr != nil {
			return perr
		}
	}
	return err
}

// backupFile is the file that is named, with what opens it.
func (c *Call) backupFile() (q store.VerifyBackupRequest, err error) {
	if !c.Has("identity") {
		return q, usage("cli.usage.needs", "flag", "--identity", "command", "backup verify, backup restore")
	}
	known, err := c.outside()
	if err != nil {
		return q, err
	}
	q.FirstKey = known.FirstKey
	if q.Identity, err = c.identities("identity", "recovery-key"); err != nil {
		return q, err
	}
	if q.File = c.Operands[0]; q.File == "-" {
		q.In = c.Stdin
	}
	sent := c.teller("cli.backup.read")
	q.Progress = func(stage string, done, total int64) {
		if stage == store.StageRead {
			sent(done, total)
		}
	}
	return q, nil
}

// maxIdentity bounds an identity file, bytes.
const maxIdentity = 1 << 20

// identities reads the files that flags name.
func (c *Call) identities(flags ...string) (out store.BackupIdentity, err error) {
	for _, name := range flags {
		for _, path := range c.FlagAll(name) {
			st, err := os.Stat(path)
			if err == nil && st.Size() > maxIdentity {
				return out, store.Fail(store.Invalid, "backup-identity")
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return out, fmt.Errorf("read identity: %w", err)
			}
			one, err := store.ParseBackupIdentity(text)
			if err != nil {
				return out, err
			}
			out.Identities = append(out.Identities, one.Identities...)
			out.Recovery = append(out.Recovery, one.Recovery...)
		}
	}
	return out, nil
}

func runBackupRestore(ctx context.Context, c *Call) error {
	if c.Data == "" {
		return usage("cli.usage.data")
	}
	file, err := c.backupFile()
	if err != nil {
		return err
	}
	known, err := c.outside()
	if err != nil {
		return err
	}
	q := store.RestoreRequest{
		VerifyBackupRequest: file, Data: c.Data, Replace: c.Has("replace"), By: store.CLI(ownID()), Known: known.Checkpoints,
		NewAuthority: c.Has("new-authority"), Options: store.Options{Version: c.Version},
	}
	if err := c.ledgers(&q); err != nil {
		return err
	}
	rep, err := store.RestoreBackup(ctx, q)
	if err != nil {
		return c.refused(err)
	}
	if c.JSON {
		if err := c.object(rep); err != nil {
			return err
		}
	} else {
		c.restored(rep)
	}
	c.damaged(rep.Damaged)
	c.waiting(rep.Chains)
	return nil
}

// restored says what is in place now, and what the first start will do.
func (c *Call) restored(rep store.RestoreReport) {
	c.say("cli.backup.restored", "path", rep.Data, "made", rep.Made.Local(), "n", rep.Originals)
	if rep.Former != "" {
		c.say("cli.backup.former", "path", rep.Former)
	}
	c.chains(rep.Chains)
	c.https(rep.HTTPS)
	if rep.Replays > 0 {
		c.say("cli.backup.replays", "n", rep.Replays)
	}
	for _, d := range rep.Destroyed {
		c.say("restore.destroyed", "tenant", d.Tenant, "when", c.Lang.DateTime(d.Time.Local()))
	}
}

// https says whether computers that trust the box go on trusting it.
func (c *Call) https(h store.RestoredHTTPS) {
	fmt.Fprintln(c.Stdout, c.Lang.Or("restored-authority", h.State, "date", c.Lang.Date(h.Until.Local())))
	if h.Authority != "" {
		c.say("cli.backup.authority", "print", h.Authority)
	}
	if !h.FirmUntil.IsZero() {
		c.say("restore.https-firm", "date", c.Lang.Date(h.FirmUntil.Local()))
	}
}

// ledgers reads those that were kept elsewhere.
func (c *Call) ledgers(q *store.RestoreRequest) error {
	for _, path := range c.FlagAll("ledger") {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("read ledger of erasures: %w", err)
		}
		all, err := store.ReadLedger(path)
		if err != nil {
			return err
		}
		if q.Ledgers == nil {
			q.Ledgers = map[string][]store.Erasure{}
		}
		q.Ledgers[""] = append(q.Ledgers[""], all...)
	}
	for _, path := range c.FlagAll("destroyed") {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("read ledger of destroyed firms: %w", err)
		}
		all, err := store.ReadDestroyed(path)
		if err != nil {
			return err
		}
		q.Destroyed = append(q.Destroyed, all...)
	}
	return nil
}

func ownID() string { return fmt.Sprintf("uid-%d", os.Getuid()) }

// chains says of each chain how far it goes and what became of it.
func (c *Call) chains(all []store.RestoredChain) {
	for _, one := range all {
		c.say("cli.backup.chain", "tenant", one.Tenant, "n", one.Size)
		if one.Restore > 0 {
			c.say("cli.backup.goes-on", "seq", one.Restore)
		}
		if one.Known > one.Size {
			c.say("cli.backup.lost", "first", one.Size+1, "last", one.Known)
		}
	}
}

// waiting tells which chains need their recovery key before they open.
func (c *Call) waiting(all []store.RestoredChain) {
	var names listed
	for _, one := range all {
		if one.Waits {
			names = append(names, one.Tenant)
		}
	}
	if len(names) > 0 {
		c.note("cli.backup.waits", "names", c.Lang.List(names), "path", c.Data)
	}
}

func runBackupRecover(_ context.Context, c *Call) error {
	if !c.Has("recovery-key") {
		return usage("cli.usage.needs", "flag", "--recovery-key", "command", "backup recover")
	}
	id, err := c.identities("recovery-key")
	if err != nil {
		return err
	}
	known, err := c.outside()
	if err != nil {
		return err
	}
	all, err := store.RecoverChains(c.Data, id, store.CLI(ownID()), known.Checkpoints, store.Options{})
	if err != nil {
		return err
	}
	if c.JSON {
		if err := c.object(map[string]any{"chains": all}); err != nil {
			return err
		}
	} else {
		c.chains(all)
	}
	c.waiting(all)
	return nil
}
