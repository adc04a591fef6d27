package inbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"coffre/connectors/extract"
	"coffre/store"
)

// Options of a Keeper. Root, Wake and Say are needed.
type Options struct {
	Root *store.Root
	// Wake says that there may be a new job.
	Wake func()
	// Say gives a sentence of the catalogue in a language.
	Say func(lang, key string, args ...any) string
	// Refusal gives the sentence of a code.
	Refusal func(lang, code string, params map[string]string) string
	// MaxFile bounds a file, in bytes.
	MaxFile int64
	Log     *slog.Logger
	// Judge tells by a file's bytes and name why it is no document, "" for none that
	// can be told yet; nil is extract.Refusal.
	Judge func(f extract.Head) string
}

// Keeper watches the inbox of every firm, each on a goroutine of its own: a share
// may hang, and nothing else may wait for it.
type Keeper struct {
	root *store.Root
	opts Options
	pace pace

	mu    sync.Mutex
	firms map[string]*watcher
	uses  map[string]uses // by firm, as its watcher read them last
	wg    sync.WaitGroup
}

// pace holds the times that tests shorten. All are counted by this process, never
// by a clock.
type pace struct {
	look    time.Duration // between two looks
	still   time.Duration // for so long a file hasn't changed before it is taken
	patient time.Duration // so long a file that looks unfinished, or is held open, waits
	hangs   time.Duration // a look that takes so long is a share that hangs
	leave   time.Duration // closing waits so long for it
}

var usualPace = pace{look: 10 * time.Second, still: 9 * time.Second, patient: 10 * time.Minute, hangs: 2 * time.Minute, leave: 5 * time.Second}

// New makes a Keeper; Run starts it.
func New(o Options) *Keeper {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Judge == nil {
		o.Judge = extract.Refusal
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	return &Keeper{root: o.Root, opts: o, pace: usualPace, firms: map[string]*watcher{}, uses: map[string]uses{}}
}

// Run watches until ctx ends. A share that hangs then is left behind.
func (k *Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(k.pace.look)
	defer tick.Stop()
	for {
		all, err := k.root.Tenants()
		if err != nil {
			k.opts.Log.Error("tenants can't be listed", "err", err)
		}
		for _, rec := range all {
			k.start(ctx, rec.ID)
		}
		select {
		case <-ctx.Done():
			k.leave()
			return
		case <-tick.C:
		}
	}
}

func (k *Keeper) leave() {
	ended := make(chan struct{})
	go func() { k.wg.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(k.pace.leave):
		k.opts.Log.Error("an inbox hangs; closing without it")
	}
}

func (k *Keeper) start(ctx context.Context, tenant string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if w := k.firms[tenant]; w != nil && w.running {
		return
	}
	w := k.watcherOf(tenant)
	w.running = true
	k.wg.Go(func() {
		defer func() { k.mu.Lock(); w.running = false; k.mu.Unlock() }()
		w.run(ctx)
	})
}

// watcherOf is called with k.mu held.
func (k *Keeper) watcherOf(tenant string) *watcher {
	w := k.firms[tenant]
	if w == nil {
		w = &watcher{k: k, tenant: tenant, wake: make(chan struct{}, 1), seen: map[string]*sight{}}
		k.firms[tenant] = w
	}
	return w
}

// nudge makes a firm's watcher look at once.
func (k *Keeper) nudge(tenant string) {
	k.mu.Lock()
	w := k.watcherOf(tenant)
	k.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// watcher looks at one firm's folder.
type watcher struct {
	k       *Keeper
	tenant  string
	running bool // guarded by k.mu
	wake    chan struct{}
	// seen is what lies in the folder, by path; of the goroutine alone.
	seen   map[string]*sight
	folder string
	placed bool              // the folder's place was checked with every firm asked
	swept  bool              // shelf.recover was called
	aside  map[string]string // codes by path below the shelf of what is set aside

	mu    sync.Mutex
	state State
	since time.Time // of the look that goes on, by the monotonic clock
}

// run looks until ctx ends or the firm is gone.
func (w *watcher) run(ctx context.Context) {
	for {
		if gone := w.once(ctx); gone {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-time.After(w.k.pace.look):
		}
	}
}

// once makes one look, if there is something to look at; it tells whether the firm
// is gone.
func (w *watcher) once(ctx context.Context) (gone bool) {
	t, release, err := w.k.root.Acquire(w.tenant)
	if err != nil {
		w.noteUses(nil)
		return true // Run starts again where the firm is back
	}
	defer release()
	var used uses
	var plan store.InboxPlan
	if err := t.View(func(v *store.View) (err error) { used, plan, err = usesOf(v); return err }); err != nil {
		w.k.opts.Log.Error("the inbox's plan can't be read", "tenant", w.tenant, "err", err)
		return false
	}
	w.noteUses(&used)
	if plan.Folder != w.folder {
		w.folder, w.seen, w.aside, w.swept, w.placed = plan.Folder, map[string]*sight{}, nil, false, false
		w.mu.Lock()
		w.state = State{}
		w.mu.Unlock()
	}
	if !plan.On() || t.Suspended() {
		clear(w.seen) // what stood still before is looked at twice again
		return false
	}
	w.begin()
	found, err := w.look(ctx, t, plan)
	w.end(ctx, found, err)
	return false
}
