package cli

import (
	"context"
	"net/http"
	"time"
)

var alertCommands = []Command{
	{Name: "alerts", Does: "cli.does.alerts", More: "cli.more.alerts", Run: runAlerts},
	{Name: "alerts test", Does: "cli.does.alerts-test", More: "cli.more.alerts-test", Run: runAlertsTest},
}

// mailed is what a relay said to the mail for one address.
type mailed struct {
	Address  string    `json:"address"`
	OK       bool      `json:"ok"`
	Code     string    `json:"code,omitempty"`
	Reply    string    `json:"reply,omitempty"`
	Sentence string    `json:"sentence"`
	Since    time.Time `json:"since,omitzero"`
}

type alertsShown struct {
	On       bool      `json:"on"`
	Urgent   int       `json:"urgent_recipients"`
	Digest   int       `json:"digest_recipients"`
	Hour     int       `json:"digest_hour"`
	Told     []string  `json:"told"`
	Waiting  int       `json:"waiting"`
	Lost     int       `json:"lost"`
	Sent     time.Time `json:"last_sent,omitzero"`
	Code     string    `json:"code,omitempty"`
	Reply    string    `json:"reply,omitempty"`
	Sentence string    `json:"sentence,omitempty"`
	Failing  time.Time `json:"failing_since,omitzero"`
	Next     time.Time `json:"next_try,omitzero"`
	Refused  []mailed  `json:"refused"`
}

func runAlerts(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var a alertsShown
		if err := b.get(ctx, "/alerts", nil, &a); err != nil {
			return err
		}
		if c.JSON {
			if err := c.object(a); err != nil {
				return err
			}
		} else if err := c.tellAlerts(a); err != nil {
			return err
		}
		if a.Code != "" || len(a.Refused) > 0 {
			return Fail(ExitFailed, "cli.alerts.broken")
		}
		return nil
	})
}

func (c *Call) tellAlerts(a alertsShown) error {
	if !a.On {
		c.say("cli.alerts.off")
		return nil
	}
	c.say("cli.alerts.on", "urgent", a.Urgent, "digest", a.Digest, "hour", a.Hour, "waiting", a.Waiting)
	if !a.Sent.IsZero() {
		c.say("cli.alerts.sent", "when", c.Lang.DateTime(a.Sent.Local()))
	}
	if a.Code != "" {
		c.say("cli.alerts.failing", "when", c.Lang.DateTime(a.Failing.Local()), "why", clean(a.Sentence+" "+a.Reply))
	}
	if len(a.Refused) > 0 {
		return c.listMailed(a.Refused)
	}
	return nil
}

func (c *Call) listMailed(all []mailed) error {
	titles := []string{"cli.column.address", "cli.column.what", "cli.column.reply"}
	return list(c, all, "cli.alerts.none", titles, func(m mailed) []string { return []string{clean(m.Address), m.Sentence, clean(m.Reply)} })
}

func runAlertsTest(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var a struct {
			OK         bool     `json:"ok"`
			Recipients []mailed `json:"recipients"`
		}
		if err := b.call(ctx, http.MethodPost, "/alerts/test", nil, &a); err != nil {
			return err
		}
		if c.JSON {
			if err := c.object(a); err != nil {
				return err
			}
		} else if err := c.listMailed(a.Recipients); err != nil {
			return err
		}
		if !a.OK {
			return Fail(ExitFailed, "cli.alerts.failed")
		}
		return nil
	})
}
