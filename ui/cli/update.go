package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"coffre/store"
	pages "coffre/ui/page"
	updates "coffre/ui/update"
	"coffre/ui/words"
)

var updateCommand = Command{
	Name: "update", Args: "FILE", Min: 1, Max: 1, Does: "cli.does.update", More: "cli.more.update",
	Flags: []Flag{{Name: "check", Does: "cli.flag.update-check"}}, Run: runUpdate,
}

// unfollowed are commands that run as this program, whatever the data are at: what
// writes files of the system must be the program that its owner started.
var unfollowed = []string{"service install", "service uninstall", "service status", "demo", "eval", "backup restore", "backup verify"}

// follow ends what is left of an update, and hands over to the program that the
// data are at.
func (c *Call) follow(ctx context.Context, command string) error {
	if c.Updates == nil || c.Data == "" || slices.Contains(unfollowed, command) {
		return nil
	}
	err := c.Updates(c.Data).Follow(ctx, command == "serve")
	if command == "update" && store.AsError(err).Code == "update-program" {
		return nil // the file that is handed in mends it
	}
	return err
}

type updateWaits struct {
	Version string    `json:"version"`
	Date    time.Time `json:"date"`
	NotesFR string    `json:"notes_fr"`
	NotesEN string    `json:"notes_en"`
	Key     string    `json:"key"`
}

func runUpdate(ctx context.Context, c *Call) error {
	if c.Data == "" {
		return usage("cli.usage.data")
	}
	b, err := c.connect(ctx)
	if store.AsError(err).Code == "format-newer" {
		return c.mend(ctx)
	}
	if err != nil {
		return err
	}
	id, own, err := c.beginUpdate(ctx, b)
	if cerr := b.close(); err == nil {
		err = cerr
	}
	if err != nil || id == "" {
		return err
	}
	if own {
		if err := c.Updates(c.Data).Perform(ctx, time.Minute); err != nil {
			return err
		}
	} else {
		c.note("cli.update.running")
	}
	return c.awaitUpdate(ctx, id)
}

// beginUpdate hands the file in and asks for its installation; id is "" where it
// was only to be checked. own: this process has the data and performs it.
func (c *Call) beginUpdate(ctx context.Context, b *box) (id string, own bool, err error) {
	f, err := os.Open(c.Operands[0])
	if err != nil {
		return "", false, fmt.Errorf("open update: %w", err)
	}
	defer f.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, apiBase+"/updates", f)
	if err != nil {
		return "", false, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/octet-stream")
	resp, err := b.send(req)
	if err != nil {
		return "", false, err
	}
	defer resp.Body.Close()
	var w updateWaits
	if err := decodeAnswer(ctx, resp.Body, &w); err != nil {
		return "", false, err
	}
	if err := c.sayWaiting(w); err != nil || c.Has("check") {
		return "", false, errors.Join(err, b.call(ctx, http.MethodDelete, "/updates", nil, nil))
	}
	var made struct {
		ID string `json:"id"`
	}
	err = b.call(ctx, http.MethodPost, "/updates/apply", map[string]string{"version": w.Version}, &made)
	return made.ID, b.inProcess, err
}

func (c *Call) sayWaiting(w updateWaits) error {
	if c.JSON {
		if c.Has("check") {
			return c.object(w)
		}
		return nil
	}
	c.say("cli.update.found", "version", w.Version, "date", c.Lang.Date(w.Date), "key", w.Key)
	notes := w.NotesEN
	if c.Lang == words.French {
		notes = w.NotesFR
	}
	fmt.Fprintln(c.Stdout, clean(notes))
	return nil
}

// updatePatience is how long the command waits for a box to come back.
const updatePatience = 30 * time.Minute

// awaitUpdate waits for an update's outcome, which the box writes before it is
// back, and then for the box.
func (c *Call) awaitUpdate(ctx context.Context, id string) error {
	b := c.Updates(c.Data)
	for until := time.Now().Add(updatePatience); time.Now().Before(until); {
		st, err := b.State()
		if err != nil {
			return err
		}
		if st.Last != nil && st.Last.ID == id {
			return c.sayOutcome(*st.Last)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return Fail(ExitUnreachable, "cli.update.away")
}

func (c *Call) sayOutcome(o updates.Outcome) error {
	if c.JSON {
		if err := c.object(map[string]any{"from": o.From, "to": o.To, "done": o.Done, "code": o.Code}); err != nil {
			return err
		}
	} else if o.Done {
		c.say("cli.update.done", "from", o.From, "to", o.To)
	} else {
		c.note("cli.update.undone", "to", o.To, "why", pages.UpdateWhy(c.Lang, o.Code))
	}
	if !o.Done {
		return errIll
	}
	return nil
}

// mend gives data of a newer format a program that can read them, where the one
// that led them there is gone or damaged. Their chains can't be opened to enter it;
// the new program's start is entered.
func (c *Call) mend(ctx context.Context) error {
	f, err := os.Open(c.Operands[0])
	if err != nil {
		return fmt.Errorf("open update: %w", err)
	}
	defer f.Close()
	b := c.Updates(c.Data)
	w, err := b.Stage(ctx, f)
	if err != nil {
		return err
	}
	if err := c.sayWaiting(updateWaits{w.Version, w.Date, w.Notes.FR, w.Notes.EN, w.Key}); err != nil {
		return err
	}
	if c.Has("check") {
		return b.Drop()
	}
	id := store.NewID()
	if err := b.Ask(id, nil); err != nil {
		return err
	}
	if err := b.Perform(ctx, time.Minute); err != nil {
		return err
	}
	return c.awaitUpdate(ctx, id)
}
