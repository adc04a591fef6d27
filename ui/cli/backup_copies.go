package cli

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"coffre/store"
)

var copyCommands = []Command{
	{Name: "backup copy", Does: "cli.does.backup-copy", More: "cli.more.backup-copy", Run: runBackupCopy},
	{
		Name: "backup copies", Does: "cli.does.backup-copies", More: "cli.more.backup-copies",
		Flags: []Flag{
			{Name: "folder", Value: "FOLDER", Does: "cli.flag.copies-folder"},
			{Name: "days", Value: "DAYS", Does: "cli.flag.copies-days"},
			{Name: "hour", Value: "HOUR", Does: "cli.flag.copies-hour"},
			{Name: "daily", Value: "N", Does: "cli.flag.copies-daily"},
			{Name: "weekly", Value: "N", Does: "cli.flag.copies-weekly"},
			{Name: "monthly", Value: "N", Does: "cli.flag.copies-monthly"},
			{Name: "recipient", Value: "R", Does: "cli.flag.backup-recipient", Many: true},
			{Name: "off", Does: "cli.flag.copies-off"},
			{Name: "verify", Does: "cli.flag.copies-verify"},
		},
		Run: runBackupCopies,
	},
}

func runBackupCopy(ctx context.Context, c *Call) error {
	return c.with(ctx, func(b *box) error {
		var rec store.CopyRecord
		if err := b.call(ctx, http.MethodPost, "/backups/copies/run", nil, &rec); err != nil {
			return err
		}
		if !c.JSON {
			c.say("cli.copies.made", "name", rec.Name, "objects", rec.Objects, "new", rec.New, "size", c.Lang.Size(rec.Bytes+rec.NewBytes))
		} else if err := c.object(rec); err != nil {
			return err
		}
		if len(rec.Damaged) > 0 {
			return store.Fail(store.Corrupt, "backup-partial", "names", strings.Join(rec.Damaged, ", "))
		}
		return nil
	})
}

// copiesShown is what the box answers.
type copiesShown struct {
	On         bool               `json:"on"`
	Folder     string             `json:"folder"`
	Days       []string           `json:"days"`
	Hour       int                `json:"hour"`
	Daily      int                `json:"daily"`
	Weekly     int                `json:"weekly"`
	Monthly    int                `json:"monthly"`
	SameDisk   bool               `json:"same_disk"`
	SmallFiles bool               `json:"small_files"`
	Home       string             `json:"home,omitempty"`
	Doing      string             `json:"doing,omitempty"`
	Fault      string             `json:"fault,omitempty"`
	Stuck      bool               `json:"stuck,omitempty"`
	Late       bool               `json:"late"`
	Next       time.Time          `json:"next,omitzero"`
	Check      *store.CopyCheck   `json:"check,omitempty"`
	Copies     []store.CopyRecord `json:"copies"`
}

func runBackupCopies(ctx context.Context, c *Call) error {
	change, err := c.copiesChange()
	if err != nil {
		return err
	}
	return c.with(ctx, func(b *box) error {
		if c.Has("verify") {
			return c.verifyCopies(ctx, b)
		}
		var s copiesShown
		if len(change) > 0 {
			err = b.call(ctx, http.MethodPatch, "/backups/copies", change, &s)
		} else {
			err = b.get(ctx, "/backups/copies", nil, &s)
		}
		switch {
		case err != nil:
			return err
		case c.JSON:
			return c.object(s)
		}
		return c.sayCopies(s)
	})
}

// copiesChange is what the flags change.
func (c *Call) copiesChange() (map[string]any, error) {
	in := map[string]any{}
	if f := c.Flag("folder"); f != "" {
		in["folder"], in["on"] = f, true
	}
	if c.Has("off") {
		in["on"] = false
	}
	if d := c.Flag("days"); d == "all" {
		in["days"] = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	} else if d != "" {
		in["days"] = strings.Split(d, ",")
	}
	for _, name := range []string{"hour", "daily", "weekly", "monthly"} {
		if v := c.Flag(name); v != "" {
			n, err := strconv.Atoi(v)
			if err != nil {
				n = -1 // no plan has it, and the box says what it may be
			}
			in[name] = n
		}
	}
	var to []string
	for _, value := range c.FlagAll("recipient") {
		one, err := recipientsOf(value)
		if err != nil {
			return nil, err
		}
		to = append(to, one...)
	}
	if len(to) > 0 {
		in["recipients"] = to
	}
	return in, nil
}

func (c *Call) verifyCopies(ctx context.Context, b *box) error {
	var k store.CopyCheck
	if err := b.call(ctx, http.MethodPost, "/backups/copies/verify", nil, &k); err != nil {
		return err
	}
	switch {
	case c.JSON:
		if err := c.object(k); err != nil {
			return err
		}
	case k.OK:
		c.say("cli.copies.verified", "runs", k.Runs, "objects", k.Objects, "size", c.Lang.Size(k.Bytes))
	default:
		for _, path := range k.Bad {
			fmt.Fprintln(c.Stdout, clean(path))
		}
	}
	if k.OK {
		return nil
	}
	return store.Fail(store.Corrupt, k.Code)
}

func (c *Call) sayCopies(s copiesShown) error {
	if !s.On || s.Folder == "" {
		c.say("cli.copies.off")
	} else {
		days := make(listed, 0, len(s.Days))
		for _, d := range s.Days {
			days = append(days, c.weekday(d))
		}
		named := c.Lang.List(days)
		if len(days) == 7 {
			named = c.Lang.T("copies.all-days")
		}
		c.say("cli.copies.plan", "folder", clean(s.Folder), "days", named, "hour", s.Hour, "daily", s.Daily, "weekly", s.Weekly, "monthly", s.Monthly)
		c.say("cli.copies.next", "at", c.Lang.DateTime(s.Next.Local()))
	}
	if s.SameDisk {
		c.note("cli.copies.same-disk")
	}
	if s.SmallFiles {
		c.note("cli.copies.small")
	}
	titles := []string{"cli.backup.col-when", "cli.backup.col-state", "cli.backup.col-size", "cli.copies.col-new"}
	return list(c, s.Copies, "cli.copies.none", titles, func(r store.CopyRecord) []string {
		state := c.Lang.T(backupState(r.State, len(r.Damaged)))
		if !r.Removed.IsZero() {
			state = c.Lang.T("cli.copies.gone")
		}
		return []string{c.Lang.DateTime(r.At.Local()), state, c.Lang.Size(r.Bytes), c.Lang.Size(r.NewBytes)}
	})
}

// weekday names a day of the week that the box has named.
func (c *Call) weekday(d string) string {
	switch d {
	case "mon":
		return c.Lang.T("copies.day-1")
	case "tue":
		return c.Lang.T("copies.day-2")
	case "wed":
		return c.Lang.T("copies.day-3")
	case "thu":
		return c.Lang.T("copies.day-4")
	case "fri":
		return c.Lang.T("copies.day-5")
	case "sat":
		return c.Lang.T("copies.day-6")
	}
	return c.Lang.T("copies.day-0")
}
