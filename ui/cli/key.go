package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

type key struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	User    string    `json:"user"`
	Created time.Time `json:"created"`
	Revoked bool      `json:"revoked"`
	State   string    `json:"state"`
	Scopes  []string  `json:"scopes"`
	Expires time.Time `json:"expires,omitzero"`
	Used    time.Time `json:"used,omitzero"`

	Networks []string `json:"networks,omitempty"`
}

var keyCommands = []Command{
	{
		Name: "key create", Args: "NAME", Min: 1, Max: 1, Does: "cli.does.key-create", More: "cli.more.key-create",
		Flags: []Flag{
			{Name: "user", Value: "LOGIN", Does: "cli.flag.user"},
			{Name: "scope", Value: "read|ask|write|admin|audit|metrics", Does: "cli.flag.scope", Many: true},
			{Name: "expires", Value: "DAYS|never", Does: "cli.flag.expires"},
			{Name: "from", Value: "ADDRESS|NETWORK", Does: "cli.flag.from", Many: true},
		},
		Run: runKeyCreate,
	},
	{Name: "key list", Does: "cli.does.key-list", Run: runKeyList},
	{Name: "key revoke", Args: "ID", Min: 1, Max: 1, Does: "cli.does.key-revoke", Run: runKeyRevoke},
}

func runKeyCreate(ctx context.Context, c *Call) error {
	if c.Flag("user") == "" {
		return usage("cli.usage.needs", "flag", "--user", "command", "key create")
	}
	return c.with(ctx, func(b *box) error {
		p, err := b.person(ctx, c.Flag("user"))
		if err != nil {
			return err
		}
		var made struct {
			ID     string `json:"id"`
			Secret string `json:"secret"`
		}
		in := map[string]any{"name": c.Operands[0], "user": p.ID}
		for name, values := range map[string][]string{"scopes": c.FlagAll("scope"), "networks": c.FlagAll("from")} {
			if len(values) > 0 {
				in[name] = several(values)
			}
		}
		if ends := c.Flag("expires"); ends != "" {
			in["expires"] = ends
		}
		if err := b.call(ctx, http.MethodPost, "/keys", in, &made); err != nil {
			return err
		}
		if c.JSON {
			return c.object(made)
		}
		c.note("cli.key.once")
		fmt.Fprintln(c.Stdout, made.Secret)
		return nil
	})
}

func runKeyList(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var all []key
		err := b.pages(ctx, "/keys", url.Values{"all": {"1"}}, func(p page) (int, error) {
			all = append(all, p.Keys...)
			return len(p.Keys), nil
		})
		if err != nil {
			return err
		}
		login := map[string]string{}
		if len(all) > 0 && !c.JSON {
			people, err := b.people(ctx)
			if err != nil {
				return err
			}
			for _, p := range people {
				login[p.ID] = p.Login
			}
		}
		titles := []string{"cli.column.id", "cli.column.name", "cli.column.login", "cli.column.scopes", "cli.column.expires", "cli.column.used", "cli.column.state"}
		return list(c, all, "cli.key.none", titles, func(k key) []string {
			state := ""
			if k.State != "valid" {
				state = c.Lang.Or("key-state", k.State)
			}
			return []string{k.ID, k.Name, or(login[k.User], k.User), strings.Join(k.Scopes, ","), c.day(k.Expires), c.day(k.Used), state}
		})
	})
}

// several takes values apart that were joined by commas.
func several(in []string) (out []string) {
	for _, s := range in {
		out = append(out, strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	return out
}

// day is a moment in a table, empty where there is none.
func (c *Call) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return c.Lang.Stamp(t.Local())
}

func runKeyRevoke(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		id := c.Operands[0]
		if err := b.call(ctx, http.MethodDelete, "/keys/"+url.PathEscape(id), nil, nil); err != nil {
			return err
		}
		if c.JSON {
			return c.object(map[string]any{"id": id, "revoked": true})
		}
		c.say("cli.key.revoked", "id", clean(id))
		return nil
	})
}
