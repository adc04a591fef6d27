package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

const (
	sampleLog   = "coffre.audit/etude-martin/752f7d206962df9d"
	sampleFirst = "coffre-log/v1\nfirst-key coffre.audit/berthier/1f0c6b2a90d4e387+1b675fa5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\nrecovery-key coffre.audit/berthier/1f0c6b2a90d4e387+59c2d40b+ASmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X\n"
	sampleBox   = "coffre-witness-box/v1\naddress https://coffre.local:8443\nkey coffre.witness/berthier/1f0c6b2a90d4e387+0c1d2e3f+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n"
)

// witnessPages are the page of witnesses: nobody yet, everything in order, and
// everything wrong, on both sides.
func (s scene) witnessPages() []Sample {
	none := page.Witnesses{
		Frame: s.frame(look.Journal, "/journal/witnesses"), Size: 1288, Days: 30, May: true, Admin: true, LogBlock: sampleFirst,
	}
	fine := none
	fine.BoxBlock, fine.From = sampleBox, 1288
	fine.All = []page.Witness{
		{Name: "coffre.witness/etude-martin/752f7d206962df9d", Address: "https://coffre-martin.lan:8443", Size: 1288, Seen: now.Add(-4 * time.Minute), Tried: now.Add(-4 * time.Minute)},
		{Name: "auditeur.example/portable", Size: 1102, Seen: now.Add(-72 * time.Hour), Behind: 186},
	}
	fine.Watches = []page.Watch{{Log: sampleLog, Added: now.Add(-900 * time.Hour), Size: 5031, Seen: now.Add(-9 * time.Minute)}}
	wrong := fine
	wrong.Silent = true
	wrong.All = []page.Witness{
		{Name: "coffre.witness/etude-martin/752f7d206962df9d", Address: "https://coffre-martin.lan:8443", Size: 1102, Seen: now.Add(-50 * time.Hour), Behind: 186, Tried: now.Add(-time.Minute), Next: now.Add(time.Hour), Refusal: "witness-ahead", RefusedAt: now.Add(-time.Minute), RefusedSize: 1430},
		{Name: "coffre.witness/notaires-ouest/90d4e3871f0c6b2a", Address: "https://192.0.2.7:8443", Tried: now.Add(-time.Minute), Next: now.Add(4 * time.Minute), Fault: &look.Fault{Code: "witness-tls"}, Failing: now.Add(-26 * time.Hour)},
	}
	wrong.Watches = []page.Watch{
		{Log: sampleLog, Added: now.Add(-900 * time.Hour), Size: 5031, Seen: now.Add(-26 * time.Hour), Alarm: &page.WatchAlarm{Code: "watch-shrunk", At: now.Add(-time.Hour), Size: 5031}},
		{Log: "coffre.audit/notaires-ouest/90d4e3871f0c6b2a", Added: now.Add(-900 * time.Hour), Size: 311, Seen: now.Add(-2 * time.Hour), Restore: &page.WatchRestore{At: now.Add(-time.Hour), Lives: 1, Size: 290, LostTo: 311}},
		{Log: "coffre.audit/conseil-sud/0c1d2e3f4a5b6c7d", Added: now.Add(-900 * time.Hour), Size: 77, Seen: now.Add(-70 * time.Hour), Silent: true, Doubt: now.Add(-71 * time.Hour)},
		{Log: "coffre.audit/atelier-nord/4a5b6c7d0c1d2e3f", Added: now.Add(-2 * time.Hour), Size: 12, Seen: now.Add(-time.Hour), Alarm: &page.WatchAlarm{Code: "watch-fork", At: now.Add(-time.Hour), Size: 12, Noted: now.Add(-time.Minute)}},
	}
	wrong.Keys, wrong.Faults = "AAAA", look.Faults{"keys": {Code: "watch-keys"}, "key": {Code: "witness-key"}}
	return []Sample{
		{"witnesses-none", page.WitnessesPage(none)},
		{"witnesses", page.WitnessesPage(fine)},
		{"witnesses-wrong", page.WitnessesPage(wrong)},
	}
}
