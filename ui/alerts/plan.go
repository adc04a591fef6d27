package alerts

import (
	"maps"
	"slices"
	"time"

	"coffre/store"
	"coffre/ui/health"
)

// pace holds the times that tests shorten.
type pace struct {
	look   time.Duration // how often reports and the queue are looked at
	sure   time.Duration // a check is bad for so long before it is told
	calm   time.Duration // and well for so long before that is told
	remind time.Duration // at least so long between two mails about the same
	keep   time.Duration // a mail that can't go is given up after so long
	first  time.Duration // wait after a failure, doubled each time
	most   time.Duration // and no longer than this
	tell   time.Duration // a failure that lasts so long has an entry
}

// A runtime that starts a minute after the box is no alert, and a check that
// flaps is one.
var usualPace = pace{
	look: 20 * time.Second, sure: 4 * time.Minute, calm: 30 * time.Minute, remind: 24 * time.Hour, keep: 48 * time.Hour,
	first: time.Minute, most: 30 * time.Minute, tell: time.Hour,
}

// The kinds of mail.
const (
	urgent   = "urgent"
	reminder = "reminder"
	fine     = "fine"
	digest   = "digest"
)

// letter is what is to be told, before it is written for its readers.
type letter struct {
	kind string
	// now are the checks that it is about, still what else is bad, or in a digest
	// what is bad besides what is to be watched.
	now, still []health.Result
	well       []string // names of checks that are well again
}

// plan decides what a report has to tell, and what will have been told then. day
// and hour are the firm's, digestHour is when the digest goes.
func (p pace) plan(st store.AlertState, r health.Report, now time.Time, digestHour int) (store.AlertState, []letter) {
	st.Told = maps.Clone(st.Told)
	if st.Told == nil {
		st.Told = map[string]store.MailTold{}
	}
	var bad, fresh, due []health.Result
	for _, x := range r.Results {
		if x.Verdict != health.Bad {
			continue
		}
		bad = append(bad, x)
		told, known := st.Told[x.Name]
		if !known {
			told.Seen = now
		}
		told.Fine = time.Time{}
		st.Told[x.Name] = told
		switch {
		case told.Told.IsZero() && now.Sub(told.Seen) >= p.sure:
			fresh = append(fresh, x)
		case !told.Told.IsZero() && now.Sub(told.Last) >= p.remind:
			due = append(due, x)
		}
	}
	var out []letter
	if l, ok := p.bad(st, bad, fresh, due, now); ok {
		out = append(out, l)
	}
	if well := p.well(st, bad, now); len(well) > 0 {
		out = append(out, letter{kind: fine, well: well, still: told(st, bad)})
	}
	if l, ok := digestOf(&st, r, bad, now, digestHour); ok {
		out = append(out, l)
	}
	return st, out
}

// bad is the mail about what is bad: new, or told a day ago.
func (p pace) bad(st store.AlertState, bad, fresh, due []health.Result, now time.Time) (letter, bool) {
	l := letter{kind: urgent, now: fresh}
	switch {
	case len(fresh) > 0:
		l.still = told(st, bad)
	case len(due) > 0:
		l = letter{kind: reminder, now: told(st, bad)}
	default:
		return l, false
	}
	for _, x := range append(slices.Clone(l.now), l.still...) {
		t := st.Told[x.Name]
		if t.Last = now; t.Told.IsZero() {
			t.Told = now
		}
		st.Told[x.Name] = t
	}
	return l, true
}

// told are those of the bad checks that people know of.
func told(st store.AlertState, bad []health.Result) (out []health.Result) {
	for _, x := range bad {
		if !st.Told[x.Name].Told.IsZero() {
			out = append(out, x)
		}
	}
	return out
}

// well forgets the checks that are bad no more, and returns those that people have
// to be told of.
func (p pace) well(st store.AlertState, bad []health.Result, now time.Time) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(st.Told)) {
		t := st.Told[name]
		switch {
		case slices.ContainsFunc(bad, func(x health.Result) bool { return x.Name == name }):
		case t.Told.IsZero():
			delete(st.Told, name)
		case t.Fine.IsZero() && p.calm > 0:
			t.Fine = now
			st.Told[name] = t
		case now.Sub(t.Fine) >= p.calm:
			delete(st.Told, name)
			names = append(names, name)
		}
	}
	return names
}

// digestOf is the mail of the day, once the hour has come, where there is anything
// to watch. The day on which alerts are turned on has none behind its hour.
func digestOf(st *store.AlertState, r health.Report, bad []health.Result, now time.Time, hour int) (letter, bool) {
	day := now.Format(time.DateOnly)
	first := st.Digest == ""
	if st.Digest >= day || now.Hour() < hour {
		if first {
			st.Digest = now.AddDate(0, 0, -1).Format(time.DateOnly)
		}
		return letter{}, false
	}
	st.Digest = day
	l := letter{kind: digest, still: bad}
	for _, x := range r.Results {
		if x.Verdict == health.Warn {
			l.now = append(l.now, x)
		}
	}
	return l, !first && len(l.now)+len(l.still) > 0
}
