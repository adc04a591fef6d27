package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"coffre/store"
	"coffre/vault"
)

var backupIdentityCommand = Command{
	Name: "backup identity", Does: "cli.does.backup-identity", More: "cli.more.backup-identity",
	Flags: []Flag{
		{Name: "words-file", Value: "FILE", Does: "cli.flag.words-file"},
		{Name: "out", Value: "FILE", Does: "cli.flag.identity-out"},
	},
	Run: runBackupIdentity,
}

// maxWords is more than 24 numbered words take, in bytes.
const maxWords = 4096

// runBackupIdentity needs no box: it must work on a machine that has only the paper.
func runBackupIdentity(_ context.Context, c *Call) error {
	from := c.Stdin
	if path := c.Flag("words-file"); path != "" {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return store.Fail(store.NotFound, "words-file", "path", path)
		}
		if err != nil {
			return fmt.Errorf("open words: %w", err)
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, maxWords))
	if err != nil {
		return fmt.Errorf("read words: %w", err)
	}
	made, err := vault.RecoveryOfWords(string(text))
	if err != nil {
		return store.PaperFault(err)
	}
	mark := vault.RecipientMark(made.Recipient())
	if path := c.Flag("out"); path != "" {
		if err := writeNew(path, made.File()); err != nil {
			return err
		}
		if !c.JSON {
			c.say("cli.identity.done", "path", path, "mark", mark)
			return nil
		}
	} else if !c.JSON {
		_, err := c.Stdout.Write(made.File())
		return err
	}
	return c.object(map[string]string{"mark": mark, "recipient": made.Recipient(), "file": c.Flag("out")})
}

// writeNew writes a file that only its owner reads, and overwrites none.
func writeNew(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return store.Fail(store.Conflict, "file-there", "path", path)
	}
	if err != nil {
		return fmt.Errorf("create file: %w", err)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	syncFolder(filepath.Dir(path))
	return err
}
