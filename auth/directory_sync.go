package auth

import (
	"context"
	"errors"
	"sync"
	"time"

	"coffre/auth/ldap"
	"coffre/chain"
	"coffre/store"
)

// SyncReport is what one look at the directory changed, or would change. Users are
// ids of accounts here.
type SyncReport struct {
	At       time.Time `json:"at"`
	People   int       `json:"people"`  // that the directory showed
	Groups   int       `json:"groups"`  // that are kept here
	Ended    []string  `json:"ended"`   // shut
	Opened   []string  `json:"opened"`  // open again
	Updated  int       `json:"updated"` // another name, address or state
	Joined   int       `json:"joined"`  // memberships
	Left     int       `json:"left"`
	Missing  []string  `json:"missing"`             // names in the settings that no group has, or two
	Taken    []string  `json:"taken"`               // groups whose name another group here has
	LastKept []string  `json:"last_kept,omitempty"` // the last administrators, whose account stays though sessions and keys end
	Held     bool      `json:"held"`                // so much would end that an administrator must say so
	Absent   int       `json:"absent"`              // who would end for not being there
	Seconds  float64   `json:"seconds"`
}

// changes tells whether anything is to be written.
func (r SyncReport) changes() bool {
	return len(r.Ended)+len(r.Opened)+r.Updated+r.Joined+r.Left > 0
}

// ErrDirectoryOff: nobody signs in through a directory here.
var errDirectoryOff = store.Fail(store.Conflict, "directory-off")

// syncFor bounds one look.
const syncFor = 50 * time.Second

// SyncDirectory looks at the whole directory and follows it: who is gone, shut or
// in no admitted group any more is out with the commit, sessions included; groups
// have the members that they have there. confirmed lets through what is held.
// Errors: Conflict "directory-off", "directory-busy"; *ldap.Fault where it can't be
// read, which changes nothing.
func (s *Service) SyncDirectory(ctx context.Context, t *store.Tenant, by store.Actor, confirmed bool) (SyncReport, error) {
	d, err := s.directoryOf(t)
	if err != nil {
		return SyncReport{}, err
	}
	if !d.on {
		return SyncReport{}, errDirectoryOff
	}
	if !s.directories.begin(ctx, t.ID) {
		return SyncReport{}, store.Fail(store.Conflict, "directory-busy")
	}
	defer s.directories.end(t.ID)
	ctx, cancel := context.WithTimeout(ctx, syncFor)
	defer cancel()
	begun := time.Now()
	snap, err := d.cfg.Snapshot(ctx)
	if err != nil {
		s.lookFailed(ctx, t, by, err)
		return SyncReport{}, err
	}
	s.directories.up(t.ID)
	r, err := s.follow(ctx, t, by, d, snap, confirmed)
	if err != nil {
		return r, err
	}
	r.Seconds = time.Since(begun).Seconds()
	s.looked(ctx, t, snap, r)
	return r, nil
}

// follow writes what a snapshot changes, in one commit with one entry; nothing
// where it changes nothing.
func (s *Service) follow(ctx context.Context, t *store.Tenant, by store.Actor, d directory, snap ldap.Snapshot, confirmed bool) (r SyncReport, err error) {
	r, err = view(t, func(v *store.View) (SyncReport, error) {
		plan, err := s.plan(v, d, snap, confirmed)
		return plan.report, err
	})
	if err != nil || !r.changes() {
		return r, err
	}
	ev := chain.Event{Action: chain.DirectorySync, Detail: chain.Detail{"server": snap.Server.String()}}
	_, err = t.Update(ctx, by, ev, func(tx *store.Tx) error {
		plan, err := s.plan(&tx.View, d, snap, confirmed)
		if err != nil {
			return err
		}
		w := write(tx)
		if err := w.aside(func() error { return plan.apply(tx) }); err != nil {
			return err
		}
		r = plan.report
		r.tell(tx.Event, confirmed)
		return nil
	})
	return r, err
}

