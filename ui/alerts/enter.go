package alerts

import (
	"context"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/health"
)

// enter puts what a report has to say into the journal, with the note that it is
// there: as one entry, whatever the kinds of what it tells.
func (a *Teller) enter(ctx context.Context, t *store.Tenant, f firm, r health.Report) error {
	st, letters := a.pace.plan(f.had, r, a.d.Now().Local(), f.plan.Hour)
	if len(letters) > 0 {
		_, err := t.Update(ctx, store.System("alerts"), entry(letters), func(tx *store.Tx) error { return tx.EnterAlerts(st) })
		return err
	}
	if same(st, f.had) {
		return nil
	}
	return t.MarkAlerts(ctx, st)
}

// entry is of what letters would tell. It holds names of checks and of what was
// found, as the page of health and its JSON have them.
func entry(letters []letter) chain.Event {
	ev := chain.Event{Action: chain.HealthAlert}
	names := map[string][]string{}
	add := func(member string, all []health.Result) {
		for _, x := range all {
			names[member] = append(names[member], x.Name)
		}
	}
	for _, l := range letters {
		names["kinds"] = append(names["kinds"], l.kind)
		switch l.kind {
		case urgent:
			add("bad", l.now)
			for _, x := range l.now {
				names["codes"] = append(names["codes"], x.Code)
			}
			ev.Outcome = chain.Failed
		case reminder:
			add("still", l.now)
			ev.Outcome = chain.Failed
		case digest:
			add("watch", l.now)
		}
		names["well"] = append(names["well"], l.well...)
		if len(names["still"]) == 0 {
			add("still", l.still)
		}
	}
	ev.Detail = chain.Detail{}
	for member, all := range names {
		if len(all) > 0 {
			ev.Detail[member] = all
		}
	}
	return ev
}
