package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) hardenedPages() []Sample {
	line := func(name, now, then, who string) page.HardenedLine {
		return page.HardenedLine{Name: s.l.T(name), Now: now, Then: then, Changes: now != then, Who: who}
	}
	off := page.Hardened{Frame: s.frame(look.Settings, "/settings/hardened"), Disk: "unknown", Attest: true, May: true, OneKey: true, At: ""}
	off.Lines = []page.HardenedLine{
		line("hardened-line.auth.factor_required", s.l.T("hardened-required.nobody"), s.l.T("hardened-required.everybody"), s.l.T("hardened.who-factor", "n", 3, "names", s.l.List([]string{"Léa Marchand", "Paul Berthier", "Nadia Roussel"}))),
		line("hardened-line.auth.factor_admin", s.l.T("hardened-admin.any"), s.l.T("hardened-admin.phishing-resistant"), s.l.T("hardened.who-key", "n", 1, "names", "Hugo Perrin")),
		line("hardened-line.auth.session_hours", s.l.T("hardened.hours", "n", 12), s.l.T("hardened.hours", "n", 10), ""),
		line("hardened-line.auth.idle_minutes", s.l.T("hardened.minutes", "n", 120), s.l.T("hardened.minutes", "n", 15), ""),
		line("hardened-line.auth.key_days", s.l.T("hardened.no-bound"), s.l.T("hardened.days", "n", 90), s.l.T("hardened.who-keys", "n", 2, "names", s.l.T("hardened.key-end", "name", "scanner-accueil", "date", s.l.Date(now.Add(14*24*time.Hour))))),
		line("hardened-line.tls.minimum", s.l.T("hardened.tls", "version", "1.2"), s.l.T("hardened.tls", "version", "1.3"), ""),
		line("hardened-line.ways", s.l.T("hardened.ways", "n", 1), s.l.T("hardened.ways", "n", 0), s.l.T("hardened.who-ways", "n", 1, "names", "siem.berthier.lan:514")),
		line("hardened-line.exports", s.l.T("hardened-value.free"), s.l.T("hardened-value.reason"), ""),
		line("hardened-line.evidence", s.l.T("hardened.days", "n", 90), s.l.T("hardened.days", "n", 365), s.l.T("hardened.who-evidence", "n", 2, "names", s.l.List([]string{s.l.T("class.auth"), s.l.T("class.export")}))),
		line("hardened-line.entries", s.l.T("hardened.for-ever"), s.l.T("hardened.for-ever"), ""),
		line("hardened-line.disk", s.l.T("hardened-disk.unknown"), s.l.T("hardened-disk.encrypted"), s.l.T("hardened.who-disk")),
	}
	blocked := off
	blocked.Blocks = []look.Fault{{Code: "hardened-no-key"}, {Code: "hardened-disk"}}
	planned := off
	planned.Planned, planned.Late = now.Add(7*24*time.Hour), true
	wrong := off
	wrong.Faults = look.Faults{"attest": {Code: "hardened-attest"}, "reason": {Code: "reason", Params: map[string]string{"min": "10", "max": "1000"}}}
	wrong.Reason = "oui"
	on := off
	on.Frame.Hardened, on.On, on.Since, on.Attested, on.Disk = true, true, now.Add(-40*24*time.Hour), true, "plain"
	on.By, on.Two = page.Deed{Name: "Claire Berthier", Kind: "user", At: on.Since, Seq: 812}, page.Two{Alone: true}
	on.Lines = append([]page.HardenedLine{}, off.Lines[:4]...)
	return []Sample{
		{"hardened", page.HardenedPage(off)},
		{"hardened-blocked", page.HardenedPage(blocked)},
		{"hardened-planned", page.HardenedPage(planned)},
		{"hardened-wrong", page.HardenedPage(wrong)},
		{"hardened-on", page.HardenedPage(on)},
		{"export-reason", page.ReasonPage(page.Reason{
			Frame: s.frame(look.Journal, "/journal"), Action: "/journal/export", Field: "export_reason", Back: "/journal",
			Hidden: []page.HiddenField{{Name: "form", Value: "csv"}}, Text: "audit", Fault: &look.Fault{Code: "reason", Params: map[string]string{"min": "10", "max": "1000"}},
		})},
	}
}
