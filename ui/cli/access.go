package cli

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

var accessCommands = []Command{
	{Name: "access check", Does: "cli.does.access-check", Run: runAccessCheck},
	{Name: "access show", Args: "LOGIN", Min: 1, Max: 1, Does: "cli.does.access-show", Run: runAccessShow},
}

type rightsCheck struct {
	Seq     uint64    `json:"seq"`
	At      time.Time `json:"at"`
	OK      bool      `json:"ok"`
	Took    float64   `json:"took_seconds"`
	Groups  int       `json:"groups"`
	People  int       `json:"people"`
	Denied  int       `json:"denied"`
	Allowed int       `json:"allowed"`
	Meaning int       `json:"meaning"`
	Leaks   int       `json:"leaks"`
	Misses  int       `json:"misses"`
	Faults  []struct {
		Kind       string `json:"kind"`
		Subject    string `json:"subject"`
		Collection string `json:"collection"`
	} `json:"faults"`
}

// runAccessCheck checks that retrieval respects rights; ExitFailed where it
// doesn't.
func runAccessCheck(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var r rightsCheck
		if err := b.call(ctx, http.MethodPost, "/access/check", nil, &r); err != nil {
			return err
		}
		if c.JSON {
			if err := c.object(r); err != nil {
				return err
			}
		} else {
			c.say("sight.check-tried", "n", r.Denied+r.Allowed, "groups", r.Groups, "people", r.People)
			for _, f := range r.Faults {
				key := "sight.fault-leak"
				if f.Kind == "miss" {
					key = "sight.fault-miss"
				}
				c.say(key, "who", f.Subject, "collection", f.Collection)
			}
		}
		if !r.OK {
			return Fail(ExitFailed, "cli.access.bad", "leaks", strconv.Itoa(r.Leaks), "misses", strconv.Itoa(r.Misses))
		}
		if !c.JSON {
			c.say("sight.check-good")
		}
		return nil
	})
}

type reach struct {
	Collection string `json:"collection"`
	Name       string `json:"name"`
	Documents  int    `json:"documents"`
	Reads      bool   `json:"reads"`
	Writes     bool   `json:"writes"`
	Why        []struct {
		Grant  string    `json:"grant"`
		Group  string    `json:"group,omitempty"`
		Writes bool      `json:"writes"`
		Since  time.Time `json:"since,omitzero"`
	} `json:"why"`
}

// runAccessShow lists what a person may see, and by what.
func runAccessShow(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		p, err := b.person(ctx, c.Operands[0])
		if err != nil {
			return err
		}
		var a struct {
			Collections []reach `json:"collections"`
		}
		if err := b.get(ctx, "/access", url.Values{"person": {p.ID}}, &a); err != nil {
			return err
		}
		titles := []string{"sight.collection", "cli.column.may", "cli.column.by"}
		return list(c, a.Collections, "sight.nothing", titles, func(r reach) []string { return []string{r.Name, c.mayDo(r), c.by(r)} })
	})
}

func (c *Call) mayDo(r reach) string {
	switch {
	case r.Writes:
		return c.Lang.T("sight.writes")
	case r.Reads:
		return c.Lang.T("sight.reads")
	}
	return c.Lang.T("sight.not")
}

// by names what gives the right.
func (c *Call) by(r reach) string {
	var out []string
	for _, w := range r.Why {
		switch {
		case w.Group != "":
			out = append(out, w.Group)
		case w.Grant == "everyone":
			out = append(out, c.Lang.T("access.everyone"))
		default:
			out = append(out, c.Lang.T("cli.access.named"))
		}
	}
	return c.Lang.List(out)
}
