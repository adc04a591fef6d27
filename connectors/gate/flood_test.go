package gate

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// A day of dials to ever new hosts, of one loop, and of many hosts in turn: what
// comes into the chain, and what is held in memory, stays small, and every refusal
// is counted.
func TestRefusalsOfADay(t *testing.T) {
	for name, c := range map[string]struct {
		host func(n int) string
		most int
	}{
		"one host":         {func(int) string { return "siem.example" }, 30},
		"many in turn":     {func(n int) string { return "h" + strconv.Itoa(n%100) + ".example" }, 2000},
		"ever new":         {func(n int) string { return "h" + strconv.Itoa(n) + ".example" }, 300},
		"new, but slowly":  {func(n int) string { return "h" + strconv.Itoa(n/150) + ".example" }, 1200},
		"odd ones":         {func(n int) string { return "0x" + strconv.Itoa(n) }, 300},
		"longest of names": {func(n int) string { return strconv.Itoa(n) + string(make([]byte, 4000)) }, 300},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := &heard{}
				g := New(nil, h.add)
				dials := 0
				for at := time.Duration(0); at < 24*time.Hour; at += 4 * time.Second {
					g.For("acme")(t.Context(), "tcp", c.host(dials)+":443")
					dials++
					time.Sleep(4 * time.Second)
				}
				l := g.refusals.owners["acme"]
				if len(l.groups) > mostGroups+1 || len(l.recent) > mostRecent {
					t.Errorf("%d groups and %d refusals in memory", len(l.groups), len(l.recent))
				}
				g.Close()
				counted := 0
				for _, r := range h.all {
					if counted += r.Count; r.Owner != "acme" || len(r.Host) > 253 {
						t.Errorf("reported %v", r)
					}
				}
				if len(h.all) > c.most || counted != dials {
					t.Errorf("%d reports, at most %d wanted; %d of %d dials counted", len(h.all), c.most, counted, dials)
				}
				t.Logf("%d reports of %d dials", len(h.all), dials)
			})
		})
	}
}

// One firm's flood takes nothing of another's.
func TestFloodIsAFirmsOwn(t *testing.T) {
	h := &heard{}
	g := New(nil, h.add)
	defer g.Close()
	for i := range 1000 {
		g.For("acme")(t.Context(), "tcp", "h"+strconv.Itoa(i)+".example:443")
	}
	g.For("notaires")(t.Context(), "tcp", "siem.example:6514")
	if last := h.all[len(h.all)-1]; last.Owner != "notaires" || last.Host != "siem.example" {
		t.Errorf("last report %v", last)
	}
	if len(g.Refused("notaires")) != 1 || len(g.Refused("acme")) != mostRecent {
		t.Errorf("%d and %d to be shown", len(g.Refused("notaires")), len(g.Refused("acme")))
	}
}
