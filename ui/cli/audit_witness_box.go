package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
)

// runWitnessBox is the box's side of witnessing: what the page Witnesses does.
func runWitnessBox(ctx context.Context, c *Call) error {
	switch {
	case c.Has("add"):
		return c.with(ctx, func(b *box) error {
			return b.witness(ctx, c, "/audit/witnesses", map[string]string{"key": c.Flag("add")})
		})
	case c.Has("bring"):
		note, err := c.readText(c.Flag("bring"))
		if err != nil {
			return err
		}
		return c.with(ctx, func(b *box) error {
			return b.witness(ctx, c, "/audit/cosignatures", map[string]string{"note": note})
		})
	case c.Has("from"):
		q := url.Values{}
		for _, name := range []string{"from", "restores"} {
			s := c.Flag(name)
			if _, err := strconv.ParseUint(s, 10, 64); s != "" && err != nil {
				return usage("cli.usage.number", "flag", "--"+name, "value", s)
			}
			q.Set(name, s)
		}
		out := c.Flag("out")
		if out == "" {
			out = "-"
		}
		return c.download(ctx, "/audit/witness-update?"+q.Encode(), out)
	}
	return usage("cli.usage.needs", "flag", "--state", "command", "audit witness")
}

func (b *box) witness(ctx context.Context, c *Call, path string, in any) error {
	var w struct {
		Name string `json:"name"`
		Size uint64 `json:"size"`
	}
	if err := b.call(ctx, http.MethodPost, path, in, &w); err != nil {
		return err
	}
	if c.JSON {
		return c.object(w)
	}
	c.say("cli.witness.known", "name", w.Name, "n", w.Size)
	return nil
}

// readText reads a small file, or standard input for "-".
func (c *Call) readText(path string) (string, error) {
	in := c.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("open file: %w", err)
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, 1<<20))
	if err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	return string(raw), nil
}
