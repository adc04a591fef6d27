package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"coffre/index"
)

// What goes to the index at once where much waits: a document alone may be more.
// Where little does, that is what goes.
const (
	followBatch = 4000     // passages
	followBytes = 16 << 20 // of their texts
)

// follower brings the index behind the changes bucket, in order of sequence.
type follower struct {
	t       *Tenant
	ix      atomic.Pointer[index.Index] // another one after damage
	chooser *chooser
	signal  chan struct{}
	ctx     context.Context
	cancel  context.CancelFunc
	ended   chan struct{}
	mu      sync.Mutex
	moved   *sync.Cond // applied or failed
	applied uint64
	err     error
	behind  uint64 // the last change when the index was opened
}

// openFollower opens the tenant's index, or begins a new one where it is
// missing, damaged, or ahead of the store.
func openFollower(ctx context.Context, t *Tenant) (*follower, error) {
	f := &follower{t: t, signal: make(chan struct{}, 1), ended: make(chan struct{})}
	f.ctx, f.cancel = context.WithCancel(ctx)
	f.moved = sync.NewCond(&f.mu)
	f.chooser = newChooser(f)
	if err := f.open(); err != nil {
		return nil, err
	}
	go f.run()
	go f.chooser.run()
	f.wake()
	return f, nil
}

func (f *follower) index() *index.Index { return f.ix.Load() }

func (f *follower) dir() string { return filepath.Join(f.t.dir, "index") }

func (f *follower) open() error {
	opts := index.Options{Texts: f.texts}
	ix, err := index.Open(f.dir(), opts)
	if err == nil && ix.Applied() > f.t.head.seq {
		ix.Close()
		err = index.ErrCorrupt
	}
	if errors.Is(err, index.ErrCorrupt) {
		f.t.log.Warn("rebuilding the index", "tenant", f.t.ID, "err", err)
		if err := index.Repair(f.dir()); err != nil {
			return err
		}
		ix, err = index.Open(f.dir(), opts)
	}
	if err != nil {
		return fmt.Errorf("open index: %w", err)
	}
	f.ix.Store(ix)
	return f.t.read(func(btx *boltTx) error {
		v := &View{f.t, btx}
		f.mu.Lock()
		f.applied, f.behind = ix.Applied(), v.lastChange()
		f.mu.Unlock()
		return f.load(v)
	})
}

// load tells the index which passages belong to which document and class.
func (f *follower) load(v *View) error {
	return documents.each(v, nil, func(_ []byte, d Document) bool {
		for _, ver := range d.Versions {
			if ver.ID == d.Current {
				f.index().Load(index.Span{First: ver.First, N: uint32(ver.Passages)}, d.Ordinal, d.effectiveClass())
			}
		}
		return true
	})
}

func (f *follower) reclass(changes []classChange) {
	for _, c := range changes {
		f.index().SetClass(c.doc, c.class)
	}
}

func (f *follower) wake() {
	select {
	case f.signal <- struct{}{}:
	default:
	}
}

func (f *follower) close() {
	f.cancel()
	<-f.ended
	<-f.chooser.ended
	if err := f.index().Close(); err != nil {
		f.t.log.Error("closing the index", "tenant", f.t.ID, "err", err)
	}
}

func (f *follower) run() {
	defer close(f.ended)
	for {
		select {
		case <-f.ctx.Done():
			f.settle(0, f.ctx.Err())
			return
		case <-f.signal:
		}
		healed := false
		for wait := time.Second; ; wait = min(2*wait, time.Minute) {
			err := guard(f.t.path, f.catchUp)
			if err == nil || f.ctx.Err() != nil {
				break
			}
			if errors.Is(err, index.ErrCorrupt) && !healed {
				if healed = true; f.heal(err) == nil {
					continue
				}
			}
			f.t.log.Error("index can't follow", "tenant", f.t.ID, "err", err)
			f.settle(0, err)
			select {
			case <-time.After(wait):
			case <-f.ctx.Done():
			}
		}
	}
}

// heal begins the index anew where damage is found while it runs. Until it has
// caught up, searches wait or are told that it is unavailable.
func (f *follower) heal(why error) error {
	f.t.log.Warn("rebuilding the index", "tenant", f.t.ID, "err", why)
	if err := f.index().Close(); err != nil {
		f.t.log.Warn("closing the damaged index", "tenant", f.t.ID, "err", err)
	}
	err := index.Repair(f.dir())
	if errors.Is(err, index.ErrInUse) { // what panicked still holds the file; the lock is gone with its name
		err = os.RemoveAll(f.dir())
	}
	if err == nil {
		err = f.open()
	}
	if err != nil {
		f.t.log.Error("rebuilding the index", "tenant", f.t.ID, "err", err)
		return err
	}
	f.chooser.wake()
	return nil
}

func (f *follower) settle(applied uint64, err error) {
	f.mu.Lock()
	f.applied, f.err = max(f.applied, applied), err
	f.mu.Unlock()
	f.moved.Broadcast()
}

