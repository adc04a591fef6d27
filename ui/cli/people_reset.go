package cli

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// oneTime is a link with which somebody chooses a password.
type oneTime struct {
	Login   string    `json:"login"`
	Token   string    `json:"token"`
	Path    string    `json:"path"`
	Link    string    `json:"link,omitempty"`
	Expires time.Time `json:"expires"`
}

// runUserReset makes a one-time link, or with --factors asks that the second
// factors of an account be taken away. What two people decide is asked for with a
// reason.
func runUserReset(ctx context.Context, c *Call) error {
	in, err := c.twoPeople(map[string]any{})
	if err != nil {
		return err
	}
	return c.with(ctx, func(b *box) error {
		p, err := b.person(ctx, c.Operands[0])
		if err != nil {
			return err
		}
		method, path := http.MethodPost, "/users/"+url.PathEscape(p.ID)+"/reset"
		if c.Has("factors") {
			method, path = http.MethodDelete, "/users/"+url.PathEscape(p.ID)+"/factors"
		}
		var got struct {
			oneTime
			State string `json:"state"`
			ID    string `json:"id"`
			Alone bool   `json:"alone"`
		}
		if err := b.call(ctx, method, path, in, &got); err != nil {
			return err
		}
		if got.State != "" {
			return c.asked(map[string]any{"id": got.ID, "state": got.State, "alone": got.Alone, "login": p.Login})
		}
		link := got.oneTime
		link.Login = p.Login
		if c.JSON {
			return c.object(link)
		}
		c.say("cli.user.reset", "login", clean(p.Login), "when", c.Lang.DateTime(link.Expires.Local()))
		c.say("cli.said", "sentence", or(link.Link, link.Path))
		if link.Link == "" {
			c.say("cli.user.reset-path")
		}
		return nil
	})
}
