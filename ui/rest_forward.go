package ui

import (
	"net/http"
	"strconv"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/connectors"
	"coffre/store"
)

func (s *Server) forwardRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/audit/forward", may: auth.AuditRead, do: (*request).restForward},
		{method: "PUT", path: "/api/v1/audit/forward", may: auth.SettingsAdmin, do: (*request).restForwardPut},
		{method: "GET", path: "/settings/forward", may: auth.SettingsAdmin, do: func(q *request) error { return q.forwardPage(nil, http.StatusOK) }},
		{method: "POST", path: "/settings/forward", may: auth.SettingsAdmin, do: (*request).forwardForm},
		{method: "POST", path: "/settings/forward/test", may: auth.SettingsAdmin, do: (*request).forwardTest},
	}
}

// forwardJSON is where the journal goes and how that stands.
type forwardJSON struct {
	Host       string `json:"host"` // "" for nowhere
	Port       int    `json:"port"`
	Clear      bool   `json:"clear"` // bare TCP instead of TLS
	CA         string `json:"ca"`    // PEM
	ServerName string `json:"server_name"`
	// ClientSecret is the id of a secret of purpose siem, "" for none.
	ClientSecret string           `json:"client_secret"`
	Facility     int              `json:"facility"`
	Enterprise   int              `json:"enterprise"`
	State        forwardStateJSON `json:"state"`
}

type forwardStateJSON struct {
	On           bool      `json:"on"`
	Connected    time.Time `json:"connected_since,omitzero"`
	Sent         uint64    `json:"sent"`    // last entry written
	Settled      uint64    `json:"settled"` // last entry that would not be sent again
	Head         uint64    `json:"head"`
	Oldest       time.Time `json:"oldest_waiting,omitzero"`
	Late         bool      `json:"late"` // by more than a day
	Checkpoint   uint64    `json:"checkpoint"`
	CheckpointAt time.Time `json:"checkpoint_at,omitzero"`
	Pruned       uint64    `json:"pruned"` // before they were sent
	Code         string    `json:"code,omitempty"`
	Failing      time.Time `json:"failing_since,omitzero"`
	Next         time.Time `json:"next_try,omitzero"`
}

func (q *request) forwardState() connectors.ForwardState {
	if q.s.Forward == nil {
		return connectors.ForwardState{}
	}
	return q.s.Forward.State(q.t.ID)
}

// forwardTarget is the target as it is kept, with what an empty one would get.
func (q *request) forwardTarget() (to store.ForwardTarget, err error) {
	err = q.view(func(v *store.View) (err error) { to, err = v.ForwardTarget(); return err })
	if err == nil && to.Facility == 0 {
		to, err = connectors.CheckForwardTarget(to)
	}
	return to, err
}

func (q *request) restForward() error {
	to, err := q.forwardTarget()
	if err != nil {
		return err
	}
	s := q.forwardState()
	return q.json(http.StatusOK, forwardJSON{to.Host, to.Port, to.Clear, to.CA, to.ServerName, to.ClientSecret, to.Facility, to.Enterprise, forwardStateJSON{
		s.On, s.Connected, s.Sent, s.Settled, s.Head, s.Oldest, s.Late(time.Now()), s.Note, s.NoteAt, s.Pruned, s.Fault, s.Failing, s.Next,
	}})
}

func (q *request) restForwardPut() error {
	var in struct {
		forwardJSON
		ResendFrom uint64 `json:"resend_from"`
		Reason     string `json:"reason"`
		PaperKey   string `json:"paper_key"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	to := store.ForwardTarget{Host: in.Host, Port: in.Port, Clear: in.Clear, CA: in.CA, ServerName: in.ServerName, ClientSecret: in.ClientSecret, Facility: in.Facility, Enterprise: in.Enterprise}
	if head, _ := q.t.Head(); in.ResendFrom > head {
		return store.Fail(store.Invalid, "forward-from", "name", "resend_from", "n", strconv.FormatUint(head, 10))
	}
	asked, err := q.putForward(to, in.ResendFrom, in.Reason, in.PaperKey)
	if err != nil {
		return err
	}
	if asked != nil {
		return q.json(http.StatusAccepted, asked)
	}
	return q.restForward()
}

// putForward keeps a target and opens the way to it; from is the entry from
// which everything is sent again, 0 for none. Where that takes two people it asks
// for an approval instead; asked is nil where it is done.
func (q *request) putForward(to store.ForwardTarget, from uint64, reason, paper string) (asked *store.Approval, err error) {
	if to, err = connectors.CheckForwardTarget(to); err != nil {
		return nil, err
	}
	if err := q.view(func(v *store.View) error { return connectors.CheckForwardCertificate(v, to) }); err != nil {
		return nil, err
	}
	if asked, err = q.askForward(to, reason, paper); err != nil || asked != nil {
		return asked, err
	}
	old, err := q.forwardTarget()
	if err != nil {
		return nil, err
	}
	if to != old || from > 0 {
		_, err := q.update(chain.SettingsUpdate, func(tx *store.Tx) error {
			if from > 0 {
				tx.Event.Detail["resend_from"] = from
			}
			return tx.PutForwardTarget(to)
		})
		if err != nil {
			return nil, err
		}
	}
	if from > 0 && q.s.Forward != nil {
		q.s.Forward.Resend(q.t.ID, from)
	}
	return nil, q.s.OpenWays()
}
