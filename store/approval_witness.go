package store

import (
	"strings"
	"sync/atomic"
)

// The archive folder and the receiver of the journal are witnesses: what they
// hold can't be changed from here. Whoever wants to rewrite a journal would begin
// by sending its copies nowhere, so that is for two people.

// ArchiveHeld tells whether giving the archive folder this value takes a witness
// away: journals are copied to another folder now.
func (v *View) ArchiveHeld(dir string) bool {
	now := v.wormDir()
	return now != "" && now != strings.TrimSpace(dir)
}

// ForwardHeld tells whether another target takes a witness away: a receiver has
// been sent something, and would be sent nothing more, or in the clear from now on.
// Its certificates, names and numbers are anybody's who may change settings.
func (v *View) ForwardHeld(to ForwardTarget) (bool, error) {
	now, err := v.ForwardTarget()
	if err != nil || now.Host == "" || now.Name() == to.Name() && (now.Clear || !to.Clear) {
		return false, err
	}
	m, err := v.ForwardMark(now.Name())
	return m.Sent > 0 || !m.NoteAt.IsZero(), err
}

// EndsWitness tells whether the copy ends, and doesn't only go elsewhere.
func (a Approval) EndsWitness() bool {
	return a.Archive && a.Dir == "" || a.Forward && (a.Target == nil || a.Target.Host == "")
}

func (a Approval) target() ForwardTarget {
	if a.Target == nil {
		return ForwardTarget{}
	}
	return *a.Target
}

// checkWitnessEnd refuses what needs no second person, Conflict "witness-same".
func (v *View) checkWitnessEnd(a Approval) error {
	held := false
	switch {
	case a.Archive == a.Forward:
		return Fail(Invalid, "bad-parameter", "name", "archive")
	case a.Archive:
		held = v.ArchiveHeld(a.Dir)
	default:
		var err error
		if held, err = v.ForwardHeld(a.target()); err != nil {
			return err
		}
	}
	if !held {
		return Fail(Conflict, "witness-same")
	}
	return nil
}

// endWitness is the change itself.
func (tx *Tx) endWitness(a Approval) error {
	if a.Archive {
		tx.Event.Detail["on"] = a.Dir != ""
		return tx.putSetting(SettingWormDir, strings.TrimSpace(a.Dir))
	}
	return tx.putForwardTarget(a.target())
}

// wayFollower is told when the settings lead elsewhere without a request that
// would say so: two people's decision is carried out by the box.
type wayFollower struct{ fn atomic.Pointer[func() error] }

// OnWays has fn called after an approved change of where the journal is copied
// to, so that the ways out follow.
func (r *Root) OnWays(fn func() error) { r.opts.follow.fn.Store(&fn) }

func (f *wayFollower) call() error {
	if f == nil {
		return nil
	}
	if fn := f.fn.Load(); fn != nil {
		return (*fn)()
	}
	return nil
}
