package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

type person struct {
	ID       string `json:"id"`
	Login    string `json:"login"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	Disabled bool   `json:"disabled"`
}

var userCommands = []Command{
	{
		Name: "user add", Args: "LOGIN", Min: 1, Max: 1, Does: "cli.does.user-add", More: "cli.more.password",
		Flags: []Flag{
			{Name: "name", Value: "NAME", Does: "cli.flag.name"},
			{Name: "role", Value: "admin|auditor|member", Does: "cli.flag.role"},
			{Name: "password-file", Value: "FILE", Does: "cli.flag.password-file"},
		},
		Run: runUserAdd,
	},
	importCommand,
	{Name: "user list", Does: "cli.does.user-list", Run: runUserList},
	{Name: "user disable", Args: "LOGIN", Min: 1, Max: 1, Does: "cli.does.user-disable", Run: userSwitch(true, "cli.user.disabled")},
	{Name: "user enable", Args: "LOGIN", Min: 1, Max: 1, Does: "cli.does.user-enable", Run: userSwitch(false, "cli.user.enabled")},
	{
		Name: "user reset", Args: "LOGIN", Min: 1, Max: 1, Does: "cli.does.user-reset", More: "cli.more.user-reset",
		Flags: append([]Flag{{Name: "factors", Does: "cli.flag.factors"}}, reasonFlags...),
		Run:   runUserReset,
	},
}

var groupCommands = []Command{
	{Name: "group list", Does: "cli.does.group-list", Run: runGroupList},
	{
		Name: "group create", Args: "NAME", Min: 1, Max: 1, Does: "cli.does.group-create",
		Flags: []Flag{{Name: "member", Value: "LOGIN", Does: "cli.flag.member", Many: true}},
		Run:   runGroupCreate,
	},
}

func (b *box) people(ctx context.Context) ([]person, error) {
	var all []person
	err := b.pages(ctx, "/users", nil, func(p page) (int, error) {
		all = append(all, p.Users...)
		return len(p.Users), nil
	})
	return all, err
}

// person finds somebody by sign-in name or id.
func (b *box) person(ctx context.Context, login string) (person, error) {
	all, err := b.people(ctx)
	if err != nil {
		return person{}, err
	}
	i := slices.IndexFunc(all, func(p person) bool { return strings.EqualFold(p.Login, login) || p.ID == login })
	if i < 0 {
		return person{}, Fail(ExitFailed, "cli.user.unknown", "login", login)
	}
	return all[i], nil
}

func runUserAdd(ctx context.Context, c *Call) error {
	role := c.Flag("role")
	if role == "" {
		role = "member"
	}
	if !slices.Contains([]string{"admin", "auditor", "member"}, role) {
		return usage("cli.usage.role", "role", role)
	}
	login, name := c.Operands[0], c.Flag("name")
	if name == "" {
		name = login
	}
	password, err := c.password(ctx)
	if err != nil {
		return err
	}
	return c.with(ctx, func(b *box) error {
		in := map[string]string{"login": login, "name": name, "role": role, "password": password, "lang": string(c.Lang)}
		var p person
		if err := b.call(ctx, http.MethodPost, "/users", in, &p); err != nil {
			return err
		}
		if c.JSON {
			return c.object(p)
		}
		c.say("cli.user.added", "login", clean(p.Login), "role", c.Lang.Or("role", p.Role))
		return nil
	})
}

func runUserList(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		all, err := b.people(ctx)
		if err != nil {
			return err
		}
		titles := []string{"cli.column.login", "cli.column.name", "cli.column.role", "cli.column.state"}
		return list(c, all, "cli.user.none", titles, func(p person) []string {
			state := ""
			if p.Disabled {
				state = c.Lang.T("cli.state.disabled")
			}
			return []string{p.Login, p.Name, c.Lang.Or("role", p.Role), state}
		})
	})
}

func userSwitch(off bool, done string) func(context.Context, *Call) error {
	return func(ctx context.Context, c *Call) error {
		return c.with(ctx, func(b *box) error {
			p, err := b.person(ctx, c.Operands[0])
			if err != nil {
				return err
			}
			path := "/users/" + url.PathEscape(p.ID)
			if err := b.call(ctx, http.MethodPatch, path, map[string]bool{"disabled": off}, nil); err != nil {
				return err
			}
			p.Disabled = off
			if c.JSON {
				return c.object(p)
			}
			c.say(done, "login", clean(p.Login))
			return nil
		})
	}
}

type team struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Members []string `json:"members"`
}

func runGroupList(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var all []team
		err := b.pages(ctx, "/groups", nil, func(p page) (int, error) {
			all = append(all, p.Groups...)
			return len(p.Groups), nil
		})
		if err != nil {
			return err
		}
		people, err := b.people(ctx)
		if err != nil {
			return err
		}
		login := map[string]string{}
		for _, p := range people {
			login[p.ID] = p.Login
		}
		titles := []string{"cli.column.name", "cli.column.members", "cli.column.id"}
		return list(c, all, "cli.group.none", titles, func(g team) []string {
			var names []string
			for _, id := range g.Members {
				names = append(names, or(login[id], id))
			}
			return []string{g.Name, strings.Join(names, ", "), g.ID}
		})
	})
}

func runGroupCreate(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		in := team{Name: c.Operands[0], Members: []string{}}
		for _, login := range c.FlagAll("member") {
			p, err := b.person(ctx, login)
			if err != nil {
				return err
			}
			in.Members = append(in.Members, p.ID)
		}
		body := map[string]any{"name": in.Name, "members": in.Members}
		if err := b.call(ctx, http.MethodPost, "/groups", body, &in); err != nil {
			return err
		}
		if c.JSON {
			return c.object(in)
		}
		c.say("cli.group.created", "name", clean(in.Name), "n", len(in.Members))
		return nil
	})
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// page is a page of any list of the API; Cursor is "" on the last one.
type page struct {
	Users       []person     `json:"users"`
	Groups      []team       `json:"groups"`
	Keys        []key        `json:"keys"`
	Collections []collection `json:"collections"`
	Cursor      string       `json:"cursor"`
}

// pages reads a list to its end. fn says how many items a page had, so that a
// cursor that leads nowhere ends it too.
func (b *box) pages(ctx context.Context, path string, query url.Values, fn func(page) (int, error)) error {
	if query == nil {
		query = url.Values{}
	}
	for {
		var p page
		if err := b.get(ctx, path, query, &p); err != nil {
			return err
		}
		n, err := fn(p)
		if err != nil || p.Cursor == "" || n == 0 {
			return err
		}
		if query.Get("cursor") == p.Cursor {
			return lost(fmt.Errorf("read list: cursor doesn't move"))
		}
		query.Set("cursor", p.Cursor)
	}
}
