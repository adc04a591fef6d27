package ui

import (
	"net/http"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/words"
)

// What the operator does with the firms of a box is on the local socket alone, and
// on no route of the table: no firm's administrator reaches another firm, nor
// learns that there is one.

func (s *Server) addTenants(m *http.ServeMux, operator func(*http.Request) string) {
	for _, rt := range []route{
		{method: "GET", path: "/api/v1/box/tenants", do: (*request).boxTenants},
		{method: "POST", path: "/api/v1/box/tenants", do: (*request).boxTenantCreate},
		{method: "PATCH", path: "/api/v1/box/tenants/{id}", do: (*request).boxTenantChange},
		{method: "POST", path: "/api/v1/box/tenants/{id}/suspend", do: (*request).boxTenantSuspend},
		{method: "POST", path: "/api/v1/box/tenants/{id}/resume", do: (*request).boxTenantResume},
		{method: "POST", path: "/api/v1/box/tenants/{id}/delete", do: (*request).boxTenantDestroy},
		{method: "POST", path: "/api/v1/box/tenants/{id}/keep", do: (*request).boxTenantKeep},
		{method: "POST", path: "/api/v1/box/tenants/{id}/look", do: (*request).boxTenantLook},
		{method: "POST", path: "/api/v1/box/tenants/{id}/take", do: (*request).boxTenantTake},
		{method: "GET", path: "/api/v1/box/tenants/{id}/certificate", do: (*request).boxTenantCertificate},
	} {
		rt.box, rt.open = true, true
		act := rt.do
		rt.do = func(q *request) error {
			q.p = store.Operator(operator(q.r))
			return act(q)
		}
		m.HandleFunc(rt.method+" "+rt.path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, rt, s.meters.none(), operator) })
	}
}

// tenantJSON is a firm as its operator sees it: no name of a person, no title.
type tenantJSON struct {
	ID        string       `json:"id"`
	Firm      string       `json:"firm"`
	Hosts     []string     `json:"hosts"`
	Created   time.Time    `json:"created"`
	Suspended *time.Time   `json:"suspended,omitempty"`
	State     string       `json:"state"` // open, suspended, leaving, destroyed or damaged
	Leaving   *leavingJSON `json:"leaving,omitempty"`
	Destroyed *time.Time   `json:"destroyed,omitempty"`
	Code      string       `json:"code,omitempty"`
	Why       string       `json:"why,omitempty"` // it can't be opened, in words
	Quota     store.Quota  `json:"quota"`
	Usage     *store.Usage `json:"usage,omitempty"` // not of one that can't be opened
}

func (q *request) boxTenant(rec store.TenantRecord) tenantJSON {
	out := tenantJSON{ID: rec.ID, Firm: rec.Firm, Hosts: append([]string{}, rec.Hosts...), Created: rec.Created, State: "open", Quota: rec.Quota}
	if !rec.Suspended.IsZero() {
		out.State, out.Suspended = "suspended", &rec.Suspended
	}
	if a, open, err := q.s.Root.Leaving(rec.ID); err == nil && open {
		if ask, err := q.s.leaving(a); err == nil {
			out.State, out.Leaving = "leaving", &ask
		}
	}
	t, release, err := q.s.Root.Acquire(rec.ID)
	if err == nil {
		defer release()
		var use store.Usage
		if err = t.View(func(v *store.View) (err error) { use, err = v.Usage(); return err }); err == nil {
			out.Usage = &use
		}
	}
	if err != nil {
		e := store.AsError(err)
		out.State, out.Code, out.Why = "damaged", e.Code, words.Error(q.lang, e.Code, e.Params)
	}
	return out
}

func (q *request) boxTenants() error {
	all, err := q.s.Root.Tenants()
	if err != nil {
		return err
	}
	out := []tenantJSON{}
	for _, rec := range all {
		out = append(out, q.boxTenant(rec))
	}
	gone, err := q.s.Root.Destroyed()
	if err != nil {
		return err
	}
	for _, d := range gone {
		out = append(out, tenantJSON{ID: d.Tenant, Firm: d.Firm, Hosts: []string{}, Created: d.Created, State: "destroyed", Destroyed: &d.Time})
	}
	return q.json(http.StatusOK, map[string]any{"tenants": out})
}

// boxTenantCreate answers with the kit and the administrator's one-time link, both
// shown this once.
func (q *request) boxTenantCreate() error {
	var in struct {
		ID    string   `json:"id"`
		Firm  string   `json:"firm"`
		Hosts []string `json:"hosts"`
		Admin string   `json:"admin"`
		Login string   `json:"login"`
		Lang  string   `json:"lang"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if in.Lang == "" {
		in.Lang = string(q.lang)
	}
	made, err := q.s.Auth.Found(q.r.Context(), q.s.Root, q.p.Actor, auth.NewFirm{
		ID: in.ID, Firm: in.Firm, Hosts: in.Hosts, AdminName: in.Admin, Login: in.Login, Lang: in.Lang, Collection: q.lang.T("setup.first-collection"),
	}, q.id)
	if err != nil {
		return err
	}
	if err := q.s.OpenWays(); err != nil {
		return err
	}
	return q.json(http.StatusCreated, map[string]any{
		"tenant": made.TenantID, "admin": made.Admin.Login, "path": "/reset/" + made.Token, "expires": made.Link.Expires,
		"first_key": made.Kit.FirstKey, "recovery_key": made.Kit.RecoveryKey, "recovery_secret": made.Kit.RecoverySecret,
	})
}

func (q *request) boxTenantChange() error {
	var in struct {
		Hosts *[]string    `json:"hosts"`
		Quota *store.Quota `json:"quota"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	rec, err := q.s.Root.ChangeTenant(q.r.Context(), q.p.Actor, q.r.PathValue("id"), in.Hosts, in.Quota, q.id)
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, q.boxTenant(rec))
}

func (q *request) boxTenantSuspend() error {
	var in struct {
		Reason string `json:"reason"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	rec, err := q.s.Root.SuspendTenant(q.r.Context(), q.p.Actor, q.r.PathValue("id"), in.Reason, q.id)
	if err != nil {
		return err
	}
	return q.afterTenant(rec)
}

func (q *request) boxTenantResume() error {
	rec, err := q.s.Root.ResumeTenant(q.r.Context(), q.p.Actor, q.r.PathValue("id"), q.id)
	if err != nil {
		return err
	}
	q.s.Ingest.Wake()
	return q.afterTenant(rec)
}

// afterTenant lets the ways out follow.
func (q *request) afterTenant(rec store.TenantRecord) error {
	if err := q.s.OpenWays(); err != nil {
		return err
	}
	return q.json(http.StatusOK, q.boxTenant(rec))
}
