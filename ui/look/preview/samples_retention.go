package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) retentionPages() []Sample {
	at := time.Date(2026, 11, 20, 15, 4, 0, 0, time.UTC)
	full := page.Retention{
		Frame: s.journal(nil).Frame, Change: true, Hold: true, Search: false, Alone: true, Backups: 30,
		Terms:   []page.KeptTerm{{Class: "answer", Days: 365}, {Class: "question", Days: 30}, {Class: "document"}, {Class: "audit", Days: 365}, {Class: "auth", Days: 365}, {Class: "search", Days: 365}, {Class: "entries"}},
		Classes: []look.Choice{{Value: "answer", Label: s.l.Or("class", "answer")}, {Value: "question", Label: s.l.Or("class", "question")}},
		NextRun: at.Add(12 * time.Hour), LastRun: at, Expired: 214, Wait: 4, Pruned: 1200, PrunedBy: 5403, Unwritten: true,
		Copies: page.Copies{Archive: true, Forward: true, First: 1201, To: 1377, Since: at.AddDate(0, 0, -34), Long: true},
		People: []look.Choice{{Value: "u1", Label: "Claire Berthier"}},
		Holds: []page.Hold{
			{ID: "h1", Class: "question", Person: "Claire Berthier", Reason: "TGI Lyon, RG 26/01234", By: "Ada Martin", From: at.AddDate(-1, 0, 0), Placed: at},
			{ID: "h2", Reason: "CNIL", By: "Ada Martin", Placed: at, Lifted: at.AddDate(0, 0, 3)},
		},
		Approvals: []page.Approval{
			{ID: "a1", Kind: "erasure", State: "waiting", By: "Ada Martin", Person: "Claire Berthier", Reason: "RGPD, art. 17", Asked: at, Ends: at.AddDate(0, 0, 14), Hours: -1, Needs: 1, May: true},
			{ID: "a2", Kind: "retention", Class: "question", Days: 30, State: "waiting", By: "Ada Martin", Reason: "CNIL, 30", Asked: at, Hours: 51, Needs: 1},
			{ID: "a5", Kind: "witness", State: "waiting", By: "Ada Martin", Reason: "NAS", Asked: at, Ends: at.AddDate(0, 0, 14), Hours: -1, Needs: 1, May: true, Archive: true, Dir: "/mnt/worm2/coffre"},
			{ID: "a6", Kind: "witness", State: "refused", By: "Ada Martin", Reason: "SIEM", Asked: at, Hours: -1, Forward: true},
			{ID: "a4", Kind: "release", State: "done", By: "Ada Martin", Asked: at, Hours: -1, To: 1200, Archive: true, Forward: true},
			{ID: "a3", Kind: "hold-lift", State: "failed", Code: "hold-lifted", By: "Ada Martin", Asked: at, Hours: -1},
		},
		Erasures: []page.Erasure{{Person: "k7vq2nd4tsm5c3xw6yhbzoplea", Time: at, Seq: 5400, Written: true, BackupsEnd: at.AddDate(0, 0, 30)}, {Person: "abcdefghijklmnopqrstuvwxyz", Time: at, Seq: 5391}},
	}
	refused := full
	refused.Form, refused.Faults, refused.Typed = "term", look.Faults{"paper": {Code: "paper-key", Params: map[string]string{"hours": "72"}}}, map[string]string{"days": "30", "reason": "CNIL, 30"}
	empty := page.Retention{Frame: full.Frame, Backups: -1, NextRun: at, Terms: full.Terms}
	search := page.PrivateSearch{Frame: full.Frame, Words: "salaire", Reason: "RG 26/01234", Done: true, More: true,
		Hits: []page.PrivateHit{{Seq: 812, Time: at, Actor: "Claire Berthier", Action: "question.ask", Excerpt: "… salaire …"}}}
	notice := page.StaffNotice{Frame: full.Frame, Terms: full.Terms, Backups: 30, Held: 1, Admins: []string{"Ada Martin"}, Auditors: []string{"Rita Fabre"}}
	return []Sample{
		{"retention", page.RetentionPage(full)},
		{"retention-refused", page.RetentionPage(refused)},
		{"retention-empty", page.RetentionPage(empty)},
		{"retention-search", page.PrivateSearchPage(search)},
		{"staff-notice", page.StaffNoticePage(notice)},
	}
}
