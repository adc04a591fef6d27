package connectors

import (
	"context"
	"encoding/json"
	"net"
	"reflect"
	"strconv"
	"time"

	"coffre/connectors/gate"
	"coffre/store"
)

// usesKind is where a firm's counters lie in its scratch database.
const usesKind = "ways"

// usesEvery is how often they are written, if anything went over a way: what is
// lost with a box that is killed.
const usesEvery = 5 * time.Minute

// keptUse is what is kept of a way's traffic, by host and port.
type keptUse struct {
	Since   time.Time `json:"since"`
	In      int64     `json:"in"`
	Out     int64     `json:"out"`
	Dials   int64     `json:"dials"`
	Last    time.Time `json:"last,omitzero"`
	Address string    `json:"address,omitempty"`
}

// recall gives the gate the counters of before the box was started.
func (e *Egress) recall() {
	e.eachTenant(func(t *store.Tenant) {
		known := map[string]keptUse{}
		err := t.EachScratch(usesKind, func(key string, text []byte) {
			var k keptUse
			if json.Unmarshal(text, &k) == nil {
				known[key] = k
			}
		})
		if err != nil {
			e.log.Warn("what went over the ways before can't be read", "tenant", t.ID, "err", err)
		}
		kept := map[string]any{}
		e.eachWay(t, func(key string, w gate.Way) {
			if k, ok := known[key]; ok {
				e.gate.Recall(w, gate.Use{Since: k.Since, In: k.In, Out: k.Out, Dials: k.Dials, Last: k.Last, Address: k.Address})
				kept[key] = k
			}
		})
		e.kept[t.ID] = kept
	})
}

// keep writes the counters that have changed, until ctx ends.
func (e *Egress) keep(ctx context.Context) {
	tick := time.NewTicker(usesEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.save()
		}
	}
}

// save writes, for each firm, the counters of the ways that its settings name;
// those of others are forgotten.
func (e *Egress) save() {
	e.eachTenant(func(t *store.Tenant) {
		now := map[string]any{}
		e.eachWay(t, func(key string, w gate.Way) {
			if u := e.gate.Use(w); !u.Since.IsZero() {
				now[key] = keptUse{u.Since.UTC(), u.In, u.Out, u.Dials, u.Last.UTC().Truncate(time.Second), u.Address}
			}
		})
		e.gate.Forget(t.ID, func(host string, port int) bool { return now[useKey(host, port)] != nil })
		if len(now)+len(e.kept[t.ID]) == 0 || reflect.DeepEqual(now, e.kept[t.ID]) {
			return
		}
		if err := t.PutScratch(usesKind, now); err != nil {
			e.log.Warn("what went over the ways can't be kept", "tenant", t.ID, "err", err)
			return
		}
		e.kept[t.ID] = now
	})
}

func useKey(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }

func (e *Egress) eachTenant(fn func(*store.Tenant)) {
	all, err := e.root.Tenants()
	if err != nil {
		e.log.Warn("tenants can't be listed", "err", err)
	}
	for _, rec := range all {
		t, release, err := e.root.Acquire(rec.ID)
		if err != nil {
			continue // said when its ways were to be opened
		}
		fn(t)
		release()
	}
}

// eachWay calls fn for each way that a firm's settings name, shut ones too.
func (e *Egress) eachWay(t *store.Tenant, fn func(key string, w gate.Way)) {
	err := t.View(func(v *store.View) error {
		all, err := v.Ways()
		for _, w := range all {
			fn(useKey(w.Host, w.Port), gate.Way{Owner: t.ID, Host: w.Host, Port: w.Port})
		}
		return err
	})
	if err != nil {
		e.log.Warn("ways can't be read", "tenant", t.ID, "err", err)
	}
}
