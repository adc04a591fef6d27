package inbox

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"time"

	"coffre/store"
)

// most is how many files one look reads the names of; more wait for the next.
const most = 100_000

// sight is a file as it was at the looks before.
type sight struct {
	size  int64
	mtime time.Time
	since time.Time // it has been so, by the monotonic clock
	looks int
	gone  bool   // not seen in this look
	kept  string // handled, and can't be moved: its code, or keptTaken
}

const keptTaken = "taken"

// find is a file that may be taken.
type find struct {
	path       string // in the folder: NAME or SUB/NAME
	collection string
	size       int64
	mtime      time.Time
	sight      *sight
}

// visit is one look.
type visit struct {
	*watcher
	t     *store.Tenant
	plan  store.InboxPlan
	root  *os.Root
	shelf shelf
	found State
	files []find
	left  int  // names that may still be read
	stop  bool // nothing more can be taken in this look
	// ready is whether files may go to a collection, by its id; writes whether the
	// folder can be written in, once that was asked.
	ready  map[string]error
	writes *bool
}

// look takes what stands still. The error is a fault of the folder as a whole.
func (w *watcher) look(ctx context.Context, t *store.Tenant, plan store.InboxPlan) (State, error) {
	v := &visit{watcher: w, t: t, plan: plan, left: most, ready: map[string]error{}}
	var err error
	if v.root, err = w.enter(plan.Folder, func() string { return w.k.markText(t) }); err != nil {
		return v.found, err
	}
	defer v.root.Close()
	v.shelf = shelf{root: v.root, names: shelves[langOf(t)], now: time.Now}
	if !w.swept {
		if err := v.shelf.recover(); err != nil {
			v.k.opts.Log.Warn("what was on its way out of the inbox can't be put back", "tenant", w.tenant, "err", err)
		}
		w.swept = true
	}
	if err := v.list(); err != nil {
		return v.found, fault(plan.Folder, err)
	}
	v.age()
	slices.SortFunc(v.files, func(a, b find) int {
		return cmp.Or(a.mtime.Compare(b.mtime), cmp.Compare(a.path, b.path))
	})
	v.takeAll(ctx)
	if err := v.readAside(); err != nil {
		return v.found, fault(plan.Folder, err)
	}
	return v.found, nil
}

// takeAll takes what stands still, until something stands against all.
func (v *visit) takeAll(ctx context.Context) {
	for _, f := range v.files {
		v.moved()
		if ctx.Err() != nil {
			return
		}
		if f.sight.kept != "" {
			v.again(f)
			continue
		}
		if v.stop || f.sight.looks < 2 || time.Since(f.sight.since) < v.k.pace.still {
			v.found.Waiting++
			continue
		}
		done, err := v.take(ctx, f)
		if err != nil {
			v.hold(f, err)
		}
		if !done {
			v.found.Waiting++
		}
	}
}

// hold notes why a file waits. What is about this file alone holds up no other.
func (v *visit) hold(f find, err error) {
	if errors.Is(err, errMoving) || errors.Is(err, fs.ErrNotExist) {
		f.sight.looks = 0 // it changed, or went, while it was read
		return
	}
	e := store.AsError(fault(v.plan.Folder, err))
	if e.Kind == store.Internal {
		v.k.opts.Log.Error("a file of the inbox can't be taken", "tenant", v.tenant, "err", err)
	}
	if alone := e.Code == "inbox-unreadable" || e.Code == "inbox-failed" || e.Kind == store.Invalid; !alone {
		v.stop = true
	}
	if v.found.Blocked == nil || v.stop {
		v.found.Blocked = e
	}
}

// list reads the names of the folder, and of the sub-folders that are looked at.
func (v *visit) list() error {
	var subs []string
	err := v.each(".", func(name string, st fs.FileInfo) error {
		switch {
		case st.IsDir() && !ours(name) && !ignored(name):
			subs = append(subs, name)
		case st.Mode().IsRegular() && !ignored(name):
			v.add(name, v.plan.Collection, st)
		}
		return nil
	})
	if err != nil || len(subs) == 0 {
		return err
	}
	if !v.plan.Subfolders {
		v.found.Unseen = len(subs)
		return nil
	}
	var all []store.Collection
	if err := v.t.View(func(view *store.View) (err error) { all, err = view.Collections(); return err }); err != nil {
		return err
	}
	for _, sub := range subs {
		if err := v.listSub(sub, all); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// listSub lists a sub-folder. Files of one that has no collection wait: they are
// nobody else's.
func (v *visit) listSub(sub string, all []store.Collection) error {
	i := slices.IndexFunc(all, func(c store.Collection) bool { return sameName(sub, c.Name) })
	files := 0
	err := v.each(sub, func(name string, st fs.FileInfo) error {
		if !st.Mode().IsRegular() || ignored(name) {
			return nil
		}
		if files++; i >= 0 {
			v.add(path.Join(sub, name), all[i].ID, st)
		}
		return nil
	})
	if i < 0 && files > 0 {
		v.found.Unmatched = append(v.found.Unmatched, titled(sub))
		v.found.Waiting += files
	}
	return err
}

// each calls fn for everything in a directory of the folder, without following links.
func (v *visit) each(dir string, fn func(name string, st fs.FileInfo) error) error {
	if dir != "." { // Open would follow a link within the folder
		if st, err := v.root.Lstat(dir); err != nil || !st.IsDir() {
			return cmp.Or(err, fs.ErrNotExist)
		}
	}
	d, err := v.root.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	for v.left > 0 {
		names, err := d.Readdirnames(min(v.left, 1000))
		v.left -= len(names)
		for _, name := range names {
			st, serr := v.root.Lstat(path.Join(dir, name))
			if errors.Is(serr, fs.ErrNotExist) {
				continue // renamed since
			}
			if serr != nil {
				return serr
			}
			if err := fn(name, st); err != nil {
				return err
			}
		}
		v.moved()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *visit) add(path, collection string, st fs.FileInfo) {
	v.files = append(v.files, find{path: path, collection: collection, size: st.Size(), mtime: st.ModTime()})
}

// age compares what is there with the look before, and forgets what isn't there any
// more.
func (v *visit) age() {
	for _, s := range v.seen {
		s.gone = true
	}
	now := time.Now()
	for i := range v.files {
		f := &v.files[i]
		s := v.seen[f.path]
		if s == nil || s.size != f.size || !s.mtime.Equal(f.mtime) {
			s = &sight{size: f.size, mtime: f.mtime, since: now}
			v.seen[f.path] = s
		}
		s.looks, s.gone = s.looks+1, false
		f.sight = s
	}
	for path, s := range v.seen {
		if s.gone && v.left > 0 {
			delete(v.seen, path)
		}
	}
}
