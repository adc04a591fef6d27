package inbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"coffre/chain"
	"coffre/store"
)

// Change sets a firm's inbox.
type Change struct {
	By      store.Actor
	Request string
	Plan    store.InboxPlan
}

// Set tries the folder, makes it this firm's and writes the plan. Errors: those of
// store.PutInboxPlan; Invalid "inbox-path", "inbox-missing", "inbox-link",
// "inbox-not-folder", "inbox-inside", "inbox-shared"; Conflict "inbox-not-empty";
// Denied "inbox-other"; Unavailable "inbox-denied", "inbox-failed". An unchanged
// folder that is away now stays set.
func (k *Keeper) Set(ctx context.Context, t *store.Tenant, c Change) error {
	var old store.InboxPlan
	err := t.View(func(v *store.View) (err error) {
		if old, err = v.InboxPlan(); err == nil && c.Plan.Folder != "" {
			err = v.InboxReady(c.Plan, c.Plan.Collection)
		}
		return err
	})
	if err != nil {
		return err
	}
	if c.Plan.Folder != "" {
		err := claim(k.root, t.ID, c.Plan.Folder, k.markText(t))
		if e := store.AsError(err); err != nil && (c.Plan.Folder != old.Folder || e.Kind == store.Denied || e.Kind == store.Internal) {
			return err
		}
	}
	ev := chain.Event{Action: chain.SettingsUpdate, Request: c.Request}
	_, err = t.Update(ctx, c.By, ev, func(tx *store.Tx) error { return tx.PutInboxPlan(c.Plan) })
	if err == nil {
		k.nudge(t.ID)
	}
	return err
}

// markText is what stands in a Mark, above the line that names its box.
func (k *Keeper) markText(t *store.Tenant) string {
	return k.opts.Say(langOf(t), "inbox.mark")
}

// claim makes a folder this firm's: one that is empty, or that holds a Mark of
// nobody else.
func claim(root *store.Root, tenant, folder, text string) error {
	if err := checkPath(folder); err != nil {
		return err
	}
	if err := checkPlace(root, tenant, folder); err != nil {
		return err
	}
	own, err := root.InboxMark(tenant)
	if err != nil {
		return err
	}
	r, err := os.OpenRoot(folder)
	if err != nil {
		return fault(folder, err)
	}
	defer r.Close()
	id, err := readMark(r)
	switch {
	case err == nil && id == own:
		return nil
	case err == nil && id != "":
		return store.Fail(store.Denied, "inbox-other", "path", folder)
	case errors.Is(err, fs.ErrNotExist):
		if err := bare(r, folder); err != nil {
			return err
		}
	case err != nil:
		return fault(folder, err)
	}
	marked := err == nil // by somebody who may write there, if the box may not
	err = writeMark(r, text+"\n\n"+markLine+own+"\n")
	if e := store.AsError(fault(folder, err)); err != nil && marked && e.Code == "inbox-denied" {
		return nil
	}
	return fault(folder, err)
}

// bare refuses a folder without a Mark in which something lies: nobody who may write
// there has said that it is an inbox.
func bare(r *os.Root, folder string) error {
	d, err := r.Open(".")
	if err != nil {
		return fault(folder, err)
	}
	defer d.Close()
	names, err := d.Readdirnames(200)
	if err != nil && len(names) == 0 && !errors.Is(err, io.EOF) {
		return fault(folder, err)
	}
	for _, name := range names {
		if name[0] != '.' && !litter[strings.ToLower(name)] {
			return store.Fail(store.Conflict, "inbox-not-empty", "path", folder)
		}
	}
	return nil
}

// writeMark replaces the Mark as a whole.
func writeMark(r *os.Root, text string) error {
	part := "." + Mark + ".part"
	r.Remove(part)
	f, err := r.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.ReplaceAll(text, "\n", "\r\n"))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = r.Rename(part, Mark)
	}
	if err != nil {
		r.Remove(part)
		return fmt.Errorf("write mark: %w", err)
	}
	share(r, Mark, false)
	return nil
}
