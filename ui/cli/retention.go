package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

var reasonFlags = []Flag{
	{Name: "reason", Value: "TEXT", Does: "cli.flag.reason"},
	{Name: "paper-key-file", Value: "FILE", Does: "cli.flag.paper-key"},
}

var retentionCommands = []Command{
	{
		Name: "audit retention", Does: "cli.does.audit-retention", More: "cli.more.audit-retention",
		Flags: append([]Flag{
			{Name: "class", Value: "CLASS", Does: "cli.flag.retention-class"},
			{Name: "days", Value: "N", Does: "cli.flag.retention-days"},
			{Name: "run", Does: "cli.flag.retention-run"},
			{Name: "release", Does: "cli.flag.retention-release"},
		}, reasonFlags...),
		Run: runAuditRetention,
	},
	{
		Name: "audit hold", Does: "cli.does.audit-hold", More: "cli.more.audit-hold",
		Flags: append([]Flag{
			{Name: "put", Does: "cli.flag.hold-put"},
			{Name: "lift", Value: "ID", Does: "cli.flag.hold-lift"},
			{Name: "class", Value: "CLASS", Does: "cli.flag.retention-class"},
			{Name: "person", Value: "LOGIN", Does: "cli.flag.hold-person"},
			{Name: "from", Value: "TIME", Does: "cli.flag.export-from"},
			{Name: "to", Value: "TIME", Does: "cli.flag.export-to"},
		}, reasonFlags...),
		Run: runAuditHold,
	},
	{
		Name: "audit erase", Args: "LOGIN", Min: 1, Max: 1, Does: "cli.does.audit-erase", More: "cli.more.audit-erase",
		Flags: append([]Flag{{Name: "certificate", Does: "cli.flag.certificate"}}, reasonFlags...),
		Run:   runAuditErase,
	},
}

// twoPeople adds reason and paper key to a request's body.
func (c *Call) twoPeople(in map[string]any) (map[string]any, error) {
	in["reason"] = c.Flag("reason")
	if path := c.Flag("paper-key-file"); path != "" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fmt.Errorf("open file of the paper key: %w", err)
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, 4096))
		if err != nil {
			return nil, fmt.Errorf("read file of the paper key: %w", err)
		}
		in["paper_key"] = strings.TrimSpace(string(b))
	}
	return in, nil
}

// asked says what came of a request that needs two people.
func (c *Call) asked(answer map[string]any) error {
	if c.JSON {
		return c.object(answer)
	}
	if answer["state"] == "waiting" {
		c.say("cli.approval.asked", "id", fmt.Sprint(answer["id"]))
		return nil
	}
	c.say("cli.approval.done")
	return nil
}

func runAuditRetention(ctx context.Context, c *Call) error {
	if c.Has("class") != c.Has("days") {
		return usage("cli.usage.retention")
	}
	return c.with(ctx, func(b *box) error {
		var got map[string]any
		switch {
		case c.Has("class"):
			days, err := strconv.Atoi(c.Flag("days"))
			if err != nil {
				return usage("cli.usage.number", "flag", "--days", "value", c.Flag("days"))
			}
			in, err := c.twoPeople(map[string]any{"class": c.Flag("class"), "days": days})
			if err != nil {
				return err
			}
			if err := b.call(ctx, http.MethodPatch, "/audit/retention", in, &got); err != nil {
				return err
			}
			return c.asked(got)
		case c.Has("release"):
			in, err := c.twoPeople(map[string]any{})
			if err != nil {
				return err
			}
			if err := b.call(ctx, http.MethodPost, "/audit/retention/release", in, &got); err != nil {
				return err
			}
			return c.asked(got)
		case c.Has("run"):
			if err := b.call(ctx, http.MethodPost, "/audit/retention/run", nil, &got); err != nil {
				return err
			}
		default:
			if err := b.get(ctx, "/audit/retention", nil, &got); err != nil {
				return err
			}
		}
		return c.terms(got)
	})
}

func (c *Call) terms(got map[string]any) error {
	if c.JSON {
		return c.object(got)
	}
	classes, _ := got["classes"].(map[string]any)
	names := make([]string, 0, len(classes)+1)
	for name := range classes {
		names = append(names, name)
	}
	slices.Sort(names)
	c.pruneWaits(got)
	return list(c, append(names, "entries"), "cli.retention.none", []string{"cli.column.class", "cli.column.days"}, func(name string) []string {
		days, ok := classes[name]
		if !ok {
			days = got["entries"]
		}
		if n, _ := days.(float64); n > 0 {
			return []string{name, c.Lang.Number(int64(n))}
		}
		return []string{name, c.Lang.T("retention.for-ever")}
	})
}

