package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) forwardPages() []Sample {
	off := page.Forward{
		Frame: s.frame(look.Settings, "/settings/forward"), Port: "6514", Facility: "13", Enterprise: "32473",
		Facilities: []look.Choice{{Value: "13", Label: "13", Selected: true}, {Value: "16", Label: "16"}},
	}
	off.Clients = []look.Choice{{Label: s.l.T("forward.client-none"), Selected: true}, {Value: "sec-e", Label: s.say("Certificat du SIEM", "SIEM certificate") + " (syslog://siem.berthier.lan)"}}
	fine := off
	fine.Host, fine.CA = "siem.berthier.lan", "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIQ\n-----END CERTIFICATE-----\n"
	fine.State = page.ForwardState{On: true, Connected: now.Add(-26 * time.Hour), Sent: 1288, Head: 1288, Note: 1288, NoteAt: now.Add(-time.Minute)}
	fine.Two = page.Two{Held: true, Asked: true}
	down := fine
	down.Two = page.Two{Held: true, Alone: true, Reason: "…"}
	down.Clear, down.Faults = true, look.Faults{"forward.port": {Code: "forward-port"}, "forward.paper": {Code: "paper-key", Params: map[string]string{"hours": "72"}}}
	down.State = page.ForwardState{
		On: true, Late: true, Sent: 912, Head: 1288, Note: 912, NoteAt: now.Add(-50 * time.Hour), Pruned: 12,
		Fault: &look.Fault{Code: "forward-refused", Params: map[string]string{"host": "siem.berthier.lan:6514"}}, Failing: now.Add(-50 * time.Hour),
		Next: now.Add(3 * time.Minute), OldestWaiting: now.Add(-50 * time.Hour),
	}
	return []Sample{
		{"forward-off", page.ForwardPage(off)},
		{"forward", page.ForwardPage(fine)},
		{"forward-down", page.ForwardPage(down)},
		{"forward-tested", page.ForwardResult(s.l, nil)},
		{"forward-test-bad", page.ForwardResult(s.l, down.State.Fault)},
	}
}
