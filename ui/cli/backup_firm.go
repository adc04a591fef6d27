package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"coffre/store"
)

var firmCommands = []Command{
	{
		Name: "backup firm look", Args: "FILE", Min: 1, Max: 1, Does: "cli.does.firm-look", More: "cli.more.firm-look",
		Flags: firmFlags, Run: runFirmLook,
	},
	{
		Name: "backup firm take", Args: "FILE", Min: 1, Max: 1, Does: "cli.does.firm-take", More: "cli.more.firm-take",
		Flags: append(firmFlags[:len(firmFlags):len(firmFlags)],
			Flag{Name: "confirm", Value: "NAME", Does: "cli.flag.tenant-confirm"},
			Flag{Name: "behind", Does: "cli.flag.firm-behind"},
			Flag{Name: "ledger", Value: "FILE", Does: "cli.flag.backup-ledger", Many: true},
		),
		Run: runFirmTake,
	},
}

var firmFlags = []Flag{
	identityFlag, recoveryFlag,
	{Name: "key", Value: "FIRST-KEY-OR-FILE", Does: "cli.flag.key"},
	{Name: "checkpoint", Value: "NOTE-FILE", Does: "cli.flag.backup-known", Many: true},
}

// firmRequest names a backup and what opens it to the box, which reads it itself.
func (c *Call) firmRequest(command string) (map[string]any, error) {
	in, err := c.partRequest(command)
	if err != nil {
		return nil, err
	}
	if in["recovery_key"], err = c.texts("recovery-key"); err != nil {
		return nil, err
	}
	known, err := c.outside()
	if err != nil {
		return nil, err
	}
	in["first_key"], in["checkpoints"] = known.FirstKey, known.Checkpoints
	return in, nil
}

// texts joins the files that a flag names.
func (c *Call) texts(flag string) (string, error) {
	text := ""
	for _, path := range c.FlagAll(flag) {
		b, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("read file: %w", err)
		}
		text += string(b) + "\n"
	}
	return text, nil
}

// firmPath is the route of an act on the firm that --tenant names, or of the only one.
func (c *Call) firmPath(ctx context.Context, b *box, act string) (string, error) {
	id := c.Tenant
	if id == "" {
		var all struct {
			Tenants []firm `json:"tenants"`
		}
		if err := b.get(ctx, "/box/tenants", nil, &all); err != nil {
			return "", err
		}
		n := 0
		for _, f := range all.Tenants {
			if f.State != "destroyed" {
				id, n = f.ID, n+1
			}
		}
		if n != 1 {
			return "", usage("cli.usage.needs", "flag", "--tenant", "command", "backup firm")
		}
	}
	return "/box/tenants/" + url.PathEscape(id) + act, nil
}

func runFirmLook(ctx context.Context, c *Call) error {
	in, err := c.firmRequest("backup firm look")
	if err != nil {
		return err
	}
	return c.with(ctx, func(b *box) error {
		p, err := c.firmPlan(ctx, b, in)
		if err != nil {
			return err
		}
		if c.JSON {
			return c.object(p)
		}
		c.sayPlan(p, c.say)
		return nil
	})
}

func (c *Call) firmPlan(ctx context.Context, b *box, in map[string]any) (p store.FirmPlan, err error) {
	path, err := c.firmPath(ctx, b, "/look")
	if err != nil {
		return p, err
	}
	return p, b.call(ctx, http.MethodPost, path, in, &p)
}

// sayPlan tells what a firm's return would bring and take.
func (c *Call) sayPlan(p store.FirmPlan, say func(string, ...any)) {
	say("cli.firm.of", "firm", clean(p.Firm), "id", p.Tenant, "made", p.Made.Local(), "n", p.Size)
	say("cli.firm.had", "documents", p.Had.Documents, "people", p.Had.People, "conversations", p.Had.Conversations)
	switch {
	case !p.Counted:
		say("cli.firm.unknown")
	case p.Lost == (store.FirmCount{}):
		say("cli.firm.nothing")
	default:
		say("cli.firm.lost", "entries", p.Lost.Entries, "documents", p.Lost.Documents, "people", p.Lost.People, "conversations", p.Lost.Conversations)
	}
	for _, one := range []struct {
		is   bool
		line string
	}{
		{!p.Opens, "cli.firm.damaged"}, {p.Opens && !p.Suspended, "cli.firm.serves"}, {p.Held, "cli.firm.held"},
		{p.Erased > 0, "cli.firm.erased"}, {!p.Ledger, "cli.firm.no-ledger"}, {p.Known > p.Size, "cli.firm.known"}, {!p.Keyed, "cli.firm.no-key"},
	} {
		if one.is {
			say(one.line, "id", p.Tenant, "n", p.Erased, "known", p.Known, "size", p.Size)
		}
	}
}

func runFirmTake(ctx context.Context, c *Call) error {
	in, err := c.firmRequest("backup firm take")
	if err != nil {
		return err
	}
	in["confirm"], in["behind"] = c.Flag("confirm"), c.Has("behind")
	if in["ledger"], err = c.texts("ledger"); err != nil {
		return err
	}
	_, asks := terminal(c.Stdin)
	if !c.Has("confirm") && !asks {
		return usage("cli.usage.needs", "flag", "--confirm", "command", "backup firm take")
	}
	return c.with(ctx, func(b *box) error {
		if !c.Has("confirm") {
			p, err := c.firmPlan(ctx, b, in)
			if err != nil {
				return err
			}
			c.sayPlan(p, c.note)
			fmt.Fprint(c.Stderr, c.Lang.T("cli.firm.confirm", "tenant", p.Tenant)+" ")
			if in["confirm"], err = readLine(c.Stdin); err != nil {
				return err
			}
		}
		return c.takeFirm(ctx, b, in)
	})
}

func (c *Call) takeFirm(ctx context.Context, b *box, in map[string]any) error {
	path, err := c.firmPath(ctx, b, "/take")
	if err != nil {
		return err
	}
	var out store.FirmReturned
	if err := b.call(ctx, http.MethodPost, path, in, &out); err != nil {
		return err
	}
	if c.JSON {
		return c.object(out)
	}
	c.say("cli.firm.back", "firm", clean(out.Firm), "id", out.Tenant, "made", out.Made.Local(), "n", out.Size, "seq", out.Restore)
	if out.Counted {
		c.say("cli.firm.gone", "entries", out.Lost.Entries, "documents", out.Lost.Documents, "people", out.Lost.People, "conversations", out.Lost.Conversations)
	}
	if out.Erased > 0 {
		c.say("cli.firm.again", "n", out.Erased)
	}
	if out.Former != "" {
		c.say("cli.firm.former", "path", out.Former)
	}
	if out.Suspended {
		c.say("cli.firm.suspended", "id", out.Tenant)
	}
	return nil
}
