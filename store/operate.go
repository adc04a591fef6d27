package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"coffre/chain"
)

// What the operator decides about a firm is in the box's registry and entered in
// the box's chain; the firm's own chain has an entry of what concerns its people.

// ChangeTenant writes a firm's host names and quota; nil leaves one as it is.
// Errors: NotFound; Invalid "bad-parameter"; Conflict "name-taken" where a host
// name is another firm's.
func (r *Root) ChangeTenant(ctx context.Context, by Actor, id string, hosts *[]string, quota *Quota, request string) (TenantRecord, error) {
	ev := chain.Event{Action: chain.TenantUpdate, Object: chain.Object{Kind: "tenant", ID: id}, Request: request}
	return r.changeTenant(ctx, by, ev, func(tx *Tx, rec *TenantRecord) error {
		if quota != nil {
			if !quota.valid() {
				return Fail(Invalid, "bad-parameter", "name", "quota")
			}
			rec.Quota = *quota
			for name, n := range map[string]int64{"bytes": quota.Bytes, "documents": quota.Documents, "people": quota.People, "questions": quota.Questions, "share": quota.Share} {
				tx.Event.Detail[name] = n
			}
		}
		if hosts == nil {
			return nil
		}
		rec.Hosts = nil
		for _, h := range *hosts {
			h = strings.ToLower(strings.TrimSpace(h))
			if !isHost(h) {
				return Fail(Invalid, "bad-parameter", "name", "hosts")
			}
			if !slices.Contains(rec.Hosts, h) {
				rec.Hosts = append(rec.Hosts, h)
			}
		}
		tx.Event.Private["hosts"] = strings.Join(rec.Hosts, " ")
		return tx.freeHosts(*rec)
	})
}

func (q Quota) valid() bool {
	return q.Bytes >= 0 && q.Documents >= 0 && q.People >= 0 && q.Questions >= 0 && q.Share >= 0 && q.Share <= 100
}

// isHost accepts a name of letters, digits, hyphens and dots, or an address.
func isHost(s string) bool {
	return s != "" && len(s) <= 253 && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == ':')
	})
}

func (tx *Tx) freeHosts(rec TenantRecord) error {
	all, err := tenants.all(&tx.View)
	for _, o := range all {
		for _, h := range rec.Hosts {
			if o.ID != rec.ID && slices.ContainsFunc(o.Hosts, func(s string) bool { return strings.EqualFold(s, h) }) {
				return Fail(Conflict, "name-taken", "name", h)
			}
		}
	}
	return err
}

// SuspendTenant ends the service of a firm's people: sessions end, and nobody is
// let in until ResumeTenant. Its data stays, and backups go on. Of a firm that doesn't
// open, the box's chain alone has an entry. Error: NotFound.
func (r *Root) SuspendTenant(ctx context.Context, by Actor, id, reason, request string) (TenantRecord, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return TenantRecord{}, err
	}
	ev := chain.Event{Action: chain.TenantSuspend, Object: chain.Object{Kind: "tenant", ID: id}, Request: request}
	rec, err := r.changeTenant(ctx, by, ev, func(tx *Tx, rec *TenantRecord) error {
		tx.Event.Private["reason"] = reason
		if rec.Suspended.IsZero() {
			rec.Suspended = r.opts.Now().UTC()
		}
		return nil
	})
	if err != nil {
		return rec, err
	}
	t, release, why, err := r.tryAcquire(id)
	if err != nil || why != nil { // a firm that doesn't open serves nobody, and has no session
		return rec, err
	}
	defer release()
	_, err = t.Update(ctx, by, ev, func(tx *Tx) error {
		n, err := tx.deleteSessions(func(Session) bool { return true })
		tx.Event.Private["reason"], tx.Event.Detail["sessions"] = reason, n
		return err
	})
	return rec, err
}

// ResumeTenant lets a firm's people in again. Errors: NotFound; Conflict
// "tenant-leaving" while its destruction is asked for.
func (r *Root) ResumeTenant(ctx context.Context, by Actor, id, request string) (TenantRecord, error) {
	ev := chain.Event{Action: chain.TenantResume, Object: chain.Object{Kind: "tenant", ID: id}, Request: request}
	rec, err := r.changeTenant(ctx, by, ev, func(tx *Tx, rec *TenantRecord) error {
		if _, open, err := tx.leaving(id); err != nil || open {
			return errors.Join(err, Fail(Conflict, "tenant-leaving", "tenant", id))
		}
		rec.Suspended = time.Time{}
		return nil
	})
	if err != nil {
		return rec, err
	}
	t, release, why, err := r.tryAcquire(id)
	if err != nil || why != nil {
		return rec, err
	}
	defer release()
	_, err = t.Record(ctx, by, ev)
	return rec, err
}

// changeTenant writes a firm's record, and lets what is open know it.
func (r *Root) changeTenant(ctx context.Context, by Actor, ev chain.Event, change func(*Tx, *TenantRecord) error) (rec TenantRecord, err error) {
	id := ev.Object.ID
	_, err = r.Box.Update(ctx, by, ev, func(tx *Tx) error {
		if rec, err = tenants.get(&tx.View, []byte(id)); err != nil {
			return err
		}
		if err := change(tx, &rec); err != nil {
			return err
		}
		return tenants.put(tx, []byte(id), rec)
	})
	if err != nil {
		return rec, err
	}
	r.mu.Lock()
	s := r.slots[id]
	r.mu.Unlock()
	if s != nil {
		s.mu.Lock()
		if s.t != nil {
			now := rec
			s.t.registered.Store(&now)
		}
		s.mu.Unlock()
	}
	return rec, nil
}
