package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

var settingsCommands = []Command{
	{Name: "settings list", Does: "cli.does.settings-list", Run: runSettingsList},
	{Name: "settings get", Args: "KEY", Min: 1, Max: 1, Does: "cli.does.settings-get", Run: runSettingsGet},
	{Name: "settings set", Args: "KEY=VALUE…", Min: 1, Max: -1, Does: "cli.does.settings-set", More: "cli.more.settings-set", Flags: append([]Flag{{Name: "paper-lost", Does: "cli.flag.paper-lost"}}, reasonFlags...), Run: runSettingsSet},
}

type setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type settingsAnswer struct {
	Settings map[string]string `json:"settings"`
}

func (a settingsAnswer) sorted() []setting {
	var all []setting
	for _, name := range slices.Sorted(maps.Keys(a.Settings)) {
		all = append(all, setting{name, a.Settings[name]})
	}
	return all
}

func runSettingsList(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var a settingsAnswer
		if err := b.get(ctx, "/settings", nil, &a); err != nil {
			return err
		}
		return c.listSettings(a.sorted())
	})
}

func (c *Call) listSettings(all []setting) error {
	titles := []string{"cli.column.name", "cli.column.value"}
	return list(c, all, "cli.settings.none", titles, func(s setting) []string { return []string{s.Name, s.Value} })
}

func runSettingsGet(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var a settingsAnswer
		if err := b.get(ctx, "/settings", nil, &a); err != nil {
			return err
		}
		name := c.Operands[0]
		value, ok := a.Settings[name]
		if !ok {
			return usage("cli.settings.unknown", "name", name)
		}
		if c.JSON {
			return c.object(setting{name, value})
		}
		fmt.Fprintln(c.Stdout, clean(value))
		return nil
	})
}

func runSettingsSet(ctx context.Context, c *Call) error {
	in := map[string]any{}
	for _, arg := range c.Operands {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return usage("cli.usage.setting", "argument", arg)
		}
		in[name] = value
	}
	if c.Has("reason") {
		var err error
		if in, err = c.twoPeople(in); err != nil {
			return err
		}
	}
	if c.Has("paper-lost") {
		in["paper_lost"] = "yes"
	}
	return c.with(ctx, func(b *box) error {
		var got json.RawMessage
		if err := b.call(ctx, http.MethodPatch, "/settings", in, &got); err != nil {
			return err
		}
		var asked map[string]any
		if json.Unmarshal(got, &asked) == nil && asked["state"] != nil {
			return c.asked(asked)
		}
		var a settingsAnswer
		if err := json.Unmarshal(got, &a); err != nil {
			return fmt.Errorf("read settings: %w", err)
		}
		var changed []setting
		for _, s := range a.sorted() {
			if _, ok := in[s.Name]; ok {
				changed = append(changed, s)
			}
		}
		return c.listSettings(changed)
	})
}
