package index

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"coffre/index/vectors"
)

// What the worker takes at once.
const (
	readBatch   = 400 // passages whose text the file doesn't know
	embedBatch  = 16  // passages embedded between two looks at searches
	singleAfter = 3   // failures of a batch, after which its passages are tried one by one
)

// pace is how the worker and questions make way for each other, and how often
// they try again what has failed.
type pace struct {
	quiet    time.Duration // without searches before the next batch
	yield    time.Duration // for which a batch waits at most
	retry    time.Duration // after a failure, doubled up to retryMax
	retryMax time.Duration
	ask      time.Duration // for embedding a query, at most
	askAgain time.Duration // after a query's failure
}

var usualPace = pace{
	quiet: 200 * time.Millisecond, yield: 2 * time.Second,
	retry: time.Second, retryMax: time.Minute,
	ask: 5 * time.Second, askAgain: 15 * time.Second,
}

// embedAll is the worker: it embeds what waits until ctx ends.
func (ix *Index) embedAll(ctx context.Context, ended chan struct{}) {
	defer close(ended)
	m := &ix.meaning
	wait, failures := m.pace.retry, 0
	for ctx.Err() == nil {
		more, err := ix.embedSome(ctx, failures >= singleAfter)
		ix.mu.Lock()
		m.failure = err
		if ctx.Err() != nil {
			m.failure = nil
		}
		m.moved.Broadcast()
		ix.mu.Unlock()
		switch {
		case err != nil:
			failures++
			pause(ctx, wait)
			wait = min(2*wait, m.pace.retryMax)
		case more:
			wait, failures = m.pace.retry, 0
			ix.report()
			ix.makeWay(ctx)
		default:
			wait, failures = m.pace.retry, 0
			select {
			case <-ctx.Done():
			case <-m.signal:
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// makeWay waits until searches have the machine no longer, within reason.
func (ix *Index) makeWay(ctx context.Context) {
	const look = 20 * time.Millisecond
	for waited := time.Duration(0); waited < ix.meaning.pace.yield && !ix.meaning.busy.quiet(ix.meaning.pace.quiet); waited += look {
		if ctx.Err() != nil {
			return
		}
		pause(ctx, look)
	}
}

func (ix *Index) report() {
	if ix.progress == nil {
		return
	}
	s := ix.meaningStats()
	ix.progress(s.Embedded, s.Embedded+s.Pending)
}

// embedSome does one step of work and tells whether there may be more.
func (ix *Index) embedSome(ctx context.Context, single bool) (more bool, err error) {
	m := &ix.meaning
	ix.mu.Lock()
	var unread []uint32
	for o := range m.unread {
		if unread = append(unread, o); len(unread) == readBatch {
			break
		}
	}
	l, batch := m.take()
	ix.mu.Unlock()
	switch {
	case len(unread) > 0:
		return true, ix.read(ctx, unread)
	case len(batch) > 0:
		return true, ix.embed(ctx, l, batch, single)
	}
	return false, ix.finish()
}

// take returns passages to embed: first new ones of the leg that answers. The
// caller holds mu.
func (m *meaning) take() (*leg, []uint32) {
	clear(m.inflight)
	for _, l := range m.legs() {
		if batch := l.first(embedBatch); len(batch) > 0 {
			for _, o := range batch {
				m.inflight[o] = true
			}
			return l, batch
		}
	}
	return nil, nil
}

// first lists up to n passages that wait, by ordinal. They stay in the queue.
func (l *leg) first(n int) []uint32 {
	if l.unsorted {
		slices.Sort(l.queue)
		l.queue, l.unsorted = slices.Compact(l.queue), false
	}
	var batch []uint32
	queue := l.queue
	for i, o := range queue {
		switch {
		case len(batch) == n:
			return batch
		case l.waiting[o] && (len(batch) == 0 || batch[len(batch)-1] != o):
			batch = append(batch, o)
		case len(batch) == 0:
			l.queue = queue[i+1:] // settled
		}
	}
	return batch
}

// read asks for texts that the file doesn't know and records them.
func (ix *Index) read(ctx context.Context, ordinals []uint32) error {
	slices.Sort(ordinals)
	passages, err := ix.texts(ctx, ordinals)
	if err != nil {
		return fmt.Errorf("read passages: %w", err)
	}
	ix.writing.Lock()
	defer ix.writing.Unlock()
	m := &ix.meaning
	texts := make(map[uint32]vectors.Text, len(passages))
	ix.mu.RLock()
	for _, p := range passages {
		if m.unread[p.Ordinal] { // Apply has not been faster
			texts[p.Ordinal] = textOf(p)
		}
	}
	ix.mu.RUnlock()
	if err := m.apply(vectors.Change{Texts: texts}); err != nil {
		return vectorsError(err)
	}
	have, err := m.load(texts, m.legs()...)
	if err != nil {
		return err
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	m.settle(texts, have)
	for _, o := range ordinals {
		delete(m.unread, o) // the store has no such passage: it goes with the next Apply
	}
	return nil
}

// embed embeds a batch for a leg and keeps the vectors.
func (ix *Index) embed(ctx context.Context, l *leg, batch []uint32, single bool) error {
	passages, err := ix.texts(ctx, batch)
	if err != nil {
		return fmt.Errorf("read passages: %w", err)
	}
	texts := make([]string, len(passages))
	for i, p := range passages {
		texts[i] = embedded(p)
	}
	var got [][]float32
	if single {
		got, err = embedSingly(ctx, l.embedder, texts)
	} else {
		got, err = embedTexts(ctx, l.embedder, texts, false)
	}
	if err != nil {
		return fmt.Errorf("embed passages: %w", err)
	}
	return ix.keep(l, batch, passages, got)
}

// embedTexts asks an embedder and counts what comes back.
func embedTexts(ctx context.Context, e Embedder, texts []string, query bool) ([][]float32, error) {
	if len(texts) == 0 {
		return nil, ctx.Err()
	}
	got, err := e.Embed(ctx, texts, query)
	if err == nil && len(got) != len(texts) {
		err = fmt.Errorf("%d vectors for %d texts: %w", len(got), len(texts), vectors.ErrVector)
	}
	return got, err
}

// embedSingly leaves out texts that the embedder refuses, unless it refuses all.
// One that it took must be taken once more at the end: else the embedder went
// away meanwhile, and nothing is said about the texts.
func embedSingly(ctx context.Context, e Embedder, texts []string) ([][]float32, error) {
	all := make([][]float32, len(texts))
	var last error
	embedded, good := 0, ""
	for i, text := range texts {
		got, err := embedTexts(ctx, e, []string{text}, false)
		switch {
		case err != nil:
			last = err
		default:
			all[i] = got[0]
			embedded, good = embedded+1, text
		}
	}
	if embedded > 0 && last != nil {
		if _, err := embedTexts(ctx, e, []string{good}, false); err != nil {
			return nil, err
		}
	}
	if embedded == 0 && last != nil {
		return nil, last
	}
	return all, ctx.Err()
}

// keep writes the vectors of a batch and lets searches see them. What Apply
// has changed meanwhile is left to the next batch.
func (ix *Index) keep(l *leg, batch []uint32, passages []Passage, got [][]float32) error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	m := &ix.meaning
	ix.mu.RLock()
	current := make(map[uint32]bool, len(batch))
	for _, o := range batch {
		current[o] = m.inflight[o] && l.waiting[o]
	}
	ix.mu.RUnlock()
	texts, found := map[uint32]vectors.Text{}, map[uint32]vectors.Quantized{}
	byText, refused := map[vectors.Key]vectors.Quantized{}, map[uint32]bool{}
	for i, p := range passages {
		if !current[p.Ordinal] {
			continue
		}
		q, err := vectors.Quantize(got[i], l.set.Dim())
		if err != nil {
			refused[p.Ordinal] = true
			continue
		}
		text := textOf(p)
		q = q.Of(text.Key)
		texts[p.Ordinal], found[p.Ordinal], byText[text.Key] = text, q, q
	}
	if err := m.apply(vectors.Change{Texts: texts}); err != nil {
		return vectorsError(err)
	}
	if _, err := m.file.Put(l.id, byText); err != nil {
		return vectorsError(err)
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	for _, o := range batch {
		if !current[o] {
			continue
		}
		delete(l.waiting, o)
		if q, ok := found[o]; ok {
			_ = l.set.Put(o, q) // quantized to this length above
		} else if refused[o] {
			l.failed[o] = true
		}
	}
	return nil
}

// finish does what is due when nothing waits: the new embedder takes over, and
// vectors without a passage go once the words leg has caught up.
func (ix *Index) finish() error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	m := &ix.meaning
	ix.mu.RLock()
	next, idle := m.next, len(m.unread) == 0 && !slices.ContainsFunc(m.legs(), func(l *leg) bool { return len(l.waiting) > 0 })
	ix.mu.RUnlock()
	if !idle {
		m.wake()
		return nil
	}
	if next != nil {
		if next.set.Len() == 0 && len(next.failed) > 0 {
			return errors.New("the new embedder embeds nothing; the old one goes on answering")
		}
		if err := ix.takeOver(next); err != nil {
			return err
		}
	}
	if m.sweepAt > 0 && ix.Applied() >= m.sweepAt {
		if err := m.file.Sweep(); err != nil {
			return vectorsError(err)
		}
		m.sweepAt = 0
	}
	return nil
}