// batch is what goes to the index at once: the state of the documents that
// changed, up to the change seq.
type batch struct {
	seq   uint64
	docs  []index.Doc
	bytes int  // of texts
	more  bool // changes wait after it
}

// catchUp applies everything that is committed now. While the index takes a
// batch, the next one is read.
func (f *follower) catchUp() error {
	b, err := f.pending(f.index().Applied())
	for err == nil && f.ctx.Err() == nil {
		var next batch
		var unread error
		var reading sync.WaitGroup
		if b.more {
			reading.Go(func() {
				unread = guard(f.t.path, func() (err error) {
					next, err = f.pending(b.seq)
					return err
				})
			})
		}
		if len(b.docs) > 0 {
			err = f.index().Apply(f.ctx, b.seq, b.docs)
		}
		reading.Wait()
		if err != nil {
			return fmt.Errorf("apply changes to %d: %w", b.seq, err)
		}
		f.settle(b.seq, nil)
		if !b.more {
			return nil
		}
		b, err = next, unread
	}
	return cmp.Or(err, f.ctx.Err())
}

// pending reads the next batch of changes after from.
func (f *follower) pending(from uint64) (b batch, err error) {
	b.seq = from
	err = f.t.read(func(btx *boltTx) error {
		v := &View{f.t, btx}
		seen, passages := map[uint32]bool{}, 0
		c := btx.Bucket([]byte("changes")).Cursor()
		for k, val := c.Seek(u64(from + 1)); k != nil; k, val = c.Next() {
			if passages >= followBatch || b.bytes >= followBytes {
				b.more = true
				return nil
			}
			var ords []uint32
			if err := json.Unmarshal(val, &ords); err != nil {
				return fmt.Errorf("decode change: %w", errDamaged)
			}
			for _, ord := range ords {
				if seen[ord] {
					continue
				}
				seen[ord] = true
				d, err := f.state(v, ord)
				if err != nil {
					return err
				}
				passages += len(d.Passages)
				for _, p := range d.Passages {
					b.bytes += len(p.Text)
				}
				b.docs = append(b.docs, d)
			}
			b.seq = binary.BigEndian.Uint64(k)
		}
		return nil
	})
	return b, err
}

// state is a document as the index should hold it.
func (f *follower) state(v *View, ord uint32) (index.Doc, error) {
	d, err := v.documentByOrdinal(ord)
	if err != nil {
		return index.Doc{}, err
	}
	out := index.Doc{Ordinal: ord, Class: d.effectiveClass()}
	for _, ver := range d.Versions {
		if ver.ID != d.Current {
			if ver.Passages > 0 {
				out.Drop = append(out.Drop, index.Span{First: ver.First, N: uint32(ver.Passages)})
			}
			continue
		}
		for i := range uint32(ver.Passages) {
			p, err := v.passage(ver.First + i)
			if err != nil {
				return out, err
			}
			out.Passages = append(out.Passages, asIndexed(d, p))
		}
	}
	return out, nil
}

// WaitIndexed returns once the index holds every change up to seq.
func (t *Tenant) WaitIndexed(ctx context.Context, seq uint64) error {
	f := t.follower
	stop := context.AfterFunc(ctx, f.moved.Broadcast)
	defer stop()
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.applied < seq {
		if err := ctx.Err(); err != nil {
			return err
		}
		if f.ctx.Err() != nil {
			return Fail(Unavailable, "closing")
		}
		f.moved.Wait()
	}
	return nil
}

// searchWait is how long a search waits for an index that was behind when the
// tenant was opened.
const searchWait = 5 * time.Second

// readyToSearch returns once the index holds what was there at the opening.
// While one is rebuilt, finding nothing would be a lie: after searchWait that
// is Unavailable, code "index-unavailable".
func (t *Tenant) readyToSearch(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, searchWait)
	defer cancel()
	t.follower.mu.Lock()
	behind := t.follower.behind
	t.follower.mu.Unlock()
	err := t.WaitIndexed(wait, behind)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return Fail(Unavailable, "index-unavailable")
	}
	return err
}

// IndexState says how far the index is.
type IndexState struct {
	Applied uint64 // number of the last change in the index
	Changed uint64 // number of the last change there is
	Err     error  // why it does not advance, if so
	Stats   index.Stats
}

// IndexState returns the index's progress.
func (t *Tenant) IndexState() (IndexState, error) {
	f := t.follower
	f.mu.Lock()
	s := IndexState{Applied: f.applied, Err: f.err}
	f.mu.Unlock()
	s.Stats = f.index().Stats()
	err := t.View(func(v *View) error {
		s.Changed = v.lastChange()
		return nil
	})
	return s, err
}

func (v *View) lastChange() uint64 {
	k, _ := v.tx.Bucket([]byte("changes")).Cursor().Last()
	if k == nil {
		return 0
	}
	return binary.BigEndian.Uint64(k)
}
