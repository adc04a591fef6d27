package chain

import (
	"errors"
	"fmt"
)

// LogSource is a live log. The store's database implements it.
type LogSource interface {
	// Header returns what the log says of itself, its newest checkpoint and all
	// hand-overs included.
	Header() Header
	// Entries calls fn for every entry from 1 to the header's Last in order,
	// with a nil payload where it is pruned. It returns fn's error as it is, and
	// may reuse payload afterwards.
	Entries(fn func(hash Hash, payload []byte) error) error
}

var errStop = errors.New("no more entries wanted")

// VerifyLog checks a live log: every link, the tree, the checkpoint, the keys.
// The error is about unusable options (ErrKey, ErrCheckpoint) or the source's
// own; whatever is wrong with the log itself is in the Report.
func VerifyLog(src LogSource, o VerifyOptions) (Report, error) {
	h := src.Header()
	h.Complete = true
	v, f, err := begin(h, o)
	if err != nil {
		return Report{}, err
	}
	if f != nil {
		return v.conclude(f), nil
	}
	w := newWalk(v, false, true)
	closed := false
	defer func() {
		// A database that panics on a damaged page must not leave workers behind.
		if !closed {
			w.close(nil)
		}
	}()
	var after *fault
	err = src.Entries(func(hash Hash, payload []byte) error {
		switch pruned := h.Pruned != nil && w.seq <= h.Pruned.To; {
		case w.seq > v.cp.Size:
			after = faultf(w.seq, FaultExtra, "an entry beyond the checkpoint")
		case payload == nil && !pruned:
			after = faultf(w.seq, FaultMissing, "entry %d has lost its payload", w.seq)
		case payload != nil && pruned:
			after = faultf(w.seq, FaultPruned, "entry %d is said to be pruned and is not", w.seq)
		case pruned && w.seq == h.Pruned.To && hash != h.Pruned.ChainHash:
			after = faultf(w.seq, FaultPruned, "the chain hash of the last pruned entry is another")
		case w.addHashed(hash, payload, pruned):
			return nil
		}
		return errStop
	})
	closed = true
	f = w.close(after)
	if err != nil && !errors.Is(err, errStop) && w.fault == nil {
		return Report{}, fmt.Errorf("read log: %w", err)
	}
	return v.conclude(f), nil
}
