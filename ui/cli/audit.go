package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"coffre/chain"
)

var auditCommands = []Command{
	{
		Name: "audit verify", Does: "cli.does.audit-verify", More: "cli.more.audit-verify",
		Flags: []Flag{
			{Name: "file", Value: "EXPORT", Does: "cli.flag.file"},
			{Name: "key", Value: "FIRST-KEY-OR-FILE", Does: "cli.flag.key"},
			{Name: "checkpoint", Value: "NOTE-FILE", Does: "cli.flag.checkpoint", Many: true},
		},
		Run: runAuditVerify,
	},
	{
		Name: "audit export", Does: "cli.does.audit-export", More: "cli.more.audit-export",
		Flags: []Flag{
			{Name: "out", Value: "FILE", Does: "cli.flag.out"},
			{Name: "private", Does: "cli.flag.private"},
			{Name: "from", Value: "TIME", Does: "cli.flag.later"},
			{Name: "to", Value: "TIME", Does: "cli.flag.later"},
			{Name: "actor", Value: "ID", Does: "cli.flag.later"},
			{Name: "class", Value: "CLASS", Does: "cli.flag.later"},
			{Name: "outcome", Value: "OUTCOME", Does: "cli.flag.later"},
		},
		Run: runAuditExport,
	},
	{Name: "audit checkpoint", Does: "cli.does.audit-checkpoint", Run: runAuditCheckpoint},
}

func runAuditCheckpoint(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		resp, err := b.fetch(ctx, "/audit/checkpoint")
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		note, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		if err != nil {
			return interrupted(ctx, err)
		}
		if !c.JSON {
			_, err = c.Stdout.Write(note)
			return err
		}
		cp, _, err := chain.OpenCheckpoint(string(note))
		if err != nil {
			return lost(err)
		}
		return c.object(map[string]any{"note": string(note), "origin": cp.Origin, "size": cp.Size})
	})
}

func (b *box) fetch(ctx context.Context, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, apiBase+path, nil)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	return b.send(req)
}

func runAuditExport(ctx context.Context, c *Call) error {
	for _, name := range []string{"from", "to", "actor", "class", "outcome"} {
		if c.Has(name) {
			return usage("cli.usage.later", "flag", "--"+name)
		}
	}
	out := c.Flag("out")
	if out == "" {
		return usage("cli.usage.needs", "flag", "--out", "command", "audit export")
	}
	path := "/audit/export"
	if c.Has("private") {
		path += "?" + url.Values{"private": {"1"}}.Encode()
	}
	return c.with(ctx, func(b *box) error {
		resp, err := b.fetch(ctx, path)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if out == "-" {
			if _, err := io.Copy(c.Stdout, resp.Body); err != nil {
				return interrupted(ctx, err)
			}
			return nil
		}
		n, err := save(out, resp.Body)
		if err != nil {
			return interrupted(ctx, err)
		}
		if c.JSON {
			return c.object(map[string]any{"file": out, "bytes": n})
		}
		c.say("cli.audit.exported", "path", out, "size", c.Lang.Size(n))
		return nil
	})
}

// save writes to path.partial and renames at the end, so that path never holds
// half a file. Mode 0600: an export names people.
func save(path string, from io.Reader) (n int64, err error) {
	partial := path + ".partial"
	f, err := os.OpenFile(partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, fmt.Errorf("create file: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(partial)
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	n, err = io.Copy(w, from)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return n, fmt.Errorf("write file: %w", err)
	}
	if err := os.Rename(partial, path); err != nil {
		return n, fmt.Errorf("rename file: %w", err)
	}
	return n, nil
}
