package ui

import (
	"net/http"
	"time"

	"coffre/auth"
	"coffre/ui/health"
)

func (s *Server) healthPageRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/health", may: auth.HealthRead, do: (*request).restHealth},
		{method: "GET", path: "/health", may: auth.HealthRead, do: (*request).healthPage},
		{method: "POST", path: "/health/check", may: auth.HealthRead, do: (*request).healthCheckForm},
	}
}

// healthJSON is a report in the words of the reader's language.
type healthJSON struct {
	At      time.Time          `json:"at"`
	Verdict string             `json:"verdict"` // the worst: ok, warn or bad
	Checks  []healthCheckJSON  `json:"checks"`
	Changes []healthChangeJSON `json:"changes"` // of verdict, the newest first
}

type healthCheckJSON struct {
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Verdict string         `json:"verdict"`
	Code    string         `json:"code"`
	Reason  string         `json:"reason"`
	Remedy  string         `json:"remedy,omitempty"`
	Since   time.Time      `json:"since,omitzero"`
	Figures map[string]any `json:"figures"` // sizes in bytes, spans in seconds
}

type healthChangeJSON struct {
	At   time.Time `json:"at"`
	Name string    `json:"name"`
	From string    `json:"from"`
	To   string    `json:"to"`
	Code string    `json:"code"`
}

// asHealthJSON writes a report; bare leaves out what is the firm's own: for a
// bundle, whose reasons are their codes.
func (q *request) asHealthJSON(r health.Report, bare bool) healthJSON {
	out := healthJSON{At: r.At, Verdict: string(r.Verdict), Checks: []healthCheckJSON{}, Changes: []healthChangeJSON{}}
	for _, x := range r.Results {
		c := healthCheckJSON{Name: x.Name, Title: x.Title(q.lang), Verdict: string(x.Verdict), Code: x.Code, Since: x.Since, Figures: x.Figures.Plain(bare)}
		if !bare {
			c.Reason, c.Remedy = x.Reason(q.lang), x.Remedy(q.lang)
		}
		out.Checks = append(out.Checks, c)
	}
	for _, c := range q.s.Health.Changes(q.t) {
		out.Changes = append(out.Changes, healthChangeJSON{c.At, c.Name, string(c.From), string(c.To), c.Code})
	}
	return out
}

func (q *request) restHealth() error {
	return q.json(http.StatusOK, q.asHealthJSON(q.s.Health.Look(q.r.Context(), q.t), false))
}

// ill is how many checks are bad, for those who may see them. It looks at
// nothing: a page doesn't wait for a disk.
func (q *request) ill() int {
	if !auth.Allowed(q.p, auth.HealthRead) || q.s.Health == nil {
		return 0
	}
	r, _ := q.s.Health.Last(q.t.ID)
	return r.Count(health.Bad)
}
