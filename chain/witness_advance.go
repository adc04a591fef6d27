package chain

import (
	"fmt"
	"time"
)

// Witnessed is what came of an advance.
type Witnessed struct {
	Note     string    // the checkpoint with the witness's line
	From, To uint64    // sizes before and after
	Restored []Restore // to be told in amber: what was lost in between
}

// Advance takes a newer checkpoint: it must be of this log, signed by a key that
// hand-overs lead to from the last one known, and a continuation of the last
// one seen. A restore signed by the recovery key may take the log back, and is
// reported. at is the time that the cosignature states. The state is returned
// anew; an error leaves the old one in force. Errors: ErrCheckpoint,
// ErrWitnessState, ErrWitnessOrigin, ErrWitnessFrom, ErrWitnessProof,
// ErrUnknownKey, ErrShrunk, ErrFork.
func (s WitnessState) Advance(u WitnessUpdate, at time.Time) (WitnessState, Witnessed, error) {
	w := Witnessed{From: s.Size}
	if err := s.validate(); err != nil {
		return s, w, err
	}
	cp, _, err := OpenCheckpoint(u.Checkpoint)
	if err != nil {
		return s, w, fmt.Errorf("read checkpoint: %w", err)
	}
	next := s
	if err := next.follow(u, cp, &w); err != nil {
		return s, w, err
	}
	if !holds(u.Checkpoint, next.Key) {
		return s, w, fmt.Errorf("checkpoint of size %d: %w", cp.Size, ErrUnknownKey)
	}
	if err := s.continues(u, cp, w.Restored); err != nil {
		return s, w, err
	}
	cosigner, err := ParseCosigner(s.Cosigner)
	if err != nil {
		return s, w, err
	}
	if w.Note, err = cosigner.Cosign(u.Checkpoint, at); err != nil {
		return s, w, err
	}
	next.Size, next.Root, next.Checkpoint, next.Seen = cp.Size, cp.Root, w.Note, at.UTC().Truncate(time.Second)
	w.To = cp.Size
	return next, w, next.validate()
}

// follow moves the state's key along the hand-overs and notes restores.
func (s *WitnessState) follow(u WitnessUpdate, cp Checkpoint, w *Witnessed) error {
	lives, ours := restoresIn(cp.Origin, s.Log)
	if !ours || cp.Size == 0 {
		return ErrWitnessOrigin
	}
	v := &verification{name: s.Log, cp: cp}
	last := uint64(0)
	if len(u.Handovers) > 0 && s.Size > 0 {
		last = s.Size
	}
	for i, o := range u.Handovers {
		m, f := v.readHandover(o)
		if f == nil {
			f = v.proveHandover(o, m)
		}
		if f != nil {
			return fmt.Errorf("%w: %s", ErrWitnessProof, f.detail)
		}
		by := s.Key
		if m.restore != nil {
			by, last = s.RecoveryKey, min(last, m.restore.Size)
			s.Restores++
			w.Restored = append(w.Restored, *m.restore)
		}
		if m.seq <= last || m.lives != s.Restores || m.key == s.Key {
			return fmt.Errorf("%w: number %d is out of order", ErrWitnessProof, i+1)
		}
		if by == "" || !holds(m.note, by) || !holds(m.note, m.key) {
			return fmt.Errorf("hand-over at %d: %w", m.seq, ErrUnknownKey)
		}
		s.Key, last = m.key, m.seq
	}
	if lives != s.Restores {
		return fmt.Errorf("%w: a restore is not accounted for", ErrWitnessProof)
	}
	return nil
}

// continues checks that nothing that was seen has changed, but for what an
// honest restore says is lost.
func (s WitnessState) continues(u WitnessUpdate, cp Checkpoint, restored []Restore) error {
	if s.Size == 0 {
		return nil
	}
	for i := range restored {
		if r := &restored[i]; r.Size < s.Size {
			r.LostTo = max(r.LostTo, s.Size)
			return nil
		}
	}
	switch {
	case cp.Size < s.Size:
		return fmt.Errorf("%d entries, %d were seen: %w", cp.Size, s.Size, ErrShrunk)
	case cp.Size == s.Size && cp.Root != s.Root:
		return ErrFork
	case cp.Size > s.Size && u.From != s.Size:
		return fmt.Errorf("%d instead of %d: %w", u.From, s.Size, ErrWitnessFrom)
	case cp.Size > s.Size && VerifyConsistency(u.Consistency, s.Size, s.Root, cp.Size, cp.Root) != nil:
		return ErrFork
	}
	return nil
}
