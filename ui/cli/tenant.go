package cli

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"coffre/store"
)

var tenantCommands = []Command{
	{Name: "tenant list", Does: "cli.does.tenant-list", Run: runTenantList},
	{
		Name: "tenant create", Args: "[ID]", Max: 1, Does: "cli.does.tenant-create", More: "cli.more.tenant-create",
		Flags: []Flag{
			{Name: "firm", Value: "NAME", Does: "cli.flag.firm"},
			{Name: "admin", Value: "NAME", Does: "cli.flag.admin"},
			{Name: "login", Value: "LOGIN", Does: "cli.flag.login"},
			{Name: "host", Value: "NAME", Does: "cli.flag.tenant-host", Many: true},
		},
		Run: runTenantCreate,
	},
	{
		Name: "tenant hosts", Args: "ID NAME…", Min: 2, Max: -1, Does: "cli.does.tenant-hosts",
		Run: func(ctx context.Context, c *Call) error {
			return c.changeTenant(ctx, http.MethodPatch, "", map[string]any{"hosts": c.Operands[1:]})
		},
	},
	{Name: "tenant quota", Args: "ID NAME=N…", Min: 2, Max: -1, Does: "cli.does.tenant-quota", More: "cli.more.tenant-quota", Run: runTenantQuota},
	{
		Name: "tenant suspend", Args: "ID", Min: 1, Max: 1, Does: "cli.does.tenant-suspend", More: "cli.more.tenant-suspend",
		Flags: []Flag{{Name: "reason", Value: "TEXT", Does: "cli.flag.reason"}},
		Run: func(ctx context.Context, c *Call) error {
			return c.changeTenant(ctx, http.MethodPost, "/suspend", map[string]any{"reason": c.Flag("reason")})
		},
	},
	{
		Name: "tenant resume", Args: "ID", Min: 1, Max: 1, Does: "cli.does.tenant-resume",
		Run: func(ctx context.Context, c *Call) error {
			return c.changeTenant(ctx, http.MethodPost, "/resume", map[string]any{})
		},
	},
}

// firm is a firm as the operator sees it.
type firm struct {
	ID        string       `json:"id"`
	Firm      string       `json:"firm"`
	Hosts     []string     `json:"hosts"`
	Created   time.Time    `json:"created"`
	Suspended *time.Time   `json:"suspended,omitempty"`
	State     string       `json:"state"`
	Code      string       `json:"code,omitempty"`
	Why       string       `json:"why,omitempty"`
	Quota     store.Quota  `json:"quota"`
	Usage     *store.Usage `json:"usage,omitempty"`
}

func runTenantList(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var all struct {
			Tenants []firm `json:"tenants"`
		}
		if err := b.get(ctx, "/box/tenants", nil, &all); err != nil {
			return err
		}
		titles := []string{"cli.tenant.col-id", "cli.tenant.col-firm", "cli.tenant.col-hosts", "cli.tenant.col-state", "cli.tenant.col-size"}
		if err := list(c, all.Tenants, "cli.tenant.none", titles, c.firmRow); err != nil || c.JSON {
			return err
		}
		for _, f := range all.Tenants {
			if f.Why != "" {
				c.say("cli.tenant.why", "tenant", f.ID, "why", clean(f.Why))
			}
		}
		return nil
	})
}

func (c *Call) firmRow(f firm) []string {
	size := "?"
	if f.State == "destroyed" {
		size = ""
	}
	if f.Usage != nil {
		size = c.Lang.Size(f.Usage.Bytes)
	}
	return []string{f.ID, clean(f.Firm), strings.Join(f.Hosts, " "), c.Lang.T(firmState(f.State)), size}
}

func firmState(state string) string {
	switch state {
	case "open":
		return "cli.tenant.open"
	case "suspended":
		return "cli.tenant.suspended"
	case "leaving":
		return "cli.tenant.leaves"
	case "destroyed":
		return "cli.tenant.gone"
	}
	return "cli.tenant.damaged"
}

func runTenantCreate(ctx context.Context, c *Call) error {
	for _, name := range []string{"firm", "admin", "host"} {
		if c.Flag(name) == "" {
			return usage("cli.usage.needs", "flag", "--"+name, "command", "tenant create")
		}
	}
	in := map[string]any{"firm": c.Flag("firm"), "admin": c.Flag("admin"), "login": or(c.Flag("login"), c.Flag("admin")), "hosts": c.FlagAll("host"), "lang": string(c.Lang)}
	if len(c.Operands) > 0 {
		in["id"] = c.Operands[0]
	}
	return c.with(ctx, func(b *box) error {
		var made struct {
			Tenant         string    `json:"tenant"`
			Admin          string    `json:"admin"`
			Path           string    `json:"path"`
			Expires        time.Time `json:"expires"`
			FirstKey       string    `json:"first_key"`
			RecoveryKey    string    `json:"recovery_key"`
			RecoverySecret string    `json:"recovery_secret"`
		}
		if err := b.call(ctx, http.MethodPost, "/box/tenants", in, &made); err != nil {
			return err
		}
		if c.JSON {
			return c.object(made)
		}
		c.say("cli.tenant.created", "tenant", made.Tenant, "login", clean(made.Admin), "when", c.Lang.DateTime(made.Expires.Local()))
		c.say("cli.said", "sentence", "https://"+c.FlagAll("host")[0]+made.Path)
		c.say("cli.tenant.kit", "first", made.FirstKey, "key", made.RecoveryKey, "secret", made.RecoverySecret)
		return nil
	})
}

func runTenantQuota(ctx context.Context, c *Call) error {
	quota := map[string]int64{}
	for _, pair := range c.Operands[1:] {
		name, value, _ := strings.Cut(pair, "=")
		n, err := strconv.ParseInt(value, 10, 64)
		switch name {
		case "bytes", "documents", "people", "questions", "share":
		default:
			return usage("cli.usage.number", "flag", name, "value", value)
		}
		if err != nil || n < 0 {
			return usage("cli.usage.number", "flag", name, "value", value)
		}
		quota[name] = n
	}
	return c.changeTenant(ctx, http.MethodPatch, "", map[string]any{"quota": quota})
}

func (c *Call) changeTenant(ctx context.Context, method, act string, in map[string]any) error {
	return c.with(ctx, func(b *box) error {
		var now firm
		if err := b.call(ctx, method, "/box/tenants/"+url.PathEscape(c.Operands[0])+act, in, &now); err != nil {
			return err
		}
		if c.JSON {
			return c.object(now)
		}
		c.say("cli.tenant.now", "tenant", now.ID, "state", c.Lang.T(firmState(now.State)))
		return nil
	})
}
