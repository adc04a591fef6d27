package preview

import (
	"strings"
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) documentPages() []Sample {
	list := s.documents()
	bin := page.Documents{Frame: s.frame(look.Documents, "/documents?bin=1"), Bin: true, Counts: list.Counts, Rows: list.Rows[:1]}
	bin.Rows[0].State = page.Deleted
	list = s.documents()
	none := page.Documents{Frame: s.frame(look.Documents, "/documents"), Targets: s.collections()[:1], LimitBytes: 200_000_000}
	outsider := page.Documents{Frame: s.member(look.Documents, "/documents")}
	return []Sample{
		{"documents", page.DocumentsPage(list)},
		{"documents-bin", page.DocumentsPage(bin)},
		{"documents-empty", page.DocumentsPage(none)},
		{"documents-no-access", page.DocumentsPage(outsider)},
		{"document", page.DocumentPage(s.document())},
		{"document-failed", page.DocumentPage(s.failed())},
		{"document-csv", page.DocumentPage(s.table())},
		{"document-passage-gone", page.DocumentPage(s.gone())},
		{"upload-line", page.UploadLine(page.UploadResult{Frame: s.frame(look.Documents, ""), Name: "bail.pdf", ID: "d9"})},
		{"upload-line-failed", page.UploadLine(page.UploadResult{Frame: s.frame(look.Documents, ""), Name: "bail.pdf", Fault: &look.Fault{Code: "too-large", Params: map[string]string{"limit": "200000000"}}})},
	}
}

func (s scene) documents() page.Documents {
	all := append([]look.Choice{{Value: "", Label: s.say("Toutes", "All")}}, s.collections()...)
	hr, contracts := s.collections()[0].Label, s.collections()[1].Label
	return page.Documents{
		Frame: s.frame(look.Documents, "/documents"), Collections: all, Targets: s.collections(), LimitBytes: 200_000_000,
		Counts: page.DocumentCounts{Ready: 49, Working: 2, Failed: 2, Binned: 3}, Total: 53,
		Next: "/documents?cursor=x",
		Rows: []page.DocumentRow{
			{ID: "d12", Title: s.say("Bail commercial, 14 rue des Tanneurs.pdf", "Commercial lease, 14 rue des Tanneurs.pdf"), Collection: contracts, Format: "pdf", State: page.Queued, Bytes: 1_240_000, Added: now, By: "Camille Berthier", CanWrite: true},
			{ID: "d11", Title: s.say("Bulletins 2025.pdf", "Payslips 2025.pdf"), Collection: hr, Format: "pdf", State: page.Failed, Fault: &look.Fault{Code: "locked", Params: map[string]string{"name": s.say("Bulletins 2025.pdf", "Payslips 2025.pdf")}}, Bytes: 88_000, Added: now.Add(-9 * time.Minute), By: "Camille Berthier", CanWrite: true},
			{ID: "d10", Title: s.say("Comité de direction du 3 novembre.docx", "Management committee of 3 November.docx"), Collection: s.collections()[2].Label, Format: "docx", State: page.Ready, Receipt: page.Receipt{Passages: 41, Characters: 28_114, Language: "fr"}, Bytes: 64_200, Added: now.Add(-3 * time.Hour), By: "Élise Mercier", CanWrite: true},
			{ID: "d1", Title: s.say("Règlement intérieur 2026", "Staff handbook 2026"), Collection: hr, Format: "pdf", State: page.Ready, Receipt: page.Receipt{Pages: 38, Passages: 214, Characters: 121_904, Language: "fr", Warnings: []page.Warning{{Code: "page-no-text", Page: 37}}}, Bytes: 2_410_000, Added: now.AddDate(0, -2, -4), By: "Naïma Rousseau", CanWrite: true},
			{ID: "d3", Title: s.say("Tarifs transporteurs.csv", "Carrier rates.csv"), Collection: contracts, Format: "csv", State: page.Ready, Receipt: page.Receipt{Passages: 9_012, Characters: 1_204_551}, Bytes: 1_300_000, Added: now.AddDate(0, -3, 0), By: "Élise Mercier"},
		},
	}
}

