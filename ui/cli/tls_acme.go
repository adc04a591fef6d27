package cli

import (
	"context"
	"net/http"
	"strings"
	"time"
)

var acmeCommands = []Command{
	{Name: "tls acme show", Does: "cli.does.tls-acme-show", Run: func(ctx context.Context, c *Call) error {
		return c.with(ctx, func(b *box) error { return c.tellACME(ctx, b) })
	}},
	{
		Name: "tls acme set", Args: "ADDRESS", Min: 1, Max: 1, Does: "cli.does.tls-acme-set", More: "cli.more.tls-acme-set", Run: runACMESet,
		Flags: []Flag{
			{Name: "ca", Value: "FILE", Does: "cli.flag.acme-ca"}, {Name: "name", Value: "NAME", Does: "cli.flag.acme-name", Many: true},
			{Name: "challenge", Value: "WAY", Does: "cli.flag.acme-challenge"},
			{Name: "eab-id", Value: "ID", Does: "cli.flag.acme-eab-id"}, {Name: "eab-secret", Value: "ID", Does: "cli.flag.acme-eab-secret"},
		},
	},
	{
		Name: "tls acme now", Does: "cli.does.tls-acme-now", Flags: []Flag{{Name: "new-account", Does: "cli.flag.acme-account"}},
		Run: func(ctx context.Context, c *Call) error {
			in := map[string]string{}
			if c.Has("new-account") {
				in["account"] = "new"
			}
			return c.with(ctx, func(b *box) error {
				var s acmeAnswer
				if err := b.call(ctx, http.MethodPost, "/tls/acme", in, &s); err != nil {
					return err
				}
				return c.showACME(s)
			})
		},
	},
	{Name: "tls acme off", Does: "cli.does.tls-acme-off", Run: func(ctx context.Context, c *Call) error {
		return c.with(ctx, func(b *box) error { return c.setACME(ctx, b, map[string]string{"acme.url": ""}) })
	}},
}

type acmeAnswer struct {
	On         bool      `json:"on"`
	Directory  string    `json:"directory"`
	Names      []string  `json:"names"`
	Challenges []string  `json:"challenges"`
	Serving    bool      `json:"serving"`
	Asking     bool      `json:"asking"`
	Last       time.Time `json:"last,omitzero"`
	Next       time.Time `json:"next,omitzero"`
	Failing    time.Time `json:"failing,omitzero"`
	Tries      int       `json:"tries"`
	Code       string    `json:"code,omitempty"`
	Sentence   string    `json:"sentence,omitempty"`
}

func (c *Call) tellACME(ctx context.Context, b *box) error {
	var s acmeAnswer
	if err := b.get(ctx, "/tls/acme", nil, &s); err != nil {
		return err
	}
	return c.showACME(s)
}

func (c *Call) showACME(s acmeAnswer) error {
	if c.JSON {
		return c.object(s)
	}
	if !s.On {
		c.say("cli.acme.off")
		return nil
	}
	c.say("cli.acme.directory", "url", s.Directory)
	c.say("cli.acme.names", "names", strings.Join(s.Names, ", "))
	c.say("cli.acme.ways", "ways", strings.Join(s.Challenges, ", "))
	if !s.Serving {
		c.note("error.acme-idle")
	}
	if !s.Next.IsZero() {
		c.say("cli.acme.next", "date", c.Lang.DateTime(s.Next.Local()))
	}
	if s.Code != "" {
		c.note("cli.acme.failing", "date", c.Lang.DateTime(s.Failing.Local()), "n", s.Tries, "why", s.Sentence)
	}
	return nil
}

func runACMESet(ctx context.Context, c *Call) error {
	in := map[string]string{
		"acme.url": c.Operands[0], "acme.names": strings.Join(c.FlagAll("name"), " "), "acme.challenge": c.Flag("challenge"),
		"acme.eab_id": c.Flag("eab-id"), "acme.eab_secret": c.Flag("eab-secret"), "acme.ca": "",
	}
	if path := c.Flag("ca"); path != "" {
		text, err := readCertificateFile(path)
		if err != nil {
			return err
		}
		in["acme.ca"] = strings.TrimSpace(string(text))
	}
	return c.with(ctx, func(b *box) error { return c.setACME(ctx, b, in) })
}

func (c *Call) setACME(ctx context.Context, b *box, in map[string]string) error {
	if err := b.call(ctx, http.MethodPatch, "/settings", in, nil); err != nil {
		return err
	}
	return c.tellACME(ctx, b)
}
