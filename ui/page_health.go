package ui

import (
	"net/http"

	"coffre/ui/health"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (q *request) healthPage() error {
	r, ok := q.s.Health.Last(q.t.ID)
	if !ok {
		r = q.s.Health.Look(q.r.Context(), q.t)
	}
	v := page.Health{Frame: q.frame(look.Health), At: r.At.Local(), Bad: r.Count(health.Bad), Warn: r.Count(health.Warn)}
	for _, x := range r.Results {
		v.Checks = append(v.Checks, page.HealthCheck{
			Name: x.Name, Title: x.Title(q.lang), How: x.How(q.lang), Tone: toneOf(x.Verdict), Verdict: q.verdictWord(x.Verdict),
			Reason: x.Reason(q.lang), Remedy: x.Remedy(q.lang), Since: local(x.Since),
		})
	}
	for i, c := range q.s.Health.Changes(q.t) {
		if i == changesShown {
			break
		}
		title := health.Result{Name: c.Name}.Title(q.lang)
		v.Changes = append(v.Changes, page.HealthChange{At: local(c.At), Title: title, Tone: toneOf(c.To), From: q.verdictWord(c.From), To: q.verdictWord(c.To)})
	}
	return q.render(http.StatusOK, page.HealthPage(v))
}

// changesShown of the history are on the page; REST has all.
const changesShown = 30

func (q *request) verdictWord(v health.Verdict) string { return q.lang.Or("health-verdict", string(v)) }

func toneOf(v health.Verdict) look.Tone {
	switch v {
	case health.OK:
		return look.Good
	case health.Warn:
		return look.Warn
	}
	return look.Bad
}

func (q *request) healthCheckForm() error {
	q.s.Health.Look(q.r.Context(), q.t)
	return q.see("/health")
}

// shortage says to everybody that the box takes nothing in for want of room.
func (q *request) shortage() []look.Notice {
	if q.t == nil || q.p.UserID == "" {
		return nil
	}
	room, err := q.s.Root.Room(q.t)
	if err != nil || !room.Low {
		return nil
	}
	return []look.Notice{{Tone: look.Bad, Text: q.lang.T("reserve.banner")}}
}
