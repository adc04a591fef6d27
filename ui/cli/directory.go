package cli

import (
	"context"
	"net/http"
	"strings"
)

var directoryCommands = []Command{
	{
		Name: "directory test", Does: "cli.does.directory-test", More: "cli.more.directory-test",
		Flags: []Flag{{Name: "user", Value: "NAME", Does: "cli.flag.directory-user"}}, Run: runDirectoryTest,
	},
	{Name: "directory preview", Does: "cli.does.directory-preview", Run: runDirectoryPreview},
	{
		Name: "directory sync", Does: "cli.does.directory-sync",
		Flags: []Flag{{Name: "confirm", Does: "cli.flag.directory-confirm"}}, Run: runDirectorySync,
	},
}

type directoryStep struct {
	Step     string            `json:"step"`
	Server   string            `json:"server,omitempty"`
	OK       bool              `json:"ok"`
	Warn     bool              `json:"warn"`
	Code     string            `json:"code"`
	Params   map[string]string `json:"params,omitempty"`
	Sentence string            `json:"sentence"`
}

type directoryTest struct {
	OK    bool            `json:"ok"`
	Steps []directoryStep `json:"steps"`
}

// runDirectoryTest prints every step. A password comes from stdin, unless that is a
// terminal or empty: then the person is only looked for.
func runDirectoryTest(ctx context.Context, c *Call) error {
	in := map[string]string{"user": c.Flag("user")}
	if _, tty := terminal(c.Stdin); in["user"] != "" && !tty {
		if line, err := readLine(c.Stdin); err == nil {
			in["password"] = line
		}
	}
	return c.with(ctx, func(b *box) error {
		var a directoryTest
		if err := b.call(ctx, http.MethodPost, "/directory/test", in, &a); err != nil {
			return err
		}
		if c.JSON {
			if err := c.object(a); err != nil {
				return err
			}
		} else if err := c.listSteps(a.Steps); err != nil {
			return err
		}
		if !a.OK {
			return Fail(ExitFailed, "cli.directory.failed")
		}
		return nil
	})
}

func (c *Call) listSteps(steps []directoryStep) error {
	titles := []string{"cli.column.step", "cli.column.verdict", "cli.column.what"}
	return list(c, steps, "cli.directory.nobody", titles, func(s directoryStep) []string {
		verdict := c.Lang.T("directory.step-ok")
		switch {
		case !s.OK:
			verdict = c.Lang.T("directory.step-bad")
		case s.Warn:
			verdict = c.Lang.T("directory.step-warn")
		}
		return []string{strings.TrimSpace(c.Lang.Or("directory-step", s.Step) + " " + s.Server), verdict, s.Sentence}
	})
}

type previewed struct {
	Login       string   `json:"login"`
	Name        string   `json:"name"`
	State       string   `json:"state"`
	Role        string   `json:"role"`
	Groups      []string `json:"groups"`
	Collections []string `json:"collections"`
	Account     string   `json:"account"`
}

func runDirectoryPreview(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var a struct {
			Rows []previewed `json:"admitted"`
		}
		if err := b.get(ctx, "/directory/preview", nil, &a); err != nil {
			return err
		}
		titles := []string{"cli.column.login", "cli.column.name", "cli.column.role", "cli.column.groups", "cli.column.collections", "cli.column.state"}
		return list(c, a.Rows, "cli.directory.nobody", titles, func(p previewed) []string {
			return []string{p.Login, p.Name, c.Lang.Or("role", p.Role), strings.Join(p.Groups, ", "), strings.Join(p.Collections, ", "), c.Lang.Or("directory-account", p.Account)}
		})
	})
}

type directoryReport struct {
	People int      `json:"people"`
	Groups int      `json:"groups"`
	Ended  []string `json:"ended"`
	Opened []string `json:"opened"`
	Joined int      `json:"joined"`
	Left   int      `json:"left"`
	Held   bool     `json:"held"`
	Absent int      `json:"absent"`
}

func runDirectorySync(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var a directoryReport
		if err := b.call(ctx, http.MethodPost, "/directory/sync", map[string]bool{"confirm": c.Has("confirm")}, &a); err != nil {
			return err
		}
		if c.JSON {
			return c.object(a)
		}
		c.say("cli.directory.synced", "people", a.People, "ended", len(a.Ended), "opened", len(a.Opened), "joined", a.Joined, "left", a.Left)
		if a.Held {
			c.note("cli.directory.held", "n", a.Absent)
		}
		return nil
	})
}
