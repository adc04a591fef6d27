package inbox

import (
	"maps"
	"path/filepath"
	"strings"

	"coffre/store"
)

// uses are folders of the machine that a firm uses besides its data, "" for none.
type uses struct{ inbox, archive string }

func usesOf(v *store.View) (u uses, plan store.InboxPlan, err error) {
	plan, err = v.InboxPlan()
	return uses{plan.Folder, strings.TrimSpace(v.Setting(store.SettingWormDir, ""))}, plan, err
}

// checkPlace refuses a folder that holds, or lies in, what is the box's own or
// another firm's: Invalid "inbox-inside", "inbox-shared". It opens every firm.
func checkPlace(root *store.Root, tenant, folder string) error {
	all, err := root.Tenants()
	if err != nil {
		return err
	}
	firms := map[string]uses{}
	for _, rec := range all {
		t, release, err := root.Acquire(rec.ID)
		if err != nil {
			continue // a firm whose data don't open watches nothing
		}
		err = t.View(func(v *store.View) (err error) { firms[rec.ID], _, err = usesOf(v); return err })
		release()
		if err != nil {
			return err
		}
	}
	return apart(root, firms, tenant, folder)
}

// checkPlace does so at a look. The first since the start, since the folder was named
// or since a refusal asks every firm; the others ask what the watchers of the firms
// have read, each in its own, so that n firms aren't opened n times every few seconds.
// What another firm, or the box, names later is so seen a look later at most; and
// where a link above the folder leads by now, at once.
func (w *watcher) checkPlace(folder string) (err error) {
	if w.placed {
		w.k.mu.Lock()
		firms := maps.Clone(w.k.uses)
		w.k.mu.Unlock()
		err = apart(w.k.root, firms, w.tenant, folder)
	} else {
		err = checkPlace(w.k.root, w.tenant, folder)
	}
	w.placed = err == nil
	return err
}

// noteUses says to the other watchers what this firm uses; nil where it is gone.
func (w *watcher) noteUses(u *uses) {
	w.k.mu.Lock()
	defer w.k.mu.Unlock()
	if u == nil {
		delete(w.k.uses, w.tenant)
		return
	}
	w.k.uses[w.tenant] = *u
}

// apart holds a folder against the box's data, its copies and what firms use.
func apart(root *store.Root, firms map[string]uses, tenant, folder string) error {
	at := real(folder)
	if touches(real(root.Dir), at) {
		return store.Fail(store.Invalid, "inbox-inside", "path", folder)
	}
	others := []string{}
	for id, u := range firms {
		others = append(others, u.archive)
		if id != tenant {
			others = append(others, u.inbox)
		}
	}
	if c, err := root.Copies(); err == nil {
		others = append(others, c.Plan.Folder)
	}
	for _, other := range others {
		if other != "" && touches(real(other), at) {
			return store.Fail(store.Invalid, "inbox-shared", "path", folder)
		}
	}
	return nil
}

// touches tells whether one of two directories holds the other, or is it.
func touches(a, b string) bool {
	return within(a, b) || within(b, a)
}

func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// real is a path without links, as far as it is there.
func real(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	return path
}
