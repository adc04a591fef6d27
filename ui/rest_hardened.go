package ui

import (
	"net/http"
	"time"

	"coffre/auth"
	"coffre/store"
)

func (s *Server) hardenedRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/hardened", may: auth.SettingsRead, do: (*request).restHardened},
		{method: "POST", path: "/api/v1/hardened/on", may: auth.HardenedAdmin, do: (*request).restHarden},
		{method: "POST", path: "/api/v1/hardened/plan", may: auth.HardenedAdmin, do: (*request).restHardenPlan},
		{method: "DELETE", path: "/api/v1/hardened/plan", may: auth.HardenedAdmin, do: (*request).restHardenDrop},
		{method: "POST", path: "/api/v1/hardened/off", may: auth.HardenedAdmin, do: (*request).restSoften},
		{method: "GET", path: "/settings/hardened", may: auth.SettingsRead, do: func(q *request) error { return q.hardenedPage(nil, http.StatusOK) }},
		{method: "POST", path: "/settings/hardened/on", may: auth.HardenedAdmin, do: (*request).hardenForm},
		{method: "POST", path: "/settings/hardened/plan", may: auth.HardenedAdmin, do: (*request).hardenPlanForm},
		{method: "POST", path: "/settings/hardened/plan/drop", may: auth.HardenedAdmin, do: (*request).hardenDropForm},
		{method: "POST", path: "/settings/hardened/off", may: auth.HardenedAdmin, do: (*request).softenForm},
	}
}

// hardenedJSON is hardened mode: what it is now, and what it changes.
type hardenedJSON struct {
	On       bool                `json:"on"`
	Since    *time.Time          `json:"since,omitempty"`
	By       string              `json:"by,omitempty"`  // actor id of the latest change
	Seq      uint64              `json:"seq,omitempty"` // the entry about it
	Disk     string              `json:"disk"`          // encrypted, plain, memory or unknown
	Attested bool                `json:"disk_attested"` // on somebody's word
	Planned  *time.Time          `json:"planned,omitempty"`
	Late     bool                `json:"plan_late"` // nobody could administer the firm then
	Blocks   []string            `json:"blocks"`    // why it can't be switched on now, as codes
	Changes  []hardenedRowJSON   `json:"changes"`
	NoFactor []hardenedPersonRef `json:"people_without_factor"` // enrol at the next sign-in
	NoKey    []hardenedPersonRef `json:"people_without_key"`    // administrators and auditors
	Keys     []hardenedKeyJSON   `json:"keys"`                  // API keys with another end
	Sessions int                 `json:"sessions_ending"`
	Approval string              `json:"approval,omitempty"` // a request for its end that waits
}

type hardenedRowJSON struct {
	Name     string   `json:"name"` // a setting, or hsts, sessions, evidence, entries, ways, disk, exports, guests
	Without  string   `json:"without"`
	Hardened string   `json:"hardened"`
	Changes  bool     `json:"changes"`
	Affected []string `json:"affected"`
}

type hardenedPersonRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type hardenedKeyJSON struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	User string    `json:"user"`
	End  time.Time `json:"expires"`
	All  bool      `json:"without_scopes"`
}

func (q *request) restHardened() error { return q.tellHardened(http.StatusOK) }

func (q *request) tellHardened(status int) error {
	s, err := q.hardenedState()
	if err != nil {
		return err
	}
	out := hardenedJSON{
		On: s.mode.On, Since: optional(s.mode.Since), By: hardenedActor(s.mode.Deed.By), Seq: s.mode.Deed.Seq, Disk: s.disk.State,
		Attested: s.mode.Disk == store.DiskAttested, Planned: optional(s.mode.Planned), Late: !s.mode.Late.IsZero(),
		Blocks: append([]string{}, s.blocks...), Changes: []hardenedRowJSON{}, Sessions: s.effect.Sessions,
		NoFactor: personRefs(s.effect.NoFactor), NoKey: personRefs(s.effect.NoKey), Keys: []hardenedKeyJSON{},
	}
	for _, r := range s.rows {
		out.Changes = append(out.Changes, hardenedRowJSON{r.name, r.now, r.then, r.changes(), append([]string{}, r.affected...)})
	}
	for _, k := range s.effect.Keys {
		out.Keys = append(out.Keys, hardenedKeyJSON{k.ID, k.Name, k.UserID, k.End, k.All})
	}
	if len(s.two) > 0 {
		out.Approval = s.two[0].ID
	}
	return q.json(status, out)
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func personRefs(us []store.User) []hardenedPersonRef {
	out := []hardenedPersonRef{}
	for _, u := range us {
		out = append(out, hardenedPersonRef{u.ID, u.Name})
	}
	return out
}

func (q *request) restHarden() error {
	var in struct {
		Attest bool   `json:"attest"`
		Reason string `json:"reason"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if err := q.harden(hardening{attest: in.Attest, reason: in.Reason}); err != nil {
		return err
	}
	return q.tellHardened(http.StatusOK)
}

func (q *request) restHardenPlan() error {
	var in struct {
		At     time.Time `json:"at"`
		Attest bool      `json:"attest"`
		Reason string    `json:"reason"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if in.At.IsZero() {
		return store.Fail(store.Invalid, "hardened-when", "name", "at")
	}
	if err := q.harden(hardening{at: in.At, attest: in.Attest, reason: in.Reason}); err != nil {
		return err
	}
	return q.tellHardened(http.StatusOK)
}

func (q *request) restHardenDrop() error {
	if err := q.s.Auth.DropHardening(q.r.Context(), q.t, q.p, q.id); err != nil {
		return err
	}
	return q.tellHardened(http.StatusOK)
}

func (q *request) restSoften() error {
	var in struct {
		Reason   string `json:"reason"`
		PaperKey string `json:"paper_key"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	a, err := q.soften(in.Reason, in.PaperKey)
	if err != nil {
		return err
	}
	return q.json(http.StatusAccepted, a)
}
