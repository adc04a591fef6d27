package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

var exportCommands = []Command{
	{
		Name: "export", Does: "cli.does.export", More: "cli.more.export",
		Flags: []Flag{
			{Name: "out", Value: "FILE", Does: "cli.flag.out"},
			{Name: "plain", Does: "cli.flag.plain"},
			{Name: "reason", Value: "TEXT", Does: "cli.flag.reason"},
			{Name: "paper-key-file", Value: "FILE", Does: "cli.flag.paper-key"},
		},
		Run: runExport,
	},
}

type exportMade struct {
	File   string `json:"file"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	ID     string `json:"id"`
	Sealed bool   `json:"sealed"`
}

func runExport(ctx context.Context, c *Call) error {
	out := c.Flag("out")
	if out == "" {
		return usage("cli.usage.needs", "flag", "--out", "command", "export")
	}
	in, err := c.twoPeople(map[string]any{"plain": c.Has("plain")})
	if err != nil {
		return err
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	return c.with(ctx, func(b *box) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, apiBase+"/exports", bytes.NewReader(raw))
		if err != nil {
			return fmt.Errorf("make request: %w", err)
		}
		req.Header.Set("Content-Type", "application/json")
		resp, err := b.send(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode == http.StatusAccepted {
			var got map[string]any
			if err := decodeAnswer(ctx, resp.Body, &got); err != nil {
				return err
			}
			return c.asked(got)
		}
		return c.keepExport(ctx, resp, out)
	})
}

// keepExport writes what the box sends to out; a file that was cut off does not
// get its name.
func (c *Call) keepExport(ctx context.Context, resp *http.Response, out string) error {
	if out == "-" {
		if _, err := io.Copy(c.Stdout, resp.Body); err != nil {
			return interrupted(ctx, err)
		}
		return nil
	}
	sum := sha256.New()
	n, err := save(out, io.TeeReader(resp.Body, sum))
	if err != nil {
		return interrupted(ctx, err)
	}
	m := exportMade{File: out, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil)), ID: resp.Header.Get("Coffre-Export"), Sealed: !c.Has("plain")}
	if c.JSON {
		return c.object(m)
	}
	c.say("cli.export.made", "path", out, "size", c.Lang.Size(n), "sum", m.SHA256)
	return nil
}
