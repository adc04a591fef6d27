package alerts

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"coffre/chain"
	"coffre/connectors"
	"coffre/connectors/relay"
	"coffre/store"
)

// delivery is one attempt to send what waits.
type delivery struct {
	a      *Teller
	plan   connectors.MailPlan
	now    time.Time
	change store.MailChange
	kinds  []string
	count  int    // taken by the relay
	gone   int    // refused for good
	lost   int    // given up for their age
	code   string // of the last failure
	// changed: the state did, besides what the others tell.
	changed bool
}

// deliver sends what waits, unless the relay failed a moment ago.
func (a *Teller) deliver(ctx context.Context, t *store.Tenant, f firm) error {
	d := &delivery{a: a, plan: f.plan, now: a.d.Now(), change: store.MailChange{State: f.state}}
	d.change.State.Refused = d.current(f.state.Refused)
	due := d.sift(f.queue)
	hurry, proved := a.hurried(t.ID)
	if proved {
		st := &d.change.State
		st.Fault, st.Refused, st.Next, st.Tries, st.Sent, d.changed = nil, nil, time.Time{}, 0, d.now.UTC(), true
	}
	if len(due) == 0 || d.now.Before(f.state.Next) && !hurry {
		return d.keep(ctx, t, f.state)
	}
	_, host := a.address(t, f.plan)
	for i, s := range a.send(ctx, t, f.plan, host, due) {
		d.take(due[i], s)
	}
	if ctx.Err() != nil && d.count+d.gone == 0 {
		return nil // the box ends; that is no fault of the relay's
	}
	return d.keep(ctx, t, f.state)
}

// current leaves out the faults of recipients that are no more.
func (d *delivery) current(all map[string]store.MailFault) map[string]store.MailFault {
	out := maps.Clone(all)
	maps.DeleteFunc(out, func(to string, _ store.MailFault) bool { return !slices.Contains(d.plan.Recipients(), to) })
	return out
}

// sift gives up what is too old or for nobody any more.
func (d *delivery) sift(queue []store.Mail) (due []store.Mail) {
	for _, m := range queue {
		age := d.now.Sub(m.Made)
		switch {
		case !slices.Contains(d.plan.Recipients(), m.To):
			d.change.Drop = append(d.change.Drop, m.ID)
		case age > d.a.pace.keep || m.Kind == digest && age > d.a.pace.remind:
			d.change.Drop = append(d.change.Drop, m.ID)
			d.lost++
		default:
			due = append(due, m)
		}
	}
	slices.SortFunc(due, func(x, y store.Mail) int { return cmp.Or(x.Made.Compare(y.Made), cmp.Compare(x.To, y.To)) })
	return due
}

// take notes what came of a mail.
func (d *delivery) take(m store.Mail, s sent) {
	st := &d.change.State
	fault := func(was store.MailFault) store.MailFault {
		e := store.AsError(connectors.MailError(d.plan, s.err))
		if was.Since.IsZero() {
			was.Since = d.now.UTC()
		}
		d.code = e.Code
		was.Code, was.Reply = e.Code, e.Params["reply"]
		return was
	}
	var f *relay.Fault
	switch {
	case s.err == nil:
		d.change.Drop = append(d.change.Drop, m.ID)
		d.count++
		if !slices.Contains(d.kinds, m.Kind) {
			d.kinds = append(d.kinds, m.Kind)
		}
		delete(st.Refused, m.To)
		st.Sent, st.Lost = d.now.UTC(), 0
	case s.session:
		was := store.MailFault{}
		if st.Fault != nil {
			was = *st.Fault
		}
		now := fault(was)
		st.Fault = &now
	default:
		if st.Refused == nil {
			st.Refused = map[string]store.MailFault{}
		}
		st.Refused[m.To] = fault(st.Refused[m.To])
		if errors.As(s.err, &f) && !f.Later {
			// The same mail again would be refused again (RFC 5321, section 4.2.1).
			d.change.Drop = append(d.change.Drop, m.ID)
			d.gone++
		}
	}
	if !s.session {
		st.Fault = nil
	}
}

// keep writes what has changed: with an entry where a mail left the queue, or mail
// has failed for long.
func (d *delivery) keep(ctx context.Context, t *store.Tenant, was store.MailState) error {
	st := &d.change.State
	st.Lost += d.lost
	failed := d.code != ""
	if failed {
		st.Tries++
		wait := min(d.a.pace.first<<min(st.Tries-1, 16), d.a.pace.most)
		st.Next = d.now.UTC().Add(wait)
	} else if d.count > 0 {
		st.Tries, st.Next = 0, time.Time{}
	}
	if st.Fault == nil {
		st.Entered = false
	}
	long := st.Fault != nil && !st.Entered && d.now.Sub(st.Fault.Since) >= d.a.pace.tell
	if failed && was.Fault == nil && st.Fault != nil {
		d.a.d.Log.Warn("mail can't be delivered", "tenant", t.ID, "code", d.code)
	}
	if d.count+d.gone+d.lost > 0 || long {
		st.Entered = st.Fault != nil
		_, err := t.Update(ctx, store.System("alerts"), d.event(was), func(tx *store.Tx) error { return tx.MarkMail(d.change) })
		return err
	}
	if failed || d.changed || len(d.change.Drop) > 0 || len(st.Refused) != len(was.Refused) {
		return t.MarkMail(ctx, d.change)
	}
	return nil
}

func (d *delivery) event(was store.MailState) chain.Event {
	ev := chain.Event{Action: chain.MailSend, Detail: chain.Detail{"count": d.count, "refused": d.gone, "lost": d.lost}}
	if len(d.kinds) > 0 {
		ev.Detail["kinds"] = d.kinds
	}
	if d.code != "" || d.lost > 0 {
		ev.Outcome = chain.Failed
	}
	if d.code != "" {
		ev.Detail["code"] = d.code
	}
	if was.Fault != nil {
		ev.Detail["seconds"] = int64(d.now.Sub(was.Fault.Since).Seconds())
	}
	return ev
}
