package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) egressPages() []Sample {
	none := page.Egress{Frame: s.frame(look.Settings, "/settings/egress")}
	opened := page.Deed{Name: "Claire Berthier", Kind: "user", At: now.Add(-30 * 24 * time.Hour), Seq: 212}
	some := none
	some.NameServers = 1
	some.Ways = []page.Way{
		{
			Host: "127.0.0.1", Port: 11434, State: "open", For: []page.WayReason{{Kind: "llm.url", Href: "/settings/models"}, {Kind: "embed.url", Href: "/settings/models"}},
			Opened: page.Deed{Kind: "cli", At: now.Add(-90 * 24 * time.Hour), Seq: 4}, In: 48_211_004, Out: 3_902_118, Since: now.Add(-90 * 24 * time.Hour), Live: 2, Last: now.Add(-time.Minute), Address: "127.0.0.1",
		},
		{
			Host: "siem.berthier.lan", Port: 514, State: "open", Clear: true, For: []page.WayReason{{Kind: "forward", Href: "/settings/forward"}},
			Opened: opened, In: 0, Out: 812_004, Since: now.Add(-30 * 24 * time.Hour), Live: 1, Last: now.Add(-5 * time.Second), Address: "192.168.1.40",
		},
		{
			Host: "witness.example-notaires.fr", Port: 8443, State: "shut", For: []page.WayReason{{Kind: "witness", Name: "coffre.witness/example", Href: "/journal/witnesses"}},
			Opened: page.Deed{}, Shut: &opened,
		},
	}
	some.Refused = []page.Refused{
		{Host: "telemetry.example.com", Port: 443, Reason: "no-way", Count: 1204, Last: now.Add(-3 * time.Minute)},
		{Host: "0x7f000001", Reason: "odd-address", Count: 1, Last: now.Add(-20 * time.Hour)},
	}
	gap := some
	gap.Frame.AirGap, gap.On, gap.LAN, gap.Gap = true, true, "192.168.1.0/24\nfd00::/64", opened
	gap.Ways = append([]page.Way{}, some.Ways[:2]...)
	gap.Ways[1].State = "barred"
	wrong := gap
	wrong.LAN, wrong.Faults = "8.8.8.0/24", look.Faults{"lan": {Code: "egress-public", Params: map[string]string{"text": "8.8.8.0/24"}}}
	return []Sample{
		{"egress-none", page.EgressPage(none)},
		{"egress", page.EgressPage(some)},
		{"egress-gap", page.EgressPage(gap)},
		{"egress-wrong", page.EgressPage(wrong)},
	}
}
