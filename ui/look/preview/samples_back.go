package preview

import (
	"coffre/ui/look"
	"coffre/ui/page"
)

// backPages are the steps of bringing something back, with what a sample firm rarely
// comes to.
func (s scene) backPages() []Sample {
	at := func(r page.RestoreState, edit func(*page.Back)) page.Back {
		v := page.Back{Frame: s.frame(look.Settings, "/settings/backups/back"), Rest: 30, RestoreState: r, Made: sampleMade, Entries: 90_211}
		if edit != nil {
			edit(&v)
		}
		return v
	}
	named := page.RestoreState{Name: "20261120T090000Z-abcdefgh.age", Bytes: 48_300_000_000}
	in := func(phase string) page.RestoreState { r := named; r.Phase = phase; return r }
	title := s.say("Bail de l’atelier, renouvelé", "Lease of the workshop, renewed")
	long := s.say("Procès-verbal_de_l’assemblée_générale_extraordinaire_des_actionnaires_du_20_novembre", "Minutes_of_the_extraordinary_general_meeting_of_the_shareholders_of_20_November")
	docs := []page.BackDocument{
		{ID: "d1", Title: title, Name: "bail.pdf", Collection: "Finance", Added: sampleMade, Bytes: 1 << 20, State: "back", To: "Finance", Again: true},
		{ID: "d2", Title: long, Name: long + ".docx", Collection: "Direction", Added: sampleMade, Bytes: 1 << 22, State: "bin", To: "Direction", Chosen: true},
		{ID: "d3", Title: "Devis 2026-114", Name: "Devis 2026-114", Collection: "Direction", Added: sampleMade, Bytes: 1 << 10, State: "newer", To: "Direction"},
		{ID: "d4", Title: "Notes", Name: "notes.md", Collection: "Bob", Added: sampleMade, Bytes: 1 << 10, State: "erased", To: "Bob", Binned: true},
		{ID: "d5", Title: "Statuts", Name: "statuts.pdf", Collection: "Direction", Added: sampleMade, Bytes: 1 << 20, State: "there", To: "Direction", Open: true},
		{ID: "d6", Title: "Tarifs", Name: "tarifs.pdf", Collection: "Direction", Added: sampleMade, Bytes: 1 << 20, State: "back", To: "Direction", Version: true, Open: true},
	}
	counts := map[string]int{"back": 1204, "bin": 1, "newer": 1, "erased": 1, "there": 12}
	plan := page.BackPlan{
		Targets: []look.Choice{{Label: s.l.T("back.into-own"), Selected: true}, {Value: "c1", Label: "Direction"}}, Rights: true, Counts: counts, All: 1219, Documents: docs,
		Again: []page.BackCollection{{ID: "c2", Name: "Finance", Readers: []string{"Comptabilité", "Léon Roux"}, Left: 2}},
	}
	many := at(in(page.RestoreFound), func(v *page.Back) {
		v.List = page.List{At: "/settings/backups/back", Query: "bail", All: 8123, Found: 5012, Page: 3, Pages: 201}
		v.Missing, v.Chosen, v.Documents = 5012, 3, docs
		v.InCollection = []look.Choice{{Label: s.l.T("back.every-collection"), Selected: true}, {Value: "c1", Label: "Direction"}}
		v.Shows = []look.Choice{{Label: s.l.T("back.show-missing"), Selected: true}, {Value: "all", Label: s.l.T("back.show-all")}}
		v.Whole = []look.Choice{{Value: "c1", Label: s.l.T("back.whole-gone", "name", "Finance", "n", 1204)}}
	})
	return []Sample{
		{"back-words", page.BackPage(at(in(page.RestoreFile), func(v *page.Back) {
			v.AsksReason, v.ReasonTyped = true, s.say("Le bail", "The lease")
			v.Faults = look.Faults{"words": {Code: "paper-word", Params: map[string]string{"n": "7"}}, "reason": {Code: "reason", Params: map[string]string{"min": "10", "max": "1000"}}}
		}))},
		{"back-runs", page.BackPage(at(in(page.RestoreRuns), func(v *page.Back) { v.Step, v.Done, v.Total = "read", 19_000_000_000, v.Bytes }))},
		{"back-takes", page.BackPage(at(in(page.BackTakes), func(v *page.Back) { v.Step, v.Done, v.Total = "take", 310, 1204 }))},
		{"back-many", page.BackPage(many)},
		{"back-plan", page.BackPage(at(in(page.RestoreFound), func(v *page.Back) { v.Plan = &plan }))},
		{"back-refused", page.BackPage(at(in(page.RestoreFound), func(v *page.Back) {
			v.Plan = &page.BackPlan{Fault: &look.Fault{Code: "quota-documents", Params: map[string]string{"most": "20000"}}, Targets: plan.Targets}
		}))},
		{"back-done", page.BackPage(at(in(page.BackDone), func(v *page.Back) {
			v.Taken = &page.BackTaken{Seq: 90_400, Made: sampleMade, Counts: counts, All: 1219, Again: plan.Again, Documents: docs, Journal: true}
		}))},
	}
}