func (s scene) document() page.Document {
	twelve := s.say("TITRE IV. RUPTURE DU CONTRAT\n\n4.1 Préavis\n\nLe préavis de démission ou de licenciement est fixé à trois mois pour les cadres et à un mois pour les autres salariés. Il court à compter de la première présentation de la lettre recommandée.\n\nLe salarié peut demander par écrit à en être dispensé ; l'employeur répond sous huit jours.\n",
		"PART IV. END OF CONTRACT\n\n4.1 Notice\n\nNotice of resignation or dismissal is three months for managers and one month for other employees. It runs from the first delivery of the registered letter.\n\nThe employee may ask in writing to be released from it; the employer answers within eight days.\n")
	start := strings.Index(twelve, s.say("Le préavis de", "Notice of"))
	end := strings.Index(twelve, s.say(" Il court", " It runs"))
	return page.Document{
		Frame: s.frame(look.Documents, "/documents/d1"), ID: "d1", Title: s.say("Règlement intérieur 2026", "Staff handbook 2026"), Collection: s.collections()[0].Label,
		Format: "pdf", State: page.Ready, Bytes: 2_410_000, Added: now.AddDate(0, -2, -4), By: "Naïma Rousseau", CanWrite: true,
		SHA256:  "9f2b6f0f4f4d8d1a9f4be2c76a0d5c1e0c2b7a6e8d9f00112233445566778899",
		Receipt: page.Receipt{Pages: 38, Passages: 214, Characters: 121_904, Language: string(s.l), Extractor: "pdfium 2.1.13", Warnings: []page.Warning{{Code: "page-no-text", Page: 37}}},
		Version: "v2", Versions: []page.Version{{ID: "v2", Number: 2, Added: now.AddDate(0, -2, -4), By: "Naïma Rousseau", Current: true}, {ID: "v1", Number: 1, Added: now.AddDate(-1, 0, 0), By: "Camille Berthier"}},
		Passage: true, PassagePage: 12, Previous: "/documents/d1?from=2", Next: "/documents/d1?from=13",
		Pages: []page.TextPage{
			{N: 11, Runs: page.Mark(s.say("3.8 Astreintes\n\nLes astreintes sont planifiées un mois à l'avance et donnent lieu à une prime de 45 € par nuit. Toute intervention est décomptée comme temps de travail.\n", "3.8 On-call duty\n\nOn-call duty is planned one month ahead and is paid at €45 a night. Any call-out counts as working time.\n"))},
			{N: 12, Runs: page.Mark(twelve, page.Span{Start: start, End: end})},
		},
	}
}

func (s scene) failed() page.Document {
	v := s.document()
	v.State, v.Pages, v.Receipt, v.Passage, v.Versions = page.Failed, nil, page.Receipt{}, false, nil
	v.Previous, v.Next = "", ""
	v.Fault = &look.Fault{Code: "no-text", Params: map[string]string{"name": v.Title}}
	return v
}

func (s scene) gone() page.Document {
	v := s.document()
	v.Pages = v.Pages[:1]
	return v
}

func (s scene) table() page.Document {
	v := s.document()
	text := "Transporteur\tZone\tPrix au kg\nDelmas\tFR-Sud\t0,42 €\nNordFret\tBE\t0,61 €\n"
	v.Title, v.Format, v.Passage, v.Previous, v.Next = s.say("Tarifs transporteurs.csv", "Carrier rates.csv"), "csv", true, "", ""
	v.PassagePage = 0
	v.Pages = []page.TextPage{{Runs: page.Mark(text, page.Span{Start: strings.Index(text, "Delmas"), End: strings.Index(text, "NordFret")})}}
	v.Receipt = page.Receipt{Passages: 2, Characters: 74, Extractor: "csv 1"}
	v.Versions = nil
	return v
}
