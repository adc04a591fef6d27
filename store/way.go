package store

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"coffre/chain"
)

// The bucket "ways" says of each host and port that this firm's settings name
// who named it first and when, and who has shut it since; and holds the air gap.
// Which ones the settings name is never kept here: Options.Ways reads it from
// them, so that a way can't outlive its reason.

// NamedWay is a host and port that settings name.
type NamedWay struct {
	Host  string
	Port  int
	Why   string // setting that names it: llm.url, embed.url, forward; "witness:" and the name of one
	Clear bool   // what goes over it is not encrypted
	// Inside tells whether it never leads out of this machine and these networks.
	Inside func(lan []netip.Prefix) bool `json:"-"`
}

func (w NamedWay) key() []byte { return wayKey(w.Host, w.Port) }

func wayKey(host string, port int) []byte { return []byte("way:" + host + ":" + strconv.Itoa(port)) }

// Deed is who did something, when, and the entry about it.
type Deed struct {
	By  chain.Actor `json:"by"`
	At  time.Time   `json:"at,omitzero"`
	Seq uint64      `json:"seq"`
}

// WayRecord is what is kept of a way.
type WayRecord struct {
	Opened Deed  `json:"opened"`
	Shut   *Deed `json:"shut,omitempty"`
}

// AirGap, while On, shuts every way but those that end on this machine or in one
// of the networks, which are private ranges in CIDR notation.
type AirGap struct {
	On   bool     `json:"on"`
	LAN  []string `json:"lan,omitempty"`
	Deed Deed     `json:"deed"` // of the latest change
}

// Networks are the parsed LAN.
func (g AirGap) Networks() (out []netip.Prefix) {
	for _, s := range g.LAN {
		if p, err := netip.ParsePrefix(s); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// bars tells whether the air gap is in the way's way.
func (g AirGap) bars(w NamedWay) bool { return g.On && !w.Inside(g.Networks()) }

// Way is one host and port of a firm's settings, with everything that is known.
type Way struct {
	Host   string
	Port   int
	Whys   []string
	Clear  bool
	Opened Deed  // Seq 0 where nobody knows any more
	Shut   *Deed // by a person; nil: not
	Barred bool  // by the air gap
	Bare   bool  // closed because it is Clear and the firm is in hardened mode
}

// Open tells whether the gate lets connections through.
func (w Way) Open() bool { return w.Shut == nil && !w.Barred && !w.Bare }

var (
	wayRecords = table[WayRecord]("ways")
	airGaps    = table[AirGap]("ways")
	keyAirGap  = []byte("air-gap")
)

// AirGap returns the firm's.
func (v *View) AirGap() (AirGap, error) {
	g, err := airGaps.get(v, keyAirGap)
	if IsNotFound(err) {
		return AirGap{}, nil
	}
	return g, err
}

func (v *View) namedWays() ([]NamedWay, error) {
	if v.t.ways == nil {
		return nil, nil
	}
	return v.t.ways(v)
}

// Ways lists the ways that the firm's settings name, in order of host and port.
// Errors: the database's, and Options.Ways's.
func (v *View) Ways() ([]Way, error) {
	gap, err := v.AirGap()
	if err != nil {
		return nil, err
	}
	named, err := v.namedWays()
	if err != nil {
		return nil, err
	}
	var out []Way
	hard := v.Hardened().On
	for _, n := range named {
		i := slices.IndexFunc(out, func(w Way) bool { return w.Host == n.Host && w.Port == n.Port })
		if i >= 0 {
			w := &out[i]
			w.Clear = w.Clear || n.Clear
			w.Bare = hard && w.Clear
			if !slices.Contains(w.Whys, n.Why) {
				w.Whys = append(w.Whys, n.Why)
			}
			continue
		}
		w := Way{Host: n.Host, Port: n.Port, Whys: []string{n.Why}, Clear: n.Clear, Barred: gap.bars(n), Bare: hard && n.Clear}
		rec, err := wayRecords.get(v, n.key())
		if err != nil && !IsNotFound(err) {
			return nil, err
		}
		w.Opened, w.Shut = rec.Opened, rec.Shut
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b Way) int { return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Port, b.Port)) })
	return out, nil
}

// oldest is how many entries are looked through for who opened a way before
// databases kept it.
const oldestLooked = 20_000

// Opener looks in the chain for the latest change of a setting: who opened a way
// that has no record, because a coffre of before format 4 did it. The zero Deed
// where the newest entries don't tell.
func (v *View) Opener(why string) (Deed, error) {
	if why == "forward" {
		why = "audit.forward"
	}
	before := uint64(0)
	for range oldestLooked / 1000 {
		page, next, err := v.Journal(JournalFilter{Class: chain.SettingsUpdate, Before: before, Limit: 1000})
		if err != nil {
			return Deed{}, err
		}
		for _, e := range page {
			names, _ := e.Detail["names"].([]any)
			if slices.Contains(names, any(why)) {
				return Deed{By: e.Actor, At: e.Time, Seq: e.Seq}, nil
			}
		}
		if before = next; before == 0 {
			break
		}
	}
	return Deed{}, nil
}

