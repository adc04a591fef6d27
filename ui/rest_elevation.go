package ui

import (
	"net/http"
	"time"

	"coffre/auth"
	"coffre/store"
)

func (s *Server) restElevationRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/elevations", may: auth.ElevationOwn, do: (*request).restElevations},
		{method: "POST", path: "/api/v1/elevations/{id}/end", may: auth.ElevationOwn, do: func(q *request) error { return q.noContent(q.elevationEnd(q.r.PathValue("id"))) }},
	}
}

type elevationJSON struct {
	ID      string    `json:"id"`
	User    string    `json:"user"`
	Role    string    `json:"role"`
	Minutes int       `json:"minutes"`
	Reason  string    `json:"reason,omitempty"`
	State   string    `json:"state"` // waiting, approved, running, ended, refused or expired
	Asked   time.Time `json:"asked"`
	Decider string    `json:"decider,omitempty"`
	Begun   time.Time `json:"begun,omitzero"`
	Until   time.Time `json:"until,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	Why     string    `json:"why,omitempty"`
	Code    bool      `json:"code,omitempty"` // opened by the emergency code
}

// restElevations lists roles taken for a time: one's own, or everybody's for
// whoever decides about them.
func (q *request) restElevations() error {
	out := []elevationJSON{}
	err := q.view(func(v *store.View) error {
		all, err := v.Elevations()
		for _, e := range all {
			if e.UserID == q.p.UserID || v.MayDecide(q.p, e) {
				out = append(out, elevationJSON{e.ID, e.UserID, string(e.Role), e.Minutes, e.Reason, e.State, e.Asked, e.Decider, e.Begun, e.Until, e.Ended, e.Why, e.Break})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	return q.json(http.StatusOK, map[string]any{"elevations": out, "cursor": ""})
}
