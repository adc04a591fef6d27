package cli

import (
	"context"
	"net/http"
	"time"
)

var inboxCommands = []Command{
	{Name: "inbox", Does: "cli.does.inbox", More: "cli.more.inbox", Run: runInbox},
	{
		Name: "inbox set", Does: "cli.does.inbox-set", More: "cli.more.inbox-set",
		Flags: []Flag{
			{Name: "folder", Value: "FOLDER", Does: "cli.flag.inbox-folder"},
			{Name: "collection", Value: "C", Does: "cli.flag.inbox-collection"},
			{Name: "subfolders", Value: "yes|no", Does: "cli.flag.inbox-subfolders"},
			{Name: "owner", Value: "LOGIN", Does: "cli.flag.inbox-owner"},
			{Name: "keep", Value: "move|remove", Does: "cli.flag.inbox-keep"},
		},
		Run: runInboxSet,
	},
	{Name: "inbox pause", Does: "cli.does.inbox-pause", Run: func(ctx context.Context, c *Call) error { return c.changeInbox(ctx, map[string]any{"paused": true}) }},
	{Name: "inbox resume", Does: "cli.does.inbox-resume", Run: func(ctx context.Context, c *Call) error { return c.changeInbox(ctx, map[string]any{"paused": false}) }},
	{Name: "inbox end", Does: "cli.does.inbox-end", Run: func(ctx context.Context, c *Call) error { return c.changeInbox(ctx, map[string]any{"folder": ""}) }},
}

// inboxShown is what the box answers.
type inboxShown struct {
	Folder     string       `json:"folder"`
	Paused     bool         `json:"paused"`
	Collection string       `json:"collection"`
	Subfolders bool         `json:"subfolders"`
	Owner      string       `json:"owner"`
	Keep       string       `json:"keep"`
	State      string       `json:"state"`
	Code       string       `json:"code,omitempty"`
	Sentence   string       `json:"sentence,omitempty"`
	Since      time.Time    `json:"since,omitzero"`
	Looked     time.Time    `json:"looked,omitzero"`
	Waiting    int          `json:"waiting"`
	Left       int          `json:"left"`
	Unmatched  []string     `json:"unmatched"`
	Unseen     int          `json:"unseen_folders"`
	Taken      int          `json:"taken"`
	Repeated   int          `json:"repeated"`
	Last       time.Time    `json:"last,omitzero"`
	Document   string       `json:"last_document,omitempty"`
	AsideN     int          `json:"aside_count"`
	Aside      []inboxAside `json:"aside"`
}

type inboxAside struct {
	Name     string `json:"name,omitempty"`
	Code     string `json:"code,omitempty"`
	Sentence string `json:"sentence,omitempty"`
}

func runInbox(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var s inboxShown
		if err := b.get(ctx, "/inbox", nil, &s); err != nil {
			return err
		}
		return c.tellInbox(s)
	})
}

func runInboxSet(ctx context.Context, c *Call) error {
	in := map[string]any{}
	for _, name := range []string{"folder", "collection", "owner", "keep"} {
		if c.Has(name) {
			in[name] = c.Flag(name)
		}
	}
	switch c.Flag("subfolders") {
	case "":
	case "yes":
		in["subfolders"] = true
	case "no":
		in["subfolders"] = false
	default:
		return usage("cli.inbox.yes-no")
	}
	if len(in) == 0 {
		return usage("cli.inbox.nothing")
	}
	return c.changeInbox(ctx, in)
}

func (c *Call) changeInbox(ctx context.Context, in map[string]any) error {
	return c.with(ctx, func(b *box) error {
		var s inboxShown
		if err := b.call(ctx, http.MethodPatch, "/inbox", in, &s); err != nil {
			return err
		}
		return c.tellInbox(s)
	})
}

func (c *Call) tellInbox(s inboxShown) error {
	if c.JSON {
		return c.object(s)
	}
	switch s.State {
	case "off":
		c.say("cli.inbox.off")
		return nil
	case "paused":
		c.say("cli.inbox.paused", "folder", clean(s.Folder))
		return nil
	}
	c.say("cli.inbox.on", "folder", clean(s.Folder), "taken", s.Taken, "waiting", s.Waiting)
	if s.Sentence != "" {
		c.say("cli.inbox.why", "why", clean(s.Sentence))
	}
	if !s.Last.IsZero() {
		c.say("cli.inbox.last", "when", c.Lang.DateTime(s.Last.Local()))
	}
	for _, name := range s.Unmatched {
		c.say("cli.inbox.unmatched", "name", clean(name))
	}
	if s.AsideN == 0 {
		return nil
	}
	c.say("cli.inbox.aside", "n", s.AsideN)
	titles := []string{"cli.column.name", "cli.column.what"}
	return list(c, s.Aside, "cli.alerts.none", titles, func(a inboxAside) []string { return []string{clean(a.Name), a.Sentence} })
}
