package store

// PruneWait says for what a cut waits: where the firm has the journal archived or
// forwarded, a payload goes only once its copy is there. A folder or a receiver
// that is gone for good holds the cut up until the firm takes it out of its
// settings, which is an entry.
type PruneWait struct {
	Archive bool // the archive folder (SettingWormDir) lacks the next payload
	Forward bool // so does the receiver of forwarded entries
}

// Waits tells whether anything is waited for.
func (w PruneWait) Waits() bool { return w.Archive || w.Forward }

// copied returns up to which entry each copy that the firm has set up is complete;
// all is returned where there is none.
func (v *View) copied() (archive, forward uint64, err error) {
	const all = ^uint64(0)
	archive, forward = all, all
	if dir := v.wormDir(); dir != "" {
		archive = 0
		if k := v.t.worm.Load(); k != nil {
			if s := v.t.WormState(); s.Dir == dir {
				archive = s.Segment
			}
		}
	}
	target, err := v.ForwardTarget()
	if err != nil || target.Host == "" {
		return archive, forward, err
	}
	mark, err := v.ForwardMark(target.Name())
	return archive, mark.Sent, err
}

// pruneWait tells whether the next payload is due and what it waits for.
func (v *View) pruneWait() (w PruneWait, err error) {
	done, err := v.Pruned()
	if err != nil {
		return w, err
	}
	due, err := v.pruneDue(v.t.now(), done.To+1)
	if err != nil || due == 0 {
		return w, err
	}
	archive, forward, err := v.copied()
	return PruneWait{Archive: archive < due, Forward: forward < due}, err
}
