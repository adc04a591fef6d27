package ui

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// Public makes a demonstration one that anybody may visit: visitors come as one
// of the sample firm's people without a password and can change nothing.
type Public struct {
	Guests []string // logins that visitors may come as; no administrator's works
	Limits VisitLimits
	Now    func() time.Time
}

// VisitLimits bound what one network address may do; the zero value is
// replaced by DefaultVisits.
type VisitLimits struct {
	Reads, Asks, Checks, Entries Rate
}

// DefaultVisits are far above what a person does, and far below what a box that
// many visit can bear from one address.
var DefaultVisits = VisitLimits{
	Reads: Rate{Burst: 200, PerMinute: 300}, Asks: Rate{Burst: 8, PerMinute: 12},
	Checks: Rate{Burst: 4, PerMinute: 6}, Entries: Rate{Burst: 10, PerMinute: 6},
}

// visit is what a route means to a visitor of the public demonstration.
type visit int

const (
	refused   visit = iota // it changes something
	reading                // costs little
	asking                 // a question: counted, and a few at a time
	checking               // costs a copy of the journal
	entering               // opens a session
	unlimited              // always works
)

// visitorPosts are the only requests other than GET that visitors may make. A
// route that is not here is refused, whoever adds it.
var visitorPosts = map[string]visit{
	"POST /visit":       entering,
	"POST /signout":     reading,
	"POST /preferences": reading,

	"POST /ask":        asking,
	"POST /ask/stream": asking,
	"POST /ask/stop":   reading,
	"POST /api/v1/ask": asking,

	"POST /journal/verify":      checking,
	"POST /journal/tamper":      checking,
	"POST /journal/export":      checking,
	"POST /api/v1/audit/verify": checking,
}

// visitorGets are the GETs that cost more than a page, or nothing.
var visitorGets = map[string]visit{
	"GET /api/v1/audit/export": checking,
	"GET /journal/export/file": checking,
	"GET /healthz":             unlimited,
	"GET /readyz":              unlimited,
	"GET /assets/{rest...}":    unlimited,
}

// visitOf is the policy of the public demonstration, in this one place.
func visitOf(rt route) visit {
	key := rt.method + " " + rt.path
	if v, ok := visitorGets[key]; ok {
		return v
	}
	if rt.method == http.MethodGet {
		return reading
	}
	return visitorPosts[key]
}

// admit lets a visitor's request pass, or says why not. leave ends what it holds
// while the request runs.
func (q *request) admit() (leave func(), err error) {
	leave = func() {}
	limits := q.s.visits
	what := visitOf(q.route)
	if q.route.method == "" { // an address that leads nowhere
		if what = refused; q.r.Method == http.MethodGet || q.r.Method == http.MethodHead {
			what = reading
		}
	}
	var rate *meter
	switch what {
	case refused:
		return leave, store.Fail(store.Denied, "demo-read-only")
	case reading:
		rate = &limits.reads
	case asking:
		rate = &limits.asks
	case checking:
		rate = &limits.checks
	case entering:
		rate = &limits.entries
	case unlimited:
		return leave, nil
	}
	if wait := rate.spend(q.address()); wait > 0 {
		return leave, store.Fail(store.RateLimited, "demo-rate", "seconds", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	if what == asking {
		return limits.answering.take(q.r.Context())
	}
	return leave, nil
}

// turnAway answers a request that was not admitted, in the page of whoever asked.
func (q *request) turnAway(err error) {
	if release, terr := q.findTenant(false); terr == nil {
		defer release()
		q.findPrincipal(nil)
	}
	q.finish(err)
}

// visits is what a public demonstration remembers of its visitors' addresses.
type visits struct {
	reads, asks, checks, entries meter
	answering                    turns
}

func newVisits(p *Public) *visits {
	l, now := p.Limits, p.Now
	if l == (VisitLimits{}) {
		l = DefaultVisits
	}
	if now == nil {
		now = time.Now
	}
	return &visits{
		reads: meter{rate: l.Reads, now: now}, asks: meter{rate: l.Asks, now: now},
		checks: meter{rate: l.Checks, now: now}, entries: meter{rate: l.Entries, now: now},
		answering: turns{atOnce: 4, mayWait: 200},
	}
}

func (s *Server) visitRoutes() []route {
	if s.Public == nil {
		return nil
	}
	return []route{
		{method: "GET", path: "/visit", open: true, do: (*request).visitPage},
		{method: "POST", path: "/visit", open: true, do: (*request).visit},
	}
}

// visitPage says what this is, and lets a visitor in.
func (q *request) visitPage() error {
	return q.render(http.StatusOK, page.VisitPage(page.Visit{
		Frame: q.frame(look.NoArea), Guests: q.guests(), Next: ownPath(q.r.FormValue("next")),
	}))
}

// mayChange says whether a page offers an act that changes something: visitors
// of the public demonstration see none that would be refused.
func (q *request) mayChange(a auth.Action) bool { return q.s.Public == nil && auth.Allowed(q.p, a) }

// guests are the people that visitors may come as, as they stand in the firm.
func (q *request) guests() (out []look.Guest) {
	if q.s.Public == nil || q.t == nil {
		return nil
	}
	q.view(func(v *store.View) error {
		for _, login := range q.s.Public.Guests {
			if u, err := v.UserByLogin(login); err == nil {
				out = append(out, look.Guest{Login: u.Login, Name: u.Name, Role: string(u.Role), Current: u.ID == q.p.UserID})
			}
		}
		return nil
	})
	return out
}

// visit opens a session as one of the guests, in place of the one before.
func (q *request) visit() error {
	if err := q.form(); err != nil {
		return err
	}
	login := q.r.PostFormValue("as")
	if !slices.Contains(q.s.Public.Guests, login) {
		return store.Fail(store.Invalid, "bad-parameter", "name", "as")
	}
	if old := auth.TokenOf(q.r); old != "" {
		if err := q.s.Auth.SignOut(q.r.Context(), q.t, old); err != nil {
			return err
		}
	}
	in := auth.SignIn{Login: login, Address: q.address(), Agent: q.r.UserAgent(), Request: q.id}
	token, p, err := q.s.Auth.OpenGuest(q.r.Context(), q.t, in)
	if err != nil {
		return err
	}
	http.SetCookie(q.w, q.s.Auth.Cookie(token))
	next := ownPath(q.r.PostFormValue("next"))
	if next == "/" && auth.Allowed(p, auth.AuditRead) {
		next = "/journal"
	}
	return q.see(next)
}
