package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"coffre/chain"
)

var auditCommands = []Command{
	{
		Name: "audit verify", Does: "cli.does.audit-verify", More: "cli.more.audit-verify",
		Flags: []Flag{
			{Name: "file", Value: "EXPORT", Does: "cli.flag.file"},
			{Name: "key", Value: "FIRST-KEY-OR-FILE", Does: "cli.flag.key"},
			{Name: "checkpoint", Value: "NOTE-FILE", Does: "cli.flag.checkpoint", Many: true},
			{Name: "witness", Value: "KEY-OR-FILE", Does: "cli.flag.witness", Many: true},
		},
		Run: runAuditVerify,
	},
	{
		Name: "audit export", Does: "cli.does.audit-export", More: "cli.more.audit-export",
		Flags: []Flag{
			{Name: "out", Value: "FILE", Does: "cli.flag.out"},
			{Name: "private", Does: "cli.flag.private"},
			{Name: "format", Value: "jsonl|csv", Does: "cli.flag.export-format"},
			{Name: "from", Value: "TIME", Does: "cli.flag.export-from"},
			{Name: "to", Value: "TIME", Does: "cli.flag.export-to"},
			{Name: "actor", Value: "ID", Does: "cli.flag.export-actor"},
			{Name: "class", Value: "CLASS", Does: "cli.flag.export-class"},
			{Name: "outcome", Value: "OUTCOME", Does: "cli.flag.export-outcome"},
			exportReasonFlag,
		},
		Run: runAuditExport,
	},
	{Name: "audit checkpoint", Does: "cli.does.audit-checkpoint", Run: runAuditCheckpoint},
	{
		Name: "audit kit", Does: "cli.does.audit-kit",
		Flags: []Flag{{Name: "out", Value: "FILE", Does: "cli.flag.out"}, exportReasonFlag},
		Run: func(ctx context.Context, c *Call) error {
			if c.Flag("out") == "" {
				return usage("cli.usage.needs", "flag", "--out", "command", "audit kit")
			}
			return c.download(ctx, "/audit/kit", c.Flag("out"))
		},
	},
	{
		Name: "audit witness", Does: "cli.does.audit-witness", More: "cli.more.audit-witness",
		Flags: []Flag{
			{Name: "state", Value: "FILE", Does: "cli.flag.witness-state"},
			{Name: "init", Value: "NAME", Does: "cli.flag.witness-init"},
			{Name: "key", Value: "FIRST-KEY-OR-FILE", Does: "cli.flag.key"},
			{Name: "take", Value: "FILE", Does: "cli.flag.witness-take"},
			{Name: "from", Value: "SIZE", Does: "cli.flag.witness-from"},
			{Name: "restores", Value: "N", Does: "cli.flag.witness-restores"},
			{Name: "add", Value: "KEY", Does: "cli.flag.witness-add"},
			{Name: "bring", Value: "FILE", Does: "cli.flag.witness-bring"},
			{Name: "out", Value: "FILE", Does: "cli.flag.out"},
		},
		Run: runAuditWitness,
	},
	auditWatch,
	{
		Name: "audit receipt", Does: "cli.does.audit-receipt", More: "cli.more.audit-receipt",
		Flags: []Flag{
			{Name: "seq", Value: "N", Does: "cli.flag.receipt-seq"},
			{Name: "out", Value: "FILE", Does: "cli.flag.out"},
		},
		Run: runAuditReceipt,
	},
	{
		Name: "audit prove", Does: "cli.does.audit-prove", More: "cli.more.audit-prove",
		Flags: []Flag{
			{Name: "seq", Value: "N", Does: "cli.flag.prove-seq"},
			{Name: "from-size", Value: "N", Does: "cli.flag.prove-from"},
		},
		Run: runAuditProve,
	},
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

// print writes what a path answers to standard output.
func (c *Call) print(ctx context.Context, b *box, path string) error {
	resp, err := b.fetch(ctx, path)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(c.Stdout, resp.Body); err != nil {
		return interrupted(ctx, err)
	}
	return nil
}

func runAuditExport(ctx context.Context, c *Call) error {
	out := c.Flag("out")
	if out == "" {
		return usage("cli.usage.needs", "flag", "--out", "command", "audit export")
	}
	path, err := exportPath(c)
	if err != nil {
		return err
	}
	return c.download(ctx, path, out)
}

func runAuditReceipt(ctx context.Context, c *Call) error {
	for _, name := range []string{"seq", "out"} {
		if c.Flag(name) == "" {
			return usage("cli.usage.needs", "flag", "--"+name, "command", "audit receipt")
		}
	}
	if _, err := strconv.ParseUint(c.Flag("seq"), 10, 64); err != nil {
		return usage("cli.usage.number", "flag", "--seq", "value", c.Flag("seq"))
	}
	return c.download(ctx, "/receipts/"+c.Flag("seq"), c.Flag("out"))
}

// download writes what the box sends to a file, or to standard output for "-".
func (c *Call) download(ctx context.Context, path, out string) error {
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

// exportPath is the request for an export; its times are checked here, so that
// a mistyped one says which flag it was.
func exportPath(c *Call) (string, error) {
	q := url.Values{}
	for _, name := range []string{"from", "to"} {
		s := c.Flag(name)
		if s == "" {
			continue
		}
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			if _, err := time.Parse(time.DateOnly, s); err != nil {
				return "", usage("cli.usage.time", "flag", "--"+name, "value", s)
			}
		}
		q.Set(name, s)
	}
	for _, name := range []string{"actor", "class", "outcome"} {
		if s := c.Flag(name); s != "" {
			q.Set(name, s)
		}
	}
	if s := c.Flag("format"); s != "" {
		q.Set("form", s)
	}
	if c.Has("private") {
		q.Set("private", "1")
	}
	if len(q) == 0 {
		return "/audit/export", nil
	}
	return "/audit/export?" + q.Encode(), nil
}

// runAuditProve prints a proof as JSON: what reads it is a program.
func runAuditProve(ctx context.Context, c *Call) error {
	q := url.Values{}
	for flag, name := range map[string]string{"seq": "seq", "from-size": "from_size"} {
		if s := c.Flag(flag); s != "" {
			if _, err := strconv.ParseUint(s, 10, 64); err != nil {
				return usage("cli.usage.number", "flag", "--"+flag, "value", s)
			}
			q.Set(name, s)
		}
	}
	if len(q) != 1 {
		return usage("cli.usage.prove")
	}
	return c.with(ctx, func(b *box) error {
		return c.print(ctx, b, "/audit/proof?"+q.Encode())
	})
}