// pruneWaits says for what pruning waits, if it does.
func (c *Call) pruneWaits(got map[string]any) {
	var copies []string
	if got["waits_for_archive"] == true {
		copies = append(copies, c.Lang.T("retention.copy-archive"))
	}
	if got["waits_for_forwarding"] == true {
		copies = append(copies, c.Lang.T("retention.copy-forward"))
	}
	if len(copies) == 0 {
		return
	}
	number := func(name string) string {
		n, _ := got[name].(float64)
		return c.Lang.Number(int64(n))
	}
	since := ""
	if s, ok := got["waits_since"].(string); ok {
		if at, err := time.Parse(time.RFC3339, s); err == nil {
			since = c.Lang.DateTime(at.Local())
		}
	}
	c.say("cli.retention.waits", "copies", c.Lang.List(copies), "first", number("waits_first"), "last", number("waits_to"), "since", since)
}

type hold struct {
	ID     string    `json:"id"`
	Class  string    `json:"class,omitempty"`
	Person string    `json:"person,omitempty"`
	From   time.Time `json:"from,omitzero"`
	To     time.Time `json:"to,omitzero"`
	Reason string    `json:"reason"`
	Placed time.Time `json:"placed"`
	Lifted time.Time `json:"lifted,omitzero"`
}

func runAuditHold(ctx context.Context, c *Call) error {
	if c.Has("put") && c.Has("lift") {
		return usage("cli.usage.hold")
	}
	return c.with(ctx, func(b *box) error {
		switch {
		case c.Has("put"):
			return c.putHold(ctx, b)
		case c.Has("lift"):
			in, err := c.twoPeople(map[string]any{})
			if err != nil {
				return err
			}
			var got map[string]any
			if err := b.call(ctx, http.MethodPost, "/audit/holds/"+url.PathEscape(c.Flag("lift"))+"/lift", in, &got); err != nil {
				return err
			}
			return c.asked(got)
		}
		var got struct {
			Holds []hold `json:"holds"`
		}
		if err := b.get(ctx, "/audit/holds", nil, &got); err != nil {
			return err
		}
		titles := []string{"cli.column.id", "cli.column.class", "cli.column.person", "cli.column.placed", "cli.column.lifted", "cli.column.reason"}
		return list(c, got.Holds, "hold.none", titles, func(h hold) []string {
			lifted := ""
			if !h.Lifted.IsZero() {
				lifted = c.Lang.Date(h.Lifted.Local())
			}
			return []string{h.ID, h.Class, h.Person, c.Lang.Date(h.Placed.Local()), lifted, clean(h.Reason)}
		})
	})
}

func (c *Call) putHold(ctx context.Context, b *box) error {
	in := map[string]any{"reason": c.Flag("reason"), "class": c.Flag("class")}
	for _, name := range []string{"from", "to"} {
		s := c.Flag(name)
		if s == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, s)
		if err != nil {
			if at, err = time.ParseInLocation(time.DateOnly, s, time.Local); err != nil {
				return usage("cli.usage.time", "flag", "--"+name, "value", s)
			}
		}
		in[name] = at
	}
	if login := c.Flag("person"); login != "" {
		p, err := b.person(ctx, login)
		if err != nil {
			return err
		}
		in["person"] = p.ID
	}
	var h hold
	if err := b.call(ctx, http.MethodPost, "/audit/holds", in, &h); err != nil {
		return err
	}
	if c.JSON {
		return c.object(h)
	}
	c.say("cli.hold.placed", "id", h.ID)
	return nil
}

func runAuditErase(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		p, err := b.person(ctx, c.Operands[0])
		if err != nil {
			return err
		}
		if c.Has("certificate") {
			return c.print(ctx, b, "/audit/erasures/"+url.PathEscape(p.ID)+"/certificate")
		}
		in, err := c.twoPeople(map[string]any{"person": p.ID})
		if err != nil {
			return err
		}
		var got map[string]any
		if err := b.call(ctx, http.MethodPost, "/audit/erasures", in, &got); err != nil {
			return err
		}
		return c.asked(got)
	})
}