// leads makes a change of settings and follows where they lead now: a way that
// is new gets its record, in the transaction that makes it; one that would cross
// the air gap fails the transaction, Invalid with code "egress-air-gap", and in
// hardened mode one that would carry clear text, with code "hardened-clear".
func (tx *Tx) leads(change func() error) error {
	if tx.t.ways == nil {
		return change()
	}
	before, err := tx.namedWays()
	if err != nil {
		before = nil // a bad address of before must not keep a good one out
	}
	if err := change(); err != nil {
		return err
	}
	after, err := tx.namedWays()
	if err != nil {
		return Fail(Invalid, "egress-address", "name", nameOf(tx)).Because(err)
	}
	gap, err := tx.AirGap()
	if err != nil {
		return err
	}
	among := func(all []NamedWay, w NamedWay) bool {
		return slices.ContainsFunc(all, func(o NamedWay) bool { return o.Host == w.Host && o.Port == w.Port })
	}
	hard := tx.Hardened().On
	for _, w := range after {
		if hard && w.Clear && !slices.ContainsFunc(before, func(o NamedWay) bool { return o.Clear && o.Host == w.Host && o.Port == w.Port }) {
			return Fail(Invalid, "hardened-clear", "name", w.Why, "host", w.Host)
		}
		if among(before, w) {
			continue
		}
		if gap.bars(w) {
			return Fail(Invalid, "egress-air-gap", "name", w.Why, "host", w.Host)
		}
		if err := wayRecords.put(tx, w.key(), WayRecord{Opened: tx.deed()}); err != nil {
			return err
		}
	}
	for _, w := range before {
		if among(after, w) {
			continue
		}
		if err := wayRecords.delete(tx, w.key()); err != nil {
			return err
		}
	}
	return nil
}

// nameOf is the setting that was changed last.
func nameOf(tx *Tx) string {
	if names, _ := tx.Event.Detail["names"].([]string); len(names) > 0 {
		return names[len(names)-1]
	}
	return ""
}

func (tx *Tx) deed() Deed {
	return Deed{By: tx.by, At: tx.t.now().UTC().Truncate(time.Second), Seq: tx.Seq}
}

// ShutWay shuts a way, or opens it again; its setting stays. NotFound where no
// setting names it, Conflict with code "egress-same" where it is so already.
func (tx *Tx) ShutWay(host string, port int, shut bool) error {
	all, err := tx.Ways()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(w Way) bool { return w.Host == host && w.Port == port })
	if i < 0 {
		return Fail(NotFound, "not-found")
	}
	w := all[i]
	if shut == (w.Shut != nil) {
		return Fail(Conflict, "egress-same", "host", host)
	}
	rec := WayRecord{Opened: w.Opened}
	if shut {
		d := tx.deed()
		rec.Shut = &d
	}
	tx.Event.Object = chain.Object{Kind: "way", ID: "way"}
	tx.Event.Detail["port"], tx.Event.Detail["names"] = port, w.Whys
	tx.Event.Private = chain.Detail{"host": host}
	return wayRecords.put(tx, wayKey(host, port), rec)
}

// PutAirGap sets the air gap; the entry says how many networks stay reachable,
// and its private part which.
func (tx *Tx) PutAirGap(on bool, lan []string) error {
	tx.Event.Detail["on"], tx.Event.Detail["count"] = on, len(lan)
	tx.Event.Private = chain.Detail{"networks": lan}
	return airGaps.put(tx, keyAirGap, AirGap{On: on, LAN: lan, Deed: tx.deed()})
}

// ParseNetworks brings the networks that an air gap leaves reachable to CIDR
// notation. Invalid, code "egress-network", for what is none, "egress-public" for
// one that is no private range (RFC 1918, RFC 4193, RFC 6598, RFC 3927, RFC 4291
// 2.5.6), code "egress-many" for more than 64.
func ParseNetworks(texts []string) (out []string, err error) {
	for _, s := range texts {
		p, err := netip.ParsePrefix(s)
		if a, aerr := netip.ParseAddr(s); aerr == nil && a.Zone() == "" {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil || p.Addr().Is4In6() {
			return nil, Fail(Invalid, "egress-network", "name", "lan", "text", fmt.Sprintf("%.60s", s))
		}
		p = p.Masked()
		if !slices.ContainsFunc(privateRanges, func(r netip.Prefix) bool { return r.Contains(p.Addr()) && r.Bits() <= p.Bits() }) {
			return nil, Fail(Invalid, "egress-public", "name", "lan", "text", p.String())
		}
		if !slices.Contains(out, p.String()) {
			out = append(out, p.String())
		}
	}
	if len(out) > 64 {
		return nil, Fail(Invalid, "egress-many", "name", "lan")
	}
	return out, nil
}

var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("fe80::/10"),
}
