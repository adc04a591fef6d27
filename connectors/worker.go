package connectors

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"coffre/chain"
	"coffre/connectors/extract"
	"coffre/connectors/passage"
	"coffre/index"
	"coffre/store"
)

// Options of a Worker. The zero value works.
type Options struct {
	Parallel int // extractions at once; 2
	Extract  extract.Options
	Log      *slog.Logger
}

// Worker runs the extraction jobs of every tenant.
type Worker struct {
	root   *store.Root
	opts   Options
	signal chan struct{}
	slots  chan struct{}
	mu     sync.Mutex
	busy   map[string]bool // versions under way
	wg     sync.WaitGroup
}

// NewWorker makes a Worker; Run starts it.
func NewWorker(root *store.Root, o Options) *Worker {
	if o.Parallel <= 0 {
		o.Parallel = 2
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Worker{root: root, opts: o, signal: make(chan struct{}, 1), slots: make(chan struct{}, o.Parallel), busy: map[string]bool{}}
}

// Wake says that there may be a new job.
func (w *Worker) Wake() {
	select {
	case w.signal <- struct{}{}:
	default:
	}
}

// pollEvery is how often jobs are looked for without a wake: it catches what a
// failed look left behind.
const pollEvery = 10 * time.Second

// Run works until ctx ends, then waits for the extractions under way to be
// abandoned; their jobs stay queued.
func (w *Worker) Run(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	defer w.wg.Wait()
	w.Wake()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.signal:
		case <-tick.C:
		}
		all, err := w.root.Tenants()
		if err != nil {
			w.opts.Log.Error("jobs can't be listed", "err", err)
			continue
		}
		for _, rec := range all {
			if err := w.tenant(ctx, rec.ID); err != nil && ctx.Err() == nil {
				w.opts.Log.Error("jobs can't be run", "tenant", rec.ID, "err", err)
			}
		}
	}
}

// tenant starts every waiting job of a tenant, as slots become free.
func (w *Worker) tenant(ctx context.Context, id string) error {
	t, release, err := w.root.Acquire(id)
	if err != nil {
		return err
	}
	defer release()
	if t.Suspended() {
		return nil // its jobs wait with it
	}
	if w.root.RoomFor(t) != nil {
		return nil // what is extracted takes room: jobs stay queued
	}
	var jobs []store.Job
	if err := t.View(func(v *store.View) (err error) { jobs, err = v.Jobs(); return err }); err != nil {
		return err
	}
	for _, j := range jobs {
		if j.Failed || !w.claim(j.Version) {
			continue
		}
		select {
		case w.slots <- struct{}{}:
		case <-ctx.Done():
			w.unclaim(j.Version)
			return ctx.Err()
		}
		held, release, err := w.root.Acquire(id)
		if err != nil {
			<-w.slots
			w.unclaim(j.Version)
			return err
		}
		w.wg.Add(1)
		go func() {
			defer w.wg.Done()
			defer func() { <-w.slots }()
			defer w.unclaim(j.Version)
			defer release()
			w.job(ctx, held, j)
		}()
	}
	return nil
}

func (w *Worker) claim(version string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[version] {
		return false
	}
	w.busy[version] = true
	return true
}

func (w *Worker) unclaim(version string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.busy, version)
}

// Busy tells whether a version is being extracted at this moment.
func (w *Worker) Busy(version string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy[version]
}

// errDone says that a job has ended since it was listed.
var errDone = errors.New("job has ended")

// job extracts one version and commits what came of it.
func (w *Worker) job(ctx context.Context, t *store.Tenant, j store.Job) {
	x, err := w.extract(ctx, t, j)
	if ctx.Err() != nil || errors.Is(err, errDone) {
		return
	}
	actor := store.System("ingest")
	if err == nil {
		_, err = t.Update(ctx, actor, chain.Event{Action: chain.DocumentExtract}, func(tx *store.Tx) error {
			_, err := tx.FinishExtraction(j, x)
			return err
		})
	}
	if err == nil || store.IsNotFound(err) || ctx.Err() != nil {
		return
	}
	code := extract.CodeOf(err)
	if code == "" {
		code = "internal"
		w.opts.Log.Error("extraction failed", "document", j.Document, "version", j.Version, "err", err)
	}
	_, err = t.Update(ctx, actor, chain.Event{Action: chain.DocumentFail}, func(tx *store.Tx) error { return tx.FailExtraction(j, code) })
	if err != nil && !store.IsNotFound(err) && !errors.Is(err, context.Canceled) {
		w.opts.Log.Error("failure can't be written", "document", j.Document, "err", err)
	}
}

// extract runs outside any transaction.
func (w *Worker) extract(ctx context.Context, t *store.Tenant, j store.Job) (store.Extracted, error) {
	var doc store.Document
	var ver store.Version
	err := t.View(func(v *store.View) (err error) {
		// The list of jobs may be as old as the extraction that came before.
		if now, err := v.Job(j.Version); err != nil || now.Failed {
			return errors.Join(errDone, err)
		}
		doc, ver, err = v.JobFile(j)
		return err
	})
	if err != nil {
		return store.Extracted{}, err
	}
	res, err := extract.Extract(ctx, extract.Request{Path: t.FilePath(ver.SHA256), Name: doc.Name, Options: w.opts.Extract})
	if err != nil {
		return store.Extracted{}, err
	}
	return Extracted(res.Text), nil
}

// Extracted cuts a text into passages and brings it into the store's shape.
func Extracted(text extract.Text) store.Extracted {
	x := store.Extracted{Format: text.Format, Extractor: text.Extractor, Title: text.Title, Lang: text.Lang}
	langs := map[string]int{}
	for _, p := range passage.Split(text, passage.Options{Detect: index.DetectLanguage}) {
		x.Passages = append(x.Passages, store.Passage{
			Page: p.Page, Start: p.Start, End: p.End, Lang: p.Lang, Heading: p.Heading, Text: text.Body[p.Start:p.End],
		})
		langs[p.Lang] += p.End - p.Start
	}
	if x.Lang == "" {
		x.Lang = most(langs)
	}
	for _, p := range text.Pages {
		pg := store.Page{N: p.N, Start: p.Start, End: p.End, Width: p.Width, Height: p.Height}
		for _, c := range p.Chars {
			pg.Chars = append(pg.Chars, store.CharRun{Byte: c.Start, Char: c.Char, N: c.N})
		}
		x.Pages = append(x.Pages, pg)
	}
	for _, wn := range text.Warnings {
		x.Warnings = append(x.Warnings, store.Warning{Code: wn.Code, Page: wn.Page, N: wn.N})
	}
	return x
}

// most is the language of most of a text, "" where none is known.
func most(bytes map[string]int) string {
	best := ""
	for _, lang := range []string{"fr", "en"} {
		if bytes[lang] > 0 && bytes[lang] > bytes[best] {
			best = lang
		}
	}
	return best
}
