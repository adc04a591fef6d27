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

// runUserReset makes a one-time link, or with --factors takes the second factors
// of an account away.
func runUserReset(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		p, err := b.person(ctx, c.Operands[0])
		if err != nil {
			return err
		}
		path := "/users/" + url.PathEscape(p.ID)
		if c.Has("factors") {
			if err := b.call(ctx, http.MethodDelete, path+"/factors", nil, nil); err != nil {
				return err
			}
			if c.JSON {
				return c.object(p)
			}
			c.say("cli.user.factors-reset", "login", clean(p.Login))
			return nil
		}
		link := oneTime{Login: p.Login}
		if err := b.call(ctx, http.MethodPost, path+"/reset", nil, &link); err != nil {
			return err
		}
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
