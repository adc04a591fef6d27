package cli

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

var egressCommands = []Command{
	{Name: "egress list", Does: "cli.does.egress-list", Run: runEgressList},
	{Name: "egress close", Args: "HOST:PORT", Min: 1, Max: 1, Does: "cli.does.egress-close", Run: func(ctx context.Context, c *Call) error { return runEgressShut(ctx, c, "/egress/close") }},
	{Name: "egress open", Args: "HOST:PORT", Min: 1, Max: 1, Does: "cli.does.egress-open", Run: func(ctx context.Context, c *Call) error { return runEgressShut(ctx, c, "/egress/open") }},
	{
		Name: "egress airgap", Args: "on|off|show", Min: 1, Max: 1, Does: "cli.does.egress-airgap", More: "cli.more.egress-airgap",
		Flags: []Flag{{Name: "lan", Value: "NETWORK", Does: "cli.flag.lan", Many: true}}, Run: runEgressAirGap,
	},
}

type egressAnswer struct {
	AirGap airGap `json:"air_gap"`
	Ways   []way  `json:"ways"`
}

type airGap struct {
	On  bool      `json:"on"`
	LAN []string  `json:"lan"`
	By  string    `json:"by,omitempty"`
	At  time.Time `json:"at,omitzero"`
	Seq uint64    `json:"seq,omitempty"`
}

type way struct {
	Host   string   `json:"host"`
	Port   int      `json:"port"`
	State  string   `json:"state"`
	For    []string `json:"for"`
	Clear  bool     `json:"clear"`
	Opened *struct {
		By  string    `json:"by"`
		At  time.Time `json:"at"`
		Seq uint64    `json:"seq"`
	} `json:"opened"`
	In   int64 `json:"bytes_in"`
	Out  int64 `json:"bytes_out"`
	Live int   `json:"connections_open"`
}

func (w way) place() string { return net.JoinHostPort(w.Host, strconv.Itoa(w.Port)) }

func runEgressList(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var a egressAnswer
		if err := b.get(ctx, "/egress", nil, &a); err != nil {
			return err
		}
		if a.AirGap.On && !c.JSON {
			c.note("cli.egress.gap-on", "networks", strings.Join(a.AirGap.LAN, ", "))
		}
		return c.listWays(a.Ways)
	})
}

func (c *Call) listWays(all []way) error {
	titles := []string{"cli.column.way", "cli.column.state", "cli.column.for", "cli.column.opened", "cli.column.traffic"}
	return list(c, all, "cli.egress.none", titles, func(w way) []string {
		state := c.Lang.Or("egress-state", w.State)
		if w.Clear {
			state += ", " + c.Lang.T("egress.clear")
		}
		opened := c.Lang.T("egress.unknown")
		if w.Opened != nil {
			opened = w.Opened.By + " " + c.Lang.DateTime(w.Opened.At.Local())
		}
		return []string{w.place(), state, strings.Join(w.For, ", "), opened, c.Lang.T("egress.traffic-value", "out", c.Lang.Size(w.Out), "in", c.Lang.Size(w.In))}
	})
}

func runEgressShut(ctx context.Context, c *Call, path string) error {
	host, portText, err := net.SplitHostPort(c.Operands[0])
	port, perr := strconv.Atoi(portText)
	if err != nil || perr != nil {
		return usage("cli.usage.way", "argument", c.Operands[0])
	}
	return c.with(ctx, func(b *box) error {
		var a egressAnswer
		if err := b.call(ctx, http.MethodPost, path, map[string]any{"host": host, "port": port}, &a); err != nil {
			return err
		}
		return c.listWays(a.Ways)
	})
}

func runEgressAirGap(ctx context.Context, c *Call) error {
	act := c.Operands[0]
	if act != "on" && act != "off" && act != "show" {
		return usage("cli.usage.airgap", "argument", act)
	}
	return c.with(ctx, func(b *box) error {
		var a egressAnswer
		if act == "show" {
			if err := b.get(ctx, "/egress", nil, &a); err != nil {
				return err
			}
		} else {
			in := map[string]any{"on": act == "on"}
			if c.Has("lan") {
				in["lan"] = c.FlagAll("lan")
			}
			if err := b.call(ctx, http.MethodPut, "/egress/air-gap", in, &a); err != nil {
				return err
			}
		}
		switch {
		case c.JSON:
			return c.object(a.AirGap)
		case !a.AirGap.On:
			c.say("cli.egress.gap-off")
		default:
			c.say("cli.egress.gap-on", "networks", strings.Join(a.AirGap.LAN, ", "))
		}
		return nil
	})
}
