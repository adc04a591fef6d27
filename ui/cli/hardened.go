package cli

import (
	"context"
	"net/http"
	"strings"
	"time"
)

var hardenedCommands = []Command{
	{Name: "hardened status", Does: "cli.does.hardened-status", Run: runHardenedStatus},
	{
		Name: "hardened on", Does: "cli.does.hardened-on", More: "cli.more.hardened-on",
		Flags: []Flag{{Name: "attest", Value: "TEXT", Does: "cli.flag.hardened-attest"}}, Run: runHardenedOn,
	},
	{
		Name: "hardened plan", Args: "TIME|none", Min: 1, Max: 1, Does: "cli.does.hardened-plan",
		Flags: []Flag{{Name: "attest", Value: "TEXT", Does: "cli.flag.hardened-attest"}}, Run: runHardenedPlan,
	},
	{Name: "hardened off", Does: "cli.does.hardened-off", More: "cli.more.hardened-off", Flags: reasonFlags, Run: runHardenedOff},
}

// exportReasonFlag goes along with whatever leaves the box.
var exportReasonFlag = Flag{Name: "reason", Value: "TEXT", Does: "cli.flag.export-reason"}

// hardened is what the box says of the mode.
type hardened struct {
	On      bool       `json:"on"`
	Since   *time.Time `json:"since,omitempty"`
	Disk    string     `json:"disk"`
	Planned *time.Time `json:"planned,omitempty"`
	Blocks  []string   `json:"blocks"`
	Changes []struct {
		Name     string   `json:"name"`
		Without  string   `json:"without"`
		Hardened string   `json:"hardened"`
		Changes  bool     `json:"changes"`
		Affected []string `json:"affected"`
	} `json:"changes"`
	Sessions int `json:"sessions_ending"`
}

func runHardenedStatus(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var h hardened
		if err := b.get(ctx, "/hardened", nil, &h); err != nil {
			return err
		}
		return c.tellHardened(h)
	})
}

func (c *Call) tellHardened(h hardened) error {
	if c.JSON {
		return c.object(h)
	}
	switch {
	case h.On && h.Since != nil:
		c.say("cli.hardened.on", "when", c.Lang.DateTime(h.Since.Local()))
	case h.Planned != nil:
		c.say("cli.hardened.planned", "when", c.Lang.DateTime(h.Planned.Local()))
	default:
		c.say("cli.hardened.off")
	}
	for _, code := range h.Blocks {
		c.note("cli.hardened.blocked", "why", c.Lang.Or("error", code))
	}
	type line struct{ name, now, then, who string }
	var all []line
	for _, r := range h.Changes {
		then := r.Hardened
		if !r.Changes {
			then = c.Lang.T("hardened.same")
		}
		all = append(all, line{c.Lang.Or("hardened-line", r.Name), r.Without, then, strings.Join(r.Affected, ", ")})
	}
	titles := []string{"hardened.thing", "hardened.without", "hardened.title", "hardened.who"}
	return list(c, all, "cli.hardened.off", titles, func(l line) []string { return []string{l.name, l.now, l.then, clean(l.who)} })
}

// attested adds what somebody says of a disk that the box can't read.
func (c *Call) attested(in map[string]any) map[string]any {
	if c.Has("attest") {
		in["attest"], in["reason"] = true, c.Flag("attest")
	}
	return in
}

func runHardenedOn(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var h hardened
		if err := b.call(ctx, http.MethodPost, "/hardened/on", c.attested(map[string]any{}), &h); err != nil {
			return err
		}
		return c.tellHardened(h)
	})
}

func runHardenedPlan(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var h hardened
		if c.Operands[0] == "none" {
			if err := b.call(ctx, http.MethodDelete, "/hardened/plan", nil, &h); err != nil {
				return err
			}
			return c.tellHardened(h)
		}
		at, err := time.Parse(time.RFC3339, c.Operands[0])
		if err != nil {
			if at, err = time.ParseInLocation(time.DateOnly, c.Operands[0], time.Local); err != nil {
				return usage("cli.usage.time", "value", c.Operands[0], "flag", "hardened plan")
			}
		}
		if err := b.call(ctx, http.MethodPost, "/hardened/plan", c.attested(map[string]any{"at": at}), &h); err != nil {
			return err
		}
		return c.tellHardened(h)
	})
}

func runHardenedOff(ctx context.Context, c *Call) error {
	in, err := c.twoPeople(map[string]any{})
	if err != nil {
		return err
	}
	return c.with(ctx, func(b *box) error {
		var asked map[string]any
		if err := b.call(ctx, http.MethodPost, "/hardened/off", in, &asked); err != nil {
			return err
		}
		return c.asked(asked)
	})
}
