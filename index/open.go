package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
	api "github.com/blevesearch/bleve_index_api"
)

// Index is an open index. Its methods may be called at the same time by many
// goroutines; Apply calls wait for each other.
type Index struct {
	dir      string
	readOnly bool
	words    *scorch.Scorch
	queue    *api.AnalysisQueue
	broken   *breakage

	writing sync.Mutex // held by Apply and Close
	state   state      // what the last batch persisted; owned by writing

	mu     sync.RWMutex // guards what follows
	ledger ledger
	closed bool

	segments segmentCache
	scratch  sync.Pool // of *scratch

	meaning  meaning
	texts    func(ctx context.Context, ordinals []uint32) ([]Passage, error)
	progress func(done, total int)
	applied  atomic.Uint64
}

// Open opens the index in dir, creating it where there is none. It reads every
// segment once to check its sum.
//
// Errors: ErrCorrupt (Repair dir and open again), ErrInUse, or what the file
// system says (no space, no permission).
func Open(dir string, o Options) (*Index, error) {
	if dir == "" {
		return nil, errors.New("open index: no directory given")
	}
	path := filepath.Join(dir, "words")
	fresh, err := prepare(path, o)
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	if !fresh {
		if err := verifyFiles(path); err != nil {
			return nil, fmt.Errorf("open index: %w", err)
		}
	}
	ix, err := openWords(path, o.ReadOnly)
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	ix.dir, ix.texts, ix.progress = dir, o.Texts, o.Progress
	if fresh {
		err = ix.commit(api.NewBatch(), state{})
	} else {
		err = guard(ix.restore)
	}
	if err == nil {
		err = ix.openMeaning(fresh)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open index: %w", err), ix.Close())
	}
	return ix, nil
}

// prepare makes the directory of the words leg and tells whether it is new.
func prepare(path string, o Options) (fresh bool, err error) {
	if !o.ReadOnly {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return false, fmt.Errorf("make directory: %w", err)
		}
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return false, fmt.Errorf("read directory: %w", err)
	}
	if len(entries) == 0 && !o.ReadOnly {
		return true, nil
	}
	return false, checkRoot(filepath.Join(path, "root.bolt"))
}

// lockWait is how long we wait for another process to let go of the index.
const lockWait = 500 * time.Millisecond

func init() { scorch.RegisterSegmentPlugin(&segments, false) }

// openWords opens the scorch index at path.
func openWords(path string, readOnly bool) (*Index, error) {
	ix := &Index{readOnly: readOnly, queue: api.NewAnalysisQueue(1), broken: watch(path)}
	ix.scratch.New = func() any { return new(scratch) }
	config := map[string]any{
		"path": path, "read_only": readOnly, "bolt_timeout": lockWait.String(),
		"asyncErrorCallbackName": asyncErrors,
		"forceSegmentType":       segments.Type(), "forceSegmentVersion": int(segments.Version()),
	}
	err := guard(func() error {
		idx, err := scorch.NewScorch("scorch", config, ix.queue)
		if err != nil {
			return fmt.Errorf("configure scorch: %w", err)
		}
		ix.words = idx.(*scorch.Scorch)
		return ix.words.Open()
	})
	if err != nil {
		if ix.words != nil {
			_ = closeWithin(ix.words.Close)
		}
		ix.queue.Close()
		unwatch(path)
		return nil, fileError(err)
	}
	return ix, nil
}

// Close waits for running searches and lets go of the files. Of a damaged index
// a descriptor may stay open: what panicked may hold bbolt's lock.
func (ix *Index) Close() error {
	ix.meaning.using.Lock()
	defer ix.meaning.using.Unlock()
	ix.meaning.halt()
	ix.writing.Lock()
	defer ix.writing.Unlock()
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.closed {
		return nil
	}
	ix.closed = true
	ix.meaning.wake()
	defer unwatch(ix.broken.path)
	defer ix.queue.Close()
	closing := guard
	if ix.broken.err() != nil {
		closing = closeWithin
	}
	err := closing(ix.words.Close)
	for _, l := range ix.meaning.legs() {
		l.set.Close()
	}
	if f := ix.meaning.file; f != nil {
		closing := f.Close
		if f.Broken() {
			closing = func() error { return closeWithin(f.Close) }
		}
		err = errors.Join(err, closing())
	}
	if err != nil {
		return fmt.Errorf("close index: %w", err)
	}
	return nil
}

// Applied is the sequence number of the last change that the index holds, 0
// for none.
func (ix *Index) Applied() uint64 { return ix.applied.Load() }
