package inbox

import (
	"cmp"
	"context"
	"slices"
	"time"

	"coffre/store"
)

// State is how a firm's inbox stands.
type State struct {
	Plan store.InboxPlan
	// TakenDir and RefusedDir are what its sub-folders are called, in the firm's
	// language.
	TakenDir, RefusedDir string
	// Looked is when the last look ended, zero before.
	Looked time.Time
	// Fault is why nothing is taken now, or nil; Since when so.
	Fault *store.Error
	Since time.Time
	// Waiting are files that lie in the folder and will be taken, Blocked those of
	// them that can't be now, and why.
	Waiting int
	Blocked *store.Error
	// Unmatched are sub-folders that hold files and have no collection of their name,
	// Unseen how many are not looked at.
	Unmatched []string
	Unseen    int
	// Left are files that were taken and can't be moved: the folder is read-only.
	Left int
	// Aside are files that were refused and lie there still, the first of them.
	Aside      []Aside
	AsideCount int
	// Taken and Repeated are counted since the box began.
	Taken, Repeated int
	Last            time.Time
	LastDocument    string
}

// Aside is a file that was set aside.
type Aside struct {
	Name string
	Code string // "" where nobody knows any more
}

// asideShown is how many of those State lists.
const asideShown = 20

// State tells how a firm's inbox stands.
func (k *Keeper) State(t *store.Tenant) (s State, err error) {
	var plan store.InboxPlan
	if err := t.View(func(v *store.View) (err error) { plan, err = v.InboxPlan(); return err }); err != nil {
		return s, err
	}
	names := shelves[langOf(t)]
	defer func() { s.TakenDir, s.RefusedDir = names.taken, names.refused }()
	k.mu.Lock()
	w := k.firms[t.ID]
	k.mu.Unlock()
	if w == nil {
		return State{Plan: plan}, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if s = w.state; s.Plan.Folder != plan.Folder {
		s = State{}
	}
	s.Plan, s.Aside, s.Unmatched = plan, slices.Clone(s.Aside), slices.Clone(s.Unmatched)
	if !plan.On() {
		s.Fault, s.Blocked, s.Waiting = nil, nil, 0
		return s, nil
	}
	if !w.since.IsZero() && time.Since(w.since) > k.pace.hangs {
		s.Fault = store.Fail(store.Unavailable, "inbox-hangs", "path", plan.Folder)
	}
	return s, nil
}

func (w *watcher) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = time.Now()
}

// moved says that the look goes on: a folder of thousands takes its time.
func (w *watcher) moved() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = time.Now()
}

// took counts a file.
func (w *watcher) took(f store.InboxFile) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = time.Now()
	if f.Repeated {
		w.state.Repeated++
		return
	}
	w.state.Taken++
	w.state.Last, w.state.LastDocument = f.At, f.Document
}

// end notes what a look found.
func (w *watcher) end(ctx context.Context, found State, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since = time.Time{}
	if ctx.Err() != nil {
		return
	}
	s := &w.state
	was := s.Fault
	if s.Fault = nil; err != nil {
		s.Fault = store.AsError(err)
		s.Plan.Folder = w.folder
		if was == nil || was.Code != s.Fault.Code {
			s.Since = time.Now().Round(0)
			w.k.opts.Log.Warn("the inbox can't be looked at", "tenant", w.tenant, "code", s.Fault.Code)
		}
		return
	}
	found.Taken, found.Repeated, found.Last, found.LastDocument = s.Taken, s.Repeated, s.Last, s.LastDocument
	found.Looked = time.Now().Round(0)
	slices.SortFunc(found.Aside, func(a, b Aside) int { return cmp.Compare(a.Name, b.Name) })
	if found.AsideCount = len(found.Aside); found.AsideCount > asideShown {
		found.Aside = found.Aside[:asideShown]
	}
	slices.Sort(found.Unmatched)
	if found.Plan.Folder = w.folder; found.Blocked != nil && (s.Blocked == nil || s.Blocked.Code != found.Blocked.Code) {
		w.k.opts.Log.Warn("files wait in the inbox", "tenant", w.tenant, "code", found.Blocked.Code)
	}
	*s = found
}

// langOf is the firm's language.
func langOf(t *store.Tenant) (lang string) {
	t.View(func(v *store.View) error { lang = v.Setting("ui.language", "fr"); return nil })
	if shelves[lang].taken == "" {
		return "fr"
	}
	return lang
}
