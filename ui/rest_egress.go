package ui

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"coffre/auth"
	"coffre/chain"
	"coffre/connectors/gate"
	"coffre/store"
)

func (s *Server) egressRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/egress", may: auth.SettingsRead, do: (*request).restEgress},
		{method: "POST", path: "/api/v1/egress/close", may: auth.SettingsAdmin, do: func(q *request) error { return q.restShut(true) }},
		{method: "POST", path: "/api/v1/egress/open", may: auth.SettingsAdmin, do: func(q *request) error { return q.restShut(false) }},
		{method: "PUT", path: "/api/v1/egress/air-gap", may: auth.SettingsAdmin, do: (*request).restAirGap},
		{method: "GET", path: "/settings/egress", may: auth.SettingsAdmin, do: func(q *request) error { return q.egressPage(nil, http.StatusOK) }},
		{method: "POST", path: "/settings/egress/close", may: auth.SettingsAdmin, do: func(q *request) error { return q.shutForm(true) }},
		{method: "POST", path: "/settings/egress/open", may: auth.SettingsAdmin, do: func(q *request) error { return q.shutForm(false) }},
		{method: "POST", path: "/settings/egress/air-gap", may: auth.SettingsAdmin, do: (*request).airGapForm},
	}
}

// egressJSON is a firm's ways out.
type egressJSON struct {
	AirGap      airGapJSON       `json:"air_gap"`
	Ways        []wayJSON        `json:"ways"`
	Refused     []refusalJSON    `json:"refused"` // lately, the newest first
	NameServers []nameServerJSON `json:"name_servers"`
}

type airGapJSON struct {
	On  bool      `json:"on"`
	LAN []string  `json:"lan"`
	By  string    `json:"by,omitempty"` // actor id
	At  time.Time `json:"at,omitzero"`
	Seq uint64    `json:"seq,omitempty"`
}

type deedJSON struct {
	By  string    `json:"by"` // actor id
	At  time.Time `json:"at"`
	Seq uint64    `json:"seq"` // the entry about it
}

type wayJSON struct {
	Host    string     `json:"host"`
	Port    int        `json:"port"`
	State   string     `json:"state"`  // open, shut by a person, barred by the air gap, or closed by hardened mode because it is not encrypted
	For     []string   `json:"for"`    // settings that name it
	Clear   bool       `json:"clear"`  // not encrypted
	Opened  *deedJSON  `json:"opened"` // null where the chain's newest entries don't tell
	Shut    *deedJSON  `json:"shut,omitempty"`
	Since   *time.Time `json:"counted_since,omitempty"` // none where nothing ever went over it
	In      int64      `json:"bytes_in"`
	Out     int64      `json:"bytes_out"`
	Dials   int64      `json:"connections"`
	Live    int        `json:"connections_open"`
	Last    *time.Time `json:"last_use,omitempty"`
	Address string     `json:"address,omitempty"` // last reached
}

type refusalJSON struct {
	Host   string    `json:"host"`
	Port   int       `json:"port"`
	Reason string    `json:"reason"`
	Count  int       `json:"count"`
	Last   time.Time `json:"last"`
}

type nameServerJSON struct {
	Address string    `json:"address"`
	Asked   int64     `json:"connections"`
	Last    time.Time `json:"last_use"`
}

// The states of a way.
const (
	wayOpen   = "open"
	wayShut   = "shut"
	wayBarred = "barred"
	wayBare   = "hardened"
)

func stateOf(w store.Way) string {
	switch {
	case w.Shut != nil:
		return wayShut
	case w.Barred:
		return wayBarred
	case w.Bare:
		return wayBare
	}
	return wayOpen
}

func asDeedJSON(d store.Deed) *deedJSON {
	if d.Seq == 0 {
		return nil
	}
	return &deedJSON{actorOf(d.By), d.At, d.Seq}
}

func actorOf(a chain.Actor) string { return a.Kind + "/" + a.ID }

func (q *request) restEgress() error {
	s, err := q.egressState()
	if err != nil {
		return err
	}
	out := egressJSON{AirGap: airGapJSON{On: s.gap.On, LAN: s.gap.LAN, At: s.gap.Deed.At, Seq: s.gap.Deed.Seq}, Ways: []wayJSON{}, Refused: []refusalJSON{}, NameServers: []nameServerJSON{}}
	if out.AirGap.LAN == nil {
		out.AirGap.LAN = []string{}
	}
	if s.gap.Deed.Seq > 0 {
		out.AirGap.By = actorOf(s.gap.Deed.By)
	}
	for _, w := range s.ways {
		one := wayJSON{
			Host: w.Host, Port: w.Port, State: stateOf(w.Way), For: w.Whys, Clear: w.Clear, Opened: asDeedJSON(w.Opened),
			In: w.In, Out: w.Out, Dials: w.Dials, Live: w.Live, Address: w.Address,
		}
		if w.Shut != nil {
			one.Shut = asDeedJSON(*w.Shut)
		}
		if !w.Last.IsZero() {
			one.Last = &w.Last
		}
		if !w.Since.IsZero() {
			one.Since = &w.Since
		}
		out.Ways = append(out.Ways, one)
	}
	for _, r := range s.refused {
		out.Refused = append(out.Refused, asRefusalJSON(r))
	}
	for _, addr := range slices.Sorted(maps.Keys(s.names)) {
		out.NameServers = append(out.NameServers, nameServerJSON{addr, s.names[addr].Dials, s.names[addr].Last})
	}
	return q.json(http.StatusOK, out)
}

func asRefusalJSON(r gate.Refusal) refusalJSON {
	return refusalJSON{r.Host, r.Port, r.Reason, r.Count, r.Last}
}

func (q *request) restShut(shut bool) error {
	var in struct {
		Host string `json:"host"`
		Port int    `json:"port"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if err := q.shutWay(in.Host, in.Port, shut); err != nil {
		return err
	}
	return q.restEgress()
}

func (q *request) restAirGap() error {
	var in struct {
		On  *bool     `json:"on"`
		LAN *[]string `json:"lan"` // none: as it was
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if in.On == nil {
		return store.Fail(store.Invalid, "bad-parameter", "name", "on")
	}
	var lan []string
	if in.LAN != nil {
		lan = *in.LAN
	} else {
		s, err := q.egressState()
		if err != nil {
			return err
		}
		lan = s.gap.LAN
	}
	if err := q.putAirGap(*in.On, lan); err != nil {
		return err
	}
	return q.restEgress()
}
