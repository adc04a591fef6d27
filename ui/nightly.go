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
	return page.Nightly{At: local(n.At), OK: n.OK, Amber: n.Restored, Entries: n.Entries, FirstFault: n.FirstFault, Fault: n.Fault}
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
		out = append(out, look.Notice{Tone: look.Bad, Text: q.lang.T(key, "at", q.lang.DateTime(n.At.Local()), "seq", seq)})
	}
	if q.forwardState().Late(time.Now()) {
		out = append(out, look.Notice{Tone: look.Warn, Text: q.lang.T("forward.late") + " " + q.lang.T("forward.late-line")})
	}
	if n, ok := q.pruneAlarm(); ok {
		out = append(out, n)
	}
	if n, ok := q.qualityAlarm(); ok {
		out = append(out, n)
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
