package ui

import (
	"strings"

	"coffre/chain"
	"coffre/connectors/gate"
	"coffre/store"
)

// wayState is one way with what the gate knows of it.
type wayState struct {
	store.Way
	gate.Use
}

// egressState is everything about a firm's ways out.
type egressState struct {
	ways    []wayState
	gap     store.AirGap
	refused []gate.Refusal
	names   map[string]gate.Use // name servers
}

func (q *request) egressState() (s egressState, err error) {
	err = q.view(func(v *store.View) error {
		all, err := v.Ways()
		if err != nil {
			return err
		}
		for _, w := range all {
			if w.Opened.Seq == 0 {
				if w.Opened, err = v.Opener(w.Whys[0]); err != nil {
					return err
				}
			}
			s.ways = append(s.ways, wayState{Way: w})
		}
		s.gap, err = v.AirGap()
		return err
	})
	if err != nil || q.s.Egress == nil {
		return s, err
	}
	for i, w := range s.ways {
		s.ways[i].Use = q.s.Egress.Use(q.t.ID, w.Host, w.Port)
	}
	s.refused, s.names = q.s.Egress.Refused(q.t.ID), q.s.Egress.NameServers()
	return s, nil
}

// shutWay shuts a way or opens it again. What runs over it has ended before it
// returns.
func (q *request) shutWay(host string, port int, shut bool) error {
	action := chain.EgressOpen
	if shut {
		action = chain.EgressShut
	}
	w, err := gate.Way{Host: host, Port: port}.Clean()
	if err != nil {
		return store.Fail(store.NotFound, "not-found")
	}
	if _, err := q.update(action, func(tx *store.Tx) error { return tx.ShutWay(w.Host, w.Port, shut) }); err != nil {
		return err
	}
	return q.s.OpenWays()
}

// putAirGap sets the air gap, which holds before it returns.
func (q *request) putAirGap(on bool, lan []string) error {
	lan, err := store.ParseNetworks(lan)
	if err != nil {
		return err
	}
	if _, err := q.update(chain.EgressGap, func(tx *store.Tx) error { return tx.PutAirGap(on, lan) }); err != nil {
		return err
	}
	return q.s.OpenWays()
}

// networks are what was typed, a network a line or between commas and spaces.
func networks(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",; \t\r\n\u00a0\u202f", r) })
}
