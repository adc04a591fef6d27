package preview

import (
	"time"

	"coffre/ui/health"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) healthPages() []Sample {
	well := page.Health{Frame: s.frame(look.Health, "/health"), At: now}
	add := func(v *page.Health, tone look.Tone, verdict string, r health.Result) {
		v.Checks = append(v.Checks, page.HealthCheck{
			Name: r.Name, Title: r.Title(s.l), How: r.How(s.l), Tone: tone, Verdict: s.l.Or("health-verdict", verdict),
			Reason: r.Reason(s.l), Remedy: r.Remedy(s.l), Since: now.Add(-26 * time.Hour),
		})
	}
	add(&well, look.Good, "ok", health.Result{Name: "encryption", Code: "encrypted", Figures: health.Figures{"layer": "LUKS2"}})
	add(&well, look.Good, "ok", health.Result{Name: "space", Code: "ok", Figures: health.Figures{"free": health.Bytes(412e9), "total": health.Bytes(998e9), "reserve": health.Bytes(20e9)}})
	ill := page.Health{Frame: s.frame(look.Health, "/health"), At: now, Bad: 2, Warn: 1, Checks: append([]page.HealthCheck{}, well.Checks[:1]...)}
	ill.Frame.Person.Ill = 2
	ill.Frame.Notices = []look.Notice{{Tone: look.Bad, Text: s.l.T("reserve.banner")}}
	add(&ill, look.Warn, "warn", health.Result{Name: "clock", Code: "unsynced", Figures: health.Figures{"now": now}})
	add(&ill, look.Bad, "bad", health.Result{Name: "space", Code: "low", Figures: health.Figures{"free": health.Bytes(8e9), "reserve": health.Bytes(20e9), "enough": health.Bytes(22e9)}})
	add(&ill, look.Bad, "bad", health.Result{Name: "tls", Code: "firm-expired", Figures: health.Figures{"issuer": health.Name("Berthier Issuing CA 2"), "expires": now.Add(-time.Hour), "days": -1}})
	ill.Changes = []page.HealthChange{
		{At: now.Add(-time.Hour), Title: health.Result{Name: "tls"}.Title(s.l), From: s.l.Or("health-verdict", "warn"), To: s.l.Or("health-verdict", "bad"), Tone: look.Bad},
		{At: now.Add(-30 * 24 * time.Hour), Title: health.Result{Name: "tls"}.Title(s.l), From: s.l.Or("health-verdict", "ok"), To: s.l.Or("health-verdict", "warn"), Tone: look.Warn},
	}
	return []Sample{{"health", page.HealthPage(well)}, {"health-ill", page.HealthPage(ill)}}
}
