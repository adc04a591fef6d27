package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

var destroyCommands = []Command{
	{
		Name: "tenant delete", Args: "ID", Min: 1, Max: 1, Does: "cli.does.tenant-delete", More: "cli.more.tenant-delete",
		Flags: []Flag{
			{Name: "confirm", Value: "NAME", Does: "cli.flag.tenant-confirm"},
			{Name: "reason", Value: "TEXT", Does: "cli.flag.reason"},
			{Name: "without-export", Does: "cli.flag.without-export"},
			{Name: "now", Does: "cli.flag.tenant-now"},
			{Name: "paper-key-file", Value: "FILE", Does: "cli.flag.tenant-paper"},
		},
		Run: runTenantDelete,
	},
	{
		Name: "tenant keep", Args: "ID", Min: 1, Max: 1, Does: "cli.does.tenant-keep",
		Run: func(ctx context.Context, c *Call) error {
			return c.with(ctx, func(b *box) error { return c.leave(ctx, b, "/keep", map[string]any{}) })
		},
	},
	{Name: "tenant certificate", Args: "ID", Min: 1, Max: 1, Does: "cli.does.tenant-certificate", Run: runTenantCertificate},
}

func runTenantDelete(ctx context.Context, c *Call) error {
	in, err := c.twoPeople(map[string]any{"confirm": c.Flag("confirm"), "without_export": c.Has("without-export"), "now": c.Has("now")})
	if err != nil {
		return err
	}
	if !c.Has("confirm") {
		if _, ok := terminal(c.Stdin); !ok {
			return usage("cli.usage.needs", "flag", "--confirm", "command", "tenant delete")
		}
		fmt.Fprint(c.Stderr, c.Lang.T("cli.tenant.confirm", "tenant", c.Operands[0])+" ")
		if in["confirm"], err = readLine(c.Stdin); err != nil {
			return err
		}
	}
	return c.with(ctx, func(b *box) error { return c.leave(ctx, b, "/delete", in) })
}

// leave asks for a firm's destruction, or takes that back.
func (c *Call) leave(ctx context.Context, b *box, act string, in map[string]any) error {
	var got struct {
		ID    string     `json:"id"`
		State string     `json:"state"`
		Asked time.Time  `json:"asked"`
		Ends  *time.Time `json:"ends,omitempty"`
	}
	id := c.Operands[0]
	if err := b.call(ctx, http.MethodPost, "/box/tenants/"+url.PathEscape(id)+act, in, &got); err != nil {
		return err
	}
	switch {
	case c.JSON:
		return c.object(got)
	case got.Ends != nil:
		c.say("cli.tenant.leaving", "tenant", id, "when", c.Lang.DateTime(got.Ends.Local()))
	case act == "/keep":
		c.say("cli.tenant.kept", "tenant", id)
	default:
		c.say("cli.tenant.destroyed", "tenant", id)
	}
	return nil
}

func runTenantCertificate(ctx context.Context, c *Call) error {
	path := "/box/tenants/" + url.PathEscape(c.Operands[0]) + "/certificate"
	if c.JSON {
		path += "?as=json"
	}
	return c.with(ctx, func(b *box) error {
		return c.print(ctx, b, path)
	})
}
