package store

import (
	"context"
	"sync"
	"time"
)

// SettingWormDir names a folder that the firm keeps on write-once storage; ""
// for none. Every checkpoint that is kept, and every closed segment of entries,
// is copied there once and never written again:
//
//	<dir>/<tenant>-<16 digits of its genesis>/<life>/checkpoint-<size>.note
//	<dir>/<tenant>-<16 digits of its genesis>/<life>/segment-<first>-<last>.ndjson
//
// life is 1, and one more after each restore. Sizes and entries are written with
// 16 digits. A segment holds its entries under the checkpoint that closed it, and
// the hand-overs among them: each of those is in the folder once, and in one
// segment of wormWhole all are. VerifyArchive reads the folder as a whole.
const SettingWormDir = "audit.worm_dir"

// wormTick is how often the folder is looked at while nothing is new.
const wormTick = time.Minute

// wormWait is how long closing a tenant waits for a folder that hangs.
const wormWait = 5 * time.Second

// WormState is how far the archive folder is behind the journal.
type WormState struct {
	Dir         string    // "" where none is set
	Checkpoint  uint64    // size of the newest checkpoint that is there
	Segment     uint64    // every entry up to this one is there, but for pruned ones
	Waiting     int       // checkpoints that are kept and not there yet
	Checkpoints int       // copied since the box started
	Segments    int       // likewise
	Differs     []string  // names of files that are there with another content
	At          time.Time // of the last complete look, zero before
	Err         *Error    // why the last look was not complete, or nil
}

// wormKeeper copies in the background, on a goroutine of its own: a folder in the
// network may hang, and nothing else may wait for it.
type wormKeeper struct {
	t      *Tenant
	cancel context.CancelFunc
	wake   chan struct{}
	ended  chan struct{}

	mu    sync.Mutex
	state WormState
	// done is the size up to which every kept checkpoint is there; 0 after a start
	// or with another folder, so that all of it is looked at once.
	done uint64
	told map[string]bool // names in Differs that have their entry
}

func startWorm(ctx context.Context, t *Tenant) *wormKeeper {
	ctx, cancel := context.WithCancel(ctx)
	k := &wormKeeper{t: t, cancel: cancel, wake: make(chan struct{}, 1), ended: make(chan struct{}), told: map[string]bool{}}
	go k.run(ctx)
	return k
}

func (k *wormKeeper) close() {
	k.cancel()
	select {
	case <-k.ended:
	case <-time.After(wormWait):
		k.t.log.Error("the archive folder hangs; closing without it", "tenant", k.t.ID)
	}
}

// nudge makes the keeper look at once.
func (k *wormKeeper) nudge() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

func (k *wormKeeper) run(ctx context.Context) {
	defer close(k.ended)
	for {
		k.look(ctx)
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
		case <-time.After(wormTick):
		}
	}
}

// look makes one pass and notes how it went.
func (k *wormKeeper) look(ctx context.Context) {
	err := k.pass(ctx)
	if ctx.Err() != nil || k.t.usable() != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.state.Err
	if k.state.Err = nil; err == nil {
		k.state.At = k.t.now()
	} else if k.state.Err = wormError(k.state.Dir, err); before == nil || before.Code != k.state.Err.Code {
		k.t.log.Error("the journal can't be archived", "tenant", k.t.ID, "err", err)
	}
}

// WormState returns how the archive folder stands.
func (t *Tenant) WormState() WormState {
	k := t.worm.Load()
	if k == nil {
		return WormState{} // a look alone: Options.Still
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.state
	s.Differs = append([]string(nil), s.Differs...)
	return s
}
