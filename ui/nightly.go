package ui

import (
	"time"

	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// nightlyView is the last scheduled verification of the reader's journal.
func (q *request) nightlyView() page.Nightly {
	n, err := q.s.Root.Nightly(q.t)
	if err != nil {
		q.s.Log.Error("nightly verification can't be read", "request", q.id, "err", err)
	}
	v := page.Nightly{At: local(n.At), OK: n.OK, Amber: n.Restored, Entries: n.Entries, FirstFault: n.FirstFault, Fault: n.Fault}
	v.Witnesses = append(witnessesAgainst(n.Witnesses), q.unreached()...)
	return v
}

// witnessesAgainst says of each witness what came of a comparison with it.
func witnessesAgainst(all []store.WitnessStanding) (out []page.Against) {
	for _, w := range all {
		out = append(out, page.Against{
			Kind: page.AgainstWitness, Name: w.Name, Size: w.Size, Standing: w.State,
			Held: w.State == store.WitnessHeld, Broken: w.State == store.WitnessBroken,
		})
	}
	return out
}

// unreached are the witnesses that are boxes and can't be reached now.
func (q *request) unreached() (out []page.Against) {
	if q.s.Witness == nil {
		return nil
	}
	err := q.view(func(v *store.View) error {
		all, err := v.Witnesses()
		for _, w := range all {
			if s := q.s.Witness.State(q.t.ID, w.Name); w.Address != "" && s.Fault != "" && w.Refusal == nil {
				out = append(out, page.Against{Kind: page.AgainstWitness, Name: w.Name, Standing: "unreached", Failing: local(s.Failing)})
			}
		}
		return err
	})
	if err != nil {
		q.s.Log.Error("witnesses can't be read", "request", q.id, "err", err)
	}
	return out
}

// witnessed is what a red night's alarm says of witnesses: the one that was
// contradicted, else the one that has cosigned furthest beyond the fault.
func (q *request) witnessed(n store.Nightly) string {
	far := store.WitnessStanding{}
	for _, w := range n.Witnesses {
		switch {
		case w.State == store.WitnessBroken:
			return " " + q.lang.T("verify.witness-broken", "name", w.Name, "n", w.Size)
		case w.State == store.WitnessBeyond && w.Size > far.Size:
			far = w
		}
	}
	if far.Size == 0 {
		return ""
	}
	return " " + q.lang.T("verify.witness-beyond", "name", far.Name, "n", far.Size)
}

// alarms are what administrators and auditors see on every page until it is
// dealt with.
func (q *request) alarms(p look.Person) (out []look.Notice) {
	if !p.Audit && !p.Admin {
		return nil
	}
	for _, t := range []*store.Tenant{q.t, q.s.Root.Box} {
		n, err := q.s.Root.Nightly(t)
		if err != nil || n.At.IsZero() || n.OK {
			continue
		}
		key := "nightly.alarm"
		if t.ID == store.BoxID {
			key = "nightly.alarm-box"
		}
		seq := "" // the fault may be no entry's own
		if n.FirstFault > 0 {
			seq = q.lang.Number(int64(n.FirstFault))
		}
		out = append(out, look.Notice{Tone: look.Bad, Text: q.lang.T(key, "at", q.lang.DateTime(n.At.Local()), "seq", seq) + q.witnessed(n)})
	}
	if q.forwardState().Late(time.Now()) {
		out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("forward.late") + " " + q.lang.T("forward.late-line")})
	}
	if n, ok := q.pruneAlarm(); ok {
		out = append(out, n)
	}
	if n, ok := q.rightsAlarm(); ok {
		out = append(out, n)
	}
	if n, ok := q.qualityAlarm(); ok {
		out = append(out, n)
	}
	if p.Admin {
		out = append(out, q.secretAlarm()...)
		out = append(out, q.backupAlarm()...)
		out = append(out, q.tlsAlarm()...)
	}
	return append(out, q.watchAlarms()...)
}

// pruneAlarm warns that pruning has waited for a copy for too long.
func (q *request) pruneAlarm() (look.Notice, bool) {
	w, err := q.t.PruneWait()
	if err != nil {
		q.s.Log.Error("what pruning waits for can't be read", "request", q.id, "err", err)
	}
	if !w.Long {
		return look.Notice{}, false
	}
	copies := page.Copies{Archive: w.Archive, Forward: w.Forward}
	text := q.lang.T("retention.copies-alarm", "n", int(store.PruneWaitLong/(24*time.Hour)), "copies", q.lang.List(copies.Missing(q.lang)))
	return look.Notice{Tone: look.Warn, Text: text}, true
}
