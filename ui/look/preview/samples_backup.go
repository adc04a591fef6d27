package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

// backupPages are the page of the backups: of a firm that has none, and of one that
// has some and has tried them.
func (s scene) backupPages() []Sample {
	frame := s.frame(look.Settings, "/settings/backups")
	plan := page.FolderCopies{Days: []bool{true, true, true, true, true, true, true}, Hour: "1", Daily: "7", Weekly: "5", Monthly: "12"}
	none := page.Backups{Frame: frame, Copies: plan, Lacks: []string{s.say("Il n’y a pas de kit de secours.", "There is no emergency kit.")}}
	some := page.Backups{
		Frame: frame,
		Kit: page.BackupKit{Mark: "1692 0373 2667 e516", Made: now.AddDate(0, -8, 0), Confirmed: now.AddDate(0, -8, 0), Former: []page.FormerKit{
			{Mark: "77a0 1c2d 90be 4f12", Made: now.AddDate(-2, 0, 0), Ended: now.AddDate(0, -8, 0)},
		}},
		Openers: []page.Opener{{Mark: "1692 0373 2667 e516", Kit: true}, {Mark: "3e11 90aa 5b7c d204"}},
		Two:     page.OpenerTwo{Guarded: true, Alone: true}, Refuse: true,
		Pending: []page.Approval{
			{
				ID: "a-1", Kind: "opener", State: "waiting", By: "Lou Marchetti", Asked: now.AddDate(0, 0, -1), Ends: now.AddDate(0, 0, 13), Hours: -1, Needs: 1, May: true,
				Marks: []string{"90ab 77d1 02fe 4c3b"}, Reason: s.say("La clé du coffre de la banque.", "The key in the bank’s safe."),
			},
			{
				ID: "a-2", Kind: "kit", State: "waiting", By: "Camille Berthier", Asked: now.AddDate(0, 0, -2), Hours: 288, Lost: true,
				Marks: []string{"c01d 5a5e 8f10 2b9a"}, Reason: s.say("La fiche a brûlé avec le bureau.", "The sheet burnt with the office."),
			},
		},
		Made: []page.Backup{
			{ID: "b-3", Way: "download", State: "running", At: now, Who: "Camille Berthier", Bytes: 1 << 30, Entries: 20_480, Originals: 812},
			{ID: "b-2", Way: "download", State: "done", At: now.AddDate(0, 0, -3), Who: "Camille Berthier", Bytes: 1 << 30, SHA256: sampleHash, Entries: 20_112, Originals: 809},
			{ID: "b-1", Way: "file", State: "failed", Code: "disk-full", At: now.AddDate(0, 0, -4), Who: "Camille Berthier", Bytes: 1 << 29, Entries: 20_001, Originals: 809},
		},
		Tried: []page.Tried{
			{At: now.Add(-26 * time.Hour), OK: true, Bytes: 1 << 30, Entries: 20_112, Seq: 20_240, Originals: 809, Questions: 24, Found: 23},
			{At: now.AddDate(0, -1, 0), Code: "backup-damaged", Bytes: 1 << 29, Seq: 17_002},
		},
		Copies: page.FolderCopies{
			On: true, Set: true, Folder: "/mnt/nas/coffre", Days: []bool{false, true, true, true, true, true, false}, Hour: "1", Daily: "7", Weekly: "5", Monthly: "12",
			Last: now.Add(-9 * time.Hour), Next: now.Add(15 * time.Hour), Kept: 14, Checked: now.AddDate(0, 0, -2), CheckOK: false, Damaged: 1, Missing: 2,
			Fault: &look.Fault{Code: "copy-gone", Params: map[string]string{"path": "/mnt/nas/coffre"}},
		},
		Running: true, Trying: page.Trying{Running: true, Step: "making", Done: 1 << 29, Total: 1 << 30},
	}
	firm := page.Firm{
		Frame: s.frame(look.Settings, "/settings/firm"), Sealable: true, Alone: true,
		Quotas: []page.Quota{{Name: "bytes", Used: 48 << 30, Most: 50 << 30}, {Name: "documents", Used: 8123, Most: 20000}, {Name: "people", Used: 40, Most: 40}, {Name: "questions", Used: 312}},
		Made: []page.FirmExport{
			{At: now, Who: "Camille Berthier", State: "running", Sealed: true},
			{At: now.AddDate(0, 0, -2), Who: "Camille Berthier", State: "done", SHA256: sampleHash, Bytes: 1 << 30, Documents: 8120, Originals: 9002, Statements: 1},
			{At: now.AddDate(0, 0, -3), Who: "Léon Roux", State: "failed", Code: "export-cut", Own: true, Bytes: 1 << 20, Documents: 1, Originals: 1},
		},
	}
	return []Sample{{"firm", page.FirmPage(firm)}, {"backups", page.BackupsPage(some)}, {"backups-none", page.BackupsPage(none)}}
}