// tell puts what was done into the entry.
func (r SyncReport) tell(ev *chain.Event, confirmed bool) {
	ev.Object = chain.Object{}
	ev.Detail["ended"], ev.Detail["opened"] = append([]string{}, r.Ended...), append([]string{}, r.Opened...)
	ev.Detail["updated"], ev.Detail["joined"], ev.Detail["left"] = r.Updated, r.Joined, r.Left
	ev.Detail["people"], ev.Detail["groups"], ev.Detail["held"], ev.Detail["confirmed"] = r.People, r.Groups, r.Held, confirmed
}

// looked keeps what a look showed; one that is held for the first time, or that
// works again, is an entry.
func (s *Service) looked(ctx context.Context, t *store.Tenant, snap ldap.Snapshot, r SyncReport) {
	var failed, held bool
	s.directories.note(t.ID, func(st *DirectoryStatus) {
		failed, held = st.Fault != nil, r.Held && st.Held == nil
		*st = DirectoryStatus{Looked: s.now(), Last: &r, Kind: snap.Kind, Missing: r.Missing}
		if r.Held {
			st.Held = &r
		}
	})
	if failed {
		s.tellDirectory(ctx, t, chain.Event{Action: chain.DirectorySync, Detail: chain.Detail{"code": "works-again", "people": r.People}})
	}
	if held {
		s.tellDirectory(ctx, t, chain.Event{Action: chain.DirectorySync, Outcome: chain.Denied, Detail: chain.Detail{"code": "held", "held": true, "absent": r.Absent, "people": r.People}})
	}
}

// lookFailed keeps why; the first failure in a row is an entry.
func (s *Service) lookFailed(ctx context.Context, t *store.Tenant, by store.Actor, err error) {
	f := ldap.AsFault(err, ldap.StepTCP)
	first := false
	s.directories.note(t.ID, func(st *DirectoryStatus) {
		if first = st.Fault == nil; first {
			st.Failing = s.now()
		}
		st.Fault = f
	})
	s.log.Warn("directory can't be read", "tenant", t.ID, "step", f.Step, "code", f.Code, "err", errors.Unwrap(f))
	if first {
		s.tellDirectory(ctx, t, chain.Event{Action: chain.DirectorySync, Outcome: chain.Failed, Detail: chain.Detail{"code": string(f.Step) + "/" + f.Code}})
	}
}

func (s *Service) tellDirectory(ctx context.Context, t *store.Tenant, ev chain.Event) {
	if _, err := t.Record(context.WithoutCancel(ctx), store.System(Directory), ev); err != nil {
		s.log.Error("state of the directory not recorded", "tenant", t.ID, "err", err)
	}
}

// DirectoryStatus tells how a firm's directory stands.
func (s *Service) DirectoryStatus(t *store.Tenant) DirectoryStatus { return s.directories.status(t.ID) }

// lookEvery is how often it is looked whether a firm's look is due.
const lookEvery = time.Second

// followDirectories looks at every firm's directory as often as its settings say.
// A directory that is slow makes no other firm wait.
func (s *Service) followDirectories(ctx context.Context, root *store.Root) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var all sync.WaitGroup
	defer all.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		tenants, err := root.Served()
		if err != nil {
			s.log.Error("tenants can't be listed", "err", err)
			continue
		}
		for _, rec := range tenants {
			if s.directories.due(rec.ID, s.now(), s.every(root, rec.ID)) {
				all.Go(func() { s.followOne(ctx, root, rec.ID) })
			}
		}
	}
}

// every is how often a firm's directory is looked at; a firm without one is asked
// for it as often.
func (s *Service) every(root *store.Root, id string) time.Duration {
	t, release, err := root.Acquire(id)
	if err != nil {
		return DirectoryEvery * time.Second
	}
	defer release()
	d, err := view(t, func(v *store.View) (directory, error) { d, _, _ := readDirectory(v); return d, nil })
	if err != nil || d.every == 0 {
		return DirectoryEvery * time.Second
	}
	return time.Duration(d.every) * time.Second
}

func (s *Service) followOne(ctx context.Context, root *store.Root, id string) {
	t, release, err := root.Acquire(id)
	if err != nil {
		return
	}
	defer release()
	_, err = s.SyncDirectory(ctx, t, store.System(Directory), false)
	var f *ldap.Fault
	if err != nil && !errors.As(err, &f) && store.AsError(err).Kind != store.Conflict && ctx.Err() == nil {
		s.log.Error("directory not followed", "tenant", id, "err", err)
	}
}
